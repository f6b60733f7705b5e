"""An agency that read who speaks for a victim hears that it is over, and gets another request."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import ENDED
from aviso.domain.hand_offs import HandOffHold, HandOffState
from aviso.domain.model import Holder
from aviso.domain.settings import Settings
from aviso.domain.staff import Account, Role
from aviso.notices import planning
from aviso.storage import cases, enrollments, hand_offs, staff_accounts
from infra.harness.builders import NUMBER, a_consenting_case, a_contact
from infra.harness.portal_browser import store
from infra.harness.staff_browser import buttons
from tests.integration.conftest import NOW

S = HandOffState
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = NOW + 9 * HOUR


KIM_SPEAKS = "Kim Rey, representative"


def plan(at=NOW):
    planning.plan(NUMBER, Settings.current(), at)


def by_state():
    found = hand_offs.of(cases.read_case(NUMBER))
    assert len({one.state for one in found}) == len(found)
    return {one.state: one for one in found}


def give():
    one = by_state()[S.PLANNED]
    hand_offs.move(one, S.GIVEN, due_at=NOW + 2 * HOUR, told_at=NOW, emails=1)


def a_speaker(first, id, phone):
    holder = Holder(first_name=first, last_name="Rey", agreed_at=NOW - DAY / 2)
    return a_contact(phone, id=id, level="code", holder=holder)


KIM, LUZ = a_speaker("Kim", "r8", "+15205550133"), a_speaker("Luz", "r9", "+15205550134")


def add(*contacts):
    before = cases.read_case(NUMBER).enrollment_of("v1")
    enrollments.write_enrollment(
        NUMBER, replace(before, contacts=(*before.contacts, *contacts)), before
    )


def change(id, **changes):
    before = cases.read_case(NUMBER).enrollment_of("v1")
    contacts = tuple(replace(c, **changes) if c.id == id else c for c in before.contacts)
    enrollments.write_enrollment(NUMBER, replace(before, contacts=contacts), before)


def end(id="r8"):
    change(id, removed_at=NOW, removed_why=ENDED)


def suspect(first="Kim", last="Rey"):
    (before,) = cases.read_case(NUMBER).suspects
    row = replace(before, first_name=first, last_name=last, digest=first)
    cases.write_row(NUMBER, row, before)


@pytest.fixture
def agency(desk):
    """Store a case whose jail got an email about it; sign the jail in."""
    case = a_consenting_case(at=NOW - DAY).with_arrest(custody_agency="").case
    store(case)
    enrollments.write_enrollment(NUMBER, case.enrollments[0])
    plan()
    give()
    staff_accounts.save_account(Account(id="jail", name="jail", receiver="county_jail"), NOW)
    desk.sign_in(Role.RECEIVER, id="jail")
    return desk


@pytest.fixture
def knowing(agency):
    """The same, and the jail read that Kim Rey speaks for the victim."""
    add(KIM)
    assert KIM_SPEAKS in agency.get("hand-offs").text
    return agency


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("over", [end, suspect])
class TestNameThatAnAgencyRead:
    def test_is_taken_back_and_replaced(self, knowing, over, confirmed):
        (first,) = by_state().values()
        if confirmed:
            knowing.post("hand-offs", id=first.id)
        over()
        plan(LATER)
        found = by_state()
        assert set(found) == {S.WITHDRAWING, S.PLANNED}
        assert found[S.WITHDRAWING].id == first.id
        assert bool(found[S.WITHDRAWING].confirmed_at) is confirmed  # stays on record
        assert found[S.PLANNED].deadline == LATER + 4 * HOUR  # the whole time, from now on
        give()
        page = knowing.get("hand-offs").text
        assert KIM_SPEAKS not in page
        assert found[S.PLANNED].reference in page

    def test_is_replaced_once_however_often(self, knowing, over, confirmed):
        (first,) = by_state().values()
        if confirmed:
            knowing.post("hand-offs", id=first.id)
        over()
        for hours in range(3):
            plan(LATER + hours * HOUR)
        give()
        plan(LATER + 9 * HOUR)
        assert set(by_state()) == {S.WITHDRAWING, S.GIVEN}

    def test_is_shown_no_more_at_once(self, knowing, over, confirmed):
        over()
        assert KIM_SPEAKS not in knowing.get("hand-offs").text
        assert set(by_state()) == {S.WITHDRAWING}  # before the planning
        plan(LATER)
        assert set(by_state()) == {S.WITHDRAWING, S.PLANNED}


class TestReplacement:
    def test_stays_when_the_suspect_was_a_mistake(self, knowing):
        suspect()
        plan()
        suspect("Al", "Poole")
        plan()
        (former,) = (o for o in by_state().values() if o.named)
        assert set(by_state()) == {S.WITHDRAWING, S.PLANNED}
        assert former.state is S.WITHDRAWING

    def test_gives_another_name_and_takes_it_back_too(self, knowing):
        add(LUZ)
        end("r8")
        plan()
        give()
        assert "Luz Rey, representative" in knowing.get("hand-offs").text
        end("r9")
        plan()
        found = hand_offs.of(cases.read_case(NUMBER))
        assert sorted(o.state for o in found) == [S.PLANNED, S.WITHDRAWING, S.WITHDRAWING]

    def test_is_taken_back_with_the_consent(self, knowing):
        end()
        plan()
        give()
        before = cases.read_case(NUMBER).enrollment_of("v1")
        ended = replace(before.hand_off, ended_at=NOW)
        enrollments.write_enrollment(NUMBER, replace(before, hand_off=ended), before)
        plan()
        assert {o.state for o in hand_offs.of(cases.read_case(NUMBER))} == {S.WITHDRAWING}


class TestNothingIsTakenBack:
    def states(self):
        plan(LATER)
        return set(by_state())

    def test_when_the_agency_confirmed_before_there_was_a_name(self, agency):
        agency.get("hand-offs")
        agency.post("hand-offs", id=by_state()[S.GIVEN].id)
        add(KIM)
        agency.get("hand-offs")
        end()
        assert self.states() == {S.CONFIRMED}

    def test_when_the_agency_did_not_read_the_name(self, agency):
        add(KIM)
        end()
        assert self.states() == {S.GIVEN}

    def test_when_another_ends_whose_name_was_not_given(self, knowing):
        add(LUZ)
        knowing.get("hand-offs")
        end("r9")
        assert self.states() == {S.GIVEN}

    def test_a_second_time_with_the_consent(self, knowing):
        before = cases.read_case(NUMBER).enrollment_of("v1")
        ended = replace(before.hand_off, ended_at=NOW)
        enrollments.write_enrollment(NUMBER, replace(before, hand_off=ended), before)
        end()
        assert self.states() == {S.WITHDRAWING}


class TestNameThatEndsAtThisMoment:
    def test_is_not_shown(self, agency, monkeypatch):
        add(KIM)
        kept = hand_offs.add_name

        def add_name(one, who):
            kept(one, who)
            end()

        monkeypatch.setattr(hand_offs, "add_name", add_name)
        assert KIM_SPEAKS not in agency.get("hand-offs").text
        plan()
        assert set(by_state()) == {S.WITHDRAWING, S.PLANNED}


class TestNameGivenByTelephone:
    def test_is_a_task_to_take_back(self, agency):
        add(KIM)
        one = by_state()[S.GIVEN]
        hand_offs.move(one, S.HELD, due_at=NOW, reason=HandOffHold.NOT_TOLD, told_at=None)
        agency.sign_in(Role.RECORDS)
        shown = buttons(agency.get("agencies"), "agencies")[-1]
        agency.confirm("agencies", **{k: v for k, v in shown.items() if k != "csrf"})
        assert by_state()[S.CONFIRMED].named == {"r8"}
        end()
        plan()
        assert by_state()[S.HELD].to_take_back
        assert set(by_state()) == {S.HELD, S.PLANNED}
