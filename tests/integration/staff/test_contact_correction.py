"""Contacts typed at the desk: what the page shows and asks before it saves them."""

import re

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.storage import cases, suppressions
from aviso.storage.audit import AuditItem
from infra.harness.builders import case_at
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import EMAIL, NOW, ORDINARY, PHONE, a_stored_case, at_work
from tests.integration.staff.corrections import (
    HOME,
    WHY,
    WRONG,
    YES,
    form,
    line,
    reached,
    stored,
    with_home,
)


class TestTypedContact:
    @pytest.mark.parametrize(
        ("typed", "used"),
        [
            ("(520) 555 0101", "+1 520 555 0101"),
            (" New@Example.ORG ", "new@example.org"),
        ],
    )
    def test_is_shown_as_used_for_whom_and_in_place_of_what(self, desk, settings, typed, used):
        a_stored_case()
        page = at_work(desk, Role.RECORDS).post("correct", **form(typed=typed), **line(PHONE))
        assert page.status == 200
        victim = stored().victims[0]
        whose = f"For {victim.first_name} {victim.last_name} As it was typed {typed.strip()}"
        assert whose in page.text
        assert used in page.text
        assert "Replaces 520-555-0118" in page.text
        assert "no longer used" in page.text
        assert reached(settings) == {PHONE, EMAIL}  # nothing has changed
        assert "contact_corrected" not in [action for _, action, _ in audited()]

    @pytest.mark.parametrize("confirmed", [{}, YES])
    @pytest.mark.parametrize("old", ["", PHONE])
    def test_of_a_suspect_is_refused_with_the_reason(self, desk, settings, old, confirmed):
        a_stored_case()
        at_work(desk, Role.SUPERVISOR)
        page = desk.post(
            "correct", **form(typed="520-555-0166"), **(line(old) if old else {}), **confirmed
        )
        assert (page.status, "A suspect on this case has this contact" in page.text) == (400, True)
        assert 'name="confirmed"' not in page.body
        assert stored().enrollments == ()
        assert stored().victims[0].desk_unsafe == ()
        assert reached(settings) == {PHONE, EMAIL}

    def test_marked_unsafe_is_not_brought_back(self, desk):
        a_stored_case()
        at_work(desk)
        desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
        page = desk.post("correct", **form(typed=PHONE), **YES)
        assert (page.status, "was marked unsafe" in page.text) == (400, True)
        assert stored().enrollments[0].contacts == ()

    def test_that_wants_no_messages_brings_a_warning(self, desk):

        a_stored_case()
        contact = "new@example.org"
        at_work(desk)
        desk.confirm("correct", why=WHY, **form(typed=contact))
        suppressions.opt_out(hashing.address_key(contact), "link", NOW)
        page = desk.post("correct", **form(typed=contact), **line(PHONE))
        assert "Wants no messages. Nothing is sent to it until that changes." in page.text

    @pytest.mark.parametrize("typed", ["call her mother", "555-01", "ana@", ""])
    def test_that_is_incomplete_is_asked_for_again(self, desk, typed):
        a_stored_case()
        page = at_work(desk).post("correct", **form(typed=typed), **line(PHONE), **YES)
        assert (page.status, "not a phone or an email" in page.text) == (400, True)
        assert f'value="{typed}"' in page.body
        assert stored().victims[0].desk_unsafe == ()


