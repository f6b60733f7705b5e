"""Releasing at the desk: it names whom it reaches and what it overrules, and mixes no people."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, Restriction
from aviso.storage import cases, notices, sending_controls
from infra.harness.builders import STALKING, a_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    RESTRICTED,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)
from tests.integration.staff.task_forms import boxes

WHY = {"confirmed": "yes", "why": "She gave us a safe number."}
SHOWN = "520-555-0118"
HOME = {"street": "77 W Fir Rd", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
HOME_NAMED = "77 W Fir Rd, Sonora Wells, AZ 85701"


def picked(*ids):
    return {f"pick-{id}": notice(id).reason for id in ids}


def a_victim(number=ORDINARY, **victim):
    """Store an ordinary case whose victim is like this."""
    built = a_case().with_report(number=number, origin=number)
    built = built.with_victim(**{"phone": PHONE, "email": EMAIL, "language": "en"} | victim)
    built = built.with_suspect(phone="+15205550166").with_arrest(arrested_at=NOW)
    store(replace(built.case, number=number))
    return cases.read_case(number)


class TestContactsShownAsUsed:
    def test_exclude_a_person_not_safe_to_contact(self, desk):
        a_victim(safe_to_contact=False)
        page = at_work(desk).get(case_address(ORDINARY))
        assert "In use" not in page.text
        assert page.text.count("Not used: Not safe to contact.") == 2

    def test_exclude_a_restricted_case(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        page = at_work(desk).get(case_address(RESTRICTED))
        assert "In use" not in page.text
        assert page.text.count("No messages: restricted case") == 2
        assert "Not used" not in page.text

    def test_are_the_guests_in_trial_mode(self, desk):

        a_victim()
        for trial, yes in ((False, 2), (True, 0)):
            sending_controls.turn(trial=trial)
            page = at_work(desk).get(case_address(ORDINARY))
            assert page.text.count("In use") == yes


class TestRelease:
    def test_names_person_channels_and_what_it_overrules(self, desk):
        a_victim(safe_to_contact=False, **HOME)
        id = a_held_notice(reason="not_safe_to_contact")
        page = at_work(desk).post("release", **picked(id))
        text = " ".join(page.text.split())
        assert "Ana Muñoz-v1" in text
        assert f"Text message {SHOWN}" in text
        assert f"Email {EMAIL}" in text
        assert "77 W Fir Rd" in text
        assert "You send it despite: Not safe to contact." in text
        assert notice(id).state is State.HELD
        assert ("staff:id-advocate", "case_viewed", ORDINARY) in audited()

    @pytest.mark.parametrize(
        ("victim", "home", "needed"),
        [
            ({"safe_to_contact": False}, HOME, True),
            ({"safe_to_contact": False}, {}, False),
            ({}, HOME, False),
        ],
        ids=["unsafe", "no home", "safe"],
    )
    def test_of_a_letter_to_an_unsafe_home_needs_a_tick(self, desk, victim, home, needed):
        a_victim(**victim, **home)
        shown = picked(a_held_notice(reason="desk" if not victim else "not_safe_to_contact"))
        (id,) = (name.removeprefix("pick-") for name in shown)
        assert ('name="home"' in at_work(desk).post("release", **shown).body) is needed
        page = desk.post("release", **WHY, **shown)
        if needed:
            assert "Make sure that a letter to this home is safe. Then check the box." in page.text
            assert WHY["why"] in page.body
            assert "Write the reason first." not in page.text
            assert notice(id).state is State.HELD
            page = desk.post("release", **WHY, **shown, home=HOME_NAMED)
        assert page.status == 303
        assert notice(id).state is State.PLANNED

    def test_of_a_letter_on_a_restricted_case_needs_a_tick(self, desk):
        a_victim(RESTRICTED, **HOME)
        cases.mark_restricted(RESTRICTED, {Restriction.RELATIONSHIP})
        id = a_held_notice(RESTRICTED, "restricted_relationship")
        at_work(desk).post("release", **WHY, **picked(id))
        assert notice(id).state is State.HELD

    def test_names_the_guardian_whose_phone_it_is(self, desk):
        child = (
            a_case().with_report().with_victim(birth_date=date(2015, 3, 1), safe_to_contact=True)
        )
        built = child.with_speaker(phone="+15205550177").with_suspect()
        store(built.with_arrest(arrested_at=NOW).case)
        page = at_work(desk).post("release", **picked(a_held_notice(reason="desk")))
        assert "Text message 520-555-0177 (Rosa Muñoz-r1)" in page.text
        assert "v1@example.com" not in page.text

    def test_says_that_it_would_reach_nobody(self, desk):
        a_victim(phone="", email="")
        page = at_work(desk).post("release", **picked(a_held_notice()))
        assert "Nothing is sent. No contact on file can be used for a text" in page.text

    @pytest.mark.parametrize("guests", [[], [PHONE, EMAIL]])
    def test_counts_what_trial_mode_will_hold_again(self, desk, guests):
        a_victim()
        id = a_held_notice(reason="trial_mode")
        sending_controls.turn(trial=True, guests=guests)
        page = at_work(desk).post("release", **picked(id))
        assert ("Selected: 1. Will reach someone: 0." in page.text) is (not guests)

    def test_says_what_it_waits_for(self, desk):

        a_victim()
        sending_controls.turn(kill=True)
        page = at_work(desk).post("release", **picked(a_held_notice(reason="desk")))
        assert "It waits first: All messages are stopped." in page.text
        assert f"Text message {SHOWN}" in page.text

    def test_is_not_the_main_button_of_the_list(self, desk):
        a_victim()
        a_held_notice()
        page = at_work(desk).get("tasks")
        assert 'formaction="release"' not in page.body
        assert "Send anyway is done one person at a time" in page.text

    def test_of_many_is_offered_for_one_ordinary_reason(self, desk):
        a_victim()
        a_held_notice(reason="trial_mode")
        page = at_work(desk).get("tasks?held_for=trial_mode")
        assert '<button class="act small plain" formaction="release">' in page.body


def two_people(reason, other="", **second):
    """Hold a notice for each of two people on two cases."""
    a_victim()
    a_stored_case(RESTRICTED, **second)
    return a_held_notice(reason=reason), a_held_notice(RESTRICTED, other or reason)


def refused(desk, ids):
    """Whether these are refused together, before and after the reason was typed, with names."""
    for typed in ({}, WHY):
        page = at_work(desk).post("release", **typed, **picked(*ids))
        assert {notice(id).state for id in ids} == {State.HELD}
        if page.status != 400 or "one person at a time" not in page.text:
            return False
        assert page.text.count("Ana Muñoz-v1") == len(ids)
        assert 'name="confirmed"' not in page.body
    return True


class TestReleaseTogether:
    @pytest.mark.parametrize(
        ("reasons", "second"),
        [
            (("not_safe_to_contact",), {}),
            (("contact_shared_with_suspect",), {}),
            (("minor_without_guardian",), {}),
            (("desk",), {}),
            (("old",), {}),
            (("trial_mode", "no_channel_left"), {}),
            (("trial_mode",), {"offense": STALKING}),
        ],
    )
    def test_excludes_people_who_need_a_look(self, desk, reasons, second):
        assert refused(desk, two_people(*reasons, **second))

    def test_excludes_what_was_released_before(self, desk):
        first, second = two_people("trial_mode")
        overruled = (HoldReason.NOT_SAFE_TO_CONTACT,)
        notices.move(notice(first), State.PLANNED, due_at=None, overruled=overruled)
        notices.move(notice(first), State.HELD, due_at=None, reason=HoldReason.TRIAL_MODE)
        assert refused(desk, (first, second))

    @pytest.mark.parametrize("reason", ["trial_mode", "no_channel_left", "no_safe_contact"])
    def test_goes_by_name_for_one_ordinary_reason(self, desk, reason):
        ids = two_people(reason)
        asked = at_work(desk).post("release", **picked(*ids))
        assert asked.status == 200
        assert asked.text.count("Ana Muñoz-v1") == len(ids)
        done = desk.post("release", **WHY, **picked(*ids))
        assert done.headers["Location"] == "tasks?released=2"

    def test_takes_all_notices_of_one_person(self, desk):
        a_victim()
        ids = a_held_notice(reason="desk"), a_held_notice(reason="old", fact="arrest:a2")
        done = at_work(desk).post("release", **WHY, **picked(*ids))
        assert done.headers["Location"] == "tasks?released=2"


class TestLegalDeadline:
    def test_in_the_past_makes_a_notice_late(self, desk):
        a_victim()
        id = a_held_notice(deadline=NOW - timedelta(minutes=6))
        later = a_held_notice(deadline=NOW + timedelta(hours=1), fact="arrest:a2")
        page = at_work(desk).get("tasks?due=late")
        assert boxes(page) == {id}
        assert later not in page.body
        assert page.text.count("6 min past") == 1
        assert desk.get(case_address(ORDINARY)).text.count("6 min past") == 1

    def test_today_is_found_as_of_today(self, desk, settings):
        zone = settings.agency.zone
        midnight = (NOW.astimezone(zone) + timedelta(days=1)).replace(hour=0, minute=0, second=0)
        a_victim()
        today = a_held_notice(deadline=midnight)
        tomorrow = a_held_notice(deadline=midnight + timedelta(minutes=1), fact="arrest:a2")
        assert tomorrow not in boxes(at_work(desk).get("tasks?due=today"))
        assert boxes(desk.get("tasks?due=today")) == boxes(desk.get("tasks?due=rest")) == {today}
