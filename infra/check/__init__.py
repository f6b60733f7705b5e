"""Checks of what a person reads: run by `make check` and `make preview`, never in production."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The product's packages, where no install has put them on the path.
sys.path[:0] = [
    str(place)
    for place in (ROOT / "layers" / "aviso", ROOT / "infra" / "agency")
    if str(place) not in sys.path
]
