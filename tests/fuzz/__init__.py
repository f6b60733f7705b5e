"""Broken files and pushes for the importer, made from a seed: `make fuzz FILES=10000`."""
