"""`make pictures`: the pictures of README and desk handbook, of the real pages with made-up people.

Three weeks of the sample agency are played as `make simulate` plays it, through the real
functions. On the last morning a supervisor works at the desk, and a victim opens the case. What
they see is shown in a browser and photographed.
"""

import argparse
import html
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from PIL import Image
from playwright.sync_api import Route

from aviso.web.staff import task_filters
from infra.harness.in_process import Stage, stage
from infra.harness.portal_browser import Visitor
from infra.harness.staff_browser import StaffBrowser
from infra.harness.web_page import Page
from infra.local.headless_browser import started
from infra.local.run import say
from infra.local.sam_build import ROOT
from infra.message_checks.wording import opening
from tests.simulation import behavior, city, visits
from tests.simulation.ground_truth import local

AGENCY = ROOT / "infra/agency/sample.yaml"
IMAGES = ROOT / "docs/images"
ADDRESS = "https://pictures.example.org/"
SEED, VICTIMS, DAYS = 4, 420, 21
COLORS = 128  # a picture of a page needs no more, and stays small
MOST_BYTES = 120_000
PHONE, TABLE = 360, 1280  # pixels wide
HEIGHTS = {PHONE: 740, TABLE: 900}
FITS = 4200  # what is longer says nothing more
STILL_LATE = 2  # tasks that nobody has ended yet
AT_ONCE, ROUNDS = 10, 100  # tasks ended together, and how often
BUBBLE = """
body { margin: 0; padding: 24px 16px; background: #fff; }
p { font: 17px/1.4 system-ui, sans-serif; margin: 0 40px 0 0; padding: 12px 16px;
  background: #e9e9eb; border-radius: 20px; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


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
    Shot("survey-en", "survey-en/survey", PHONE, 640),
    Shot("survey-es", "survey-es/survey", PHONE, 640),
    Shot("dashboard", "desk-en/report", TABLE, 2160),
    Shot("report-en", "desk-en/report", TABLE, 1000),
    Shot("report-es", "desk-es/report", TABLE, 1000),
    Shot("desk-tasks", "desk-en/tasks", TABLE, 1000),
    Shot("desk-tasks-es", "desk-es/tasks", TABLE, 1000),
    Shot("desk-case", "desk-en/case", TABLE, 1500),
    Shot("desk-told", "desk-en/telephoned", TABLE, 1000),
    Shot("desk-letters", "desk-en/letters", TABLE, 1000),
    Shot("desk-inbox", "desk-en/inbox", TABLE, 1200),
    Shot("desk-switches", "desk-en/switches", TABLE, 1000),
    Shot("desk-help", "desk-en/help", TABLE, 1000),
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

    def keep(
        self, place: str, name: str, page: Page, ask: Callable[[str], Page], status: int = 200
    ) -> None:
        """Keep a page that has this status, and what it shows: style, charts."""
        if page.status != status:
            raise SystemExit(f"pictures: {name} answered {page.status}")
        self.pages[f"{place}/{name}"] = page
        for address in sorted({*_sources(page)}):
            self.pages[f"{place}/{address}"] = ask(f"/{address}")


def _sources(page: Page) -> Iterator[str]:
    for mark in ('rel="stylesheet" href="', 'rel="icon" href="', 'img src="'):
        for part in page.body.split(mark)[1:]:
            yield part.split('"')[0].replace("&amp;", "&")


def play(where: Path) -> Album:
    """Play three weeks until ten in the morning, and keep what people then see."""
    from infra.compiler.compile import compile_agency

    compile_agency(AGENCY, ROOT / "templates", where)
    album = Album()
    with stage(str(where), city.START, SEED, behavior.TWICE) as on_stage:
        played = city.City(on_stage, SEED, VICTIMS, DAYS)
        night = city.START + timedelta(days=DAYS - 1)
        played.end = night + timedelta(hours=10)
        played.time.at(night + timedelta(hours=3), lambda: on_stage.schedule("reconcile") and None)
        played.play(say)
        keep_desk(album, on_stage, played)
        for language in ("en", "es"):
            keep_victim(album, on_stage, played, language)
    return album


def keep_desk(album: Album, on_stage: Stage, played: city.City) -> None:
    """Keep the desk's pages after the colleagues did the work of the days before."""
    from aviso.domain.staff import Role

    for function in ("tally", "reconcile", "chase"):
        on_stage.schedule(function)
    first, last = local(city.START).date(), local(played.end).date()
    desk = StaffBrowser()
    desk.sign_in(Role.SUPERVISOR)
    end_late_tasks(desk)
    on_stage.schedule("chase")
    album.keep("desk-en", "tasks", desk.get("tasks"), desk.get)
    last_task = list(city.picks(desk.get("tasks")).items())[-1:]
    asked = desk.post("telephoned", **dict(last_task))
    album.keep("desk-en", "telephoned", asked, desk.get)
    case = desk.get("tasks").links("case?c=")[-1]
    album.keep("desk-en", "case", desk.get(case), desk.get)
    for name in ("letters", "inbox", "switches"):
        album.keep("desk-en", name, desk.get(name), desk.get)
    keep_states(album, desk, played)
    for language in ("en", "es"):
        desk.language = language
        for name in ("tasks", "help", "welcome", "find", "health"):
            album.keep(f"desk-{language}", name, desk.get(name), desk.get)
        report = desk.get(f"report?first={first}&last={last}")
        album.keep(f"desk-{language}", "report", report, desk.get)
    album.keep("desk-es", "case", desk.get(case), desk.get)