class TestPostalAddress:
    def test_replaces_the_wrong_one_on_record(self, desk, settings):
        with_home()
        at_work(desk, Role.RECORDS)
        assert WRONG in reached(settings)
        asked = desk.post("correct", **form(**HOME), **line(WRONG))
        assert "8 W Fir Rd\nSonora Wells, AZ 85702" in re.sub("<[^>]*>", "", asked.body)
        assert "The victim's phones and emails are told that it was changed." in asked.text
        assert WRONG in reached(settings)
        saved = desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
        assert reached(settings) == {PHONE, EMAIL, "8 W Fir Rd\nSonora Wells, AZ 85702"}
        assert stored().victims[0].desk_unsafe == (WRONG,)
        assert ("staff:id-records", "address_corrected", ORDINARY) in audited()
        page = desk.get(saved.headers["Location"])
        assert "The new contact is saved, instead of the old one." in page.text
        assert "Do not use: wrong, or not safe" in page.text
        assert "8 W Fir Rd" in page.text

    def test_is_added_where_the_report_has_none(self, desk, settings):
        a_stored_case()
        at_work(desk, Role.RECORDS)
        assert "Add a postal address" in desk.get(case_address(ORDINARY)).text
        desk.confirm("correct", why=WHY, **form(**HOME))
        assert "8 W Fir Rd\nSonora Wells, AZ 85702" in reached(settings)
        assert "Add a postal address" not in desk.get(case_address(ORDINARY)).text

    @pytest.mark.parametrize(
        ("half", "said"),
        [
            ({"street": "Fir Rd"}, "Type the street with its number, or a PO box."),
            ({"street": "unknown 1"}, "Type the street with its number, or a PO box."),
            ({"city": ""}, "Type the city."),
            ({"region": "Arizona"}, "Type the state as two letters, such as AZ."),
            ({"region": "ZZ"}, "Type the state as two letters, such as AZ."),
            ({"postal_code": "8570"}, "Type the ZIP code: five digits, or five and four."),
            ({"postal_code": "00000"}, "Type the ZIP code: five digits, or five and four."),
        ],
    )
    def test_says_which_part_is_wrong_and_keeps_the_rest(self, desk, settings, half, said):
        with_home()
        page = at_work(desk).post("correct", **form(**HOME | half), **line(WRONG), **YES)
        assert (page.status, page.text.count(said)) == (400, 2)  # above, and beside its field
        assert page.body.count('class="error"') == 1
        assert WRONG in reached(settings)

    def test_of_a_suspect_is_refused(self, desk, settings):
        with_home()
        before = stored().suspects[0]
        lives = replace(before, street="8 West Fir Road", postal_code="85702", digest="2")
        cases.write_row(ORDINARY, lives, before)
        page = at_work(desk).post("correct", **form(**HOME), **line(WRONG), **YES)
        assert (page.status, "A suspect on this case lives there" in page.text) == (400, True)
        assert WRONG in reached(settings)

    def test_that_is_confidential_is_refused(self, desk, settings):
        with_home()
        before = stored().victims[0]
        cases.write_row(ORDINARY, replace(before, confidential_address=True, digest="3"), before)
        prefix = settings.messages.confidential_address_prefix
        at_work(desk)
        page = desk.post("correct", **form(**HOME), **line(WRONG), **YES)
        assert (page.status, f"begins with {prefix}" in page.text) == (400, True)
        desk.confirm("correct", why=WHY, **form(**HOME | {"street": f"{prefix} 42"}), **line(WRONG))
        assert any(prefix in address for address in reached(settings))

    def test_of_the_feed_and_the_desks_stay_together(self, desk, settings):
        with_home()
        at_work(desk)
        desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
        before = stored().victims[0]
        moved = replace(before, street="99 N New Ave", postal_code="85703", digest="3")
        cases.write_row(ORDINARY, moved, before)
        assert reached(settings) == {PHONE, EMAIL}
        page = desk.get(case_address(ORDINARY))
        assert page.text.count("The records system sent another address") == 2
        brought = {"street": "99 N New Ave", "city": "Sonora Wells", "region": "AZ"}
        desk.confirm(
            "correct",
            why=WHY,
            **form(**brought, postal_code="85703"),
            **line("8 W Fir Rd\nSonora Wells, AZ 85702"),
        )
        assert "99 N New Ave\nSonora Wells, AZ 85703" in reached(settings)

    def test_of_only_a_street_can_be_called_unsafe(self, desk, settings):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, street="12 E Pima St", digest="2"), before)
        at_work(desk)
        assert (
            "12 E Pima St</span>" in desk.get(case_address(ORDINARY)).body
        )  # no empty second line
        desk.confirm("unsafe", why=WHY, **form(), **line("12 E Pima St\n,  "))
        assert "Do not use: wrong, or not safe" in desk.get(case_address(ORDINARY)).text
        town = {"city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
        before = stored().victims[0]
        cases.write_row(ORDINARY, replace(before, **town, digest="3"), before)
        assert reached(settings) == {PHONE, EMAIL}

    def test_gets_a_missing_apartment_and_stays_usable(self, desk, settings):
        with_home()
        at_work(desk, Role.RECORDS)
        unit = HOME | {"street": "12 E Pima St Apt 4", "postal_code": "85701"}
        desk.confirm("correct", why=WHY, **form(**unit), **line(WRONG))
        assert stored().victims[0].desk_unsafe == ()
        assert "12 E Pima St Apt 4\nSonora Wells, AZ 85701" in reached(settings)
        assert WRONG not in reached(settings)


class TestVictim:
    def test_that_is_a_minor_has_no_phone_corrected(self, desk, settings):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, minor=True, digest="2"), before)
        page = at_work(desk, Role.RECORDS).post("correct", **form(typed=PHONE), **YES)
        assert (page.status, "we do not write to a minor" in page.text) == (400, True)
        assert reached(settings) == set()

    def test_that_is_a_minor_gets_no_home(self, desk):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, minor=True, digest="2"), before)
        page = at_work(desk, Role.RECORDS).post("correct", **form(**HOME), **YES)
        assert (page.status, "Someone speaks for this victim" in page.text) == (400, True)
        assert stored().victims[0].desk_home == ()


class TestConfirmation:
    def test_given_twice_saves_once(self, desk):
        a_stored_case()
        at_work(desk, Role.RECORDS)
        every: list[dict[str, str]] = [{}, {}, line(PHONE)]
        for more in every:
            assert desk.post("correct", **form(typed="5205550101"), **more, **YES).status == 303
        assert stored().victims[0].desk_unsafe == (PHONE,)
        (typed,) = stored().enrollments[0].contacts
        assert (typed.address, typed.new_to_agency) == ("+15205550101", True)
        assert typed.consent.source == "desk"
        assert (
            desk.get(case_address(ORDINARY)).text.count(WHY) == 2
        )  # two of three changed anything

    def test_given_twice_announces_once(self, desk, settings):
        with_home()
        at_work(desk, Role.RECORDS)
        for _ in range(2):
            assert desk.post("correct", **form(**HOME), **line(WRONG), **YES).status == 303
            duties = owed(case_at(stored(), settings))
            seen = {duty.fact for duty in duties if duty.fact.startswith("home:")}
            assert len(seen) == 1
        assert [action for _, action, _ in audited()].count("address_corrected") == 1

    @pytest.mark.parametrize("typed", [{"typed": "520-555-0101"}, HOME])
    def test_keeps_the_reason_as_a_note_only(self, desk, settings, typed):
        with_home()
        at_work(desk, Role.RECORDS)
        before = reached(settings)
        desk.confirm("correct", why="She called, 4 pm.", **form(**typed), **line(WRONG))
        assert reached(settings) != before
        assert "She called, 4 pm. (records)" in desk.get(case_address(ORDINARY)).text
        assert not any("4 pm" in str(row.to_dynamodb_dict()) for row in AuditItem.scan())
