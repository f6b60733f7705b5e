"""Makes the portal's stylesheet and icon: the agency's colour filled in, small, named by content.

Its place: a step of the build's compiler (`compile.py`). A name with the content's hash lets
browsers keep the file for a year.
"""

import hashlib
import re
from datetime import timedelta
from pathlib import Path

# What stands in the sources where the agency's own goes.
COLOR = "AGENCY_COLOR"
WARNING = "WARNING_SECONDS"  # without use, until a visit's end is announced
WARNED = timedelta(minutes=2)  # before that end; WCAG 2.2.1 asks for 20 seconds at least
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def load(templates: Path, color: str, idle: timedelta) -> dict[str, tuple[str, str, str]]:
    """Return each asset's name as pages link to it, its content type and its text, by file name.

    Args:
        templates: the folder that has `assets/`.
        color: the agency's, as CSS writes it.
        idle: how long a visit stays open without use.
    """
    warning = str(int((idle - min(WARNED, idle / 2)).total_seconds()))
    made = {}
    for path in sorted(p for p in (templates / "assets").iterdir() if p.suffix in TYPES):
        text = path.read_text("utf-8").replace(COLOR, color).replace(WARNING, warning)
        text = minify(text) if path.suffix == ".css" else text.strip()
        digest = hashlib.sha256(text.encode()).hexdigest()[:10]
        made[path.name] = (f"{path.stem}.{digest}{path.suffix}", TYPES[path.suffix], text)
    return made


def minify(css: str) -> str:
    """Take comments and needless white space out of a stylesheet."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{};,]) ?", r"\1", css)
    return css.replace(": ", ":").replace(";}", "}").strip()
