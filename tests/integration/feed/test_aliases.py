"""A new number of a case, a person or an arrest: told once, to the right person, and nothing lost.

Each row of the table is what a records system sends, and what must have come of it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import count, permutations
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import AuditEntry, Enrollment
from aviso.domain.requests import Right
from aviso.domain.restriction import restriction_of
from aviso.domain.staff import Remark
from aviso.feed import aliases
from aviso.notices import planning, sending
from aviso.runtime import hashing
from aviso.storage import case_decisions, enrollments, notices, suppressions
from aviso.storage.audited_change import AuditRow
from aviso.storage.case_decisions import CaseDecision
from infra.harness.builders import NOW, NUMBER, a_contact, an_answer, an_invocation
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local
from infra.harness.staff_browser import say_of_case
from tests.support.sending import Provider, only_arrests

NEW, THIRD = "2611240777", "2611240778"
HOUR = timedelta(hours=1)
ANA, BEN = "ana@example.com", "ben@example.com"
Row = dict[str, str]
File = tuple[str, tuple[Row, ...]]
Step = Callable[["Flow"], None]


class Flow:
    """A feed each of whose files is planned and sent at once, as the streams would have it."""

    def __init__(self, feed: Feed, provider: Provider) -> None:
        self.feed, self.provider = feed, provider
        self.settings = only_arrests(feed.settings)
        self.rejected: list[tuple[str, str]] = []

    def play(self, steps: Iterable[File | Step]) -> None:
        """Import files, and let people act between them."""
        for step in steps:
            if isinstance(step, tuple):
                self.drop(step[0], *step[1])
            else:
                step(self)

    def drop(self, kind: str, *rows: Row) -> dict[str, Any]:
        """Import a file that is exported ten minutes after the last one."""
        self.feed.now += timedelta(minutes=10)
        done = self.feed.drop(kind, *rows, at=self.feed.now)
        if done["rejected"]:
            name = done["file"].removeprefix("incoming/").removesuffix(".csv")
            self.rejected += [(kind, row["code"]) for row in self.feed.rejects(name)]
        for _ in range(2):
            self.tell()
        return done

    def tell(self) -> None:
        for number in (NUMBER, NEW, THIRD):
            planning.plan(number, self.settings, self.feed.now)
            for notice in notices.of_case(number):
                if notice.state == "planned":
                    sending.send(notice.id, an_invocation(self.settings, lambda: self.feed.now))

    @property
    def told(self) -> dict[str, int]:
        """How many emails each address got."""
        return dict(Counter(m.address for m in self.provider.sent if "@" in m.address))

    @property
    def restricted(self) -> set[str]:
        """The cases that wait for a person."""
        found = {case.number: case for case in map(stored, (NUMBER, NEW, THIRD)) if case.report}
        return {n for n, case in found.items() if restriction_of(case, self.settings)}


@pytest.fixture
def flow(feed: Feed, provider: Provider) -> Flow:
    return Flow(feed, provider)


def case(number: str = NUMBER, former: str = "", **changes: str) -> File:
    return "cases", (a_case_row(number=number, former_number=former, **changes),)


def people(number: str = NUMBER, **victim: str) -> File:
    return "people", (a_person_row(number=number, **victim), a_suspect_row(number=number))


def arrest(number: str = NUMBER, **changes: str) -> File:
    return "arrests", (an_arrest_row(number=number, **changes),)


def whole(number: str, former: str = "", **victim: str) -> list[File]:
    return [case(number, former), people(number, **victim), arrest(number)]


BENS: Row = {"first_name": "Ben", "last_name": "Hart", "birth_date": "02/03/1990"}
BENS |= {"phone": "520-555-0109", "email": BEN}
LATER, LATEST = {"row_time": local(NOW)}, {"row_time": local(NOW + HOUR)}
A = whole(NUMBER)
B = whole(NEW, NUMBER)
ONCE = {ANA: 1}
ALSO = {"id": "P2", **BENS}


def orders() -> Iterator[Any]:
    """Yield a renumbered case in each order of its files."""
    for order in permutations(B):
        yield pytest.param([*A, *order], id=" ".join(kind for kind, _ in order))


def record() -> AuditRow:
    entry = AuditEntry(at=NOW, actor="staff:rosa", action="said", case=NUMBER)
    return AuditRow(entry=entry, keep_days=1)


def unsafe(flow: Flow) -> None:
    """A member calls Ana's email unsafe, on the first case."""
    why = Remark(at=flow.feed.now, by="rosa", text="He reads it.")
    decision = CaseDecision(record(), why)
    ana = stored().victims[0]
    case_decisions.decide(decision, ana, replace(ana, desk_unsafe=(ANA,)))


