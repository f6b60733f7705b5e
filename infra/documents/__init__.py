"""What checks and draws the repository's documents: their English, and the picture of the parts."""
