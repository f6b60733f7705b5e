"""An officer's page: the cases assigned to them, what victims were told, and "I told them"."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.storage import cases, notices
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited, case_address
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import (
    EMAIL,
    PHONE,
    RESTRICTED,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)

RUIZ = "ruiz@city.example.org"
OF_RUIZ = {"assigned": "Det. Carla Ruiz", "assigned_email": RUIZ}
OTHERS = "2611240003"


@pytest.fixture
def officer(desk):
    """Sign the officer in, to whom a case is assigned that is restricted; another is not theirs."""
    a_stored_case(RESTRICTED, offense=STALKING, **OF_RUIZ)
    a_stored_case(OTHERS, assigned="Det. Roe", assigned_email="roe@city.example.org")
    desk.sign_in(Role.OFFICER, id="c.ruiz", name="c.ruiz", email=RUIZ)
    return desk


def page_of(number: str) -> str:
    return case_address(number).replace("case?", "officer?")


def said(*ids: str, number: str = RESTRICTED, **changes: str) -> dict[str, str]:
    form = {"c": page_of(number).partition("c=")[2], "way": "in_person"}
    at = (NOW - timedelta(hours=7)).isoformat()  # Arizona's
    form |= {"date": at[:10], "time": at[11:16]} | {f"pick-{id}": "yes" for id in ids}
    return form | changes


def change(row: Any, **changes: Any) -> None:
    cases.write_row(RESTRICTED, replace(row, **changes), row, written_at=NOW)


class TestList:
    def test_has_the_officers_cases_alone(self, officer):
        page = officer.get("officer")
        assert RESTRICTED in page.text
        assert OTHERS not in page.text
        assert ("staff:c.ruiz", "case_listed", RESTRICTED) in audited()
        assert officer.get("").headers["Location"] == "officer"

    def test_follows_another_assignment(self, officer):
        change(cases.read_case(RESTRICTED).report, assigned_email="")
        assert RESTRICTED not in officer.get("officer").text

    @pytest.mark.parametrize("email", ["", "RUIZ@other.example.org"])
    def test_is_empty_for_an_unproved_email(self, officer, email):
        officer.sign_in(Role.OFFICER, id="c.ruiz", name="c.ruiz", email=email)
        assert "assigns no case" in officer.get("officer").text

    def test_finds_no_case_for_the_desk(self, officer):
        at_work(officer, Role.SUPERVISOR)
        assert RESTRICTED not in officer.post("find", what=RUIZ).text


class TestCase:
    def test_shows_no_contact_home_or_note(self, officer):
        a_held_notice(RESTRICTED)
        page = officer.get(page_of(RESTRICTED))
        assert page.status == 200
        assert "Ana Muñoz-v1" in page.text
        for hidden in (PHONE, "520-555-0118", EMAIL, "Pima", "Poole", "tasks", "find"):
            assert hidden not in page.text
        assert ("staff:c.ruiz", "case_viewed", RESTRICTED) in audited()

    @pytest.mark.parametrize(
        ("kind", "fact", "shown"),
        [
            (Kind.ARREST, "arrest:a1", True),
            (Kind.ENROLLMENT_CONFIRMED, "plan:p1", False),
            (Kind.CONTACT_CHANGED, "contact:c1", False),
            (Kind.SURVEY, "survey:1", False),
        ],
    )
    def test_shows_news_and_no_sign_up_or_plan(self, officer, kind, fact, shown):
        sent = notice(a_held_notice(RESTRICTED, "", State.CLAIMED, fact, kind=kind))
        notices.move(sent, State.SENT, due_at=None, told_at=NOW)
        assert ("was told:" in officer.get(page_of(RESTRICTED)).text) is shown

    def test_of_somebody_else_is_refused(self, officer):
        assert officer.get(page_of(OTHERS)).status == 403
        id = a_held_notice(OTHERS)
        assert officer.post("officer", **said(id, number=OTHERS)).status == 403
        assert notice(id).state is State.HELD

    @pytest.mark.parametrize(
        "suspect", [{"last_name": "Ruiz"}, {"email": RUIZ}, {"past_contacts": (RUIZ,)}]
    )
    def test_is_hidden_if_a_suspect_may_be_the_officer(self, officer, suspect):
        change(cases.read_case(RESTRICTED).suspects[0], **suspect)
        assert RESTRICTED not in officer.get("officer").text
        assert officer.get(page_of(RESTRICTED)).status == 403

    def test_that_is_sealed_is_hidden(self, officer):
        change(cases.read_case(RESTRICTED).report, removed=True)
        assert RESTRICTED not in officer.get("officer").text


class TestTold:
    @pytest.mark.parametrize("state", [State.HELD, State.PLANNED, State.QUEUED])
    def test_ends_what_waits_for_a_person_or_not(self, officer, state):
        id = a_held_notice(RESTRICTED, state=state, kind=Kind.FIRST_CONTACT)
        done = officer.post("officer", **said(id, way="paper"))
        assert "told=1" in done.headers["Location"]
        ended = notice(id)
        assert (ended.state, ended.officer, ended.told_how) == (
            *(State.SUPPRESSED, "Det. Carla Ruiz", "paper"),
        )
        assert (ended.told_at, ended.told_by) == (NOW.replace(second=0), "staff:c.ruiz")
        assert "on paper" in officer.get(page_of(RESTRICTED)).text
        assert ("staff:c.ruiz", "notice_told", RESTRICTED) in audited()

    @pytest.mark.parametrize("missing", ["way", "date", "time", "pick"])
    def test_counts_nothing_with_a_part_missing(self, officer, missing):
        id = a_held_notice(RESTRICTED)
        form = {name: v for name, v in said(id).items() if not name.startswith(missing)}
        page = officer.post("officer", **form)
        assert (page.status, "Check what you told" in page.text) == (400, True)
        assert notice(id).state is State.HELD

    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            (Kind.CONTACT_CHANGED, "change_unheard"),
            (Kind.CORRECTION, "desk"),
            (Kind.SURVEY, "desk"),
        ],
    )
    def test_leaves_what_is_not_an_officers(self, officer, kind, reason):
        id = a_held_notice(RESTRICTED, reason, kind=kind)
        assert id not in officer.get(page_of(RESTRICTED)).body
        officer.post("officer", **said(id))
        assert notice(id).state is State.HELD

    @pytest.mark.parametrize(
        "victim", [{"deceased": True}, {"minor": True}, {"differs": ("minor",)}]
    )
    def test_leaves_a_victim_who_does_not_hear_it(self, officer, victim):
        change(cases.read_case(RESTRICTED).victims[0], **victim)
        id = a_held_notice(RESTRICTED)
        assert "tell an advocate" in officer.get(page_of(RESTRICTED)).text
        officer.post("officer", **said(id))
        assert notice(id).state is State.HELD

    def test_in_the_future_is_refused(self, officer):
        id = a_held_notice(RESTRICTED)
        done = officer.post("officer", **said(id, date="2036-01-01"))
        assert "word_refused=1" in done.headers["Location"]
        assert notice(id).state is State.HELD
