"""What the portal and the staff desk share: safe parsing of requests, and response headers."""
