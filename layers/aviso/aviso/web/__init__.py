"""What the portal and the staff desk share: requests read safely, answers with their headers."""
