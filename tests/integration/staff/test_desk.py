"""What the desk's pages do on cases: finding, contacts, notices, switches, letters, exports."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import TROUBLES, CaseContext, reach
from aviso.domain.model import Channel
from aviso.domain.notice import Attempt, State
from aviso.domain.send_guards import Guards
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.storage import sending_controls, suppressions
from infra.harness.builders import STALKING, a_contact
from infra.harness.staff_browser import audited, button, buttons, case_address, fields, subjects
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    RESTRICTED,
    a_held_notice,
    a_posted_letter,
    a_printed_letter,
    a_stored_case,
    at_work,
    notice,
)

LAST_NIGHT = "20261125T031500Z"  # 8:15 in the evening of the day before, there

# Finding


@pytest.mark.parametrize("typed", [ORDINARY, "2611 24-0001", "(520) 555-0118", "V1@example.com"])
def test_a_case_is_found_by_number_phone_or_email_and_no_address_names_it(desk, typed):
    a_stored_case()
    page = at_work(desk).post("find", what=typed)
    location = page.headers["Location"]
    assert location.startswith("case?c=")
    assert ORDINARY not in location
    assert ORDINARY in desk.get(location).text


def test_a_contact_left_on_the_portal_finds_its_case(desk):
    from aviso.storage.case_items import CaseItem
    from aviso.storage.enrollments import contact_item

    a_stored_case()
    contact_item(ORDINARY, "v1", a_contact("new@example.org", Channel.EMAIL)).save()
    assert CaseItem.count(f"CASE#{ORDINARY}")
    page = at_work(desk).post("find", what="new@example.org")
    assert page.status == 303


def test_several_cases_of_one_phone_are_listed_and_each_listing_is_recorded(desk):
    a_stored_case()
    a_stored_case("2611240003")
    page = at_work(desk).post("find", what=PHONE)
    assert len(page.links("case?c=")) == 2
    listed = {case for _, action, case in audited() if action == "case_listed"}
    assert listed == {ORDINARY, "2611240003"}


def test_records_learns_of_a_restricted_case_by_its_number_alone_that_there_is_one(desk):
    a_stored_case(RESTRICTED, offense=STALKING)
    page = at_work(desk, Role.RECORDS).post("find", what=RESTRICTED)
    assert "This case is restricted." in page.text
    assert "Muñoz" not in page.body
    assert page.links("case?c=") == []
    assert ("staff:id-records", "case_found_restricted", RESTRICTED) in audited()


def test_records_cannot_find_out_whether_a_phone_is_on_a_restricted_case_and_the_try_is_recorded(
    desk,
):
    clerk = at_work(desk, Role.RECORDS)
    on_none = clerk.post("find", what=PHONE)
    a_stored_case(RESTRICTED, offense=STALKING)
    on_one = clerk.post("find", what=PHONE)
    assert (on_one.status, on_one.body) == (on_none.status, on_none.body)
    assert "ask an advocate or a supervisor to search" in on_one.text
    assert ("staff:id-records", "case_found_restricted", RESTRICTED) in audited()
    a_stored_case()  # of hers too, and ordinary: it opens as if it were the only one
    assert clerk.post("find", what=PHONE).status == 303


def test_a_search_that_finds_nothing_is_recorded_by_what_it_was_for(desk):
    at_work(desk, Role.RECORDS).post("find", what=PHONE)
    assert ("staff:id-records", "search_found_nothing", hashing.address_key(PHONE)) in subjects()


@pytest.mark.parametrize("role", [Role.RECORDS, Role.SUPERVISOR])
def test_a_name_is_not_searched_and_the_page_says_so(desk, role):
    a_stored_case(RESTRICTED, offense=STALKING)
    page = at_work(desk, role).post("find", what="Muñoz")
    assert "Names cannot be searched. Type a whole case number" in page.text
    assert "restricted" not in page.text


def test_nothing_found_says_so(desk):
    assert "No case has this." in at_work(desk).post("find", what="2611249999").text


# A case


def test_looking_at_a_case_is_recorded(desk):
    a_stored_case()
    page = at_work(desk, Role.RECORDS).get(case_address(ORDINARY))
    assert page.status == 200
    assert ("staff:id-records", "case_viewed", ORDINARY) in audited()


def test_records_does_not_see_a_restricted_case_and_the_attempt_is_recorded(desk):
    a_stored_case(RESTRICTED, offense=STALKING)
    page = at_work(desk, Role.RECORDS).get(case_address(RESTRICTED))
    assert page.status == 403
    assert "Ana" not in page.text
    assert ("staff:id-records", "refused:/case", RESTRICTED) in audited()
    assert at_work(desk, Role.SUPERVISOR).get(case_address(RESTRICTED)).status == 200


def test_a_reference_that_was_tampered_with_opens_nothing(desk):
    a_stored_case()
    assert at_work(desk).get(case_address(ORDINARY)[:-6] + "AAAAAA").status == 404
    assert desk.get("case").status == 404


def test_contacts_of_report_and_portal_stand_side_by_side_with_why_they_are_not_used(desk):
    from aviso.domain.model import Enrollment
    from aviso.storage import enrollments

    a_stored_case()
    contact = a_contact("+15205550166")
    enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", contacts=(contact,)))
    text = at_work(desk).get(case_address(ORDINARY)).text
    assert "520-555-0118" in text
    assert "520-555-0166" in text
    assert "A suspect has it too" in text


def test_a_lock_set_on_the_portal_shows_on_the_cases_page(desk):
    from aviso.domain.model import Enrollment
    from aviso.storage import enrollments

    a_stored_case()
    at_work(desk, Role.RECORDS)
    assert "Locked on the portal" not in desk.get(case_address(ORDINARY)).text
    enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", locked_at=NOW))
    assert "Locked on the portal Since " in desk.get(case_address(ORDINARY)).text


def test_a_contact_marked_unsafe_is_never_used_again(desk, settings):
    from aviso.storage import cases

    a_stored_case()
    at_work(desk)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
    silent = desk.post("unsafe", line=hashing.address_key(PHONE), confirmed="yes", why=" ", **form)
    assert (silent.status, "Write the reason first" in silent.text) == (400, True)
    assert cases.read_case(ORDINARY).victims[0].desk_unsafe == ()
    desk.confirm("unsafe", why="He has her phone", line=hashing.address_key(PHONE), **form)
    assert "He has her phone" in desk.get(case_address(ORDINARY)).text
    case = cases.read_case(ORDINARY)
    found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0], frozenset(TROUBLES))
    assert [c.address for c in found.contacts] == [EMAIL]
    assert "Marked unsafe" in desk.get(case_address(ORDINARY)).text
    assert ("staff:id-advocate", "contact_marked_unsafe", ORDINARY) in audited()


def test_an_unsafe_mark_is_taken_back_with_a_reason_and_never_without(desk, settings):
    from aviso.storage import cases

    a_stored_case()
    at_work(desk, Role.RECORDS)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
    form["line"] = hashing.address_key(PHONE)
    desk.confirm("unsafe", why="He has it", **form)
    silent = desk.post("safe", confirmed="yes", why=" ", **form)
    assert (silent.status, "Write the reason first" in silent.text) == (400, True)
    assert cases.read_case(ORDINARY).victims[0].desk_unsafe == (PHONE,)
    desk.confirm("safe", why="She has a new phone company", **form)
    case = cases.read_case(ORDINARY)
    found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0], frozenset(TROUBLES))
    assert {c.address for c in found.contacts} == {PHONE, EMAIL}
    assert "She has a new phone company" in desk.get(case_address(ORDINARY)).text
    assert ("staff:id-records", "contact_unsafe_undone", ORDINARY) in audited()


@pytest.mark.parametrize("address", [PHONE, "new@example.org"])
def test_a_wrong_not_me_is_taken_back_with_a_reason(desk, address):
    from aviso.domain.contacts import NOT_ME
    from aviso.domain.model import Enrollment
    from aviso.storage import cases, enrollments, guards

    a_stored_case()
    gone = a_contact("new@example.org", Channel.EMAIL, removed_at=NOW, removed_why=NOT_ME)
    enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", contacts=(gone,)))
    key = hashing.address_key(address)
    suppressions.not_me(key, ORDINARY, NOW)
    at_work(desk, Role.RECORDS)
    assert "Its owner is someone else" in desk.get(case_address(ORDINARY)).text
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1", "line": key}
    assert desk.post("restore", confirmed="yes", why="", **form).status == 400
    assert guards.read(ORDINARY, {address: key}).not_me == {address}
    desk.confirm("restore", why="Her daughter pressed it", **form)
    assert guards.read(ORDINARY, {address: key}).not_me == set()
    if address != PHONE:
        assert cases.read_case(ORDINARY).enrollments[0].contacts[0].removed_at is None
    assert "Her daughter pressed it" in desk.get(case_address(ORDINARY)).text
    assert ("staff:id-records", "not_me_undone", ORDINARY) in audited()


def test_an_email_that_ended_messages_is_written_to_again_once_its_owner_asked(desk):
    from aviso.storage import guards

    email = "v1@example.com"
    a_stored_case()
    keys = {address: hashing.address_key(address) for address in (email, PHONE)}
    for key in keys.values():
        suppressions.opt_out(key, "link", NOW - timedelta(days=1))
    at_work(desk, Role.RECORDS)
    page = desk.get(case_address(ORDINARY))
    assert page.body.count('action="resume"') == 1  # a phone's owner texts START
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
    assert desk.post("resume", confirmed="yes", why="", line=keys[email], **form).status == 400
    assert desk.post("resume", confirmed="yes", why="so", line=keys[PHONE], **form).status == 404
    assert guards.read(ORDINARY, keys).opted_out == set(keys)
    desk.confirm("resume", why="She called from her own phone", line=keys[email], **form)
    assert guards.read(ORDINARY, keys).opted_out == {PHONE}
    assert "She called from her own phone" in desk.get(case_address(ORDINARY)).text
    assert ("staff:id-records", "opt_out_undone", ORDINARY) in audited()


def with_the_suspects_phone():
    """Store a case whose suspect's entry has the victim's own phone."""
    from aviso.storage import cases

    case = a_stored_case()
    entry = replace(case.suspects[0], phone=PHONE, digest="2")
    cases.write_row(ORDINARY, entry, case.suspects[0])


def usable(settings):
    from aviso.storage import cases

    case = cases.read_case(ORDINARY)
    found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0])
    return {c.address for c in found.contacts}, found.trouble


def test_a_supervisor_calls_a_suspects_entry_wrong_and_takes_it_back(desk, settings):
    with_the_suspects_phone()
    assert usable(settings) == (set(), "contact_shared_with_suspect")
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "suspect": "s1"}
    at_work(desk, Role.SUPERVISOR)
    assert desk.post("suspect", confirmed="yes", why="", **form).status == 400
    desk.confirm("suspect", why="The detective typed the victim twice", **form)
    assert usable(settings) == ({PHONE, EMAIL}, None)
    text = desk.get(case_address(ORDINARY)).text
    assert "Not a suspect" in text
    assert "The detective typed the victim twice" in text
    desk.confirm("suspect", why="It was right", **form)
    assert usable(settings) == (set(), "contact_shared_with_suspect")
    acts = [a for _, a, c in audited() if c == ORDINARY and a.startswith("suspect_")]
    assert acts == ["suspect_cleared", "suspect_restored"]


@pytest.mark.parametrize("bars", [True, False])
def test_a_second_yes_about_a_suspects_entry_never_does_the_opposite_of_the_first(
    desk, settings, bars
):
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


def test_an_entry_called_wrong_counts_again_once_the_records_system_changes_it(desk, settings):
    from aviso.storage import cases

    with_the_suspects_phone()
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "suspect": "s1"}
    at_work(desk, Role.SUPERVISOR).confirm("suspect", why="A mistake", **form)
    entry = cases.read_case(ORDINARY).suspects[0]
    cases.write_row(ORDINARY, replace(entry, last_name="Boone", digest="3"), entry)
    assert usable(settings) == (set(), "contact_shared_with_suspect")
    assert "It has changed since" in desk.get(case_address(ORDINARY)).text


def test_only_a_supervisor_calls_a_suspects_entry_wrong(desk, settings):
    with_the_suspects_phone()
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "suspect": "s1"}
    for role in (Role.RECORDS, Role.ADVOCATE, Role.ADMINISTRATOR):
        page = at_work(desk, role).post("suspect", confirmed="yes", why="A mistake", **form)
        assert page.status == 403
    assert usable(settings) == (set(), "contact_shared_with_suspect")


def test_a_notice_says_whom_it_told_and_where(desk):
    from aviso.domain.model import Channel
    from aviso.domain.notice import Attempt
    from aviso.domain.text import shown
    from aviso.storage import notices

    a_stored_case()
    id = a_held_notice(state=State.PLANNED, reason="")
    key = hashing.address_key(PHONE)
    tried = Attempt(n=1, channel=Channel.SMS, address_key=key, state=State.SENT, at=NOW)
    notices.put_attempt(id, tried, None)
    victim = a_stored_victim()
    page = at_work(desk, Role.RECORDS).get(case_address(ORDINARY))
    assert f"Arrest, {victim.first_name} {victim.last_name}" in page.text
    assert f"{shown(PHONE)}, Sent" in page.text


def test_a_confirmation_says_whose_contact_notice_or_entry_it_is_about(desk):
    from aviso.domain.text import shown

    case = a_stored_case()
    sent = a_held_notice(state=State.PLANNED, reason="")
    victim, suspect = case.victims[0], case.suspects[0]
    form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
    whose = f"{victim.first_name} {victim.last_name}"
    at_work(desk, Role.SUPERVISOR)
    line = {"victim": "v1", "line": hashing.address_key(PHONE)}
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


def a_stored_victim():
    from aviso.storage import cases

    return cases.read_case(ORDINARY).victims[0]


def test_survey_answers_stand_with_their_case_only_for_those_who_may_tie_them_to_it(desk):
    from aviso.domain.model import Kind, SurveyResponse
    from aviso.domain.survey_rules import FIRST
    from aviso.storage import survey_responses

    a_stored_case()
    survey = a_held_notice(fact=FIRST, kind=Kind.SURVEY, state=State.PLANNED, reason="")
    answers = {"satisfaction": "5", "still_called": "0", "comment": "Thank you, Officer <b>"}
    response = SurveyResponse(
        survey=survey,
        case=ORDINARY,
        victim="v1",
        answers=answers,
        asked_at=NOW,
        answered_at=NOW,
        changed_at=NOW,
    )
    survey_responses.write(response, None)
    for role in (Role.ADVOCATE, Role.SUPERVISOR):
        page = at_work(desk, role).get(case_address(ORDINARY))
        assert "5, very good" in page.text
    assert "Survey responses" not in at_work(desk, Role.RECORDS).get(case_address(ORDINARY)).text


def test_a_corrected_contact_takes_the_place_of_the_wrong_one(desk, settings):
    from aviso.storage import cases

    a_stored_case()
    at_work(desk, Role.RECORDS)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
    desk.confirm("correct", line=hashing.address_key(PHONE), typed="520 555 0144", why="so", **form)
    case = cases.read_case(ORDINARY)
    found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0], frozenset(TROUBLES))
    assert {c.address for c in found.contacts} == {"+15205550144", EMAIL}
    (contact,) = case.enrollments[0].contacts
    assert (contact.consent.source, contact.new_to_agency) == ("desk", True)
    assert ("staff:id-records", "contact_corrected", ORDINARY) in audited()


def test_what_is_no_contact_is_refused_and_changes_nothing(desk):
    from aviso.storage import cases

    a_stored_case()
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
    page = at_work(desk).post("correct", typed="call her mother", **form)
    assert page.status == 400
    assert "not a phone or an email" in page.text
    assert cases.read_case(ORDINARY).enrollments == ()


def test_restricting_hides_the_case_and_only_a_supervisor_lifts_it(desk, settings):
    from aviso.domain import restriction
    from aviso.storage import cases

    a_stored_case()
    form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
    at_work(desk, Role.RECORDS).confirm("restrict", **form)
    assert restriction.restriction_of(cases.read_case(ORDINARY), settings) == "desk"
    assert desk.get(case_address(ORDINARY)).status == 403
    assert at_work(desk, Role.ADVOCATE).post("lift", confirmed="yes", **form).status == 403
    at_work(desk, Role.SUPERVISOR)
    assert desk.post("lift", confirmed="yes", why="", **form).status == 400
    assert restriction.restriction_of(cases.read_case(ORDINARY), settings) == "desk"
    at_work(desk, Role.SUPERVISOR).confirm("lift", why="She asked for it", **form)
    assert restriction.restriction_of(cases.read_case(ORDINARY), settings) is None
    again = desk.post("lift", confirmed="yes", why="Twice", **form)
    assert again.headers["Location"].startswith("case?c=")
    assert [a for _, a, _ in audited()].count("restriction_lifted") == 1
    acts = [a for _, a, c in audited() if c == ORDINARY]
    assert {"case_restricted", "restriction_lifted"} <= set(acts)


def test_a_restriction_is_lifted_for_the_reason_that_was_shown_and_for_no_other(desk, settings):
    from aviso.domain import restriction
    from aviso.storage import cases

    victim = a_stored_case(offense="99-9999").victims[0]
    form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
    asked = at_work(desk, Role.SUPERVISOR).post("lift", **form)
    assert "The settings do not have the offense." in asked.text
    yes = fields(asked) | {"csrf": desk.csrf, "why": "It is a burglary"}
    his = replace(victim, relationship="EX-PARTNER", digest="2")
    cases.write_row(ORDINARY, his, victim)
    for stale in (yes, {name: value for name, value in yes.items() if name != "restriction"}):
        assert desk.post("lift", **stale).status == 409
        assert restriction.restriction_of(cases.read_case(ORDINARY), settings) == "relationship"
    assert "restriction_lifted" not in [action for _, action, _ in audited()]
    assert "Because of the relationship" in desk.post("lift", **form).text
    desk.confirm("lift", why="They are divorced for years", **form)
    assert restriction.restriction_of(cases.read_case(ORDINARY), settings) is None


def test_a_planned_notice_is_held_by_a_person_and_stays_so(desk):
    a_stored_case()
    id = a_held_notice(reason="", state=State.PLANNED)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
    at_work(desk).post("hold", **form)
    assert (notice(id).state, notice(id).reason) == (State.HELD, "desk")
    assert ("staff:id-advocate", "notice_held", ORDINARY) in audited()


def test_what_is_over_is_not_held(desk):
    a_stored_case()
    id = a_held_notice(reason="", state=State.SUPPRESSED)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
    page = desk.get(at_work(desk).post("hold", **form).headers["Location"])
    assert "Already being sent or finished, not changed: 1" in page.text
    assert notice(id).state is State.SUPPRESSED


def test_a_delivered_notice_is_sent_again_once_confirmed(desk):
    from aviso.storage import notices

    a_stored_case()
    id = a_held_notice(reason="", state=State.PLANNED)
    notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
    at_work(desk).confirm("resend", **form)
    assert notice(id).state is State.PLANNED
    assert notice(id).resent_at is not None
    assert ("staff:id-advocate", "notice_resent", ORDINARY) in audited()


def test_a_resend_that_is_confirmed_twice_goes_once_and_the_second_says_so(desk):
    from aviso.storage import notices

    a_stored_case()
    id = a_held_notice(reason="", state=State.PLANNED)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
    notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
    for _ in range(2):  # what was sent again once may be sent again, from a new page
        asked = fields(at_work(desk).post("resend", **form))
        assert desk.post("resend", **asked).headers["Location"].endswith("&resent=1")
        notices.move(notice(id), State.DELIVERED, due_at=None)  # so fast that it is over again
        page = desk.get(desk.post("resend", **asked).headers["Location"])
        assert "Already being sent again, not changed: 1" in page.text
        assert notice(id).state is State.DELIVERED
    assert [action for _, action, _ in audited()].count("notice_resent") == 2


def test_several_picked_notices_are_held_at_once_and_what_cannot_be_is_counted(desk):
    a_stored_case()
    a_stored_case(RESTRICTED, offense=STALKING)
    ids = [a_held_notice(reason="", state=State.PLANNED, fact=f"arrest:a{n}") for n in range(2)]
    over = a_held_notice(reason="", state=State.SUPPRESSED, fact="arrest:a9")
    theirs = a_held_notice(RESTRICTED, "", state=State.PLANNED)
    form = {f"pick-{id}": "yes" for id in (*ids, over, theirs)}
    reference = case_address(ORDINARY).removeprefix("case?c=")
    page = at_work(desk, Role.RECORDS).post("hold", c=reference, **form)
    outcome = page.headers["Location"].partition("&")[2]
    assert outcome == "already_underway=1&held=2&not_yours=1"
    assert {(notice(id).state, notice(id).reason) for id in ids} == {(State.HELD, "desk")}
    assert (notice(over).state, notice(theirs).state) == (State.SUPPRESSED, State.PLANNED)
    assert desk.get(page.headers["Location"]).status == 200


def test_several_picked_notices_are_sent_again_once_a_page_that_names_each_is_confirmed(desk):
    from aviso.storage import notices

    a_stored_case()
    ids = [a_held_notice(reason="", state=State.PLANNED, fact=f"arrest:a{n}") for n in range(2)]
    for id in ids:
        notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
    form = {f"pick-{id}": "yes" for id in ids}
    form["c"] = case_address(ORDINARY).removeprefix("case?c=")
    asked = at_work(desk).post("resend", **form)
    assert asked.text.count("Arrest: Ana Muñoz-v1") == 2
    assert {notice(id).state for id in ids} == {State.DELIVERED}
    page = desk.confirm("resend", **form)
    assert page.headers["Location"].endswith("&resent=2")
    assert {notice(id).state for id in ids} == {State.PLANNED}


def test_what_is_sent_again_has_its_whole_time_again_before_it_is_overdue(desk, settings):
    from aviso.domain.model import Kind
    from aviso.notices import monitoring
    from aviso.storage import notices

    a_stored_case()
    id = a_held_notice(reason="", state=State.PLANNED, deadline=NOW - timedelta(days=20))
    notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW - timedelta(days=21))
    form = {f"pick-{id}": "yes", "c": case_address(ORDINARY).removeprefix("case?c=")}
    at_work(desk).confirm("resend", **form)
    again = notice(id)
    until = again.resent_at + settings.kinds[Kind.ARREST].deadline
    assert again.deadline == until
    assert monitoring.watch(settings, until)["Overdue"] == 0
    assert monitoring.watch(settings, until + timedelta(seconds=1))["Overdue"] == 1


def test_nothing_picked_holds_and_sends_nothing(desk):
    a_stored_case()
    reference = case_address(ORDINARY).removeprefix("case?c=")
    for act in ("hold", "resend"):
        assert at_work(desk).post(act, c=reference).headers["Location"].startswith("case?c=")


def test_a_notice_of_a_restricted_case_is_not_for_records_by_its_id_either(desk):
    a_stored_case(RESTRICTED, offense=STALKING)
    id = a_held_notice(RESTRICTED, "restricted_offense")
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
    for act in ("hold", "resend"):
        page = at_work(desk, Role.RECORDS).post(act, confirmed="yes", **form)
        assert page.headers["Location"].endswith("&not_yours=1"), act
        assert notice(id).reason == "restricted_offense"
    assert desk.post("returned", confirmed="yes", c=form["c"], notice=id).status == 403


def test_a_letter_that_came_back_told_nobody_once_that_is_confirmed(desk):
    a_stored_case()
    id = a_posted_letter()
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "notice": id, "letter": "1"}
    at_work(desk, Role.RECORDS)
    assert "The letter was returned" in desk.get(case_address(ORDINARY)).text
    desk.confirm("returned", **form)
    assert (notice(id).told_at, notice(id).attempts[-1].reason) == (None, "returned")
    assert "The letter was returned" not in desk.get(case_address(ORDINARY)).text
    assert ("staff:id-records", "letter_returned", ORDINARY) in audited()
    assert desk.post("returned", confirmed="yes", **(form | {"notice": "no-such"})).status == 404


def test_a_letter_that_came_back_after_a_text_that_arrived_changes_nothing_and_says_so(desk):
    from aviso.storage import notices

    a_stored_case()
    id = a_posted_letter()
    text = Attempt(n=2, channel=Channel.SMS, address_key="key-8", state=State.DELIVERED, at=NOW)
    notices.put_attempt(id, text, None)
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), "notice": id, "letter": "1"}
    at_work(desk, Role.RECORDS)
    for _ in range(2):
        page = desk.post("returned", confirmed="yes", **form)
        assert "Another message of this notice arrived" in page.text
    assert notice(id).state is State.MAILED


def test_what_is_said_of_a_letter_is_said_of_no_other_that_was_posted_since(desk):
    from aviso.storage import notices

    a_stored_case()
    id = a_posted_letter()
    at_work(desk, Role.RECORDS)
    shown = button(desk.get(case_address(ORDINARY)), "returned")
    asked = fields(desk.post("returned", **shown))
    again = replace(notice(id).attempts[-1], n=2)
    notices.put_attempt(id, again, None)
    for stale in (asked, shown | {"confirmed": "yes"}):
        assert desk.post("returned", **stale | {"csrf": desk.csrf}).status == 409
        assert notice(id).state is State.MAILED
    desk.confirm("returned", **button(desk.get(case_address(ORDINARY)), "returned"))
    assert notice(id).attempts[-1].reason == "returned"


def test_a_note_stays_with_the_case_and_is_escaped(desk):
    a_stored_case()
    form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
    at_work(desk).post("note", text="Called back <script>", **form)
    page = desk.get(case_address(ORDINARY))
    assert "Called back &lt;script&gt;" in page.body
    assert ("staff:id-advocate", "note_added", ORDINARY) in audited()


def test_names_of_the_feed_are_escaped(desk):
    from aviso.storage import cases

    case = a_stored_case()
    hostile = replace(case.victims[0], last_name='"><img src=x>', digest="2")
    cases.write_row(ORDINARY, hostile, case.victims[0])
    assert "<img src=x>" not in at_work(desk).get(case_address(ORDINARY)).body


def test_a_held_notice_shows_when_it_is_due_and_whose_task_it_is(desk):
    a_stored_case()
    late = NOW - timedelta(days=9)
    a_held_notice(deadline=late)
    assert "With selected" not in at_work(desk).get(case_address(ORDINARY)).text
    a_held_notice(fact="arrest:a2", state=State.PLANNED, reason="")
    clerk = at_work(desk, Role.RECORDS)
    page = clerk.get(case_address(ORDINARY))
    assert "Past deadline ; Assigned to: Unassigned." in page.text
    assert page.text.count("Assigned to:") == 1  # what is not held is nobody's task
    held = next(n for n in re.findall(r'name="pick-(\w+)"', page.body))
    form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{held}": "yes"}
    assert clerk.post("take", do="take", **form).headers["Location"].startswith("case?c=")
    assert "Assigned to: records." in clerk.get(case_address(ORDINARY)).text
    assert "Take over" in at_work(desk, Role.ADVOCATE).get(case_address(ORDINARY)).text


def test_several_notices_of_a_case_are_picked_on_its_page_and_it_says_what_came_of_them(desk):
    a_stored_case()
    two = [a_held_notice(fact=f"arrest:a{n}", state=State.PLANNED, reason="") for n in range(2)]
    clerk = at_work(desk, Role.RECORDS)
    page = clerk.get(case_address(ORDINARY))
    assert all(f'form="picked" name="pick-{id}"' in page.body for id in two)
    form = {"c": case_address(ORDINARY).removeprefix("case?c=")} | dict.fromkeys(
        [f"pick-{id}" for id in two], "yes"
    )
    page = clerk.get(clerk.post("hold", **form).headers["Location"])
    assert "Held: 2" in page.text


# Switches


def test_every_switch_is_confirmed_turned_and_recorded(desk):

    at_work(desk, Role.SUPERVISOR)
    desk.confirm("switch", do="kill_on")
    assert sending_controls.switches().kill
    desk.confirm("switch", do="trial_on", guests="520-555-0118 v1@example.com")
    assert sending_controls.switches().guests == {PHONE, EMAIL}
    desk.confirm("switch", do="brake_on")
    assert sending_controls.switches().brake == "desk"
    desk.confirm("switch", do="brake_off")
    desk.confirm("switch", do="trial_off")
    desk.confirm("switch", do="kill_off")
    now = sending_controls.switches()
    assert (now.kill, now.trial, now.brake) == (False, False, "")
    assert now.brake_released_until is not None
    assert len([a for _, a, _ in audited() if a.startswith("switch_")]) == 6


@pytest.mark.parametrize("does", ["kill_off", "brake_off", "trial_off"])
@pytest.mark.parametrize("page", ["switches", "confirmation"])
def test_what_was_turned_off_and_on_again_is_not_let_go_from_an_old_page(desk, does, page):

    def on():
        now = sending_controls.switches()
        return (now.kill, bool(now.brake), now.trial)

    def stop():
        sending_controls.apply_brake("notices")
        sending_controls.turn(kill=True, trial=True)

    at_work(desk, Role.SUPERVISOR)
    stop()
    old = {f["do"]: f for f in buttons(desk.get("switches"), "switch")}[does]
    if page == "confirmation":
        old = fields(desk.post("switch", **old))
    yes = old | {"csrf": desk.csrf, "confirmed": "yes"}
    sending_controls.turn(kill=False, trial=False)
    sending_controls.release_brake(NOW)
    assert desk.post("switch", **yes).headers["Location"] == "switches"  # off, as was wanted
    stop()
    assert desk.post("switch", **yes).status == 409
    assert on() == (True, True, True)
    del yes["turns"]
    assert desk.post("switch", **yes).status == 400
    assert not [a for _, a, _ in audited() if a.startswith("switch_")]
    desk.confirm("switch", do=does)
    assert sum(on()) == 2


def test_messages_are_stopped_whatever_was_turned_since_the_page_was_seen(desk):

    at_work(desk, Role.SUPERVISOR)
    yes = fields(desk.post("switch", do="kill_on")) | {"csrf": desk.csrf}
    sending_controls.turn(trial=True)
    assert desk.post("switch", **yes).status == 303
    assert sending_controls.switches().kill


def test_a_release_of_the_brake_says_what_pulls_it_again_and_until_when(desk, settings):

    at_work(desk, Role.SUPERVISOR)
    sending_controls.apply_brake("notices")
    sending_controls.count_planned(datetime.now(UTC), 1000, 7)
    asked = desk.post("switch", do="brake_off")
    hours = sending_controls.BRAKE_RELEASED // timedelta(hours=1)
    assert f"For the next {hours} hours, the pause turns on again only" in asked.text
    assert "Someone ended it." not in desk.get("switches").text
    desk.confirm("switch", do="brake_off")
    most = 1000 * settings.brake.multiple, 7 * settings.brake.multiple
    assert f"more than {most[0]} notices or {most[1]} corrections" in desk.get("switches").text


def test_two_who_turn_kinds_off_at_one_moment_turn_both_off(desk, monkeypatch):
    from aviso.storage import case_decisions
    from aviso.storage.audited_change import change

    at_work(desk, Role.SUPERVISOR)

    def meanwhile(*args, **rest):
        monkeypatch.setattr(case_decisions, "change", change)
        desk.confirm("switch", do="kind_off", kind="survey")
        change(*args, **rest)

    monkeypatch.setattr(case_decisions, "change", meanwhile)
    desk.confirm("switch", do="kind_off", kind="arrest")
    assert sending_controls.switches().kinds_off == {"arrest", "survey"}


def test_a_kind_that_is_switched_off_is_said_on_every_page_and_turned_on_again(desk):

    boss = at_work(desk, Role.SUPERVISOR)
    assert "Every kind that your settings turn on is sent." in boss.get("switches").text
    assert "Arrest" in boss.post("switch", do="kind_off", kind="arrest").text
    boss.confirm("switch", do="kind_off", kind="arrest")
    boss.confirm("switch", do="kind_off", kind="survey")
    assert sending_controls.switches().kinds_off == {"arrest", "survey"}
    assert ("staff:id-supervisor", "switch_kind_off", "arrest") in subjects()
    for role, page in ((Role.RECORDS, "tasks"), (Role.ADMINISTRATOR, "figures")):
        text = at_work(desk, role).get(page).text
        assert "Some kinds of notices are off. Arrest, Survey." in text
    at_work(desk, Role.ADMINISTRATOR).confirm("switch", do="kind_on", kind="arrest")
    assert sending_controls.switches().kinds_off == {"survey"}
    desk.confirm("switch", do="kind_on", kind="survey")
    assert "Some kinds of notices are off." not in desk.get("figures").text
    assert desk.post("switch", do="kind_off", kind="gossip").status == 400


def test_a_guest_who_is_no_contact_turns_nothing(desk):

    page = at_work(desk, Role.SUPERVISOR).post("switch", do="trial_on", guests="nobody")
    assert page.status == 400
    assert not sending_controls.switches().trial


# New contacts


def enrolled(number, contact):
    from aviso.domain.model import Enrollment
    from aviso.storage import enrollments

    enrollments.write_enrollment(number, Enrollment(victim="v1", contacts=(contact,)))
    enrollments.contact_item(number, "v1", contact).save()


def test_new_contacts_are_exported_once_and_each_is_recorded(desk):
    a_stored_case()
    enrolled(ORDINARY, a_contact("=evil@example.org", Channel.EMAIL))
    at_work(desk, Role.RECORDS)
    assert "Contacts to enter: 1." in desk.get("contacts").text
    page = desk.post("contacts-csv")
    assert page.headers["Content-Type"].startswith("text/csv")
    assert f"{ORDINARY},v1,email,'=evil@example.org,es," in page.body
    assert page.body.splitlines()[1].endswith(",knowledge")
    assert ("staff:id-records", "contact_exported", ORDINARY) in audited()
    named = desk.post("contacts-done").text
    assert re.search(r"Contacts in your file of \w+ \d+, .*M: 1 ", named), named
    desk.confirm("contacts-done")
    assert "There is no contact to enter." in desk.get("contacts").text
    assert desk.post("contacts-done", confirmed="yes").status == 400  # nothing downloaded since


def test_only_what_was_in_ones_own_file_leaves_the_list(desk):
    a_stored_case()
    a_stored_case("2611240003")
    enrolled(ORDINARY, a_contact("one@example.org", Channel.EMAIL))
    supervisor = at_work(desk, Role.SUPERVISOR)
    assert "Download the file first" in supervisor.post("contacts-done", confirmed="yes").text
    supervisor.post("contacts-csv")
    enrolled("2611240003", a_contact("two@example.org", Channel.EMAIL))  # between file and click
    supervisor.confirm("contacts-done")
    left = supervisor.post("contacts-csv").body
    assert "one@example.org" not in left
    assert "two@example.org" in left


def test_what_waits_is_not_hidden_behind_what_this_member_may_not_export(desk, monkeypatch):
    from aviso.web.staff import contact_export

    monkeypatch.setattr(contact_export, "MOST", 1)
    a_stored_case(RESTRICTED, offense=STALKING)
    a_stored_case()
    enrolled(RESTRICTED, a_contact("first@example.org", Channel.EMAIL))
    enrolled(ORDINARY, a_contact("second@example.org", Channel.EMAIL))
    assert "second@example.org" in at_work(desk, Role.RECORDS).post("contacts-csv").body


def test_the_file_says_whether_a_contact_was_left_with_a_code(desk):
    a_stored_case()
    enrolled(ORDINARY, a_contact("new@example.org", Channel.EMAIL, level="code_restricted"))
    header, row = at_work(desk, Role.RECORDS).post("contacts-csv").body.splitlines()
    assert header.endswith(",given_at,proof")
    assert row.endswith(",code")


def test_a_restricted_cases_new_contact_is_not_in_the_file_of_records(desk):
    a_stored_case(RESTRICTED, offense=STALKING)
    enrolled(RESTRICTED, a_contact("new@example.org", Channel.EMAIL))
    assert "new@example.org" not in at_work(desk, Role.RECORDS).post("contacts-csv").body
    assert "new@example.org" in at_work(desk, Role.SUPERVISOR).post("contacts-csv").body


# Letters


def test_a_runs_letters_are_posted_once_confirmed(desk):
    a_stored_case()
    id = a_printed_letter()
    at_work(desk, Role.RECORDS)
    assert "1 not yet" in desk.get("letters").text
    for _ in range(2):
        desk.confirm("mailed", run="run-1")
        assert notice(id).state is State.MAILED
        posted = [row for row in audited() if row[1] == "letter_mailed"]
        assert posted == [("staff:id-records", "letter_mailed", ORDINARY)]
    assert desk.post("mailed", run="run-9", confirmed="yes").status == 404


def test_a_letter_is_posted_with_its_row_in_the_trail_or_not_at_all(desk, monkeypatch):
    from aviso.storage import audit

    a_stored_case()
    id = a_printed_letter()
    at_work(desk, Role.RECORDS)

    def failing(*of):
        raise RuntimeError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "item_of", failing)
        assert desk.post("mailed", run="run-1", confirmed="yes").status == 500
    assert notice(id).state is State.PRINTED


def test_the_page_of_letters_reads_all_notices_of_its_runs_together(desk, monkeypatch):
    from aviso.letters import bucket
    from aviso.letters.bucket import PrintedLetter
    from aviso.storage import notices

    for n in range(3):
        id = a_held_notice(reason="", state=State.QUEUED, fact=f"arrest:l{n}")
        notices.move(notice(id), State.PRINTED, due_at=None, run=f"run-{n}")
        row = PrintedLetter(
            run=f"run-{n}", notice=id, case="", name="A", address="B", pages=1, language="en"
        )
        bucket.put_manifest(f"run-{n}", [row, replace(row, notice="gone")])
    asked: list[list[str]] = []
    states = notices.states

    def together(ids):
        asked.append(list(ids))
        return states(asked[-1])

    monkeypatch.setattr(notices, "states", together)
    monkeypatch.delattr(notices, "read")
    assert at_work(desk, Role.RECORDS).get("letters").text.count("1 not yet") == 3
    assert [len(ids) for ids in asked] == [6]


def test_what_is_confirmed_as_posted_is_named_by_run_day_and_number_of_letters(desk):
    from aviso.letters import bucket
    from aviso.letters.bucket import PrintedLetter
    from aviso.storage import notices

    a_stored_case()
    rows = []
    for n in range(2):
        id = a_held_notice(reason="", state=State.QUEUED, fact=f"arrest:l{n}")
        notices.move(notice(id), State.PRINTED, due_at=None, run=LAST_NIGHT)
        rows.append(
            PrintedLetter(
                run=LAST_NIGHT, notice=id, case="", name="A", address="B", pages=1, language="en"
            )
        )
    bucket.put_manifest(LAST_NIGHT, [*rows, replace(rows[0], notice="gone", mail="no")])
    asked = at_work(desk, Role.RECORDS).post("mailed", run=LAST_NIGHT).text
    for said in (LAST_NIGHT, "November 24, 2026", "Letters: 3 (2 not yet mailed)", "Take out: 1"):
        assert said in asked
    assert "Nov 24" in desk.get("letters").text


def test_a_letter_that_was_taken_out_of_the_pile_is_not_recorded_as_posted(desk):
    a_stored_case()
    a_run_of(ORDINARY)
    at_work(desk, Role.RECORDS).confirm("mailed", run="run-1")
    assert "letter_mailed" not in [action for _, action, _ in audited()]


def test_records_opens_no_letters_of_a_restricted_case_nor_the_codes_in_them(desk):
    a_stored_case(ORDINARY)
    a_stored_case(RESTRICTED, offense=STALKING)
    a_run_of(ORDINARY, RESTRICTED)
    page = at_work(desk, Role.RECORDS).post("letters-pdf", run="run-1")
    assert (page.status, page.links("https://")) == (403, [])
    assert ("staff:id-records", "refused:/letters-pdf", RESTRICTED) in audited()
    assert at_work(desk, Role.ADVOCATE).post("letters-pdf", run="run-1").status == 200


def a_run_of(*numbers):
    """Leave a print run with a letter for each of these cases."""
    from aviso.letters import bucket
    from aviso.letters.bucket import PrintedLetter

    letter = PrintedLetter(
        run="run-1", notice="n1", case="", name="A", address="B", pages=1, language="en"
    )
    bucket.put_manifest("run-1", [replace(letter, case=number) for number in numbers])


def test_the_letters_file_is_a_link_for_a_minute_and_each_case_is_recorded(desk):
    a_stored_case()
    a_run_of(ORDINARY)
    page = at_work(desk, Role.RECORDS).post("letters-pdf", run="run-1")
    assert page.links("https://")[0].split("?")[0].endswith("/runs/run-1/letters.pdf")
    assert ("staff:id-records", "letter_viewed", ORDINARY) in audited()
