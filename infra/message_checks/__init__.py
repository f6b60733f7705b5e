"""Checks of what a person reads: run by `make check` and `aviso preview`, never in production."""
