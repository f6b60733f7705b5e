"""A contact is corrected at the desk: shown as it will be used, confirmed, and only then used."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import KNOWLEDGE, CaseContext
from aviso.domain.model import Channel, Consent, Enrollment, Kind
from aviso.domain.notice import State
from aviso.domain.people import addresses_of
from aviso.domain.routing import Send, route
from aviso.domain.send_guards import Guards
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.runtime import hashing
from aviso.storage import suppressions
from aviso.victims import access_codes, verification, visits
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import a_contact, a_situation
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    a_stored_case,
    at_work,
    notice,
)

SUSPECTS = "+15205550166"
HOME = {"street": "8 W Fir Rd", "city": "Sonora Wells", "region": "az", "postal_code": "85702"}
WRONG = "12 E Pima St\nSonora Wells, AZ 85701"
WHY = "She told us so."
YES = {"confirmed": "yes", "why": WHY}


def form(**fields):
    """Return a form about the case's victim."""
    return {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"} | fields


def line(address):
    return {"line": hashing.address_key(address)}


def stored():
    from aviso.storage import cases

    return cases.read_case(ORDINARY)


def reached(settings):
    from aviso.domain.contacts import reach

    case = stored()
    found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0])
    return {contact.address for contact in found.contacts}


def with_home():
    """Store the case with a victim's wrong postal address."""
    from aviso.storage import cases

    before = a_stored_case().victims[0]
    lives = replace(before, street="12 E Pima St", city="Sonora Wells", region="AZ", digest="2")
    cases.write_row(ORDINARY, replace(lives, postal_code="85701"), before)


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("(520) 555 0101", "+1 520 555 0101"),
        (" New@Example.ORG ", "new@example.org"),
    ],
)
def test_what_was_typed_is_shown_as_it_will_be_used_for_whom_and_in_place_of_what(
    desk, settings, typed, used
):
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


def test_what_is_added_takes_the_place_of_nothing(desk, settings):
    a_stored_case()
    at_work(desk, Role.RECORDS)
    page = desk.post("correct", **form(typed="5205550101"))
    assert "Replaces Nothing, it is added" in page.text
    assert "no longer used" not in page.text
    desk.post("correct", **form(typed="5205550101"), **YES)
    assert reached(settings) == {PHONE, EMAIL, "+15205550101"}


@pytest.mark.parametrize("confirmed", [{}, YES])
@pytest.mark.parametrize("old", ["", PHONE])
def test_a_suspects_contact_is_refused_with_the_reason_and_saved_by_nobody(
    desk, settings, old, confirmed
):
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


def test_a_contact_marked_unsafe_is_not_brought_back_by_typing_it_again(desk):
    a_stored_case()
    at_work(desk)
    desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
    page = desk.post("correct", **form(typed=PHONE), **YES)
    assert (page.status, "was marked unsafe" in page.text) == (400, True)
    assert stored().enrollments == ()


def test_a_contact_whose_owner_wants_no_messages_may_be_typed_with_a_warning(desk):

    a_stored_case()
    contact = "new@example.org"
    at_work(desk)
    desk.confirm("correct", why=WHY, **form(typed=contact))
    suppressions.opt_out(hashing.address_key(contact), "link", NOW)
    page = desk.post("correct", **form(typed=contact), **line(PHONE))
    assert "Wants no messages. Nothing is sent to it until that changes." in page.text


@pytest.mark.parametrize("typed", ["call her mother", "555-01", "ana@", ""])
def test_half_a_contact_is_asked_for_again_with_what_was_typed(desk, typed):
    a_stored_case()
    page = at_work(desk).post("correct", **form(typed=typed), **line(PHONE), **YES)
    assert (page.status, "not a phone or an email" in page.text) == (400, True)
    assert f'value="{typed}"' in page.body
    assert stored().victims[0].desk_unsafe == ()


# Postal addresses


