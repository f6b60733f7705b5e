"""Broken files and pushes for the feed, made from a seed, and what must be true of each.

`make fuzz FILES=10000`.
"""
