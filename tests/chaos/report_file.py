"""Where a rig's figures go after each part of a run, so that a run that is stopped is not lost."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(path: Path, figures: Mapping[str, Any], *, finished: bool) -> None:
    """Write figures as JSON; `finished` says whether they are those of the whole run.

    The file is exchanged at once: a run that is killed leaves no half of it.
    """
    new = path.with_suffix(".new")
    text = json.dumps({"finished": finished, **figures}, indent=2) + "\n"
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def pace(done: int, of: int, parts: str, duties: int, seconds: float) -> str:
    """Return how far a run is and how fast, in words."""
    rate = duties / max(seconds, 0.001)
    return f"{done} of {of} {parts} after {seconds:.0f} s; {duties:,} duties, {rate:.1f} a second"
