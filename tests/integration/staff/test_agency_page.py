"""What a receiving agency's account sees: its own requests, and nothing else."""

import csv
import io
import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.hand_offs import HandOffState, expired, held, told, untold
from aviso.domain.model import Holder
from aviso.domain.reasons import HoldReason
from aviso.domain.settings import Settings
from aviso.domain.staff import STAFF, Account, Role
from aviso.notices import planning
from aviso.providers import cognito_users
from aviso.staff import account_locks
from aviso.storage import cases, enrollments, hand_off_rows, sending_controls, staff_accounts
from infra.harness.builders import NUMBER, STALKING, a_consent, a_consenting_case, a_contact
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, buttons
from infra.repository import ROOT
from tests.integration.conftest import NOW
from tests.support.hand_offs import act, the_hand_off

S = HandOffState
PHONE, NAME = "520-555-0121", "Muñoz-v1"
JAIL, JUVENILE, ATTORNEY = "county_jail", "juvenile_detention", "county_attorney"
CITY_JAIL = "city_jail"


def an_account(receiver, id="jail-1"):
    staff_accounts.save_account(Account(id=id, name=id, receiver=receiver), NOW)
    return id


def at_agency(desk, receiver=JAIL):
    id = an_account(receiver, id=f"of-{receiver}")
    desk.sign_in(Role.RECEIVER, id=id)
    return desk


def change(**changes):
    before = cases.read_case(NUMBER).enrollment_of("v1")
    enrollments.write_enrollment(NUMBER, replace(before, **changes), before)


@pytest.fixture
def waiting(desk):
    """Store a case whose hand-off the jail got an email about; return the hand-off's id."""
    case = a_consenting_case(at=NOW - timedelta(days=1)).with_arrest(custody_agency="").case
    store(case)
    enrollments.write_enrollment(NUMBER, case.enrollments[0])
    planning.plan(NUMBER, Settings.current(), NOW)
    return act(told, at=NOW)


