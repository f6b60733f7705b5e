"""Which contacts left on the portal are used, and what proves them (docs/rules.md#14)."""

import pytest
from msgspec.structs import replace

from aviso.domain import contacts, roster
from aviso.domain.model import Channel, Enrollment, Kind
from infra.harness.builders import NOW, STALKING, a_case, a_contact, a_notice, case_at
from tests.support.routing import EMAIL, PHONE, addresses, arrest_case, decide

HERS, HIS = "+15205550123", "+15205550199"


def left(address, level="knowledge", **changes):
    return a_contact(address, id=f"{level}{address[-4:]}", level=level, **changes)


class TestAddition:
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


class TestGuardian:
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
            used = roster.reach(case_at(case, settings), case.victims[0]).contacts
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