def signed_up(number: str) -> Step:
    """Return Ana's sign-up on a case, with a lock."""

    def act(_: Flow) -> None:
        contact = a_contact("+15205550188")
        left = Enrollment(victim="P1", contacts=(contact,), locked_at=NOW)
        enrollments.write_enrollment(number, left)

    return act


def hide_home(_: Flow) -> None:
    """Ana asks to keep her home confidential, on the first case."""
    asked = (an_answer(right=Right.ADDRESS),)
    enrollments.write_enrollment(NUMBER, Enrollment(victim="P1", requests=asked))


def said(number: str, word: str) -> Step:
    return lambda _: say_of_case(number, word)


def not_me(number: str) -> Step:
    return lambda _: suppressions.not_me(hashing.address_key(ANA), number, NOW)


def night(flow: Flow) -> None:
    """A night's full file has the arrest under its new number alone."""
    flow.feed.now += timedelta(days=1)
    flow.drop("arrests", an_arrest_row(id="A9"))


class TestNewNumber:
    @pytest.mark.parametrize(
        "files",
        [
            *orders(),
            pytest.param([*A, *B, case(THIRD, NEW), people(THIRD), arrest(THIRD)], id="chain"),
            pytest.param([*A, *B, case(THIRD, NUMBER), people(THIRD)], id="third of the first"),
            pytest.param([*A, case(NEW, NUMBER), *B, *B, *A], id="twice, and the old rows too"),
            pytest.param([*B, *A], id="the former number comes late"),
            pytest.param([*whole(NEW), *B], id="the former number is never a case"),
            pytest.param([*A, *B, case(NUMBER, NEW), people(), arrest()], id="and back"),
            pytest.param([case(NUMBER, NEW), case(NEW, NUMBER), *A, *B], id="loop"),
            pytest.param([*A, ("cases", (*B[0][1], *A[0][1])), *B], id="both rows in one file"),
        ],
    )
    def test_tells_once_and_makes_one_case(self, flow: Flow, files: list[File]) -> None:
        flow.play(files)
        one = stored(NEW)
        assert flow.told == {ANA: 1}
        assert stored(NUMBER) == one
        assert [v.email for v in one.victims] == [ANA]
        assert [a.id for a in one.arrests] == ["A1"]
        assert not flow.restricted

    @pytest.mark.parametrize(
        ("before", "last", "reading", "told"),
        [(arrest(NEW), people(NEW), 2, 1), (people(NEW), arrest(NEW, id="A2"), 1, 2)],
        ids=["people", "arrest"],
    )
    def test_that_comes_at_one_moment_is_no_second_case(
        self, flow: Flow, monkeypatch: Any, before: File, last: File, reading: int, told: int
    ) -> None:
        """The case's file is imported after the last file asked for it, before that is written."""
        flow.play([*A, before])
        read, readings = aliases.reports, count(1)

        def late(numbers: Iterable[str], **how: bool) -> dict[str, Any]:
            found = read(numbers, **how)
            if next(readings) == reading:
                monkeypatch.setattr(aliases, "reports", read)
                flow.play([B[0]])
            return found

        monkeypatch.setattr(aliases, "reports", late)
        flow.play([last])
        assert stored(NEW) == stored(NUMBER)
        assert flow.told == {ANA: told}
        assert not flow.restricted

    def test_is_shown_and_opens_the_case(self, flow: Flow) -> None:
        flow.play([*A, *B])
        one = stored(NEW)
        assert (one.number, one.shown) == (NUMBER, NEW)
        assert one.numbers == (NUMBER, NEW)


