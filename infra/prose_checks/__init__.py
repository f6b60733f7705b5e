"""Checks that people read plain English in this repository: words and lengths of sentences."""
