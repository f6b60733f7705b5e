"""The play, day by day: exports, schedules, letters, and everyone who acts.

Whatever happens is noted in the ledger as it happens: by what a page answered, by what a provider
took, by what came out of the printer. No figure of the product is looked at.
"""

import csv
import html
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pypdf import PdfReader

from aviso.domain.notice import Notice
from aviso.domain.staff import Role
from aviso.storage import cases, notices
from aviso.web.staff.sealed_references import seal
from infra.harness.in_process import Stage, StageError
from infra.harness.services import LETTERS
from infra.harness.staff_browser import StaffBrowser
from infra.harness.web_page import Page, hidden
from tests.simulation import behavior
from tests.simulation.agencies import Agencies
from tests.simulation.entries import Asked, Cuts, Who, local
from tests.simulation.exports import Records, moments
from tests.simulation.ground_truth import Ledger
from tests.simulation.handed_on import JAIL, PROSECUTOR
from tests.simulation.people import Case, Directory, Person, Town
from tests.simulation.plans import Plans
from tests.simulation.recipients import Readers
from tests.simulation.timeline import Timeline
from tests.simulation.visits import HOUR, MINUTE, Visits
from tests.simulation.words import about

START = datetime(2026, 1, 1, 7, tzinfo=UTC)  # midnight in Arizona, when the sample agency goes live
SPOKEN = {  # what a call is about; else news
    "arrest": "arrest",
    "first_contact": "rights",
    "enrollment_confirmed": "own act",
    "contact_changed": "own act",
}
OF_PLAN = "plan_to_look_at"
IN_DOUBT = "victim_in_doubt"  # the reason of a supervisor's task
BY_PHONE = {"how": "phone", "why": "At the number in the report."}
CHASES_AT = (7, 37)  # minutes; the schedule's every minute would find nothing more


