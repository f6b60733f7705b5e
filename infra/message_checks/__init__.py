"""Checks of what a person reads: run by `make check` and `make preview`, never in production."""
