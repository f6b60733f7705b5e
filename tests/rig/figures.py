"""What a run says on its way, and the file of its figures."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Say = Callable[[str], None]


def say_as(name: str) -> Say:
    """Return what prints a line of a program's progress at once."""
    return lambda text: print(f"{name}: {text}", flush=True)


def write(path: Path, figures: Mapping[str, Any], *, finished: bool = True) -> None:
    """Write figures as JSON; `finished` says whether they are those of the whole run.

    The file is exchanged at once: a run that is killed leaves no half of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    text = json.dumps({"finished": finished, **figures}, indent=2) + "\n"
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def recounted(settings: Any = None) -> list[str]:
    """Return in words every counter of the dashboard that its rows do not bear out."""
    from aviso.domain.settings import Settings
    from infra.ops.counter_differences import differences

    return [
        f"{d.day} {d.metric} {d.cut}: counted {d.counted}, again {d.recounted}"
        for d in differences(settings or Settings.current())
    ]


def pace(done: int, of: int, parts: str, duties: int, seconds: float) -> str:
    """Return how far a run is and how fast, in words."""
    rate = duties / max(seconds, 0.001)
    return f"{done} of {of} {parts} after {seconds:.0f} s; {duties:,} duties, {rate:.1f} a second"