@dataclass
class City:
    """Everyone, and the agency."""

    stage: Stage
    seed: int
    victims: int
    days: int
    exports_at: Sequence[int] = behavior.EXPORTS_AT  # o'clock
    ledger: Ledger = field(default_factory=Ledger)
    records: Records = field(default_factory=Records)
    groups: Mapping[str, str] = field(default_factory=dict)  # offense -> its group in the settings
    told: float = 0.0  # how strongly officers tell: 1 is the full share of `behavior`
    plans: float = 0.0  # how strongly victims agree to plans, likewise

    def __post_init__(self) -> None:
        """Let everyone take their place."""
        self.end = START + timedelta(days=self.days) - MINUTE
        self.time = Timeline(self.stage, self.seed)
        self.town = Town(self.seed, START, self.days, self.victims, self.told)
        self.directory: Directory = {}
        # Who a letter is about, by the case's number and the name on the envelope.
        self.names: dict[tuple[str, str], tuple[Case, Person]] = {}
        self.visits = Visits(self.time, self.ledger, self.town, self.directory)
        self.agencies = Agencies(self.time, self.ledger, self._who)
        self.planned = Plans(self.time, self.ledger, self.plans)
        self.readers = Readers(
            *(self.time, self.ledger, self.visits, self.directory, self.agencies, self.planned)
        )
        self._runs: set[str] = set()
        self.cases: dict[str, Case] = {}  # by number

    def play(self, tell: Callable[[str], None]) -> None:
        """Play every day, to the last minute of the last one."""
        for case in self.town.cases():
            self._cast(case)
        self._agency()
        month = ""
        while (act := self.time.next(self.end)) is not None:
            if f"{local(self.stage.now):%B}" != month:
                month = f"{local(self.stage.now):%B}"
                tell(f"{month}: {len(self.ledger.messages)} messages so far")
            act()
            self.stage.settle()
            self.readers.read_outbox()
        self.stage.at(self.end)

    def _cast(self, case: Case) -> None:
        """Enter a case's people, its fate, and when each of them tries the portal."""
        for moment in moments(case):
            self.time.at(moment, lambda at=moment: self.records.note(case, at))  # type: ignore[misc]
        self.cases[case.number] = self.cases[case.later_number] = case
        group = self.groups.get(case.offense, "unknown")
        self.ledger.cases[case.number] = Cuts(group=group, division=case.division or "unknown")
        for victim in case.victims:
            spanish = victim.language == "SPA"
            self.ledger.languages[case.number, victim.id] = "es" if spanish else "en"
            if victim.waived:
                self.ledger.waived.add((case.number, victim.id))
                self.ledger.acts["waived in the report"] += 1
            if victim.hidden:
                self.ledger.hidden.add((case.number, victim.id))
            reader = victim.guardian or victim
            name = on_paper(f"{reader.first} {reader.last}")
            for number in (case.number, case.later_number):
                self.names[number, name] = (case, victim)
            for contact in (reader.phone, reader.email):
                if contact:
                    self.directory[contact.address] = (case, victim, contact)
                    if contact.address in reader.reachable:
                        self.ledger.works((case.number, victim.id), contact)
            visits = behavior.VISITS_WITH_DETECTIVE if case.detective else behavior.VISITS
            self.planned.plan(case, victim)
            if victim.guardian is None and self.time.odds(visits):
                self.visits.plan(case, victim)

    def _agency(self) -> None:
        """Enter what the agency and the schedules do each day."""
        for day in range(self.days):
            midnight = START + timedelta(days=day)
            for hour in self.exports_at:
                self.time.at(midnight + hour * HOUR, self._export)
            for hour in range(24):
                for minute in CHASES_AT:
                    self._schedule(midnight + hour * HOUR + minute * MINUTE, "chase")
            self._schedule(midnight + 12 * HOUR, "chase")  # on the hour: also what chase learns
            self.time.at(midnight + 3 * HOUR, lambda: self.stage.night() and None)
            self.time.at(midnight + 3 * HOUR + 30 * MINUTE, self._night)
            self.time.at(midnight + 4 * HOUR, self._expire)
            weekday = (midnight - 7 * HOUR).weekday()
            if weekday < 5:  # Monday to Friday
                self._schedule(midnight + 6 * HOUR, "print_letters")
                self.time.at(midnight + behavior.POSTS_LETTERS_AT * HOUR, self._post_letters)
                self.time.at(midnight + behavior.CALLS_AT * HOUR, self.telephone)
        for n in range(behavior.ERASURES):
            when = START + timedelta(days=self.days * (n + 1) / (behavior.ERASURES + 1))
            self.time.at(when, self._erase_somebody)

    def _schedule(self, at: datetime, function: str) -> None:
        self.time.at(at, lambda: self.stage.schedule(function) and None)

    def _night(self) -> None:
        """Have the night's work done; the trail must be as its copy has it."""
        if self.stage.schedule("tally")["differing"]:
            raise StageError("a row of the audit trail differs from its copy")

    def _expire(self) -> None:
        before = self._cases_kept()
        self.ledger.acts["rows expired"] += self.stage.database.expire(self.stage.now.timestamp())
        self.ledger.acts["cases forgotten"] += before - self._cases_kept()

    def _cases_kept(self) -> int:
        return sum(sk == "CASE" for _, sk in self.stage.database.tables["Cases"].items)

    def _who(self, number: str, name: str) -> Who:
        """Return whose a report's number and a name are."""
        case, victim = self.names[number, on_paper(name)]
        return case.number, victim.id

    def handed_on_wrongly(self) -> list[str]:
        """Return what is wrong with requests, with those who speak and with letters, in words."""
        spent = self.ledger.dead | {a for a, stops in self.ledger.stopped.items() if stops}
        excused = {(c.number, v.id) for a in spent for c, v, _ in [self.directory[a]]}
        found = self.ledger.handed_on.wrong + self.ledger.handed_on.lost(excused, self.stage.now)
        found += self.ledger.against_wishes()
        if self.agencies.personal:
            found.append(f"{self.agencies.personal} emails to other agencies name a report")
        if self.planned.outside:
            found.append(f"{self.planned.outside} messages outside a plan")
        if wrong := self.visits.asking.misdirected:
            found.append(f"{wrong} messages to people who did not speak for the victim then")
        return found

    def _export(self) -> None:
        self._note_export()
        for name, body in self.records.export(self.stage.now):
            self.stage.drop(name, body)
            self.ledger.acts["files exported"] += 1

    def _note_export(self) -> None:
        """Note what the agency's files will say that victims must be told."""
        for row in self.records.changed.get("people", {}).values():
            if row["INVL_TYPE"] == "VIC":
                who = self.cases[row["INCIDENT_NUM"]].number, row["NAME_ID"]
                self.ledger.owes(who, "rights", self.stage.now)
                self._officer_told(who, "rights")
        for shown, row in self.records.changed.get("cases", {}).items():
            if row["CASE_STATUS"] == "PROS":
                number = self.cases[shown].number
                self.ledger.handed_on.happens(number, PROSECUTOR, self.stage.now)
        for shown, row in self.records.changed.get("arrests", {}).items():
            case = self.cases[shown]
            number = case.number
            self.ledger.learnt(number)
            if row["VOID_FLAG"] == "Y":
                self.ledger.takes_back(number)
                self.ledger.handed_on.undone.add((number, JAIL))
                continue
            self.ledger.handed_on.happens(number, JAIL, self.stage.now)
            assert case.arrested, "its arrest is in the file"
            # The records system writes minutes.
            self.ledger.arrested[number] = case.arrested.replace(second=0, microsecond=0)
            for victim in case.victims:
                self.ledger.owes((number, victim.id), "arrest", self.stage.now)
                self._officer_told((number, victim.id), "arrest")

    def _officer_told(self, who: Who, kind: str) -> None:
        """Note what an officer told somebody who was owed it."""
        case = self.cases[who[0]]
        at = case.reported if kind == "rights" else case.arrested
        victim = next(v for v in case.victims if v.id == who[1])
        if at and kind in victim.told and who not in self.ledger.erased:
            self.ledger.told_by_officer(who, kind, at.replace(second=0, microsecond=0))

    def telephone(self) -> None:
        """Tell victims by telephone what the first page of tasks asks for, and say so."""
        clerk = StaffBrowser()
        clerk.sign_in(Role.SUPERVISOR, name="M. Ortiz", now=self.stage.now)
        for name, ids in picks(clerk.get("tasks")).items():
            asked = [notice for id in ids.split() if (notice := notices.read(id))]
            assert asked, "a row of the list names no notice"
            for task in [notice for notice in asked if notice.reason == OF_PLAN]:
                self.planned.serve(task, self.cases[task.case])
                asked.remove(task)
            if not asked:
                continue
            answered = self.time.odds(behavior.CALLED)
            for notice in asked:
                waited = (self.stage.now - notice.created_at).total_seconds() / 60
                word = notice.fact.partition(":")[0]
                about = Asked(notice.reason, notice.kind, word, answered, round(waited))
                self.ledger.tasks.append(about)
            if not answered:
                self._no_answer(clerk, asked[0])
                continue
            if asked[0].reason == IN_DOUBT:
                self._decide(clerk, asked[0])
                continue
            told = " ".join(notice.id for notice in asked)
            clerk.confirm("telephoned", **BY_PHONE, **{name: told})
            who = asked[0].case, asked[0].victim
            self.ledger.reached.append(who)
            if not asked[0].victim:  # a task of a case that has none: erased, or never in the files
                self.ledger.languages.setdefault(who, "en")  # the agency's first
                continue
            for notice in asked:
                kind = SPOKEN.get(notice.kind, "news")
                self.ledger.called((notice.case, notice.victim), kind, self.stage.now)
            if self.plans and who[0] in self.cases:
                self.planned.offer(who, self.cases[who[0]])

    def _no_answer(self, clerk: StaffBrowser, notice: Notice) -> None:
        """Call somebody who does not answer, and say so at the desk."""
        case = cases.read_case(notice.case)
        if victim := next((v for v in case.victims if v.origin == notice.victim), None):
            form = {"c": seal(case.number), "victim": victim.origin}
            assert clerk.post("call", outcome="no_answer", **form).status == 303
            self.ledger.rang((notice.case, notice.victim))

    def _decide(self, clerk: StaffBrowser, notice: Notice) -> None:
        """Say what a victim is, whom the records system suddenly calls something else."""
        page = clerk.get(f"case?c={seal(notice.case)}")
        (form,) = (
            form
            for form in page.root.xpath('//form[@action="capacity"]')
            if notice.victim in form.xpath('.//input[@name="victim"]/@value')
        )
        given = hidden(form) | dict.fromkeys(form.xpath(".//input[@checked]/@name"), "yes")
        victim = next(v for v in self.cases[notice.case].victims if v.id == notice.victim)
        if victim.truly:
            given[victim.later] = "yes"
        done = clerk.confirm("capacity", **given, why="I called the family.")
        assert done.status == 303, done.status
        self.ledger.decides((notice.case, notice.victim), right=victim.truly)

    def _post_letters(self) -> None:
        """Take what the printer made to the post, and say so at the desk."""
        letters = self.stage.files[LETTERS]
        runs = {name.split("/")[1] for name in letters if name.endswith("manifest.csv")}
        for run in sorted(runs - self._runs):
            self._runs.add(run)
            self._count_letters(
                letters[f"runs/{run}/manifest.csv"], letters[f"runs/{run}/letters.pdf"]
            )
            clerk = StaffBrowser()
            clerk.sign_in(Role.RECORDS, now=self.stage.now)
            clerk.confirm("mailed", run=run)
            self.ledger.post(self.stage.now)
            self.ledger.acts["runs posted"] += 1

    def _count_letters(self, manifest: bytes, pdf: bytes) -> None:
        """Read every letter of a run as it is printed: to whom, and what about."""
        pages = iter(PdfReader(io.BytesIO(pdf)).pages)
        for row in csv.DictReader(io.StringIO(manifest.decode("utf-8-sig"))):
            words = " ".join(next(pages).extract_text() for _ in range(int(row["pages"])))
            case, victim = self.names[row["case"], on_paper(row["name"])]
            self.ledger.printed((case.number, victim.id), about(words), self.stage.now)
            self.visits.read_letter(words, case, victim)

    def _erase_somebody(self) -> None:
        """A victim who had signed up asks for everything to be erased; the agency does so."""
        from aviso.compliance import retention
        from aviso.domain.settings import Settings

        done = self.ledger.acts["victims erased"]
        asked = self.ledger.handed_on.agreed.keys() | self.visits.asking.whose()
        enrolled = sorted(self.ledger.enrolled.keys() - self.ledger.erased - asked)
        if not enrolled:
            return
        number, victim = enrolled[(done * 37) % len(enrolled)]
        self.ledger.erased.add((number, victim))
        next(v for v in self.cases[number].victims if v.id == victim).erased = True
        retention.erase(number, victim, "records", Settings.current(), self.stage.now)
        self.ledger.acts["victims erased"] += 1


def picks(page: Page) -> dict[str, str]:
    """Return the checkboxes with which a page's tasks are picked."""
    boxes = re.findall(r'<input type="checkbox"[^>]* name="([^"]+)" value="([^"]*)"', page.body)
    return {html.unescape(name): html.unescape(value) for name, value in boxes}


def on_paper(name: str) -> str:
    """Return a name as one compares it on an envelope: letters alone, no case, no accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalpha())