def test_a_corrected_address_takes_the_place_of_the_wrong_one_and_is_in_the_trail(desk, settings):
    with_home()
    at_work(desk, Role.RECORDS)
    assert WRONG in reached(settings)
    asked = desk.post("correct", **form(**HOME), **line(WRONG))
    assert "8 W Fir Rd\nSonora Wells, AZ 85702" in re.sub("<[^>]*>", "", asked.body)
    assert "The victim's phones and emails are told that it was changed." in asked.text
    assert WRONG in reached(settings)
    desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
    assert reached(settings) == {PHONE, EMAIL, "8 W Fir Rd\nSonora Wells, AZ 85702"}
    assert stored().victims[0].desk_unsafe == (WRONG,)
    assert ("staff:id-records", "address_corrected", ORDINARY) in audited()
    page = desk.get(case_address(ORDINARY))
    assert "Marked unsafe" in page.text
    assert "8 W Fir Rd" in page.text


def test_an_address_is_added_where_the_report_has_none(desk, settings):
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
def test_half_an_address_says_which_part_is_wrong_and_keeps_the_others(desk, settings, half, said):
    with_home()
    page = at_work(desk).post("correct", **form(**HOME | half), **line(WRONG), **YES)
    assert (page.status, page.text.count(said)) == (400, 2)  # above, and beside its field
    assert page.body.count('class="error"') == 1
    assert WRONG in reached(settings)


def test_only_the_spelling_of_a_town_is_corrected_without_ruling_the_place_out(desk, settings):
    with_home()
    home = {"street": "12 E Pima St", "city": "Sonora Well", "region": "AZ", "postal_code": "85701"}
    at_work(desk).confirm("correct", why=WHY, **form(**home), **line(WRONG))
    assert stored().victims[0].desk_unsafe == ()
    assert "12 E Pima St\nSonora Well, AZ 85701" in reached(settings)


def test_a_suspects_home_is_refused(desk, settings):
    from aviso.storage import cases

    with_home()
    before = stored().suspects[0]
    lives = replace(before, street="8 West Fir Road", postal_code="85702", digest="2")
    cases.write_row(ORDINARY, lives, before)
    page = at_work(desk).post("correct", **form(**HOME), **line(WRONG), **YES)
    assert (page.status, "A suspect on this case lives there" in page.text) == (400, True)
    assert WRONG in reached(settings)


def test_a_confidential_address_is_refused_unless_it_is_the_substitute_one(desk, settings):
    from aviso.storage import cases

    with_home()
    before = stored().victims[0]
    cases.write_row(ORDINARY, replace(before, confidential_address=True, digest="3"), before)
    prefix = settings.messages.confidential_address_prefix
    at_work(desk)
    page = desk.post("correct", **form(**HOME), **line(WRONG), **YES)
    assert (page.status, f"begins with {prefix}" in page.text) == (400, True)
    desk.confirm("correct", why=WHY, **form(**HOME | {"street": f"{prefix} 42"}), **line(WRONG))
    assert any(prefix in address for address in reached(settings))


def test_another_address_of_the_feed_stands_beside_the_desks_until_one_is_corrected(desk, settings):
    from aviso.storage import cases

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


def test_a_minors_own_phone_is_nobodys_correction_and_is_not_used_if_it_is_there(desk, settings):
    from aviso.storage import cases

    before = a_stored_case().victims[0]
    cases.write_row(ORDINARY, replace(before, minor=True, digest="2"), before)
    page = at_work(desk, Role.RECORDS).post("correct", **form(typed=PHONE), **YES)
    assert (page.status, "we do not write to a minor" in page.text) == (400, True)
    assert reached(settings) == set()


def test_no_home_is_put_in_for_a_minor_whose_letters_go_to_who_speaks_for_them(desk):
    from aviso.storage import cases

    before = a_stored_case().victims[0]
    cases.write_row(ORDINARY, replace(before, minor=True, digest="2"), before)
    page = at_work(desk, Role.RECORDS).post("correct", **form(**HOME), **YES)
    assert (page.status, "Someone speaks for this victim" in page.text) == (400, True)
    assert stored().victims[0].desk_home == ()


