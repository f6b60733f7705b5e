"""How a notice is given: right person, safe channel, last moment.

See docs/rules.md#3, #8, #11, #12, #14.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import duty_id
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.routing import Hold, QueueLetter, Send, Suppress, Wait, route
from aviso.domain.send_guards import Guards, Switches
from infra.harness.builders import (
    BURGLARY,
    NOW,
    NUMBER,
    STALKING,
    a_case,
    a_contact,
    a_notice,
    a_situation,
    an_arrest_case,
)

PHONE, EMAIL = "+15205550118", "v1@example.com"
HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}


def arrest_case(victim=None, suspect=None, arrest=None, report=None):
    return (
        a_case()
        .with_report(**(report or {}))
        .with_victim(**({"phone": PHONE, "email": EMAIL} | (victim or {})))
        .with_suspect(**(suspect or {}))
        .with_arrest(**(arrest or {}))
    )


def keys(case):
    people = (*case.victims, *case.suspects, *case.representatives)
    found = {a for p in people for a in (p.phone, p.email) if a}
    found |= {c.address for e in case.enrollments for c in e.contacts}
    return {a: f"key-{a}" for a in found}


def decide(case, settings, notice=None, now=NOW, told=(), **guards):
    notice = notice or a_notice()
    known = Guards(keys=keys(case), **guards)
    return route(a_situation(case, notice, settings, told=told, guards=known, now=now))


def addresses(decision):
    assert isinstance(decision, Send), decision
    return {hop.address for hop in decision.hops}


class TestSituation:
    def test_changed_copy_is_decided_anew(self, settings):
        case, later = arrest_case().case, NOW + timedelta(days=40)
        known, notice = Guards(keys=keys(case)), a_notice()
        now = a_situation(case, notice, settings, told=[notice], guards=known)
        assert addresses(route(now)) == {PHONE, EMAIL}
        assert route(replace(now, now=later)) == Hold(reason=HoldReason.OLD)
        without = replace(case, victims=())
        assert route(replace(now, case=without)) == Suppress(reason=StopReason.NO_LONGER_OWED)
        barred = replace(now, guards=replace(known, bounced=frozenset({PHONE})))
        assert addresses(route(barred)) == {EMAIL}

    def test_text_of_a_situation_names_nobody(self, settings):
        situation = a_situation(arrest_case().case, a_notice(), settings)
        route(situation)
        assert PHONE not in repr(situation)


def test_an_ordinary_arrest_goes_to_the_reports_phone_and_email_at_once(settings):
    assert addresses(decide(arrest_case().case, settings)) == {PHONE, EMAIL}


def test_what_the_portal_was_given_is_told_too_and_no_phone_twice(settings):
    case = arrest_case().with_enrollment(
        "v1", a_contact(PHONE), a_contact("new@example.org", Channel.EMAIL)
    )
    decision = decide(case.case, settings)
    assert addresses(decision) == {PHONE, EMAIL, "new@example.org"}
    assert len(decision.hops) == 3


def test_each_contact_is_written_to_in_its_own_language(settings):
    case = arrest_case(victim={"language": "en"}).with_enrollment(
        "v1", a_contact("+15205550123", language="es")
    )
    languages = {h.address: h.language for h in decide(case.case, settings).hops}
    assert languages == {PHONE: "en", EMAIL: "en", "+15205550123": "es"}


def test_overruling_an_unknown_offense_overrules_nothing_else(settings):
    case = arrest_case(victim={"relationship": "SPOUSE"}, report={"offense": "13-9999"}).case
    released = a_notice(overruled="restricted_unknown_offense unsettled_unknown_offense")
    later = NOW + timedelta(hours=2)
    assert decide(case, settings, released, later) == Hold(
        reason=HoldReason.RESTRICTED_RELATIONSHIP
    )


HOLDS = {
    "a restricted offense": (arrest_case(report={"offense": STALKING}).case, "restricted_offense"),
    "the feed's own flag": (arrest_case(report={"restricted": True}).case, "restricted_feed"),
    "a restriction once recorded": (
        arrest_case(report={"restriction": "offense"}).case,
        "restricted_offense",
    ),
    "a relationship": (
        arrest_case(victim={"relationship": "SPOUSE"}).case,
        "restricted_relationship",
    ),
    "a home shared with a suspect": (
        arrest_case(
            victim=HOME, suspect=HOME | {"street": "12 E. PIMA STREET", "postal_code": ""}
        ).case,
        "restricted_shared_home",
    ),
    "a victim who is a suspect by name and birth date": (
        arrest_case(
            suspect={
                "first_name": "ana",
                "last_name": "Munoz-V1",
                "birth_date": date(1985, 4, 12),
            }
        ).case,
        "victim_is_suspect",
    ),
    "a phone shared with a suspect": (
        arrest_case(suspect={"phone": PHONE}).case,
        "contact_shared_with_suspect",
    ),
    "a phone a suspect once had": (
        arrest_case(suspect={"past_contacts": (PHONE,)}).case,
        "contact_shared_with_suspect",
    ),
    "a suspect's phone that nobody can read": (
        arrest_case(suspect={"unreadable_contact": True}).case,
        "suspect_contact_unreadable",
    ),
    "a relationship nobody thought of": (
        arrest_case(victim={"relationship": "EX-HUSBAND"}).case,
        "restricted_relationship",
    ),
    "a nickname with the suspect's birth date": (
        arrest_case(
            suspect={
                "first_name": "Anita",
                "last_name": "Muñoz-v1",
                "birth_date": date(1985, 4, 12),
            }
        ).case,
        "victim_is_suspect",
    ),
    "a suspect of the same name without a birth date": (
        arrest_case(
            suspect={"first_name": "Ana", "last_name": "Muñoz-v1", "birth_date": None}
        ).case,
        "victim_is_suspect",
    ),
    "a minor without a guardian": (
        arrest_case(victim={"birth_date": date(2015, 1, 1)}).case,
        "minor_without_guardian",
    ),
    "a minor whose guardian is the suspect": (
        arrest_case(victim={"minor": True}, suspect={"id": "r1", "origin": "r1"})
        .with_representative()
        .with_arrest(suspect="r1")
        .case,
        "minor_without_guardian",
    ),
    "a dead victim without next of kin": (
        arrest_case(victim={"deceased": True}).with_representative().case,
        "deceased_without_kin",
    ),
    "a victim marked not safe to contact": (
        arrest_case(victim={"safe_to_contact": False}).case,
        "not_safe_to_contact",
    ),
    "nothing to reach the victim by": (
        arrest_case(victim={"phone": "", "email": ""}).case,
        "no_safe_contact",
    ),
    "only a landline": (
        arrest_case(victim={"phone_type": "landline", "email": ""}).case,
        "no_safe_contact",
    ),
}


@pytest.mark.parametrize(("case", "reason"), HOLDS.values(), ids=HOLDS.keys())
def test_a_person_decides_on(settings, case, reason):
    assert decide(case, settings) == Hold(reason=reason)


def test_a_guardian_is_told_in_a_minors_place_and_the_minor_never(settings):
    case = (
        arrest_case(victim={"minor": True})
        .with_representative()
        .with_enrollment("v1", a_contact("+15205550123"))
        .case
    )
    decision = decide(case, settings)
    assert addresses(decision) == {"+15205550177"}
    assert {h.source for h in decision.hops} == {"representative"}


def test_next_of_kin_is_told_in_a_dead_victims_place(settings):
    case = arrest_case(victim={"deceased": True}).with_representative(relation="next_of_kin").case
    assert addresses(decide(case, settings)) == {"+15205550177"}


@pytest.mark.parametrize("guard", ["opted_out", "bounced", "not_me"])
def test_a_barred_address_is_never_used_and_the_other_still_is(settings, guard):
    assert addresses(decide(arrest_case().case, settings, **{guard: frozenset({PHONE})})) == {EMAIL}


def test_a_person_may_release_a_hold_but_never_to_a_suspects_phone(settings):
    case = arrest_case(suspect={"phone": PHONE}).case
    released = a_notice(overruled="contact_shared_with_suspect")
    assert addresses(decide(case, settings, released)) == {EMAIL}


def test_a_release_overrules_its_own_reason_and_no_other(settings):
    case = arrest_case(suspect={"phone": PHONE}, victim={"safe_to_contact": False}).case
    released = a_notice(overruled="contact_shared_with_suspect trial_mode brake")
    assert decide(case, settings, released) == Hold(reason=HoldReason.NOT_SAFE_TO_CONTACT)
    stalking = arrest_case(report={"offense": STALKING}).case
    assert decide(stalking, settings, released) == Hold(reason=HoldReason.RESTRICTED_OFFENSE)
    braked = decide(arrest_case().case, settings, released, switches=Switches(brake="notices"))
    assert isinstance(braked, Wait)


def test_a_suspect_who_leaves_his_own_phone_stops_nothing_and_makes_one_task(settings):
    his = a_contact("+15205550123")
    case = arrest_case(suspect={"phone": "+15205550123"}).with_enrollment("v1", his).case
    assert addresses(decide(case, settings)) == {PHONE, EMAIL}
    when = {"first_seen": his.consent.at, "fact_at": his.consent.at}
    confirmation = a_notice(Kind.ENROLLMENT_CONFIRMED, f"contact:{his.id}", **when)
    assert decide(case, settings, confirmation) == Hold(reason=HoldReason.CONTACT_OF_SUSPECT)


def test_a_contact_left_by_knowledge_is_never_told_of_a_restricted_case(settings):
    left = a_contact("+15205550123")
    case = arrest_case(report={"offense": STALKING}).with_enrollment("v1", left).case
    released = a_notice(overruled="restricted_offense")
    assert addresses(decide(case, settings, released)) == {PHONE, EMAIL}


def test_what_grew_old_while_it_was_held_goes_to_a_person(settings):
    long_ago = NOW - settings.kinds[Kind.ARREST].age_limit - timedelta(days=1)
    case = arrest_case(arrest={"arrested_at": long_ago, "first_seen": {"arrest:a1": long_ago}}).case
    old = a_notice(first_seen=long_ago, fact_at=long_ago)
    assert decide(case, settings, old, told=[old]) == Hold(reason=HoldReason.OLD)


def test_a_new_contact_is_announced_by_post_where_only_an_address_is_on_file(settings):
    new = a_contact("+15205550123")
    case = arrest_case(victim=HOME | {"phone": "", "email": ""}).with_enrollment("v1", new).case
    when = {"first_seen": new.consent.at, "fact_at": new.consent.at}
    announced = decide(case, settings, a_notice(Kind.CONTACT_CHANGED, f"contact:{new.id}", **when))
    assert isinstance(announced, QueueLetter)


def test_a_person_may_lift_a_restriction(settings):
    case = arrest_case(report={"offense": STALKING, "desk_restriction": "lifted"}).case
    assert addresses(decide(case, settings)) == {PHONE, EMAIL}
    again = arrest_case(report={"offense": BURGLARY, "desk_restriction": "restricted"}).case
    assert decide(again, settings) == Hold(reason=HoldReason.RESTRICTED_DESK)


def attempt(address, state=State.FAILED, n=1, channel=Channel.SMS):
    return Attempt(n=n, channel=channel, address_key=f"key-{address}", state=state, at=NOW)


def test_the_ladder_goes_on_to_a_letter_when_text_and_email_failed(settings):
    case = arrest_case(victim=HOME).case
    tried = a_notice(attempts=(attempt(PHONE), attempt(EMAIL, n=2, channel=Channel.EMAIL)))
    decision = decide(case, settings, tried)
    assert isinstance(decision, QueueLetter)
    assert "Pima" in decision.to.address


def test_a_crash_between_text_and_email_sends_only_the_email(settings):
    half = a_notice(attempts=(attempt(PHONE, State.SENT),))
    assert addresses(decide(arrest_case().case, settings, half)) == {EMAIL}


def test_a_confidential_address_gets_only_its_substitute(settings):
    hidden = HOME | {"confidential_address": True, "phone": "", "email": ""}
    assert decide(arrest_case(victim=hidden).case, settings) == Hold(
        reason=HoldReason.NO_SAFE_CONTACT
    )
    box = hidden | {"street": f"{settings.messages.confidential_address_prefix} 60"}
    assert isinstance(decide(arrest_case(victim=box).case, settings), QueueLetter)


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        (Switches(kill=True), "kill_switch"),
        (Switches(brake="notices"), "brake"),
        (Switches(kinds_off=frozenset({"arrest"})), "kind_off"),  # waits: it may be turned on
        (Switches(trial=True), "trial_mode"),
    ],
)
def test_a_switch_acts_at_once(settings, switches, expected):
    assert decide(arrest_case().case, settings, switches=switches).reason == expected


def test_trial_mode_still_reaches_the_guest_list(settings):
    switches = Switches(trial=True, guests=frozenset({EMAIL}))
    assert addresses(decide(arrest_case().case, settings, switches=switches)) == {EMAIL}


def test_nothing_goes_while_a_people_file_is_being_read(settings):
    decision = decide(arrest_case().case, settings, importing_until=NOW + timedelta(minutes=3))
    assert isinstance(decision, Wait)
    crashed = decide(arrest_case().case, settings, importing_until=NOW - timedelta(seconds=1))
    assert isinstance(crashed, Send)


def test_a_withdrawn_arrest_is_not_told(settings):
    case = arrest_case(arrest={"withdrawn_at": NOW, "withdrawals": 1}).case
    assert decide(case, settings) == Suppress(reason=StopReason.NO_LONGER_OWED)


def test_half_a_case_waits(settings):
    case = replace(arrest_case().case, suspects=())
    assert decide(case, settings).reason == "unsettled"


def correction(original):
    id_ = duty_id(NUMBER, "arrest:a1", Kind.CORRECTION, "v1")
    return a_notice(Kind.CORRECTION, id=id_, corrects=original.id)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.CLAIMED, Wait),
        (State.SENT, Send),
        (State.UNCONFIRMED, Send),
        (State.REPLACED, Suppress),
    ],
)
def test_a_correction_follows_its_original(settings, state, expected):
    original = a_notice(state=state)
    case = arrest_case(arrest={"withdrawn_at": NOW, "withdrawals": 1}).case
    decision = decide(case, settings, correction(original), told=[original])
    assert isinstance(decision, expected), decision


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (None, Wait),
        ((State.SENT, PHONE, State.SENT), Wait),
        ((State.DELIVERED, PHONE, State.DELIVERED), Suppress),
        ((State.DELIVERED, EMAIL, State.DELIVERED), Hold),  # only the other's own email arrived
        ((State.HELD, PHONE, State.FAILED), Hold),
    ],
)
def test_two_victims_who_share_a_phone_get_one_message(settings, theirs, expected):
    case = arrest_case(victim={"email": ""}).with_victim("v2", phone=PHONE, email="").case
    assert addresses(decide(case, settings)) == {PHONE}
    told = []
    if theirs:
        state, address, arrived = theirs
        told = [a_notice(state=state, attempts=(attempt(address, arrived),))]
    assert isinstance(decide(case, settings, a_notice(victim="v2"), told=told), expected)


def test_a_second_victim_with_an_email_of_their_own_gets_the_email_alone(settings):
    case = arrest_case().with_victim("v2", phone=PHONE, email="v2@example.com").case
    assert addresses(decide(case, settings, a_notice(victim="v2"))) == {"v2@example.com"}


def test_a_victim_who_is_not_told_leaves_a_shared_phone_to_the_other(settings):
    case = arrest_case(victim={"deceased": True}).with_victim("v2", phone=PHONE, email="").case
    assert addresses(decide(case, settings, a_notice(victim="v2"))) == {PHONE}


def test_a_new_contact_is_confirmed_to_itself_and_announced_to_the_others(settings):
    new = a_contact("+15205550123")
    case = arrest_case().with_enrollment("v1", new).case
    fact = f"contact:{new.id}"
    when = {"first_seen": new.consent.at, "fact_at": new.consent.at}
    confirmed = decide(case, settings, a_notice(Kind.ENROLLMENT_CONFIRMED, fact, **when))
    announced = decide(case, settings, a_notice(Kind.CONTACT_CHANGED, fact, **when))
    assert addresses(confirmed) == {"+15205550123"}
    assert addresses(announced) == {PHONE, EMAIL}


@pytest.mark.parametrize(
    ("hour", "waits_until"), [(21, "08:00"), (23, "08:00"), (3, "08:00"), (8, ""), (20, "")]
)
def test_a_kind_with_quiet_hours_waits_for_the_agencys_morning(settings, hour, waits_until):
    quiet = settings.kinds | {Kind.ARREST: replace(settings.kinds[Kind.ARREST], quiet_hours=True)}
    local = datetime(2026, 11, 24, hour, 0, tzinfo=settings.agency.zone)
    case = arrest_case(arrest={"arrested_at": NOW - timedelta(hours=1), "export_time": NOW}).case
    decision = decide(case, replace(settings, kinds=quiet), now=local.astimezone(UTC))
    if waits_until:
        assert isinstance(decision, Wait)
        assert f"{decision.until.astimezone(settings.agency.zone):%H:%M}" == waits_until
        assert decision.until > local
    else:
        assert isinstance(decision, Send)


def test_a_removed_victim_is_told_nothing(settings):
    case = replace(an_arrest_case().case, victims=())
    assert decide(case, settings) == Suppress(reason=StopReason.NO_LONGER_OWED)


def test_a_contact_that_a_person_marked_unsafe_is_never_used_even_after_a_release(settings):
    case = arrest_case(victim=HOME | {"desk_unsafe": (PHONE,)}).case
    assert addresses(decide(case, settings)) == {EMAIL}
    assert addresses(decide(case, settings, a_notice(released_by="staff:1"))) == {EMAIL}
    post = "12 E Pima St\nSonora Wells, AZ 85701"
    nowhere = arrest_case(victim=HOME | {"desk_unsafe": (PHONE, EMAIL, post)}).case
    assert decide(nowhere, settings) == Hold(reason=HoldReason.NO_SAFE_CONTACT)


def test_what_a_person_sends_again_goes_to_the_first_rung_once_more(settings):
    case = arrest_case().case
    known = keys(case)
    tries = tuple(
        Attempt(n=n, channel=c, address_key=known[a], state=State.DELIVERED, at=NOW)
        for n, (c, a) in enumerate([(Channel.SMS, PHONE), (Channel.EMAIL, EMAIL)], start=1)
    )
    told = a_notice(attempts=tries)
    assert decide(case, settings, told) == Hold(reason=HoldReason.NO_CHANNEL_LEFT)
    again = replace(told, resent_at=NOW + timedelta(minutes=1))
    assert addresses(decide(case, settings, again)) == {PHONE, EMAIL}
