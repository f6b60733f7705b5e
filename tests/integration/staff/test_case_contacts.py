"""Contacts on the page of a case: shown, called unsafe, given back, corrected."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import NOT_ME
from aviso.domain.model import Channel, Enrollment
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.roster import reach
from aviso.domain.staff import Role
from aviso.domain.text import shown
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, guards, suppressions
from aviso.web.staff.case_people import line_key
from infra.harness.builders import a_case, a_contact, case_at
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address, fields
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    a_held_notice,
    a_stored_case,
    at_work,
)


class TestContacts:
    def test_of_a_guardian_who_may_be_the_suspect_say_so(self, desk):
        bob = {"first_name": "Bob", "last_name": "Fox", "birth_date": None}
        speaks = bob | {"relation": "guardian", "phone": "+15205550177"}
        case = a_case().with_report(number=ORDINARY, origin=ORDINARY).with_victim(minor=True)
        store(replace(case.with_suspect(**bob).with_speaker(**speaks).case, number=ORDINARY))
        text = at_work(desk).get(case_address(ORDINARY)).text
        assert "520-555-0177 Not used: This person may be a suspect" in text

    @pytest.mark.parametrize(("says", "used"), [("safe", {PHONE, EMAIL}), ("unsafe", {EMAIL})])
    def test_called_unsafe_without_a_code_wait_for_a_member(self, desk, settings, says, used):
        """The clerk may call the report's phone, reads the warning, and decides."""
        a_stored_case()
        warning = a_contact(PHONE, safe=False, new_to_agency=False)
        given = (warning, a_contact("+15205550133", id="c2"))  # nobody calls what knowledge left
        enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", contacts=given))
        a_held_notice(reason="contact_doubted")

        def found():
            case = cases.read_case(ORDINARY)
            context = case_at(case, settings)
            told = reach(context, case.victims[0])
            return told.trouble or {c.address for c in told.contacts}

        assert found() is HoldReason.CONTACT_DOUBTED
        page = at_work(desk, Role.RECORDS).get(case_address(ORDINARY))
        (card,) = page.root.xpath('//section[@class="todo"]')
        assert card.xpath('.//a[@class="call"]/text()') == ["520-555-0118"]
        assert "Someone without a code said that it is not safe" in card.text_content()
        reference = case_address(ORDINARY).removeprefix("case?c=")
        line = {"c": reference, "victim": "v1", "line": line_key(ORDINARY, PHONE)}
        for _ in range(2):
            desk.post(says, **line, confirmed="yes", why="She told me.")
        assert found() == used | {"+15205550133"}

    def test_of_a_landline_are_for_calls(self, desk):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, phone_type="landline", digest="2"), before)
        text = at_work(desk).get(case_address(ORDINARY)).text
        assert "520-555-0118 Landline: call, no texts" in text

    def test_show_a_lock_set_on_the_portal(self, desk):
        a_stored_case()
        at_work(desk, Role.RECORDS)
        assert "Locked on the portal" not in desk.get(case_address(ORDINARY)).text
        enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", locked_at=NOW))
        assert "Locked on the portal: Since " in desk.get(case_address(ORDINARY)).text

    def test_are_named_in_each_confirmation(self, desk):
        case = a_stored_case()
        sent = a_held_notice(state=State.PLANNED, reason="")
        victim, suspect = case.victims[0], case.suspects[0]
        form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
        whose = f"{victim.first_name} {victim.last_name}"
        at_work(desk, Role.SUPERVISOR)
        line = {"victim": "v1", "line": line_key(ORDINARY, PHONE)}
        unsafe = desk.post("unsafe", **form, **line).text
        assert f"Case {ORDINARY}, {whose}, {shown(PHONE)}" in unsafe
        letter = desk.post("returned", notice=sent, **form).text
        assert f"Case {ORDINARY}, Arrest, {whose}" in letter
        resent = desk.post("resend", **form, **{f"pick-{sent}": "yes"}).text
        assert f"Case {ORDINARY} Arrest: {whose}" in resent
        wrong = desk.post("suspect", suspect=suspect.origin, **form).text
        assert f"Case {ORDINARY}, {suspect.first_name} {suspect.last_name}" in wrong
        assert f"Case {ORDINARY}" in desk.post("restrict", **form).text
        other = a_stored_case("2611240003")
        theirs = a_held_notice(other.number, state=State.PLANNED, reason="")
        assert "Arrest" not in desk.post("returned", notice=theirs, **form).text
        assert "Arrest" not in desk.post("resend", **form, **{f"pick-{theirs}": "yes"}).text


