"""Who hears that a contact or an answer changed, and who must not (docs/rules.md#14, #16)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import contacts
from aviso.domain.contacts import CaseContext
from aviso.domain.duties import owed
from aviso.domain.model import Channel, Consent, Enrollment, Kind
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.requests import Rights
from aviso.domain.routing import Hold, Send, Suppress
from aviso.domain.send_guards import Guards
from infra.harness.builders import NOW, STALKING, a_case, a_contact, a_notice
from tests.support.routing import EMAIL, PHONE, addresses, arrest_case, decide

HERS, HIS = "+15205550123", "+15205550199"
EARLIER = NOW - timedelta(days=2, minutes=1)


def left(address, level="knowledge", **changes):
    return a_contact(address, id=f"{level}{address[-4:]}", level=level, **changes)


def a_change(fact, at):
    return a_notice(Kind.CONTACT_CHANGED, fact, first_seen=at, fact_at=at)


def facts_owed(case, settings):
    return {(d.kind, d.fact.change) for d in owed(case, [], settings, NOW) if d.fact.change}


def consent(at):
    return Consent(version="1", at=at, language="es", source="portal")


def there_before(address, level):
    known = left(address, level)
    return replace(known, consent=replace(known.consent, at=EARLIER))


class TestAddition:
    @pytest.mark.parametrize("level", ["knowledge", "code"])
    def test_is_announced_to_proven_contacts_alone(self, settings, level):
        new, his, hers = (
            left(HERS[:-1] + "5", level),
            there_before(HIS, "knowledge"),
            there_before(HERS, "code"),
        )
        case = arrest_case().with_enrollment("v1", his, hers, new).case
        told = decide(case, settings, a_change(f"contact:{new.id}", new.consent.at))
        assert addresses(told) == {PHONE, EMAIL, HERS}

    def test_before_the_report_is_announced_too(self, settings):
        hers = left(HERS, "code", consent=consent(NOW - timedelta(hours=5)))
        tied = left(HIS, consent=consent(NOW - timedelta(days=4)), tied_at=NOW)
        built = arrest_case(victim={"phone": "", "email": ""}).with_enrollment("v1", hers, tied)
        assert (Kind.CONTACT_CHANGED, "contact") in facts_owed(built.case, settings)
        told = decide(built.case, settings, a_change(f"contact:{tied.id}", NOW))
        assert addresses(told) == {HERS}

    def test_of_two_in_one_form_is_told_to_neither(self, settings):
        new, too = left(HERS, "code"), left(HIS, "code")
        case = arrest_case().with_enrollment("v1", new, too).case
        told = decide(case, settings, a_change(f"contact:{new.id}", new.consent.at))
        assert addresses(told) == {PHONE, EMAIL}

    def test_tells_nobody_beside_an_abusers_phone(self, settings):
        his, hers = there_before(HIS, "knowledge"), left(HERS)
        built = arrest_case(victim={"phone": "", "email": ""}).with_enrollment("v1", his, hers)
        assert facts_owed(built.case, settings) == {(Kind.ENROLLMENT_CONFIRMED, "contact")}
        told = decide(built.case, settings, a_change(f"contact:{hers.id}", hers.consent.at))
        assert isinstance(told, Suppress)

    def test_of_a_contact_on_file_is_confirmed(self, settings):
        given = left(PHONE, language="en", new_to_agency=False)
        case = arrest_case().with_enrollment("v1", given).case
        when = {"first_seen": given.consent.at, "fact_at": given.consent.at}
        fact = f"contact:{given.id}"
        confirmed = decide(case, settings, a_notice(Kind.ENROLLMENT_CONFIRMED, fact, **when))
        assert [(c.address, c.language, c.source) for c in confirmed.hops] == [
            (PHONE, "en", "report")
        ]
        arrest = decide(case, settings)
        assert {c.address: c.language for c in arrest.hops} == {PHONE: "en", EMAIL: "es"}

    def test_of_a_phone_on_file_hears_the_rest(self, settings):
        given_again = left(PHONE, new_to_agency=False)
        his = left("him@example.com", channel=Channel.EMAIL)
        case = arrest_case(victim={"email": ""}).with_enrollment("v1", given_again, his).case
        told = decide(case, settings, a_change(f"contact:{his.id}", his.consent.at))
        assert addresses(told) == {PHONE}
        assert isinstance(
            decide(case, settings, a_change(f"contact:{given_again.id}", given_again.consent.at)),
            Suppress,
        )


class TestRemoval:
    def test_is_told_to_both_who_stay_and_who_goes(self, settings):
        gone = left(HERS, "code", removed_at=NOW, removed_why=contacts.TAKEN_OFF)
        his = there_before(HIS, "knowledge")
        case = arrest_case().with_enrollment("v1", gone, his).case
        assert (Kind.CONTACT_CHANGED, "removed") in facts_owed(case, settings)
        told = decide(case, settings, a_change(f"removed:{gone.id}", NOW))
        assert addresses(told) == {PHONE, EMAIL, HERS}

    def test_of_the_last_contact_is_told_to_it(self, settings):
        gone = left(HERS, "code", removed_at=NOW, removed_why=contacts.TAKEN_OFF)
        case = arrest_case(victim={"phone": "", "email": ""}).with_enrollment("v1", gone).case
        told = decide(case, settings, a_change(f"removed:{gone.id}", NOW))
        assert isinstance(told, Send)
        assert addresses(told) == {HERS}

    @pytest.mark.parametrize("why", [contacts.NOT_MINE, contacts.NOT_ME])
    def test_is_not_told_to_a_strange_or_unsafe_one(self, settings, why):
        gone = left(HIS, removed_at=NOW, removed_why=why)
        key = "abcdefghijklmnop"
        disowned = {key: NOW} if why == contacts.NOT_ME else {}
        case = arrest_case().with_enrollment("v1", gone, disowned=disowned).case
        fact = f"disowned:{key}@{NOW:%Y-%m-%dT%H:%MZ}" if disowned else f"removed:{gone.id}"
        assert addresses(decide(case, settings, a_change(fact, NOW))) == {PHONE, EMAIL}

    def test_is_none_when_given_again_with_a_code(self, settings):
        gone = left(HERS, removed_at=NOW, removed_why=contacts.REPLACED)
        assert facts_owed(arrest_case().with_enrollment("v1", gone).case, settings) == set()

    @pytest.mark.parametrize("level", ["knowledge", "guardian"])
    def test_of_one_left_by_knowledge_is_not_told(self, settings, level):
        his = left(HIS, level, removed_at=NOW, removed_why=contacts.TAKEN_OFF)
        case = arrest_case().with_enrollment("v1", his).case
        assert (Kind.CONTACT_CHANGED, "removed") in facts_owed(case, settings)
        told = decide(case, settings, a_change(f"removed:{his.id}", NOW))
        assert addresses(told) == {PHONE, EMAIL}

    def test_tells_nobody_beside_an_abusers_phone(self, settings):
        his = left(HIS, removed_at=NOW, removed_why=contacts.TAKEN_OFF)
        case = arrest_case(victim={"phone": "", "email": ""}).with_enrollment("v1", his).case
        assert facts_owed(case, settings) == set()
        assert isinstance(decide(case, settings, a_change(f"removed:{his.id}", NOW)), Suppress)


class TestWaiver:
    def test_is_told_to_the_contacts_there(self, settings):
        his = there_before(HIS, "knowledge")
        given = {"rights": Rights.WAIVED, "rights_at": NOW}
        case = arrest_case().with_enrollment("v1", his, **given).case
        (duty,) = [d for d in owed(case, [], settings, NOW) if d.fact.change == "waived"]
        assert addresses(decide(case, settings, a_change(duty.fact, NOW))) == {PHONE, EMAIL}
        asked_again = arrest_case().with_enrollment("v1", his, rights=Rights.REQUESTED).case
        assert "waived" not in {c for _, c in facts_owed(asked_again, settings)}


class TestGuardian:
    def test_hears_of_changes_for_a_minor(self, settings):
        new = left(HERS, "code")
        child = {"minor": True, "phone": "", "email": ""}
        case = arrest_case(victim=child).with_speaker("r1").with_enrollment("v1", new).case
        assert (Kind.CONTACT_CHANGED, "contact") in facts_owed(case, settings)
        told = decide(case, settings, a_change(f"contact:{new.id}", new.consent.at))
        assert addresses(told) == {"+15205550177"}

    @pytest.mark.parametrize("now", ["suspect", "off the case"])
    def test_loses_his_contacts_as_a_suspect(self, settings, now):
        his = left(HIS, "guardian", giver="r1")
        built = arrest_case(victim={"minor": True, "phone": "", "email": ""})
        mother = built.with_speaker("r2", phone="+15205550178").with_enrollment("v1", his)
        father = mother.with_speaker("r1", phone="")
        assert addresses(decide(father.case, settings)) == {HIS, "+15205550178"}
        after = father.with_suspect("r1").case if now == "suspect" else mother.case
        assert addresses(decide(after, settings)) == {"+15205550178"}

    @pytest.mark.parametrize(("level", "used"), [("guardian", True), ("desk", False)])
    def test_may_give_a_phone_the_report_has(self, settings, level, used):
        given = left(HIS, level, giver="r1" if level == "guardian" else "")
        child = arrest_case(victim={"minor": True, "phone": HIS, "email": ""})
        built = child.with_speaker("r1", phone="+15205550178").with_enrollment("v1", given)
        assert (HIS in addresses(decide(built.case, settings))) is used


class TestRestrictedCase:
    @pytest.mark.parametrize("level", ["knowledge", "guardian"])
    def test_uses_no_contact_left_by_knowledge(self, settings, level):
        case = arrest_case(report={"offense": STALKING}, victim={"minor": level == "guardian"})
        built = case.with_speaker("r1").with_enrollment("v1", left(HIS, level, giver="r1")).case
        released = a_notice(overruled="restricted_offense")
        assert HIS not in addresses(decide(built, settings, released))

    def test_uses_nothing_the_portal_alone_told(self, settings):
        case = arrest_case(victim={"phone": HIS}, report={"offense": STALKING})
        case = case.with_enrollment("v1", left(HIS)).case
        assert addresses(decide(case, settings, a_notice(overruled="restricted_offense"))) == {
            EMAIL
        }


class TestProof:
    def test_comes_with_a_code(self, settings):
        gone = left(PHONE, removed_at=NOW, removed_why=contacts.REPLACED)
        built = arrest_case()
        for given, proven in ((left(PHONE), False), (left(PHONE, "code"), True)):
            case = built.with_enrollment("v1", gone, given).case
            used = contacts.reach(
                CaseContext(case, Guards(), settings, NOW), case.victims[0]
            ).contacts
            (phone,) = [c for c in used if c.address == PHONE]
            assert contacts.proven(case, case.victims[0], phone) is proven

    def test_comes_from_the_desk_not_by_knowledge(self, settings):
        case = a_case().with_victim("v1", phone="", email="").case
        given = [left(HERS, level) for level in ("desk", "code", "code_restricted")]
        known = [left(HIS, level) for level in ("knowledge", "guardian")]
        for contact in (*given, *known):
            whole = replace(case, enrollments=(Enrollment(victim="v1", contacts=(contact,)),))
            used = contacts.Contact(
                channel=Channel.SMS,
                address=contact.address,
                language="en",
                source=contacts.PORTAL,
                contact=contact.id,
            )
            assert contacts.proven(whole, case.victims[0], used) is (contact in given)


HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
MOVED = {
    "desk_home": ("8 W Fir Rd", "Sonora Wells", "AZ", "85702"),
    "desk_home_at": NOW,
    "desk_unsafe": ("12 E Pima St\nSonora Wells, AZ 85701",),
}


class TestPostalAddress:
    def test_corrected_is_told_but_in_no_letter(self, settings):
        his, hers = there_before(HIS, "knowledge"), there_before(HERS, "code")
        case = arrest_case(victim=HOME | MOVED).with_enrollment("v1", his, hers).case
        (duty,) = [d for d in owed(case, [], settings, NOW) if d.fact.change == "home"]
        assert (duty.kind, duty.victim) == (Kind.CONTACT_CHANGED, "v1")
        assert addresses(decide(case, settings, a_change(duty.fact, NOW))) == {PHONE, EMAIL, HERS}
        dead = frozenset({PHONE, EMAIL, HERS})
        unheard = Hold(reason=HoldReason.CHANGE_UNHEARD)
        assert decide(case, settings, a_change(duty.fact, NOW), bounced=dead) == unheard
        unreached = arrest_case(victim=HOME | MOVED | {"phone": "", "email": ""}).case
        assert facts_owed(unreached, settings) == {(Kind.CONTACT_CHANGED, "home")}
        assert decide(unreached, settings, a_change(duty.fact, NOW)) == unheard

    def test_added_where_none_was_is_told_to_nobody(self, settings):
        case = arrest_case(victim=MOVED | {"phone": "", "email": "", "desk_unsafe": ()}).case
        assert facts_owed(case, settings) == set()

    def test_corrected_again_is_told_again(self, settings):
        first = arrest_case(victim=HOME | MOVED).case
        again = arrest_case(victim=HOME | MOVED | {"desk_home_at": NOW + timedelta(hours=1)}).case
        (one,), (two,) = (
            [d for d in owed(case, [], settings, NOW) if d.fact.change == "home"]
            for case in (first, again)
        )
        assert one.id != two.id
        assert isinstance(decide(again, settings, a_change(one.fact, NOW)), Suppress)


def typed(address, at, **changes):
    """Return a contact that somebody told the desk at a time."""
    contact = left(address, "desk", **changes)
    return replace(contact, consent=replace(contact.consent, at=at))


class TestDesk:
    @pytest.mark.parametrize("home_after", [timedelta(minutes=5), -timedelta(minutes=5)])
    def test_waits_for_a_supervisor_on_both_changes(self, settings, home_after):
        his, moved = typed(HIS, NOW), MOVED | {"desk_home_at": NOW + home_after}
        unsafe = ("12 E Pima St\nSonora Wells, AZ 85701", PHONE)
        victim = HOME | moved | {"email": "", "desk_unsafe": unsafe}
        case = arrest_case(victim=victim).with_enrollment("v1", his).case
        duties = [d for d in owed(case, [], settings, NOW) if d.kind is Kind.CONTACT_CHANGED]
        assert {d.fact.change for d in duties} == {"home", "contact"}
        for duty in duties:
            notice = a_change(duty.fact, duty.fact_at)
            assert decide(case, settings, notice) == Hold(reason=HoldReason.CHANGE_UNHEARD)
            released = replace(notice, overruled=(HoldReason.CHANGE_UNHEARD,))
            assert decide(case, settings, released) == Suppress(reason=StopReason.NO_OTHER_CONTACT)

    def test_tells_where_something_was_before(self, settings):
        old = typed(HERS, NOW - timedelta(days=3))
        case = arrest_case(victim=HOME | MOVED | {"phone": "", "email": ""})
        (duty,) = [d for d in owed(case.case, [], settings, NOW) if d.fact.change == "home"]
        told = decide(case.with_enrollment("v1", old).case, settings, a_change(duty.fact, NOW))
        assert addresses(told) == {HERS}
        new = typed(HIS, NOW)
        lives = (
            arrest_case(victim=HOME | {"phone": "", "email": ""}).with_enrollment("v1", new).case
        )
        told = decide(lives, settings, a_change(f"contact:{new.id}", NOW))
        assert told.to.channel is Channel.LETTER

    @pytest.mark.parametrize("email", ["", EMAIL])
    def test_tells_the_others_of_an_unsafe_phone(self, settings, email):
        said = {"desk_unsafe": (PHONE,), "desk_unsafe_at": NOW, "email": email}
        case = arrest_case(victim=said).case
        (duty,) = [d for d in owed(case, [], settings, NOW) if d.fact.change]
        told = decide(case, settings, a_change(duty.fact, NOW))
        assert (
            addresses(told) == {EMAIL} if email else told == Hold(reason=HoldReason.CHANGE_UNHEARD)
        )

    def test_has_no_task_for_a_change_with_a_code(self, settings):
        new = left(HERS, "code")
        case = arrest_case(victim={"email": ""}).with_enrollment("v1", new).case
        notice = a_change(f"contact:{new.id}", new.consent.at)
        told = decide(case, settings, notice, bounced=frozenset({PHONE}))
        assert told == Suppress(reason=StopReason.NO_OTHER_CONTACT)
