"""Whom a notice is sent to, by which channels: people, safety, reasons to hold."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.guards import Guards, Switches
from aviso.domain.model import Channel, Kind
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.routing import Hold, QueueLetter, Suppress, Wait, route
from infra.harness.builders import (
    BURGLARY,
    LIFTED,
    LIVE,
    NOW,
    STALKING,
    a_contact,
    a_notice,
    a_situation,
)
from tests.support.routing import EMAIL, HOME, PHONE, addresses, arrest_case, decide, keys


class TestSituation:
    def test_changed_copy_is_decided_again(self, settings):
        case, later = arrest_case().case, NOW + timedelta(days=40)
        known, notice = Guards(switches=LIVE, keys=keys(case)), a_notice()
        now = a_situation(case, notice, settings, told=[notice], guards=known)
        assert addresses(route(now)) == {PHONE, EMAIL}
        assert route(replace(now, now=later)) == Hold(reason=HoldReason.OLD)
        without = replace(case, victims=())
        assert route(replace(now, case=without)) == Suppress(reason=StopReason.NO_LONGER_OWED)
        barred = replace(now, guards=replace(known, bounced=frozenset({PHONE})))
        assert addresses(route(barred)) == {EMAIL}


class TestContacts:
    def test_left_on_the_portal_are_used_and_none_twice(self, settings):
        case = arrest_case().with_enrollment(
            "v1", a_contact(PHONE), a_contact("new@example.org", Channel.EMAIL)
        )
        decision = decide(case.case, settings)
        assert addresses(decision) == {PHONE, EMAIL, "new@example.org"}
        assert len(decision.hops) == 3

    def test_are_each_written_to_in_their_language(self, settings):
        case = arrest_case(victim={"language": "en"}).with_enrollment(
            "v1", a_contact("+15205550123", language="es")
        )
        languages = {h.address: h.language for h in decide(case.case, settings).hops}
        assert languages == {PHONE: "en", EMAIL: "en", "+15205550123": "es"}

    @pytest.mark.parametrize("guard", ["opted_out", "bounced", "not_me"])
    def test_that_are_barred_leave_the_other_in_use(self, settings, guard):
        assert addresses(decide(arrest_case().case, settings, **{guard: frozenset({PHONE})})) == {
            EMAIL
        }

    def test_left_by_a_suspect_stop_nothing_and_make_a_task(self, settings):
        his = a_contact("+15205550123")
        case = arrest_case(suspect={"phone": "+15205550123"}).with_enrollment("v1", his).case
        assert addresses(decide(case, settings)) == {PHONE, EMAIL}
        when = {"first_seen": his.consent.at, "fact_at": his.consent.at}
        confirmation = a_notice(Kind.ENROLLMENT_CONFIRMED, f"contact:{his.id}", **when)
        assert decide(case, settings, confirmation) == Hold(reason=HoldReason.CONTACT_OF_SUSPECT)

    def test_left_by_knowledge_hear_of_no_restricted_case(self, settings):
        left = a_contact("+15205550123")
        case = arrest_case(report={"offense": STALKING}).with_enrollment("v1", left).case
        released = a_notice(overruled="restricted_offense")
        assert addresses(decide(case, settings, released)) == {PHONE, EMAIL}

    def test_of_a_confidential_person_are_the_substitute(self, settings):
        hidden = HOME | {"confidential_address": True, "phone": "", "email": ""}
        assert decide(arrest_case(victim=hidden).case, settings) == Hold(
            reason=HoldReason.NO_SAFE_CONTACT
        )
        box = hidden | {"street": f"{settings.messages.confidential_address_prefix} 60"}
        assert isinstance(decide(arrest_case(victim=box).case, settings), QueueLetter)

    def test_marked_unsafe_are_not_used_after_a_release(self, settings):
        case = arrest_case(victim=HOME | {"desk_unsafe": (PHONE,)}).case
        assert addresses(decide(case, settings)) == {EMAIL}
        assert addresses(decide(case, settings, a_notice(released_by="staff:1"))) == {EMAIL}
        post = "12 E Pima St\nSonora Wells, AZ 85701"
        nowhere = arrest_case(victim=HOME | {"desk_unsafe": (PHONE, EMAIL, post)}).case
        assert decide(nowhere, settings) == Hold(reason=HoldReason.NO_SAFE_CONTACT)

    @pytest.mark.parametrize(
        "other",
        [
            {"safe_to_contact": False, "phone": PHONE},
            {"desk_unsafe": (PHONE,)},
            {"desk_unsafe": ("12 East Pima\nSonora Wells, AZ 85701",)},
            {"safe_to_contact": False, **HOME, "street": "12 E. PIMA ST"},
        ],
    )
    def test_unsafe_for_another_victim_wait_for_a_person(self, settings, other):
        """Who makes her phone or home unsafe reads there what her housemate is sent."""
        marked = arrest_case(HOME | {"email": ""}).with_victim("v2", **other)
        lifted = marked.with_enrollment("v2", a_contact(PHONE, level="knowledge"))
        kin = arrest_case({"email": ""}).with_speaker(phone=PHONE, safe_to_contact=False)
        for case in (marked.case, lifted.case, kin.case):
            assert decide(case, settings) == Hold(reason=HoldReason.UNSAFE_FOR_ANOTHER)
            released = a_notice(overruled="unsafe_for_another")
            assert addresses(decide(case, settings, released)) == {PHONE}

    @pytest.mark.parametrize("level", ["code", "knowledge"])
    def test_called_unsafe_by_another_victim_wait_too(self, settings, level):
        """Somebody without a code bars nothing, and lifts nothing."""
        case = arrest_case().with_victim("v2")
        assert addresses(decide(case.case, settings)) == {PHONE, EMAIL}
        called = a_contact(PHONE, safe=False, level=level)
        for given in ([called], [called, a_contact(PHONE, level="knowledge")]):
            told = decide(case.with_enrollment("v2", *given).case, settings)
            if level == "code":
                assert told == Hold(reason=HoldReason.UNSAFE_FOR_ANOTHER)
            else:
                assert addresses(told) == {PHONE, EMAIL}


class TestPeople:
    def test_who_guard_a_minor_are_told_in_its_place(self, settings):
        case = (
            arrest_case(victim={"minor": True})
            .with_speaker()
            .with_enrollment("v1", a_contact("+15205550123"))
            .case
        )
        decision = decide(case, settings)
        assert addresses(decision) == {"+15205550177"}
        assert {h.source for h in decision.hops} == {"representative"}


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
            suspect={"first_name": "ana", "last_name": "Munoz-V1", "birth_date": date(1985, 4, 12)}
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
        .with_speaker()
        .with_arrest(suspect="r1")
        .case,
        "minor_without_guardian",
    ),
    "a dead victim without next of kin": (
        arrest_case(victim={"deceased": True}).with_speaker().case,
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


class TestHold:
    def test_for_an_unknown_offense_is_overruled_alone(self, settings):
        case = arrest_case(victim={"relationship": "SPOUSE"}, report={"offense": "13-9999"}).case
        released = a_notice(overruled="restricted_unknown_offense unsettled_unknown_offense")
        later = NOW + timedelta(hours=2)
        assert decide(case, settings, released, later) == Hold(
            reason=HoldReason.RESTRICTED_RELATIONSHIP
        )

    @pytest.mark.parametrize("recorded", ["", "offense", "relationship"])
    def test_for_a_home_does_not_hide_behind_another(self, settings, recorded):
        report = {"offense": STALKING, "restriction": recorded, "restricted": True}
        case = arrest_case(HOME | {"relationship": "SPOUSE"}, HOME, report=report).case
        released = a_notice(overruled="restricted_feed restricted_offense restricted_relationship")
        shared = Hold(reason=HoldReason.RESTRICTED_SHARED_HOME)
        assert decide(case, settings, released) == shared

    @pytest.mark.parametrize(("case", "reason"), HOLDS.values(), ids=HOLDS.keys())
    def test_leaves_the_decision_to_a_person(self, settings, case, reason):
        assert decide(case, settings) == Hold(reason=reason)

    def test_is_released_but_never_to_a_suspects_phone(self, settings):
        case = arrest_case(suspect={"phone": PHONE}).case
        released = a_notice(overruled="contact_shared_with_suspect")
        assert addresses(decide(case, settings, released)) == {EMAIL}

    def test_is_overruled_for_its_own_reason_only(self, settings):
        case = arrest_case(suspect={"phone": PHONE}, victim={"safe_to_contact": False}).case
        released = a_notice(overruled="contact_shared_with_suspect trial_mode brake")
        assert decide(case, settings, released) == Hold(reason=HoldReason.NOT_SAFE_TO_CONTACT)
        stalking = arrest_case(report={"offense": STALKING}).case
        assert decide(stalking, settings, released) == Hold(reason=HoldReason.RESTRICTED_OFFENSE)
        braked = decide(arrest_case().case, settings, released, switches=Switches(brake="notices"))
        assert isinstance(braked, Wait)

    def test_follows_when_it_grew_old_while_held(self, settings):
        long_ago = NOW - settings.kinds[Kind.ARREST].age_limit - timedelta(days=1)
        case = arrest_case(
            arrest={"arrested_at": long_ago, "first_seen": {"arrest:a1": long_ago}}
        ).case
        old = a_notice(first_seen=long_ago, fact_at=long_ago)
        assert decide(case, settings, old, told=[old]) == Hold(reason=HoldReason.OLD)

    def test_for_a_restriction_is_lifted_by_a_person(self, settings):
        case = arrest_case(report={"offense": STALKING, "desk_restriction": LIFTED}).case
        assert addresses(decide(case, settings)) == {PHONE, EMAIL}
        again = arrest_case(report={"offense": BURGLARY, "desk_restriction": "restricted"}).case
        assert decide(again, settings) == Hold(reason=HoldReason.RESTRICTED_DESK)