SWAPPED = (
    a_person_row(number=NEW, id="S1", first_name="Sam", last_name="Poole", birth_date="01/02/1979"),
    a_suspect_row(
        number=NEW, id="P1", first_name="Ana", last_name="Muñoz", birth_date="04/12/1985"
    ),
)
TWO = [*A, *whole(NEW)]  # two cases, each of which told Ana
# What happens, who was told how often, which cases wait for a person, which rows were rejected.
ATTACKS: dict[str, tuple[list[File | Step], dict[str, int], set[str], set[str]]] = {
    "two victims joined by a typing error": ([*A, *whole(NEW, NUMBER, **BENS)], ONCE, {NEW}, set()),
    "the typing error, corrected": (
        [*A, *whole(NEW, NUMBER, **BENS), *whole(NEW, **BENS)],
        {ANA: 1, BEN: 1},
        set(),
        set(),
    ),
    "a typing error before the other case comes": (
        [*whole(NEW, NUMBER, **BENS), *A],
        {BEN: 1},
        set(),
        {"number_used_again"},
    ),
    "one victim more": (
        [*A, case(NEW, NUMBER), ("people", (*B[1][1], a_person_row(number=NEW, **ALSO)))],
        ONCE,
        {NUMBER, NEW},
        set(),
    ),
    "one victim less": ([*A, people(**ALSO), *B], {ANA: 1, BEN: 1}, {NEW}, set()),
    "one victim after the other": (
        [*A, people(**ALSO), *B, people(NEW, **ALSO)],
        {ANA: 1, BEN: 1},
        set(),
        set(),
    ),
    "the suspect is the victim of the other": (
        [*A, case(NEW, NUMBER), ("people", SWAPPED), arrest(NEW, suspect="P1")],
        ONCE,
        {NEW},
        set(),
    ),
    "the first number is used again": (
        [*A, *B, *whole(NUMBER, id="P5", **BENS)[:2], arrest(id="A5", suspect="S5")],
        ONCE,
        set(),
        {"number_used_again"},
    ),
    "two cases, both told": ([*TWO, *B], {ANA: 2}, set(), set()),
    "two cases and a withdrawal": (
        [*TWO, *B, arrest(NEW, withdrawn="Y", **LATER)],
        {ANA: 3},
        set(),
        set(),
    ),
    "a sign-up and a lock under the new number": (
        [*TWO, signed_up(NEW), *B, arrest(NEW, id="A2")],
        {ANA: 2},
        {NUMBER, NEW},
        set(),
    ),
    "a lock under the first number": (
        [*A, signed_up(NUMBER), *B, arrest(NEW, id="A2")],
        {ANA: 2},
        set(),
        set(),
    ),
    "lifted under both, but perhaps one": (
        [*TWO, said(NUMBER, "lifted"), said(NEW, "lifted"), signed_up(NEW), *B],
        {ANA: 2},
        {NUMBER, NEW},
        set(),
    ),
    "lifted again by a person": (
        [*TWO, signed_up(NEW), *B, said(NUMBER, "lifted"), said(NEW, "lifted"), *B],
        {ANA: 2},
        set(),
        set(),
    ),
    "an arrest after a person looked at both": (
        [*TWO, *B, said(NUMBER, "lifted"), said(NEW, "lifted"), *B, arrest(NEW, id="A2", **LATER)],
        {ANA: 3},
        set(),
        set(),
    ),
    "unsafe under the first number": ([*A, unsafe, *B, arrest(NEW, id="A2")], ONCE, set(), set()),
    "not me under the new number": (
        [*TWO, not_me(NEW), *B, arrest(NEW, id="A2")],
        {ANA: 2},
        set(),
        set(),
    ),
    "a waiver under the new number": (
        [case(), people(), case(NEW), people(NEW, rights="W", **LATER), *B, arrest(NEW)],
        {},  # a supervisor decides
        set(),
        set(),
    ),
    "a restricted first case": (
        [*A, said(NUMBER, "restricted"), *B, arrest(NEW, id="A2")],
        ONCE,
        {NUMBER},
        set(),
    ),
    "a restricted flag under the new number": (
        [
            *A,
            case(NEW, restricted="Y", **LATER),
            *B[1:],
            case(NEW, NUMBER, **LATEST),
            arrest(NEW, id="A2"),
        ],
        ONCE,
        {NUMBER},
        set(),
    ),
}


