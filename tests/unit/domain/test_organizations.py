"""Whom a notice to an organization reaches, and what opens its case (docs/rules.md#26)."""

from datetime import date

import pytest

from aviso.domain import people
from aviso.domain.contacts import DESK
from aviso.domain.duties import owed
from aviso.domain.model import Channel, Holder
from aviso.domain.reasons import HoldReason
from aviso.domain.report_dimensions import Stamp
from aviso.domain.routing import Hold, QueueLetter
from aviso.domain.survey_rules import may_be_asked
from aviso.victims.verification import verify
from infra.harness.builders import LIFTED, NOW, STALKING, a_contact, case_at
from tests.support.routing import HOME, addresses, arrest_case, decide

MARIA, LEFT, SHOP = "+15205550177", "left@example.org", "Quillwort Hardware LLC"
BORN = date(1970, 5, 6)
OFFICE = {"street": "9 Oak Ave", "city": "Tucson", "region": "AZ", "postal_code": "85701"}


def a_shop(victim=None, speaks="representative", **built):
    """Return the arrest's case of a shop, with a row of the person who speaks for it."""
    shop = {"victim_type": "organization", "first_name": "", "last_name": SHOP, "birth_date": None}
    case = arrest_case(shop | (victim or {}), **built)
    if not speaks:
        return case
    maria = {"first_name": "Maria", "last_name": "Lopez", "birth_date": BORN, "phone": MARIA}
    return case.with_speaker(relation=speaks, **maria)


def named(level, agreed=True):
    holder = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW if agreed else None)
    return a_contact(LEFT, Channel.EMAIL, id="luz", holder=holder, level=level)


# A shop's case, and whom an arrest's notice reaches.
REACHED = {
    "the contact person, and not the shop's own phone": (a_shop(), {MARIA}),
    "with a contact left with a code": (
        a_shop().with_enrollment("v1", a_contact(LEFT, Channel.EMAIL, level="code")),
        {MARIA, LEFT},
    ),
    "not a contact left by knowledge": (
        a_shop().with_enrollment("v1", a_contact(LEFT, Channel.EMAIL, level="knowledge")),
        {MARIA},
    ),
    "whom the desk named": (a_shop(speaks="").with_enrollment("v1", named(DESK)), {LEFT}),
    "of any age in the row": (a_shop({"age": 3, "minor": True}), {MARIA}),
}
HELD = {
    "without a contact person": (a_shop(speaks=""), HoldReason.NO_CONTACT_PERSON),
    "with a guardian's row": (a_shop(speaks="guardian"), HoldReason.NO_CONTACT_PERSON),
    "with a relative's row": (a_shop(speaks="next_of_kin"), HoldReason.NO_CONTACT_PERSON),
    "whose contact person is a suspect": (
        a_shop(suspect={"first_name": "Maria", "last_name": "Lopez", "birth_date": BORN}),
        HoldReason.NO_CONTACT_PERSON,
    ),
    "whose contact person's phone is a suspect's": (
        a_shop(suspect={"past_contacts": (MARIA,)}),
        HoldReason.CONTACT_SHARED_WITH_SUSPECT,
    ),
    "named on the portal": (
        a_shop(speaks="").with_enrollment("v1", named("code")),
        HoldReason.NO_CONTACT_PERSON,
    ),
    "named at the desk without a yes": (
        a_shop(speaks="").with_enrollment("v1", named(DESK, agreed=False)),
        HoldReason.NO_CONTACT_PERSON,
    ),
    "that is not safe to contact": (
        a_shop({"safe_to_contact": False}),
        HoldReason.NOT_SAFE_TO_CONTACT,
    ),
    "of a restricted case": (a_shop(report={"offense": STALKING}), HoldReason.RESTRICTED_OFFENSE),
    "whose contact person has the shop's own phone": (
        a_shop({"phone": MARIA}),
        HoldReason.NO_SAFE_CONTACT,
    ),
    "of unknown type": (a_shop({"victim_type": "unknown"}), HoldReason.VICTIM_IN_DOUBT),
}


class TestNotice:
    @pytest.mark.parametrize("name", REACHED)
    def test_reaches_the_contact_person(self, settings, name):
        case, expected = REACHED[name]
        assert addresses(decide(case.case, settings)) == expected

    @pytest.mark.parametrize("name", HELD)
    def test_waits_for_a_person(self, settings, name):
        case, why = HELD[name]
        assert decide(case.case, settings) == Hold(reason=why)

    def test_of_the_public_is_owed_to_nobody(self, settings):
        assert not owed(case_at(a_shop({"victim_type": "public"}).case, settings))

    def test_is_no_survey(self, settings):
        case = a_shop().case
        assert not may_be_asked(case_at(case, settings), case.victims[0])


class TestLetter:
    def letter(self, settings, case):
        sent = decide(case.case, settings)
        assert isinstance(sent, QueueLetter)
        return sent.to

    def test_goes_to_the_organization_for_its_contact(self, settings):
        case = a_shop(HOME | {"phone": "", "email": ""})
        (maria,) = case.case.speakers
        to = self.letter(settings, without_phone(case, maria))
        assert (to.name, to.address.splitlines()[0]) == ("Maria Lopez", HOME["street"])

    def test_goes_to_the_contact_where_a_suspect_is_near(self, settings):
        case = a_shop(HOME, suspect=HOME, report={"desk_restriction": LIFTED})
        (maria,) = case.case.speakers
        to = self.letter(settings, without_phone(case, maria, **OFFICE))
        assert to.address.splitlines()[0] == OFFICE["street"]


def without_phone(case, maria, **changes):
    from msgspec.structs import replace

    moved = replace(maria, phone="", **changes)
    return type(case)(replace(case.case, speakers=(moved,)))


class TestAccess:
    def test_of_an_unknown_victim_needs_a_code_too(self):
        case = a_shop({"victim_type": "unknown", "birth_date": BORN}, speaks="").case
        assert verify(case, SHOP, [BORN], NOW.date()) is None

    def test_of_a_person_beside_it_stays(self):
        case = a_shop().with_victim("v2").case
        found = verify(case, "Muñoz-v2", [date(1985, 4, 12)], NOW.date())
        assert found is not None
        assert found.victim.origin == "v2"


class TestStamp:
    @pytest.mark.parametrize(
        ("text", "enrolled"), [("property|West|es", False), ("property|West|es|enrolled", True)]
    )
    def test_of_an_earlier_release_is_of_a_person(self, text, enrolled):
        stamp = Stamp.read(text)
        assert (stamp.enrolled, stamp.organization, stamp.text) == (enrolled, False, text)


class TestMarks:
    @pytest.mark.parametrize("mark", [{"deceased": True}, {"incapacitated": True}, {"minor": True}])
    def test_of_a_person_mean_nothing(self, mark):
        case = a_shop(mark).case
        (shop,) = case.victims
        assert not people.is_silenced(shop)
        assert people.named_by_desk(case, shop, NOW.date())
