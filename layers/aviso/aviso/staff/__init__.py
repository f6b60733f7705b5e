"""What members of the desk may decide, as use cases without HTML."""