def test_nothing_is_put_in_for_a_victim_who_has_died(desk):
    from aviso.storage import cases

    before = a_stored_case().victims[0]
    cases.write_row(ORDINARY, replace(before, deceased=True, digest="2"), before)
    page = at_work(desk, Role.RECORDS).post("correct", **form(typed="520-555-0177"), **YES)
    assert (page.status, "has died" in page.text) == (400, True)
    assert stored().enrollments == ()


def test_what_is_confirmed_twice_is_there_once(desk):
    a_stored_case()
    at_work(desk, Role.RECORDS)
    every: list[dict[str, str]] = [{}, {}, line(PHONE)]
    for more in every:
        assert desk.post("correct", **form(typed="5205550101"), **more, **YES).status == 303
    assert stored().victims[0].desk_unsafe == (PHONE,)
    assert [c.address for c in stored().enrollments[0].contacts] == ["+15205550101"]
    assert desk.get(case_address(ORDINARY)).text.count(WHY) == 2  # two of three changed anything


def test_an_address_that_is_confirmed_twice_is_announced_once(desk, settings):
    from aviso.domain.duties import owed

    with_home()
    at_work(desk, Role.RECORDS)
    for _ in range(2):
        assert desk.post("correct", **form(**HOME), **line(WRONG), **YES).status == 303
        duties = owed(stored(), [], settings, NOW)
        seen = {duty.fact for duty in duties if duty.fact.startswith("home:")}
        assert len(seen) == 1
    assert [action for _, action, _ in audited()].count("address_corrected") == 1


@pytest.mark.parametrize("typed", [{"typed": "520-555-0101"}, HOME])
def test_a_correction_needs_a_reason_which_becomes_a_note_and_is_not_in_the_trail(
    desk, settings, typed
):
    from aviso.storage.audit import AuditItem

    with_home()
    at_work(desk, Role.RECORDS)
    before = reached(settings)
    for unsaid in ({}, {"why": " "}):
        page = desk.post("correct", **form(**typed), **line(WRONG), confirmed="yes", **unsaid)
        assert (page.status, "Write the reason first." in page.text) == (400, True)
    assert reached(settings) == before
    desk.confirm("correct", why="She called, 4 pm.", **form(**typed), **line(WRONG))
    assert reached(settings) != before
    assert "records, " in desk.get(case_address(ORDINARY)).text
    assert "She called, 4 pm." in desk.get(case_address(ORDINARY)).text
    assert not any("4 pm" in str(row.to_dynamodb_dict()) for row in AuditItem.scan())


def test_a_corrected_address_is_in_the_file_of_new_contacts_until_it_is_entered(desk):
    with_home()
    at_work(desk, Role.RECORDS).confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
    _, row = desk.post("contacts-csv").body.splitlines()
    assert row.startswith(f'{ORDINARY},v1,address,"8 W Fir Rd, Sonora Wells, AZ 85702",')
    assert row.endswith(",desk")
    desk.confirm("contacts-done")
    assert "There is no contact to enter." in desk.get("contacts").text


def exported(desk):
    """Return the contacts of a new file."""
    return [row.split(",", 3)[3] for row in desk.post("contacts-csv").body.splitlines()[1:]]


def test_an_address_corrected_again_after_the_file_was_made_is_in_the_next_one(desk):
    with_home()
    at_work(desk, Role.RECORDS).confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
    assert len(exported(desk)) == 1
    again = HOME | {"street": "9 W Oak Rd"}
    first = "8 W Fir Rd\nSonora Wells, AZ 85702"
    desk.confirm("correct", why=WHY, **form(**again), **line(first))
    desk.confirm("contacts-done")
    (row,) = exported(desk)
    assert "9 W Oak Rd" in row
    desk.confirm("contacts-done")
    assert exported(desk) == []


def test_what_was_called_unsafe_since_is_in_no_file_of_new_contacts(desk):
    with_home()
    at_work(desk, Role.SUPERVISOR)
    desk.confirm("correct", why=WHY, **form(typed="5205550101"))
    desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
    assert len(exported(desk)) == 2
    desk.confirm("unsafe", why=WHY, **form(), **line("+15205550101"))
    desk.confirm("unsafe", why=WHY, **form(), **line("8 W Fir Rd\nSonora Wells, AZ 85702"))
    assert exported(desk) == []
    assert "There is no contact to enter." in desk.get("contacts").text


