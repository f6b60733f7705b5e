"""The pages of `make pictures` and `make lighthouse`: real answers, with made-up people.

Two months of the sample agency are played as `make simulate` plays them, through the real
functions. The agency publishes months, and the report is of the whole month that is over. Staff
tell people by phone soon after each export. On the last morning two colleagues work at the desk, a
victim opens the case, and another agency reads what it got.
"""

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Route

from aviso.domain.settings import Settings
from aviso.domain.staff import Account, Role
from aviso.web.staff import task_filters
from infra.harness import provider_events
from infra.harness.in_process import Stage, stage
from infra.harness.portal_browser import Visitor
from infra.harness.staff_browser import StaffBrowser
from infra.harness.web_page import Page
from infra.local.run import say
from infra.message_checks.wording import opening
from infra.repository import ROOT
from tests.simulation import behavior, city, visits
from tests.support.cognito_pool import imitated

AGENCY = ROOT / "infra/agency/sample.yaml"
SEED, VICTIMS, DAYS = 4, 760, 61  # to the first Monday of March
EXPORTS_AT, CALLS_AT = range(0, 24, 4), (4, 8, 12, 16, 20)  # o'clock
LAST_HOUR = 10  # of the last day, whose tasks wait
UNCALLED = timedelta(hours=20)  # before it: no calls
CONTACTS_ENTERED = timedelta(hours=32)  # before its midnight
UNSAFE = 3  # of the last day's victims
STILL_LATE = 2  # tasks that nobody has ended yet
AT_ONCE, ROUNDS = 10, 100  # people told before the list is read again, and how often
MEMBER, COLLEAGUE = ("M. Ortiz", Role.SUPERVISOR), ("R. Begay", Role.ADVOCATE)
PEOPLE = {"the-boss": Role.ADMINISTRATOR, "r.begay": Role.ADVOCATE, "l.chen": Role.RECORDS}
TAKEN = {MEMBER: 3, COLLEAGUE: 2}  # tasks that they took
HALF_AN_HOUR = timedelta(minutes=30)
QUESTION = "Can somebody call me after 5 about the court date?"
ARREST = '<span class="pill">Arrest</span>'  # the news of the case that is shown, if one waits
BUBBLE = """
body { margin: 0; padding: 24px 16px; background: #fff; }
p { font: 17px/1.4 system-ui, sans-serif; margin: 0 40px 0 0; padding: 12px 16px;
  background: #e9e9eb; border-radius: 20px; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


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

    def keep_each(self, place: str, browser: StaffBrowser | Visitor, *names: str) -> None:
        """Keep the pages of these names."""
        for name in names:
            self.keep(place, name, browser.get(f"/{name}"), browser.get)


def _sources(page: Page) -> Iterator[str]:
    for mark in ('rel="stylesheet" href="', 'rel="icon" href="', '<script src="', 'img src="'):
        for part in page.body.split(mark)[1:]:
            if not part.startswith("data:"):
                yield part.split('"')[0].replace("&amp;", "&")


def play(where: Path) -> Album:
    """Play two months until ten in the morning, and keep what people then see."""
    from infra.compiler.compile import compile_agency

    where.mkdir(parents=True, exist_ok=True)
    agency = where / "agency.yaml"
    text = AGENCY.read_text(encoding="utf-8")
    agency.write_text(text.replace("publishes: quarter", "publishes: month"), encoding="utf-8")
    compile_agency(agency, ROOT / "templates", where)
    album = Album()
    with stage(str(where), city.START, SEED, behavior.TWICE) as on_stage:
        played = city.City(on_stage, SEED, VICTIMS, DAYS, EXPORTS_AT)
        last_day = city.START + timedelta(days=DAYS - 1)
        played.end = last_day + LAST_HOUR * city.HOUR
        enter_the_agency(played)
        played.play(say)
        keep_desk(album, on_stage, played)
        for language in ("en", "es"):
            keep_victim(album, on_stage, played, language)
        keep_code_visit(album, on_stage, played)
        keep_agencies(album, on_stage)
        with imitated(PEOPLE):
            keep_accounts(album)
    return album


def enter_the_agency(played: city.City) -> None:
    """Enter the calls of the days before, the last night, and who is not safe to contact."""
    for day in range(DAYS):
        for hour in CALLS_AT:
            at = city.START + timedelta(days=day) + hour * city.HOUR + HALF_AN_HOUR
            if at < played.end - UNCALLED:
                played.time.at(at, played.telephone)
    midnight = city.START + timedelta(days=DAYS - 1)
    played.time.at(midnight - CONTACTS_ENTERED, enter_contacts)
    played.time.at(midnight, lambda: mark_unsafe(played))
    played.time.at(midnight + 3 * city.HOUR, lambda: played.stage.night() and None)
    played.time.at(played.end - HALF_AN_HOUR, lambda: text_in(played))


def text_in(played: city.City) -> None:
    """Let a victim text a question, which waits in the inbox."""
    phones = (v.phone for case, v in played.names.values() if case.reported < played.stage.now)
    phone = next(phone.address for phone in phones if phone)
    text = provider_events.text_from(phone, QUESTION, 90_001, played.stage.now)
    played.stage.invoke("record_receipt", text)


def enter_contacts() -> None:
    """Enter the contacts that victims left in the records system, and say so at the desk."""
    desk = at_desk(*MEMBER)
    desk.post("contacts-csv")
    desk.confirm("contacts-done")


def mark_unsafe(played: city.City) -> None:
    """Let the records system say of some victims of this day that they are not safe to contact."""
    reports = (case for case in played.cases.values() if case.reported > played.stage.now)
    for case in sorted(reports, key=lambda case: case.reported)[:UNSAFE]:
        case.victims[0].safe = False


def keep_desk(album: Album, on_stage: Stage, played: city.City) -> None:
    """Keep the desk's pages after the colleagues did the work of the days before."""
    for function in ("tally", "reconcile", "chase"):
        on_stage.schedule(function)
    desk = at_desk(*MEMBER)
    end_late_tasks(desk)
    on_stage.schedule("chase")
    for member, count in TAKEN.items():
        browser = at_desk(*member)
        free = list(city.picks(browser.get("tasks?whose=nobody")).items())
        browser.post("take", do="take", **dict(free[1::2][:count]))
    album.keep_each("desk-en", desk, "tasks")
    last_task = list(city.picks(desk.get("tasks")).items())[-1:]
    asked = desk.post("telephoned", **dict(last_task))
    album.keep("desk-en", "telephoned", asked, desk.get)
    cases = desk.get("tasks").links("case?c=")
    pages = {address: desk.get(address).body for address in cases}
    case = max(pages, key=lambda address: (ARREST in pages[address], len(pages[address])))
    album.keep("desk-en", "case", desk.get(case), desk.get)
    album.keep_each("desk-en", desk, "letters", "inbox", "switches")
    keep_states(album, desk, played)
    for language in ("en", "es"):
        desk.language = language
        names = ("tasks", "help", "welcome", "find", "health", "report")
        album.keep_each(f"desk-{language}", desk, *names)
    album.keep("desk-es", "case", desk.get(case), desk.get)