class TestNotMe:
    @pytest.mark.parametrize("address", [PHONE, "new@example.org"])
    def test_is_taken_back_with_a_reason(self, desk, address):
        a_stored_case()
        gone = a_contact("new@example.org", Channel.EMAIL, removed_at=NOW, removed_why=NOT_ME)
        enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", contacts=(gone,)))
        key = hashing.address_key(address)
        suppressions.not_me(key, ORDINARY, NOW)
        at_work(desk, Role.RECORDS)
        assert "It belongs to someone else" in desk.get(case_address(ORDINARY)).text
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
        form["line"] = line_key(ORDINARY, address)
        assert guards.read(ORDINARY, {address: key}).not_me == {address}
        desk.confirm("restore", why="Her daughter pressed it", **form)
        assert guards.read(ORDINARY, {address: key}).not_me == set()
        if address != PHONE:
            assert cases.read_case(ORDINARY).enrollments[0].contacts[0].removed_at is None
        assert "Her daughter pressed it" in desk.get(case_address(ORDINARY)).text


class TestEmailOptOut:
    def test_ends_once_its_owner_asks(self, desk):
        email = "v1@example.com"
        a_stored_case()
        keys = {address: hashing.address_key(address) for address in (email, PHONE)}
        lines = {address: line_key(ORDINARY, address) for address in keys}
        for key in keys.values():
            suppressions.opt_out(key, "link", NOW - timedelta(days=1))
        at_work(desk, Role.RECORDS)
        page = desk.get(case_address(ORDINARY))
        assert page.body.count('action="resume"') == 1  # a phone's owner texts START
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
        assert (
            desk.post(
                "resume", confirmed="yes", why="so", line=line_key(ORDINARY, PHONE), **form
            ).status
            == 404
        )
        assert guards.read(ORDINARY, keys).opted_out == set(keys)
        desk.confirm("resume", why="She called from her own phone", line=lines[email], **form)
        assert guards.read(ORDINARY, keys).opted_out == {PHONE}
        assert "She called from her own phone" in desk.get(case_address(ORDINARY)).text


def with_the_suspects_phone():
    """Store a case whose suspect's entry has the victim's own phone."""
    case = a_stored_case()
    entry = replace(case.suspects[0], phone=PHONE, digest="2")
    cases.write_row(ORDINARY, entry, case.suspects[0])


def usable(settings):
    case = cases.read_case(ORDINARY)
    found = reach(case_at(case, settings), case.victims[0])
    return {c.address for c in found.contacts}, found.trouble


class TestSuspectsEntry:
    @pytest.mark.parametrize("bars", [True, False])
    def test_keeps_its_mark_at_a_second_yes(self, desk, settings, bars):
        with_the_suspects_phone()
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), "suspect": "s1"}
        at_work(desk, Role.SUPERVISOR)
        if bars:
            desk.confirm("suspect", why="A mistake", **form)
        yes = fields(desk.post("suspect", **form)) | {"why": "Looked at again", "csrf": desk.csrf}
        for _ in range(2):
            assert desk.post("suspect", **yes).headers["Location"].startswith("case?c=")
            assert usable(settings)[1] == ("contact_shared_with_suspect" if bars else None)
        acts = [a for _, a, c in audited() if c == ORDINARY and a.startswith("suspect_")]
        assert len(acts) == 1 + bars
        unsaid = yes | {"do": "made up"}
        assert desk.post("suspect", **unsaid).status == 400
        del unsaid["do"]
        assert desk.post("suspect", **unsaid).status == 400

    def test_counts_again_when_the_feed_changes_it(self, desk, settings):
        with_the_suspects_phone()
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), "suspect": "s1"}
        at_work(desk, Role.SUPERVISOR).confirm("suspect", why="A mistake", **form)
        entry = cases.read_case(ORDINARY).suspects[0]
        cases.write_row(ORDINARY, replace(entry, last_name="Boone", digest="3"), entry)
        assert usable(settings) == (set(), "contact_shared_with_suspect")
        assert "It has changed since" in desk.get(case_address(ORDINARY)).text