@pytest.mark.parametrize("since", ["a suspect's", "confidential"])
def test_what_became_a_suspects_or_confidential_is_in_no_file_of_new_contacts(desk, since):
    from aviso.storage import cases

    with_home()
    at_work(desk, Role.SUPERVISOR)
    desk.confirm("correct", why=WHY, **form(typed="5205550101"))
    desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
    case = stored()
    if since == "confidential":
        (before,) = case.victims
        cases.write_row(ORDINARY, replace(before, confidential_address=True, digest="5"), before)
        assert [row.split(",")[0] for row in exported(desk)] == ["+15205550101"]
        return
    (before,) = case.suspects
    his = replace(before, phone="+15205550101", street="8 W Fir Rd", digest="5")
    cases.write_row(ORDINARY, his, before)
    assert exported(desk) == []


def test_records_is_told_of_the_new_contacts_that_its_file_has_and_no_more(desk):
    from infra.harness.staff_browser import say_of_case

    a_stored_case()
    at_work(desk, Role.ADVOCATE).confirm("correct", why=WHY, **form(typed="5205550101"))
    at_work(desk, Role.RECORDS)
    assert "Contacts to enter: 1." in desk.get("contacts").text
    say_of_case(ORDINARY, "restricted")
    assert "There is no contact to enter." in desk.get("contacts").text
    assert "Contacts to enter: 1." in at_work(desk, Role.SUPERVISOR).get("contacts").text


