"""What a victim may see, ask for and change."""
