"""What victims ask for and waive at the desk: each answer is a record of its own."""

import pytest
from msgspec.structs import replace

from aviso.domain import duties
from aviso.domain.model import Enrollment
from aviso.domain.requests import Rights
from aviso.storage import case_decisions, cases, enrollments
from infra.harness.builders import a_case, an_answer
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import NOW, ORDINARY, a_stored_case, at_work

WHY = "She called from the phone in the report."
FORM = {"victim": "v1", "why": WHY}


@pytest.fixture
def case(desk):
    a_stored_case()
    at_work(desk)
    return {"c": case_address(ORDINARY).removeprefix("case?c="), **FORM}


def at(case):
    return f"case?c={case['c']}"


def records():
    return [r for e in cases.read_case(ORDINARY).enrollments for r in e.requests]


def answer():
    now = cases.read_case(ORDINARY)
    return duties.rights(now, now.victims[0])


class TestAnswer:
    def test_is_recorded_with_who_was_told_and_why(self, desk, case):
        assert desk.confirm("answer", **case, answer="waived").status == 303
        assert desk.confirm("answer", **case, answer="waived").status == 303
        (record,) = records()
        assert (record.answer, record.place, record.proof) == (Rights.WAIVED, "desk", "desk")
        assert (record.at >= NOW, record.language, bool(record.by)) == (True, "es", True)
        assert answer() is Rights.WAIVED
        noted = [n.text for n in case_decisions.remarks(cases.read_case(ORDINARY))]
        assert noted == [WHY]
        assert [a for _, a, _ in audited()].count("waiver_recorded") == 1

    def test_back_in_is_as_easy_as_out(self, desk, case):
        before = an_answer(Rights.WAIVED, NOW.replace(year=2025))
        enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", requests=(before,)))
        page = desk.get(case_address(ORDINARY)).text
        assert "Record a request" in page
        assert "Record a waiver" not in page
        assert desk.confirm("answer", **case, answer="requested").status == 303
        assert [r.answer for r in records()] == [Rights.WAIVED, Rights.REQUESTED]
        assert answer() is Rights.REQUESTED

    def test_is_one_of_those_known(self, desk, case):
        assert desk.post("answer", **case, confirmed="yes", answer="never").status == 400
        assert records() == []


class TestCasePage:
    def test_names_who_gave_an_answer(self, desk, case):
        before = cases.read_case(ORDINARY).victims[0]
        cases.write_row(ORDINARY, replace(before, deceased=True, digest="2"), before)
        kin = a_case().with_speaker(relation="next_of_kin", digest="1", first_name="Eva").case
        cases.write_row(ORDINARY, kin.speakers[0], None)
        kept = desk.post("answer", **case, answer="waived", confirmed="yes").text
        assert ("Choose who answers." in kept, WHY in kept) == (True, True)
        assert desk.confirm("answer", **case, answer="waived", speaker="r1").status == 303
        assert "by a person who speaks for the victim: Eva" in desk.get(at(case)).text