def at_desk(name: str, role: Role) -> StaffBrowser:
    """Return the browser of somebody who is signed in at the desk."""
    desk = StaffBrowser()
    desk.sign_in(role, id=name, name=name)
    return desk


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
    turned = desk.get("figures?first=2027-02-01&last=2027-01-01")
    keep("figures-turned-days", turned, status=400)
    album.keep_each("desk-en", desk, "figures", "answers", "contacts", "trail", "seen", "me")


def end_late_tasks(desk: StaffBrowser) -> None:
    """End the late tasks, except for the last few, and the late texts: an ordinary day."""
    for _ in range(ROUNDS):
        late = list(city.picks(desk.get("tasks?due=late")).items())[:-STILL_LATE]
        if not late:
            break
        why = "At the number in the report."
        for name, ids in late[:AT_ONCE]:
            desk.confirm("telephoned", how="phone", why=why, **{name: ids})
    if unread := city.picks(desk.get("inbox?due=late")):
        desk.post("seen", **unread)


def keep_victim(album: Album, on_stage: Stage, played: city.City, language: str) -> None:
    """Keep what a victim sees: the case's status, the last text, a survey."""
    visitor = Visitor(language=language)
    keep = partial(album.keep, f"portal-{language}", ask=visitor.get)
    keep("find", visitor.get("/"))
    number = next(iter(played.cases))
    keep("verify", visitor.post("/find", number=number))
    keep("refused", visitor.verify(number, "Nobody", "01/31/1980"))
    keep("status", open_case(visitor, played))
    names = ("alerts", "print", "choice", "code", "help", "rights", "privacy", "terms", "real")
    album.keep_each(f"portal-{language}", visitor, *names)
    album.pages[f"text-{language}/text"] = text_page(on_stage, language)
    visitor = Visitor(language=language)
    page = visitor.get("/survey", t=_survey(on_stage))
    album.keep(f"survey-{language}", "survey", page, visitor.get)


