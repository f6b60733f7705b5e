"""What a person says of a case while the records system renumbers it is not lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

import aviso.feed.renumbering
from aviso.domain import restriction
from aviso.domain.errors import Conflict
from aviso.domain.model import AuditEntry, Case, Victim
from aviso.domain.settings import Settings
from aviso.domain.staff import Remark
from aviso.storage import case_decisions, cases, renumbering
from aviso.storage.audited_change import AuditRow
from aviso.storage.case_decisions import CaseDecision
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, stored
from infra.harness.feed_files import local

NEW = "2611240777"
HOUR = timedelta(hours=1)
PHONE = "+15205550101"
HOME = ("8 W Fir Rd", "Sonora Wells", "AZ", "85702")
FORMER_HOME = ("9 W Oak Rd", "Sonora Wells", "AZ", "85702")
WHY = Remark(at=NOW + HOUR, by="rosa", text="She told us so.")


@pytest.fixture
def feed(feed: Feed) -> Feed:
    feed.drop("cases", a_case_row())
    feed.drop("people", a_person_row(), a_suspect_row())
    feed.now = NOW + HOUR
    return feed


def record() -> AuditRow:
    entry = AuditEntry(at=NOW + HOUR, actor="staff:rosa", action="said", case=NUMBER)
    return AuditRow(entry=entry, keep_days=1)


def decision(why: Remark = WHY) -> CaseDecision:
    return CaseDecision(record(), why)


def restricts(case: Case) -> None:
    case_decisions.restrict(NUMBER, "restricted", record())


def calls_a_phone_unsafe(case: Case) -> None:
    case_decisions.mark_unsafe(case.victims[0], PHONE, None, decision())


def corrects_the_home(case: Case) -> None:
    case_decisions.correct_home(case.victims[0], [], HOME, None, decision())


def says_that_somebody_is_incapacitated(case: Case) -> None:
    case_decisions.judge_capacity(case.victims[0], WHY.at, None, decision())


def overrules_the_records_system(case: Case) -> None:
    victim = replace(case.victims[0], incapacitated=True)
    case_decisions.judge_capacity(victim, None, None, decision())


def calls_somebody_a_suspect_again(case: Case) -> None:
    case_decisions.judge_suspect(case.suspects[0], "", decision())


def holds(settings: Settings) -> dict[Callable[[Case], None], bool]:
    """Return which of these words the case has now."""
    case = stored()
    (victim,), (suspect,) = case.victims, case.suspects
    return {
        restricts: restriction.restriction_of(case, settings) == "desk",
        calls_a_phone_unsafe: PHONE in victim.desk_unsafe and victim.desk_unsafe_at == WHY.at,
        corrects_the_home: victim.desk_home == HOME,
        says_that_somebody_is_incapacitated: victim.desk_incapacitated_at == WHY.at,
        overrules_the_records_system: victim.desk_able_at == WHY.at,
        calls_somebody_a_suspect_again: not suspect.cleared,
    }


def said_meanwhile(
    monkeypatch: pytest.MonkeyPatch, module: object, step: str, word: Callable[[], None]
) -> None:
    """Let a person say something just before one step of the renumbering, once."""
    does = getattr(module, step)
    said: list[str] = []

    def then(*args: object, **named: object) -> object:
        if not said:
            said.append(step)
            word()
        return does(*args, **named)

    monkeypatch.setattr(module, step, then)


WORDS = pytest.mark.parametrize(
    "word",
    [
        *(restricts, calls_a_phone_unsafe, corrects_the_home),
        *(says_that_somebody_is_incapacitated, overrules_the_records_system),
        calls_somebody_a_suspect_again,
    ],
)
STEPS = {
    "the rows are read": (renumbering, "read_all"),
    "they are carried": (aviso.feed.renumbering, "_carry"),
    "the case is joined": (aviso.feed.renumbering, "_join"),
    "the rows go": (renumbering, "drop"),
}


class TestStaffDecision:
    @WORDS
    @pytest.mark.parametrize("step", STEPS)
    def test_meanwhile_is_under_the_new_number(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch, word: Callable[[Case], None], step: str
    ) -> None:
        suspect = stored().suspects[0]
        case_decisions.judge_suspect(suspect, suspect.entry, decision())
        victim = stored().victims[0]
        case_decisions.correct_home(victim, [], FORMER_HOME, None, decision(replace(WHY, at=NOW)))
        case = stored()
        assert not any(holds(feed.settings).values())
        said_meanwhile(monkeypatch, *STEPS[step], lambda: word(case))
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        assert feed.drop("cases", row, at=NOW + HOUR)["renumbered"] == 1
        assert stored().number == NEW
        assert [name for name, active in holds(feed.settings).items() if active] == [word]

    def test_after_the_rows_went_is_refused_or_kept(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case, drops = stored(), renumbering.drop
        said: list[str] = []

        def then(*args: object) -> None:
            drops(*args)  # type: ignore[arg-type]
            if not said:
                said.append("once")
                restricts(case)
                with pytest.raises(Conflict):
                    calls_a_phone_unsafe(case)

        monkeypatch.setattr(renumbering, "drop", then)
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        assert stored().number == NEW
        assert holds(feed.settings)[restricts]

    @pytest.mark.parametrize(
        "word",
        [
            *(calls_a_phone_unsafe, corrects_the_home),
            *(says_that_somebody_is_incapacitated, overrules_the_records_system),
        ],
    )
    def test_meanwhile_is_under_the_new_person_id(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch, word: Callable[[Case], None]
    ) -> None:
        case, joins = stored(), aviso.feed.renumbering._join
        said: list[str] = []

        def then(*args: object) -> None:
            joins(*args)  # type: ignore[arg-type]
            if not said:
                said.append("once")
                word(case)

        monkeypatch.setattr(aviso.feed.renumbering, "_join", then)
        row = a_person_row(id="P9", former_id="P1", row_time=local(NOW))
        feed.drop("people", row, a_suspect_row(), at=NOW + HOUR)
        assert [v.id for v in stored().victims] == ["P9"]
        assert holds(feed.settings)[word]

    def test_is_carried_over_only_as_read(self, feed: Feed) -> None:
        before = stored().victims[0]
        case_decisions.mark_unsafe(before, "+15205550102", None, decision())
        with pytest.raises(Conflict):
            renumbering.keep_desk_words(NUMBER, before, replace(before, desk_unsafe=(PHONE,)))
        assert stored().victims[0].desk_unsafe == ("+15205550102",)

    def test_overrules_no_death_that_nobody_judged(self, feed: Feed) -> None:
        """A supervisor overruled an incapacity of the former row; the other row is of the dead."""
        before = stored().victims[0]
        cases.write_row(NUMBER, replace(before, deceased=True, deceased_at=NOW, digest="2"), before)
        dead = stored().victims[0]
        judged = replace(dead, deceased=False, incapacitated=True, desk_able_at=WHY.at)
        renumbering.keep_desk_words(NUMBER, dead, judged)
        assert stored().victims[0].is_deceased
        renumbering.keep_desk_words(NUMBER, dead, replace(judged, deceased=True))
        assert not stored().victims[0].is_deceased

    def test_leaves_no_contacts_behind(self, feed: Feed) -> None:
        corrects_the_home(stored())
        calls_a_phone_unsafe(stored())
        says_that_somebody_is_incapacitated(stored())
        row = a_person_row(id="P9", former_id="P1", row_time=local(NOW))
        feed.drop("people", row, a_suspect_row(), at=NOW + HOUR)
        key = (NUMBER, "VICTIM#P1")
        left = cases.read_rows([key])[key]
        assert isinstance(left, Victim)
        assert (left.desk_unsafe, left.desk_home, left.desk_home_at) == ((), (), None)
        assert not left.is_incapacitated
        assert holds(feed.settings)[corrects_the_home]
