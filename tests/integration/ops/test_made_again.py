"""`aviso data restore` where a file wrote again what was lost, before it was typed."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from aviso.domain import restriction
from aviso.domain.model import Report
from aviso.domain.name_search import keys_of
from aviso.domain.reasons import Restriction
from aviso.staff import acts, case_decisions
from aviso.storage import cases, enrollments, name_index, name_key
from infra.harness.builders import NUMBER, a_case, a_contact, an_arrest_case
from infra.harness.portal_browser import store
from infra.ops import restore
from infra.ops.connection import operator

# The acts of these tests, which are done now, are before the moment: a restore knows them from the
# copy alone.
MOMENT = restore.Moment(datetime(2126, 11, 26, 12, 0, tzinfo=UTC))
OTHER = "2611240002"
WHY = "He has it"

pytestmark = [pytest.mark.in_memory_tables, pytest.mark.usefixtures("outside")]


def restrict(case, ana) -> None:
    case_decisions.restrict(case, ana)


def mark_unsafe(case, ana) -> None:
    case_decisions.mark_unsafe(case, case.victims[0], case.victims[0].phone, WHY, ana)


def incapacitate(case, ana) -> None:
    case_decisions.judge_standing(case, case.victims[0], ["incapacitated"], WHY, ana, speak=())


def clear(case, ana) -> None:
    case_decisions.judge_suspect(case, case.suspects[0], acts.CLEAR_SUSPECT, WHY, ana)


def sign_up(case, _) -> None:
    signed_up = an_arrest_case().with_enrollment("v1", a_contact("own@example.org")).case
    enrollments.write_enrollment(NUMBER, signed_up.enrollments[0])


def nothing(*_) -> None:
    pass


def again() -> None:
    """Have the hourly file bring the case."""
    store(an_arrest_case().case)


def under_another_number() -> None:
    case = an_arrest_case().case
    report = replace(case.report, number=OTHER, later_numbers=(NUMBER,))
    store(replace(case, number=OTHER, report=report))
    pointer = Report(number=NUMBER, origin=NUMBER, offense="", alias_of=OTHER)
    cases.write_row(NUMBER, pointer, None)


# What the desk or the victim had decided, how the file made the case again, and whether a person
# must look before anything is sent.
MADE = {
    "restricted": (restrict, again, True),
    "a contact unsafe": (mark_unsafe, again, True),
    "incapacitated": (incapacitate, again, True),
    "a suspect cleared": (clear, again, True),
    "signed up": (sign_up, again, False),  # no file brings a sign-up: it comes back whole
    "nothing": (nothing, again, False),
    "a later number, a contact unsafe": (mark_unsafe, under_another_number, True),
    "a later number, signed up": (sign_up, under_another_number, True),
    "a later number, nothing": (nothing, under_another_number, False),
    "not made again": (mark_unsafe, nothing, False),
}


class TestCase:
    @pytest.mark.parametrize(("decide", "file", "expected"), MADE.values(), ids=MADE)
    def test_made_again_is_restricted_where_it_lacks_a_decision(
        self, database, keep, lose, bring_back, settings, decide, file, expected
    ):
        store(an_arrest_case().case)
        decide(cases.read_case(NUMBER), operator("ana"))
        keep()
        lose("Cases")
        file()
        bring_back()
        found = restriction.restriction_of(cases.read_case(NUMBER), settings)
        assert found is (Restriction.DESK if expected else None)

    def test_never_lost_stays_as_it_is(self, keep, bring_back):
        store(an_arrest_case().case)
        mark_unsafe(cases.read_case(NUMBER), operator("ana"))
        keep()
        before = cases.read_case(NUMBER)
        bring_back()
        assert cases.read_case(NUMBER) == before


class TestPerson:
    def test_of_before_and_since_is_found_by_name(self, keep, lose, bring_back):
        store(a_case().with_report().with_victim(last_name="Muñoz").case)
        keep()
        lose("Guards")
        name_key.forget()
        later = a_case().with_report(number=OTHER, origin=OTHER).with_victim(last_name="Muñoz")
        store(replace(later.case, number=OTHER))  # its import makes another key
        assert found() == [OTHER]
        bring_back()
        assert found() == [NUMBER, OTHER]


def found():
    return sorted(name_index.cases_named(keys_of("Ana Muñoz"), ())[0])