def open_case(visitor: Visitor, played: city.City) -> Page:
    """Open the newest case that has a detective and an arrest, by name and birth date."""
    people = sorted(played.names.values(), key=lambda pair: pair[0].reported, reverse=True)
    known = played.end - timedelta(days=1)  # to the records system, and to the portal
    for case, victim in people:
        if case.detective and case.arrested and case.arrested < known and not case.withdrawn:
            visitor.post("/find", number=case.number)
            answer = visitor.verify(case.number, victim.last, f"{victim.born:%m/%d/%Y}")
            if answer.status == 303 and answer.headers["Location"] == "status":
                return visitor.get("/status")
    raise SystemExit("pictures: no case could be opened")


def keep_code_visit(album: Album, on_stage: Stage, played: city.City) -> None:
    """Keep what only a code opens, after the victim signed up, named somebody, and said yes."""
    visitor = arrested_visitor(played)
    sign_up = {"email": "victim@example.org", "email_safe": "yes", "language": "en"}
    speaker = dict.fromkeys(("adult", "apart", "consent"), "yes")
    speaker |= {"first_name": "Luz", "last_name": "Rey", "email": "luz@example.org"}
    send(visitor, "alerts", "enroll", consent="yes", **sign_up)
    on_stage.settle()
    contact = visitor.get("/share").value("contact")
    send(visitor, "share", "share", release="yes", court="yes", contact=contact)
    send(visitor, "speaks", "speaks", language="en", **speaker)
    on_stage.settle()
    on_stage.schedule("chase")
    for language in ("en", "es"):
        visitor.language = language
        album.keep_each(f"portal-{language}", visitor, "manage", "record", "share", "speaks")


def arrested_visitor(played: city.City) -> Visitor:
    """Return somebody who opened a case with an arrest by the code of a card."""
    from aviso.victims import access_codes
    from aviso.victims.access_codes import CodePurpose

    now, settings = played.stage.now, Settings.current()
    for case, victim in played.names.values():
        if case.arrested and case.arrested < played.end and not case.withdrawn:
            code = access_codes.issue(case.number, victim.id, CodePurpose.CARD, now, settings)
            visitor = Visitor()
            opened = visitor.post("/verify", number=case.number, code=code)
            if opened.status == 303 and visitor.get("/share").status == 200:
                return visitor
    raise SystemExit("pictures: no code opened a case")


def send(visitor: Visitor, page: str, action: str, **form: str) -> None:
    """Send a form of a page."""
    done = visitor.post(f"/{action}", csrf=visitor.get(f"/{page}").value("csrf"), **form)
    if done.status != 303:
        raise SystemExit(f"pictures: {action} answered {done.status}")


def keep_agencies(album: Album, on_stage: Stage) -> None:
    """Keep what the desk sees of other agencies, and what one of them sees."""
    from aviso.storage import staff_accounts

    jail = Account(id="jail", name="jail", receiver="county_jail")
    staff_accounts.save_account(jail, on_stage.now)
    desk, receiver = at_desk(*MEMBER), at_desk("jail", Role.RECEIVER)
    for language in ("en", "es"):
        desk.language = receiver.language = language
        album.keep_each(f"desk-{language}", desk, "agencies")
        album.keep_each(f"desk-{language}", receiver, "hand-offs")


def keep_accounts(album: Album) -> None:
    """Keep the pages that ask the sign-in service who has an account."""
    administrator, desk = at_desk("the-boss", Role.ADMINISTRATOR), at_desk(*MEMBER)
    for language in ("en", "es"):
        administrator.language = desk.language = language
        album.keep_each(f"desk-{language}", administrator, "accounts")
        picked = dict(list(city.picks(desk.get("tasks")).items())[:1])
        album.keep(f"desk-{language}", "assign", desk.post("assign", **picked), desk.get)


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
