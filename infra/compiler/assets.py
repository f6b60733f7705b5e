"""Makes stylesheets, icon and the desk's script: with the agency's colour, named by content.

This is a step of the build's compiler (`compile.py`). With a hash of the content in the name,
browsers may cache the file for a year.
"""

import hashlib
import re
from datetime import timedelta
from pathlib import Path

# Placeholders in the sources for the agency's own values.
COLOR = "AGENCY_COLOR"
WARNING = "WARNING_SECONDS"  # without use, until the end of a visit is announced
WARNED = timedelta(minutes=2)  # before that end; WCAG 2.2.1 requires at least 20 seconds
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


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
    """Remove comments and unneeded white space from a stylesheet."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{};,]) ?", r"\1", css)
    return css.replace(": ", ":").replace(";}", "}").strip()