class TestAttack:
    @pytest.mark.parametrize("name", ATTACKS)
    def test_tells_the_right_person_once(self, flow: Flow, name: str) -> None:
        steps, told, restricted, rejected = ATTACKS[name]
        flow.play(steps)
        assert flow.told == told
        assert flow.restricted == restricted
        assert {code for _, code in flow.rejected} == rejected

    def test_shows_no_home_that_was_hidden_before(self, flow: Flow) -> None:
        flow.play([*A, hide_home, *B, people(NEW, street="9 Oak Ave", **LATER)])
        (ana,) = stored().victims
        assert (ana.street, ana.confidential_address) == ("9 Oak Ave", True)

    def test_mixes_no_two_victims(self, flow: Flow) -> None:
        flow.play([*A, *whole(NEW, NUMBER, **BENS), *A])
        assert [v.email for v in stored().victims] == [ANA]
        assert [v.email for v in stored(NEW).victims] == [BEN]

    def test_of_too_many_numbers_is_restricted(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(aliases, "MOST_NUMBERS", 1)
        flow.play([*A, *B, case(THIRD, NEW), people(THIRD), arrest(THIRD, id="A2")])
        assert (flow.restricted, flow.told) == ({NUMBER, THIRD}, ONCE)

    def test_by_a_wrong_column_stops_at_ten(self, flow: Flow) -> None:
        cases = [a_case_row(number=f"26112410{n:02d}") for n in range(11)]
        flow.play([("cases", tuple(cases))])
        related = [
            row | {"former_number": f"26112410{(n + 1) % 11:02d}"} for n, row in enumerate(cases)
        ]
        flow.play([("cases", tuple(related))])
        assert flow.rejected == [("cases", "too_many_renumbered")]


def one(**changes: str) -> File:
    return "people", (a_person_row(id="P9", former_id="P1", **LATER, **changes),)


def suspect(**changes: str) -> File:
    return "people", (a_suspect_row(id="S9", former_id="S1", **LATER, **changes),)


def renamed(**changes: str) -> File:
    return arrest(**{"id": "A9", "former_id": "A1", **LATER, **changes})


REED = "people", (a_suspect_row(id="S2", last_name="Reed"),)
HEARING = {"appearance_at": local(NOW + 30 * HOUR)} | LATER
SECOND = arrest(id="A2", arrested_at=local(NOW - HOUR / 2))
IDS: dict[str, tuple[list[File | Step], dict[str, int], set[str], set[str]]] = {
    "a victim's": ([*A, one(), SECOND], {ANA: 2}, set(), {"P1"}),
    "a victim's, unsafe before": ([*A, unsafe, one(), SECOND], ONCE, set(), {"P1"}),
    "a victim's, twice": (
        [*A, one(), ("people", (a_person_row(id="P10", former_id="P9", **LATER),)), SECOND],
        {ANA: 2},
        set(),
        {"P1"},
    ),
    "a victim's, later without the former one": (
        [*A, one(), ("people", (a_person_row(id="P9", **LATER),)), A[1], SECOND],
        {ANA: 2},
        set(),
        {"P1"},
    ),
    "both ids in one file": (
        [*A[:1], ("people", (*A[1][1], *one()[1])), A[2]],
        ONCE,
        set(),
        {"P1"},
    ),
    "of somebody else": ([*A, one(**BENS), SECOND], ONCE, {NUMBER}, {"P1", "P9"}),
    "a victim's whom the case had under both": (
        [*A, ("people", (a_person_row(id="P9"),)), one(), SECOND],
        ONCE,
        {NUMBER},
        {"P1", "P9"},
    ),
    "a suspect's": ([*A, suspect(), arrest(suspect="S9")], ONCE, set(), {"P1"}),
    "a suspect's, arrest first": (
        [*A, arrest(suspect="S9"), suspect(), arrest(suspect="S9")],
        ONCE,
        set(),
        {"P1"},
    ),
    "an arrest's": ([*A, renamed(), arrest(id="A9"), *[night] * 4], ONCE, set(), {"P1"}),
    "an arrest's, whose number another suspect has now": (
        [*A, REED, renamed(), arrest(suspect="S2"), renamed(), arrest(suspect="S2", **HEARING)],
        {ANA: 2},
        set(),
        {"P1"},
    ),
    "an arrest's of somebody else": (
        [*A, REED, renamed(suspect="S2")],
        ONCE,
        {NUMBER},
        {"P1"},
    ),
    "an arrest's that was told under both": (
        [*A, arrest(id="A9"), renamed(), *[night] * 4],
        {ANA: 2},
        {NUMBER},
        {"P1"},
    ),
}


class TestNewId:
    @pytest.mark.parametrize("name", IDS)
    def test_tells_the_right_person_once(self, flow: Flow, name: str) -> None:
        steps, told, restricted, victims = IDS[name]
        flow.feed.full("arrests")
        flow.play(steps)
        assert flow.told == told
        assert flow.restricted == restricted
        assert {victim.id for victim in stored().victims} == victims
        assert not flow.rejected

    @pytest.mark.parametrize("first", ["people", "arrests"])
    def test_of_a_suspect_keeps_the_hearing(self, flow: Flow, first: str) -> None:
        rows = [suspect(), arrest(suspect="S9", **HEARING)]
        flow.play([*A, *(rows if first == "people" else rows[::-1]), rows[1]])
        assert [a.appearance_at for a in stored().arrests] == [NOW + 30 * HOUR]
        assert flow.told == ONCE

    def test_keeps_every_contact_of_a_suspect_barred(self, flow: Flow) -> None:
        flow.play([*A[:1], ("people", (a_suspect_row(phone="520-555-0150"),))])
        flow.play([suspect(phone="520-555-0151")])
        assert {*stored().suspects[0].past_contacts} == {"+15205550150", "+15205550151"}