def test_a_street_that_is_all_there_is_can_be_called_unsafe(desk, settings):
    from aviso.storage import cases

    before = a_stored_case().victims[0]
    cases.write_row(ORDINARY, replace(before, street="12 E Pima St", digest="2"), before)
    at_work(desk)
    assert "12 E Pima St</td>" in desk.get(case_address(ORDINARY)).body  # no empty second line
    desk.confirm("unsafe", why=WHY, **form(), **line("12 E Pima St\n,  "))
    assert "Marked unsafe" in desk.get(case_address(ORDINARY)).text
    town = {"city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
    before = stored().victims[0]
    cases.write_row(ORDINARY, replace(before, **town, digest="3"), before)
    assert reached(settings) == {PHONE, EMAIL}


def test_a_missing_apartment_is_added_without_ruling_the_house_out(desk, settings):
    with_home()
    at_work(desk, Role.RECORDS)
    unit = HOME | {"street": "12 E Pima St Apt 4", "postal_code": "85701"}
    desk.confirm("correct", why=WHY, **form(**unit), **line(WRONG))
    assert stored().victims[0].desk_unsafe == ()
    assert "12 E Pima St Apt 4\nSonora Wells, AZ 85701" in reached(settings)
    assert WRONG not in reached(settings)


@pytest.mark.parametrize("address", [PHONE, WRONG])
def test_what_is_called_unsafe_is_told_to_the_others_and_ends_what_was_open(
    desk, settings, address
):
    from aviso.domain.duties import owed

    with_home()
    sent = access_codes.issue(ORDINARY, "v1", CodePurpose.EMAIL, NOW - timedelta(hours=2), settings)
    at_work(desk, Role.RECORDS).confirm("unsafe", why=WHY, **form(), **line(address))
    told = {d.fact.change for d in owed(stored(), [], settings, NOW)} - {""}
    assert told == {"home" if address == WRONG else "unsafe"}
    claim = verification.Claim(number=ORDINARY, code=sent, source="192.0.2.1")
    assert visits.open_by_code(claim, settings, NOW + timedelta(seconds=9)) is None


def test_safe_takes_off_every_mark_that_bars_an_address_and_no_other(desk, settings):
    from aviso.storage import cases

    with_home()
    at_work(desk)
    desk.confirm("unsafe", why=WHY, **form(), **line(WRONG))
    desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
    before = stored().victims[0]
    cases.write_row(ORDINARY, replace(before, street="12 E Pima St # 4", digest="4"), before)
    barred = "12 E Pima St # 4\nSonora Wells, AZ 85701"
    assert reached(settings) == {EMAIL}
    desk.confirm("safe", why=WHY, **form(), **line(barred))
    assert reached(settings) == {EMAIL, barred}
    assert stored().victims[0].desk_unsafe == (PHONE,)


def heard(settings):
    """Plan and send, and return each change of a contact now: what, state and reason."""
    from aviso.storage import notices

    planning.plan(ORDINARY, settings, datetime.now(UTC))
    found = [n for n in notices.of_case(ORDINARY) if n.fact.change]
    case, now = stored(), datetime.now(UTC)
    known = Guards(keys={a: hashing.address_key(a) for a in addresses_of(case)})
    return {
        n.fact.change: route(a_situation(case, n, settings, told=found, guards=known, now=now))
        for n in found
    }


def who(decision):
    """Return the addresses a message goes to, or why it goes to none."""
    return {hop.address for hop in decision.hops} if isinstance(decision, Send) else decision.reason


@pytest.mark.parametrize("others", [EMAIL, ""])
@pytest.mark.parametrize(("address", "word"), [(PHONE, "given_back"), (WRONG, "home")])
def test_a_contact_that_is_safe_after_all_is_told_to_the_others_or_waits_for_a_supervisor(
    desk, settings, others, address, word
):
    from aviso.storage import cases

    with_home()
    before = stored().victims[0]
    alone = {"phone": PHONE if address == PHONE else "", "street": before.street}
    alone |= {} if address == WRONG else {"street": ""}
    cases.write_row(ORDINARY, replace(before, **alone, email=others, digest="9"), before)
    at_work(desk, Role.RECORDS)
    desk.confirm("unsafe", why=WHY, **form(), **line(address))
    asked = desk.post("safe", **form(), **line(address))
    assert "The victim's other contacts are told." in asked.text
    for _ in range(2):
        desk.post("safe", **form(), **line(address), **YES)
    assert address in reached(settings)
    assert who(heard(settings)[word]) == ({EMAIL} if others else "change_unheard")
    assert [action for _, action, _ in audited()].count("contact_unsafe_undone") == 1


@pytest.mark.parametrize("others", [EMAIL, ""])
def test_a_not_me_that_is_taken_back_is_told_to_the_others_or_waits_for_a_supervisor(
    desk, settings, others
):
    from aviso.storage import cases

    before = a_stored_case().victims[0]
    cases.write_row(ORDINARY, replace(before, email=others, digest="9"), before)
    suppressions.not_me(hashing.address_key(PHONE), ORDINARY, NOW)
    at_work(desk, Role.RECORDS)
    asked = desk.post("restore", **form(), **line(PHONE))
    assert "The victim's other contacts are told." in asked.text
    for _ in range(2):
        desk.post("restore", **form(), **line(PHONE), **YES)
    assert len(stored().enrollments[0].given_back) == 1
    assert who(heard(settings)["given_back"]) == ({EMAIL} if others else "change_unheard")


def test_contact_change_cannot_silence_its_own_message(desk, settings):
    a_stored_case()
    at_work(desk, Role.RECORDS).confirm("correct", why=WHY, **form(typed="5205550101"))
    planning.plan(ORDINARY, settings, NOW)
    announced = next(n.id for n in notices_of(Kind.CONTACT_CHANGED))
    tick = {f"pick-{announced}": "yes"}
    for role in (Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR):
        ours = role is Role.SUPERVISOR
        page = at_work(desk, role).post("hold", c=form()["c"], **tick)
        assert page.headers["Location"].endswith("&held=1" if ours else "&not_yours=1")
        assert notice(announced).state is (State.HELD if ours else State.PLANNED)
    tick = {f"pick-{announced}": "desk"}
    for role in (Role.RECORDS, Role.ADVOCATE):
        page = at_work(desk, role).post("telephoned", **YES, **tick)
        assert page.headers["Location"] == "tasks?not_yours=1"
        assert notice(announced).state is State.HELD
    assert desk.post("release", **YES, **tick).headers["Location"] == "tasks?released=1"
    confirmed = next(n.id for n in notices_of(Kind.ENROLLMENT_CONFIRMED))
    desk.post("hold", c=form()["c"], **{f"pick-{confirmed}": "yes"})
    assert notice(confirmed).state is State.HELD  # what announces nothing is anybody's


def notices_of(kind):
    from aviso.storage import notices

    return [n for n in notices.of_case(ORDINARY) if n.kind is kind]


def test_what_was_given_back_a_moment_ago_hears_of_no_other_change_at_the_desk(desk, settings):
    from aviso.storage import cases

    with_home()
    before = stored().victims[0]
    cases.write_row(ORDINARY, replace(before, email="", digest="9"), before)
    at_work(desk, Role.RECORDS)
    desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
    desk.confirm("safe", why=WHY, **form(), **line(PHONE))
    desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
    assert {word: who(told) for word, told in heard(settings).items()} == dict.fromkeys(
        ("unsafe", "given_back", "home"), "change_unheard"
    )


def test_a_contact_that_is_given_back_ends_what_was_open(desk, settings):
    a_stored_case()
    at_work(desk, Role.RECORDS)
    desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
    sent = access_codes.issue(ORDINARY, "v1", CodePurpose.EMAIL, datetime.now(UTC), settings)
    desk.confirm("safe", why=WHY, **form(), **line(PHONE))
    claim = verification.Claim(number=ORDINARY, code=sent, source="192.0.2.1")
    assert visits.open_by_code(claim, settings, NOW + timedelta(seconds=30)) is None


@pytest.mark.parametrize("how", ["corrected", "called unsafe"])
def test_a_letters_code_opens_nothing_once_its_home_is_wrong_and_later_ones_do(desk, settings, how):
    with_home()
    before = NOW - timedelta(days=2)
    posted = access_codes.issue(ORDINARY, "v1", CodePurpose.POST, before, settings)
    on_card = access_codes.issue(ORDINARY, "v1", CodePurpose.CARD, before, settings)
    at_work(desk)
    if how == "corrected":
        desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
    else:
        desk.confirm("unsafe", why=WHY, **form(), **line(WRONG))
    said = stored().victims[0].desk_home_at
    assert said >= NOW

    def opens(code, now):
        claim = verification.Claim(number=ORDINARY, code=code, source="192.0.2.1")
        return visits.open_by_code(claim, settings, now) is not None

    soon = said + timedelta(minutes=1)
    assert not opens(posted, soon)
    assert opens(on_card, soon)
    assert opens(access_codes.issue(ORDINARY, "v1", CodePurpose.POST, soon, settings), soon)


@pytest.mark.parametrize("misclick", ["", PHONE, WRONG], ids=["none", "phone", "home"])
def test_a_new_contact_is_a_supervisors_where_who_could_hear_of_it_was_given_back_since(
    desk, settings, misclick
):
    from aviso.storage import cases, enrollments, notices

    with_home()
    before = stored().victims[0]
    only = {"phone": ""} if misclick == WRONG else {"phone": PHONE, "street": ""}
    cases.write_row(ORDINARY, replace(before, email="", digest="9", **only), before)
    lately = datetime.now(UTC) - timedelta(minutes=5)
    consent = Consent(version="1", at=lately, language="en", source="portal")
    his = a_contact("his@example.com", Channel.EMAIL, level=KNOWLEDGE, consent=consent)
    theirs = Enrollment(victim=before.origin, contacts=(his,))
    enrollments.write_enrollment(ORDINARY, theirs)
    at_work(desk, Role.RECORDS)
    for act in ("unsafe", "safe") if misclick else ():
        desk.confirm(act, why=WHY, **form(), **line(misclick))
    now, case = datetime.now(UTC), stored()
    planning.plan(ORDINARY, settings, now)
    told = [n for n in notices.of_case(ORDINARY) if n.kind is Kind.CONTACT_CHANGED]
    known = Guards(keys={a: hashing.address_key(a) for a in addresses_of(case)})
    added = next(n for n in told if n.fact.subject == his.id)
    situation = a_situation(case, added, settings, told=told, guards=known, now=now)
    assert who(route(situation)) == ("change_unheard" if misclick else {PHONE})
