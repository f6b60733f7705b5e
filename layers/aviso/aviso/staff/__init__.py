"""What members of staff may decide: use cases without HTML."""
