"""`make pictures`: the pictures of README and desk handbook, of the real pages with made-up people.

The pages are those of `album`. They are shown in a browser and photographed.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from infra.local.headless_browser import started
from infra.local.run import say
from infra.repository import ROOT
from tests.pictures import album
from tests.pictures.album import Album

IMAGES = ROOT / "docs/images"
ADDRESS = "https://pictures.example.org/"
COLORS = 128  # a picture of a page needs no more, and stays small
MOST_BYTES = 120_000
PHONE, TABLE = 360, 1280  # pixels wide
HEIGHTS = {PHONE: 740, TABLE: 900}
FITS = 4200  # what is longer says nothing more


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: which page, how wide and how much of it."""

    name: str
    page: str
    width: int
    height: int = 0  # the whole page when 0


SHOTS = (
    Shot("portal-en", "portal-en/status", PHONE, 1300),
    Shot("portal-es", "portal-es/status", PHONE, 1300),
    Shot("text-en", "text-en/text", PHONE, 280),
    Shot("text-es", "text-es/text", PHONE, 280),
    Shot("report-en", "desk-en/report", TABLE, 1000),
    Shot("desk-tasks", "desk-en/tasks", TABLE, 1000),
    Shot("desk-case", "desk-en/case", TABLE, 1500),
    Shot("desk-told", "desk-en/telephoned", TABLE, 1000),
    Shot("desk-letters", "desk-en/letters", TABLE, 1000),
    Shot("desk-inbox", "desk-en/inbox", TABLE, 1200),
    Shot("desk-switches", "desk-en/switches", TABLE, 1000),
    Shot("desk-help", "desk-en/help", TABLE, 1000),
)


def shoot(shown: Album, folder: Path) -> None:
    """Show the pages in a browser, and write each picture with few colors."""
    with started() as browser:
        for shot in SHOTS:
            page = browser.new_page(viewport={"width": shot.width, "height": HEIGHTS[shot.width]})
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.route("**/*", shown.answer)
            page.goto(ADDRESS + shot.page)
            page.wait_for_load_state("networkidle")
            path = folder / f"{shot.name}.png"
            page.screenshot(path=path, full_page=True)
            page.close()
            _reduce(path, shot.height or FITS)
            say(f"pictures: {path.name}, {path.stat().st_size // 1000} KB")


def _reduce(path: Path, height: int) -> None:
    with Image.open(path) as whole:
        part = whole.convert("RGB").crop((0, 0, whole.width, min(height, whole.height)))
    part.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"pictures: {path.name} is {path.stat().st_size} bytes")


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=IMAGES, help="where the pictures go")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    shoot(album.play(ROOT / "build" / "pictures"), options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