class TestPage:
    def test_shows_the_least_that_the_jail_needs(self, desk, waiting):
        page = at_agency(desk).get("hand-offs")
        for shown in (NAME, PHONE, "Poole-s1", "Spanish", NUMBER, the_hand_off().reference):
            assert shown in page.text
        for hidden in ("1985", "v1@example.com", "13-1507", "tasks", "Switches"):
            assert hidden not in page.text
        assert ("receiver:of-county_jail", "hand_off_read", NUMBER) in audited()

    def test_confirms_once_and_shows_the_person_no_more(self, desk, waiting):
        at_agency(desk)
        for _ in range(2):
            page = desk.post("hand-offs", id=waiting)
            assert page.headers["Location"] == "hand-offs?done=confirmed"
        assert the_hand_off().state is S.CONFIRMED
        assert the_hand_off().confirmed_by == "receiver:of-county_jail"
        page = desk.get("hand-offs")
        assert the_hand_off().reference in page.text
        assert NAME not in page.text
        did = [row for row in audited() if row[1] == "hand_off_confirmed"]
        assert did == [("receiver:of-county_jail", "hand_off_confirmed", NUMBER)]

    def test_gives_the_same_as_a_file(self, desk, waiting):
        at_agency(desk)
        file = desk.post("hand-offs-csv")
        (row,) = csv.DictReader(io.StringIO(file.body.removeprefix("\ufeff")))
        assert (row["contact"], row["report"], row["purpose"]) == (PHONE, NUMBER, "release")
        page = (ROOT / "docs/what-we-hold.md").read_text("utf-8")
        listed = page.split("\n## What another agency gets\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE) == list(row)
        assert the_hand_off().state is S.OWED
        assert ("receiver:of-county_jail", "hand_off_downloaded", NUMBER) in audited()

    def test_may_confirm_after_the_deadline(self, desk, waiting):
        act(expired, at=NOW)
        at_agency(desk).post("hand-offs", id=waiting)
        assert the_hand_off().state is S.CONFIRMED


@pytest.fixture
def two_jails(waiting, monkeypatch):
    """Give the agency a second jail, of the same kind as the one that heard of the request."""
    settings = Settings.current()
    (jail,) = [receiver for receiver in settings.receivers if receiver.id == JAIL]
    second = replace(jail, id=CITY_JAIL, feed_names=("CITY JAIL",))
    more = replace(settings, receivers=(*settings.receivers, second))
    monkeypatch.setattr(Settings, "current", staticmethod(lambda: more))


@pytest.mark.usefixtures("two_jails")
@pytest.mark.parametrize("other", [CITY_JAIL, JUVENILE, ATTORNEY])
class TestOtherAgency:
    def test_reads_nothing_of_the_jails(self, desk, waiting, other):
        page = at_agency(desk, other).get("hand-offs")
        assert NAME not in page.body
        assert PHONE not in page.body
        assert "Nothing waits" in page.text
        assert len(desk.post("hand-offs-csv").body.splitlines()) == 1  # the columns' names
        assert not [row for row in audited() if row[1] in ("hand_off_read", "hand_off_downloaded")]

    def test_confirms_nothing_by_a_guessed_id(self, desk, waiting, other):
        at_agency(desk, other)
        guesses = {desk.post("hand-offs", id=id).status for id in (waiting, "guess", "", "x" * 26)}
        assert guesses == {404}
        assert the_hand_off().state is S.OWED

    def test_gets_one_page_for_a_real_and_a_false_id(self, desk, waiting, other):
        at_agency(desk, other)
        assert desk.post("hand-offs", id=waiting).body == desk.post("hand-offs", id="no").body


class TestRemovedAgency:
    def test_sees_nothing_once_it_left_the_settings(self, desk, waiting, monkeypatch):
        at_agency(desk)
        fewer = replace(Settings.current(), receivers=Settings.current().receivers[1:])
        monkeypatch.setattr(Settings, "current", staticmethod(lambda: fewer))
        page = desk.get("hand-offs")
        assert NAME not in page.body
        assert "not in the settings" in page.text
        assert desk.post("hand-offs", id=waiting).status in (404, 409)
        assert the_hand_off().state is not S.CONFIRMED

    def test_sees_nothing_without_a_binding(self, desk, waiting):
        desk.sign_in(Role.RECEIVER, id="bound-to-none")
        page = desk.get("hand-offs")
        found = page.status, "not in the settings" in page.text, NAME in page.body
        assert found == (200, True, False)
        assert desk.post("hand-offs", id=waiting).status == 404
        assert the_hand_off().state is S.OWED

    def test_is_out_at_once_when_its_account_is_locked(self, desk, waiting):
        at_agency(desk)
        account_locks.lock("of-county_jail", "staff:admin", 1, NOW + timedelta(minutes=1))
        assert desk.get("hand-offs").headers["Location"] == "sign-in"


class TestForwardedLink:
    def test_leads_to_the_sign_in(self, desk, waiting):
        assert desk.get("hand-offs").headers["Location"] == "sign-in"

    def test_shows_another_agency_its_own_alone(self, desk, waiting):
        """Somebody at the jail forwards the email to juvenile detention."""
        at_agency(desk, JUVENILE)
        page = desk.get("")
        assert page.headers.get("Location", "hand-offs") == "hand-offs"
        page = desk.get("hand-offs")
        assert ("Nothing waits" in page.text, NAME in page.body) == (True, False)

    @pytest.mark.parametrize("role", sorted(STAFF))
    def test_is_for_no_role_of_the_desk(self, desk, waiting, role):
        desk.sign_in(role)
        assert desk.get("hand-offs").status == 403


class TestUnread:
    """A request of which the next email will tell, when somebody at the jail looks before."""

    @pytest.fixture
    def unread(self, waiting):
        return act(told, told_at=None, unsaid=True, at=NOW)

    def test_is_told_by_being_read(self, desk, unread):
        assert NAME in at_agency(desk).get("hand-offs").text
        one = the_hand_off()
        assert (one.unsaid, one.told_at is not None) == (False, True)
        assert desk.post("hand-offs", id=unread).status == 303

    @pytest.mark.parametrize("switch", [{"kill": True}, {"trial": True}])
    def test_is_not_shown_under_a_switch(self, desk, unread, switch):
        sending_controls.turn(**switch)
        assert NAME not in at_agency(desk).get("hand-offs").text
        assert the_hand_off().unsaid

    def test_that_ends_at_this_moment_is_not_shown(self, desk, unread, monkeypatch):
        kept = hand_off_rows.write

        def write(*how):
            change(hand_off=None)
            return kept(*how)

        monkeypatch.setattr(hand_off_rows, "write", write)
        assert NAME not in at_agency(desk).get("hand-offs").text
        assert the_hand_off().told_at  # so its end is told


class TestTakenBack:
    def test_shows_the_reference_alone(self, desk, waiting):
        assert NAME in at_agency(desk).get("hand-offs").text
        change(hand_off=a_consent("c1", at=NOW - timedelta(days=1), ended_at=NOW))
        assert NAME not in desk.get("hand-offs").body  # before the planning
        planning.plan(NUMBER, Settings.current(), NOW)
        page = desk.get("hand-offs")
        assert NAME not in page.body
        assert "Withdrawn" in page.text
        assert the_hand_off().reference in page.text

    def test_name_is_read_no_more(self, desk, waiting):
        """The jail read who speaks for the victim; now nobody does."""
        holder = Holder(first_name="Ines", last_name="Vega", agreed_at=NOW)
        before = cases.read_case(NUMBER).enrollment_of("v1").contacts
        change(contacts=(*before, a_contact("+15205550133", id="r9", level="code", holder=holder)))
        planning.plan(NUMBER, Settings.current(), NOW)
        assert "Ines Vega" in at_agency(desk).get("hand-offs").text
        change(contacts=before)
        assert "Ines Vega" not in desk.get("hand-offs").text
        planning.plan(NUMBER, Settings.current(), NOW)
        page = desk.get("hand-offs").text
        assert ("Ines Vega" in page, NAME in page) == (False, True)

    def test_cannot_be_confirmed(self, desk, waiting):
        at_agency(desk)
        change(hand_off=None)
        page = desk.post("hand-offs", id=waiting)
        assert (page.status, the_hand_off().state is S.CONFIRMED) == (409, False)
        assert "withdrawn" in page.text
        assert NAME not in page.body

    def test_is_not_in_the_file(self, desk, waiting):
        at_agency(desk)
        assert NAME in desk.post("hand-offs-csv").body
        change(hand_off=None)
        assert NAME not in desk.post("hand-offs-csv").body


class TestRestricted:
    def restrict(self):
        before = cases.read_case(NUMBER).report
        cases.write_row(NUMBER, replace(before, offense=STALKING, digest="2"), before)

    def test_is_hidden_before_planning_holds_it(self, desk, waiting):
        at_agency(desk)
        assert NAME in desk.get("hand-offs").body
        self.restrict()
        assert NAME not in desk.get("hand-offs").body
        assert desk.post("hand-offs", id=waiting).status == 409
        assert the_hand_off().state is S.OWED

    def test_is_released_by_who_may_see_the_case(self, desk, waiting):
        self.restrict()
        planning.plan(NUMBER, Settings.current(), NOW)
        assert the_hand_off().reason == HoldReason.RESTRICTED_OFFENSE
        desk.sign_in(Role.RECORDS)
        assert NUMBER not in desk.get("agencies").body
        form = {"do": "release", "id": waiting, "reason": the_hand_off().reason, "confirmed": "yes"}
        assert desk.post("agencies", **form).status == 403
        desk.sign_in(Role.ADVOCATE)
        (shown, _telephoned) = buttons(desk.get("agencies"), "agencies")
        desk.confirm("agencies", **{k: v for k, v in shown.items() if k != "csrf"})
        assert (the_hand_off().unsaid, the_hand_off().reason) == (True, "")
        did = {(actor, action) for actor, action, case in audited() if case == NUMBER}
        assert ("staff:id-advocate", "hand_off_task_seen") in did
        assert ("staff:id-advocate", "hand_off_released") in did
        planning.plan(NUMBER, Settings.current(), NOW)
        act(told, at=NOW)
        assert NAME in at_agency(desk).get("hand-offs").text
        assert desk.post("hand-offs", id=waiting).status == 303


class TestTask:
    def press(self, desk):
        """Press the last button of the one task."""
        desk.sign_in(Role.RECORDS)
        shown = buttons(desk.get("agencies"), "agencies")[-1]
        desk.confirm("agencies", **{k: v for k, v in shown.items() if k != "csrf"})

    @pytest.mark.parametrize("how", [expired, lambda one, duty, now: untold(one, now)])
    def test_ends_by_telephone_alone(self, desk, waiting, how):
        act(how, at=NOW)
        self.press(desk)
        assert the_hand_off().state is S.CONFIRMED
        assert ("staff:id-records", "hand_off_telephoned", NUMBER) in audited()
        form = {"do": "release", "id": waiting, "reason": "", "confirmed": "yes"}
        assert desk.post("agencies", **form).status == 409

    def test_to_take_back_ends_by_telephone(self, desk, waiting):
        act(expired, at=NOW)
        self.press(desk)
        change(hand_off=a_consent("c1", at=NOW - timedelta(days=1), ended_at=NOW))
        planning.plan(NUMBER, Settings.current(), NOW)
        assert the_hand_off().to_take_back
        self.press(desk)
        assert (the_hand_off().state, the_hand_off().reason) == (S.OVER, "")

    def test_cannot_be_released(self, desk, waiting):
        act(expired, at=NOW)
        desk.sign_in(Role.RECORDS)
        assert len(buttons(desk.get("agencies"), "agencies")) == 1
        form = {"do": "release", "id": waiting, "reason": "not_confirmed", "confirmed": "yes"}
        assert desk.post("agencies", **form).status == 404

    def test_held_for_another_reason_by_now_stays(self, desk, waiting):
        act(held, HoldReason.NO_SAFE_CONTACT, at=NOW)
        desk.sign_in(Role.RECORDS)
        form = {"do": "release", "id": waiting, "reason": "not_confirmed", "confirmed": "yes"}
        assert desk.post("agencies", **form).status == 409
        assert the_hand_off().reason == HoldReason.NO_SAFE_CONTACT


class TestAccount:
    def test_is_made_for_one_agency(self, desk, pool, provider):
        desk.sign_in(Role.ADMINISTRATOR)
        form = {"name": "jail-night", "email": "night@jail.example.org", "receiver": JAIL}
        assert desk.post("invite", **form).status == 303
        (made,) = [c for c in pool_accounts() if c.name == "jail-night"]
        assert made.roles == {Role.RECEIVER}
        assert staff_accounts.account(made.id).receiver == JAIL
        assert "Account of Sonora County Jail" in desk.get("accounts").text

    def test_gets_no_role_of_the_desk(self, desk, pool, provider):
        desk.sign_in(Role.ADMINISTRATOR)
        form = {"name": "jail-night", "email": "night@jail.example.org", "receiver": JAIL}
        assert desk.post("invite", **form, **{"role-records": "yes"}).status == 400
        assert desk.post("invite", **form | {"receiver": "another"}).status == 400
        desk.post("invite", **form)
        more = {"account": "jail-night", "do": "roles", "role-records": "yes"}
        assert desk.post("account", **more).status == 400

    def test_with_a_role_from_elsewhere_still_sees_no_case(self, desk, waiting):
        id = an_account(JAIL)
        desk.sign_in(Role.RECEIVER, Role.SUPERVISOR, id=id)
        assert desk.get("tasks").status == 404
        assert desk.get("hand-offs").status == 200

    def test_keeps_its_agency_when_it_starts_again(self, desk, pool, provider):
        desk.sign_in(Role.ADMINISTRATOR)
        form = {"name": "jail-night", "email": "night@jail.example.org", "receiver": JAIL}
        desk.post("invite", **form)
        desk.confirm("account", account="jail-night", do="again")
        (made,) = [c for c in pool_accounts() if c.name == "jail-night"]
        assert staff_accounts.account(made.id).receiver == JAIL


def pool_accounts():
    return cognito_users.everyone()
