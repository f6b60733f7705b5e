"""`make pictures`: the pictures of the README, of the product's own pages with made-up people.

A quarter of a year of the sample agency is played as `make simulate` plays it, through the real
functions. Then a supervisor looks at the dashboard and the tasks, and a victim at the
survey; what they are sent is shown in a browser and photographed.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from PIL import Image
from playwright.sync_api import Route

from infra.harness.in_process import Stage, stage
from infra.harness.portal_browser import Page, Visitor
from infra.harness.staff_browser import Colleague
from infra.local.headless_browser import started
from infra.local.run import say
from infra.local.sam_build import ROOT
from tests.simulation import behaviour, city, visits
from tests.simulation.ground_truth import local

AGENCY = ROOT / "infra/agency/sample.yaml"
IMAGES = ROOT / "docs/images"
ADDRESS = "https://pictures.example.org/"
SEED, VICTIMS, DAYS = 4, 420, 91
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
    language: str = "en"


SHOTS = (
    Shot("dashboard", "dashboard/figures", TABLE, 2160),
    Shot("desk-tasks", "tasks/tasks", TABLE, 900),
    Shot("survey-en", "survey-en/survey", PHONE),
    Shot("survey-es", "survey-es/survey", PHONE, language="es"),
)


@dataclass
class Album:
    """Everything that a browser will ask for, as the product answered it: path -> page."""

    pages: dict[str, Page] = field(default_factory=dict)

    def answer(self, route: Route) -> None:
        """Give a browser what was kept under its address."""
        parts = urlsplit(route.request.url)
        key = parts.path.removeprefix("/") + (f"?{parts.query}" if "chart" in parts.path else "")
        page = self.pages.get(key)
        if page is None:
            route.fulfill(status=404, body="")
            return
        kind = page.headers["Content-Type"]
        route.fulfill(status=page.status, body=page.body, headers={"Content-Type": kind})

    def keep(self, place: str, name: str, page: Page, ask: Callable[[str], Page]) -> None:
        """Keep a page, and what it shows: style, charts."""
        if page.status != 200:
            raise SystemExit(f"pictures: {name} answered {page.status}")
        self.pages[f"{place}/{name}"] = page
        for address in sorted({*_sources(page)}):
            self.pages[f"{place}/{address}"] = ask(f"/{address}")


def _sources(page: Page) -> Iterator[str]:
    for mark in ('rel="stylesheet" href="', 'img src="'):
        for part in page.body.split(mark)[1:]:
            yield part.split('"')[0].replace("&amp;", "&")


def play(where: Path) -> Album:
    """Play the quarter, and keep what the supervisor and the victim are sent at its end."""
    from aviso.domain.staff import Role
    from infra.compiler.compile import compile_agency

    compile_agency(AGENCY, ROOT / "templates", where)
    album = Album()
    with stage(str(where), city.START, SEED, behaviour.TWICE) as on_stage:
        played = city.City(on_stage, SEED, VICTIMS, DAYS)
        played.play(say)
        on_stage.schedule(
            "reconcile"
        )  # played on Sundays alone; the dashboard shows the last night's
        desk = Colleague()
        desk.sign_in(Role.SUPERVISOR)
        first, last = local(city.START).date(), local(played.end).date()
        album.keep("dashboard", "figures", desk.get(f"figures?first={first}&last={last}"), desk.get)
        tasks = desk.get("tasks")
        album.keep("tasks", "tasks", tasks, desk.get)
        for language in ("en", "es"):
            visitor = Visitor(language=language)
            page = visitor.get("/survey", t=_survey(on_stage))
            album.keep(f"survey-{language}", "survey", page, visitor.get)
    return album


def _survey(on_stage: Stage) -> str:
    """Return the token of a survey that still is open."""
    lately = on_stage.now - timedelta(days=2)
    texts = [sent.words for sent in on_stage.sent if sent.at > lately]
    link = next(found[0] for words in texts if (found := visits.SURVEY_LINK.search(words)))
    return parse_qs(urlsplit(link).query)["t"][0]


def shoot(album: Album, folder: Path) -> None:
    """Show the pages in a browser, and write each picture with few colors."""
    with started() as browser:
        for shot in SHOTS:
            page = browser.new_page(viewport={"width": shot.width, "height": HEIGHTS[shot.width]})
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.route("**/*", album.answer)
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
    shoot(play(ROOT / "build" / "pictures"), options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