def keep_states(album: Album, desk: StaffBrowser, played: city.City) -> None:
    """Keep the desk's other pages, and the states of its pages, for `make lighthouse`."""
    keep = partial(album.keep, "desk-en", ask=desk.get)
    for tab, filters in task_filters.TABS.items():
        if filters:
            keep(f"tasks-{tab}", desk.get(f"tasks?{urlencode(filters)}"))
    keep("tasks-mine", desk.get("tasks?whose=mine"))
    keep("tasks-picked", desk.get("tasks?all=yes"))
    keep("call-list", desk.post("call-list"))
    _, victim = next(iter(played.names.values()))
    keep("find-name", desk.post("find", what=f"{victim.first} {victim.last}"))
    keep("find-nothing", desk.post("find", what="Xochipilli Wrzesniewski"))
    released = desk.post("release", **dict(list(city.picks(desk.get("tasks")).items())[:1]))
    keep("release", released)
    turned = desk.get("report?first=2027-02-01&last=2027-01-01")
    keep("report-turned-days", turned, status=400)
    for name in ("figures", "answers", "contacts", "trail", "seen", "me"):
        keep(name, desk.get(name))


def end_late_tasks(desk: StaffBrowser) -> None:
    """End the late tasks, except for the last few, and the late texts: an ordinary day."""
    for _ in range(ROUNDS):
        late = list(city.picks(desk.get("tasks?due=late")).items())[:-STILL_LATE]
        if not late:
            break
        why = "By telephone, at the number in the report."
        desk.confirm("telephoned", why=why, **dict(late[:AT_ONCE]))
    if unread := city.picks(desk.get("inbox?due=late")):
        desk.post("seen", **unread)


def keep_victim(album: Album, on_stage: Stage, played: city.City, language: str) -> None:
    """Keep what a victim sees: the case's status, the last text, a survey."""
    visitor = Visitor(language=language)
    keep = partial(album.keep, f"portal-{language}", ask=visitor.get)
    keep("find", visitor.get("/"))
    keep("status", open_case(visitor, played))
    for name in ("alerts", "print", "choice", "code", "help", "rights", "privacy", "real"):
        keep(name, visitor.get(f"/{name}"))
    album.pages[f"text-{language}/text"] = text_page(on_stage, language)
    visitor = Visitor(language=language)
    page = visitor.get("/survey", t=_survey(on_stage))
    album.keep(f"survey-{language}", "survey", page, visitor.get)


def open_case(visitor: Visitor, played: city.City) -> Page:
    """Open the newest case that has an assigned detective and opens by name and birth date."""
    people = sorted(played.names.values(), key=lambda pair: pair[0].reported, reverse=True)
    for case, victim in people:
        if case.detective and case.reported < played.end - timedelta(days=3):
            visitor.post("/find", number=case.number)
            answer = visitor.verify(case.number, victim.last, f"{victim.born:%m/%d/%Y}")
            if answer.status == 303 and answer.headers["Location"] == "status":
                return visitor.get("/status")
    raise SystemExit("pictures: no case could be opened")


def text_page(on_stage: Stage, language: str) -> Page:
    """Return a page that shows the last text about an arrest as a phone does."""
    mark = opening("arrest", language).sms
    words = next(m.words for m in reversed(on_stage.sent) if m.channel == "sms" and mark in m.words)
    body = (
        f'<!doctype html><meta charset="utf-8"><style>{BUBBLE}</style><p>{html.escape(words)}</p>'
    )
    return Page(200, body, {"Content-Type": "text/html"}, [])


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
