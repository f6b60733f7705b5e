"""Checks of what a person reads: run by `make check` and `make preview`, never in production."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
