"""Whom a notice reaches when somebody represents the victim (docs/rules.md#23)."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import representatives
from aviso.domain.contacts import DESK, ENDED
from aviso.domain.model import Channel, Holder, Kind
from aviso.domain.reasons import HoldReason
from aviso.domain.representatives import HOUSEHOLD, OWN, PERHAPS_SUSPECT, SUSPECT, as_person
from aviso.domain.routing import Hold
from aviso.domain.survey_rules import asked_on
from infra.harness.builders import NOW, STALKING, a_contact, a_notice, case_at
from tests.support.changes import said
from tests.support.routing import EMAIL, HOME, PHONE, addresses, arrest_case, decide

LUZ, KIN = "luz@example.org", "+15205550177"
BORN_2015 = {"birth_date": date(2015, 3, 1)}
NOTHING = {"phone": "", "email": ""}
INCAPACITATED = {"incapacitated": True, "judged_at": NOW}


def luz(agreed=True, **changes):
    holder = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW if agreed else None)
    values = {"id": "luz", "holder": holder, "level": "code", "new_to_agency": False} | changes
    return a_contact(LUZ, Channel.EMAIL, **values)


def a_represented(contact, victim=None, **built):
    return arrest_case(victim, **built).with_enrollment("v1", contact)


# Marks that a supervisor decided of an adult who was told before.
MARKS = {
    "incapacitated": INCAPACITATED,
    "dead": {"deceased": True, "judged_at": NOW},
    "both": INCAPACITATED | {"deceased": True},
}
SAID = a_notice(Kind.CONTACT_CHANGED, f"incapacitated:@{NOW:%Y-%m-%dT%H:%M:%SZ}", fact_at=NOW)
UNHEARD = {
    "dead without contacts": {"deceased": True} | NOTHING,
    "a minor by birth date": BORN_2015,
    "a minor by the mark alone": {"minor": True, "birth_date": None},
}


# Who the victim is, whom they named, and whom an arrest's notice reaches.
REACHED = {
    "beside an adult": (a_represented(luz()), {PHONE, EMAIL, LUZ}),
    "beside an adult with a phone alone": (a_represented(luz(), {"email": ""}), {PHONE, LUZ}),
    "for an adult whom nothing reaches": (a_represented(luz(), NOTHING), {LUZ}),
    "in a minor's place": (a_represented(luz(), BORN_2015), {LUZ}),
    "with a minor's guardian": (a_represented(luz(), BORN_2015).with_speaker(), {LUZ, KIN}),
    "in a dead victim's place, named at the desk": (
        a_represented(luz(level=DESK), {"deceased": True}),
        {LUZ},
    ),
    "in an incapacitated victim's place, named at the desk": (
        a_represented(luz(level=DESK), INCAPACITATED),
        {LUZ},
    ),
    "with an incapacitated victim's relative": (
        a_represented(luz(level=DESK), INCAPACITATED).with_speaker(relation="next_of_kin"),
        {LUZ, KIN},
    ),
    "an incapacitated victim's guardian in the report": (
        arrest_case(INCAPACITATED).with_speaker(relation="guardian"),
        {KIN},
    ),
    "the report's, in an incapacitated victim's place": (
        arrest_case(INCAPACITATED).with_speaker(relation="representative"),
        {KIN},
    ),
    "a relative, if the records system says incapacitated": (
        arrest_case({"incapacitated": True}).with_speaker(relation="next_of_kin"),
        {KIN},
    ),
    "an incapacitated minor's guardian": (
        arrest_case(INCAPACITATED | BORN_2015).with_speaker(),
        {KIN},
    ),
    "an incapacitated victim's, not left on the portal": (
        arrest_case(INCAPACITATED)
        .with_speaker()
        .with_enrollment("v1", a_contact("+15205550155", level="code")),
        {KIN},
    ),
    "not in a child's, perhaps named by a suspect who speaks": (
        a_represented(luz(), BORN_2015, suspect={"birth_date": None})
        .with_speaker()
        .with_speaker("r2", phone="", first_name="Sam", last_name="Poole-s1"),
        {KIN},
    ),
    "not before they said yes": (a_represented(luz(agreed=False)), {PHONE, EMAIL}),
    "not once it is ended": (a_represented(luz(removed_at=NOW, removed_why=ENDED)), {PHONE, EMAIL}),
    "not when they are a suspect by now": (
        a_represented(luz(), suspect={"first_name": "Luz", "last_name": "Rey"}),
        {PHONE, EMAIL},
    ),
    "not on a suspect's contact": (
        a_represented(luz(), suspect={"past_contacts": (LUZ,)}),
        {PHONE, EMAIL},
    ),
    "the report's, beside an adult": (
        arrest_case().with_speaker(relation="representative"),
        {PHONE, EMAIL, KIN},
    ),
    "not an adult's guardian in the report": (
        arrest_case().with_speaker(relation="guardian"),
        {PHONE, EMAIL},
    ),
}
HELD = {
    "a dead victim's, named on the portal": (
        a_represented(luz(), {"deceased": True}),
        HoldReason.DECEASED_WITHOUT_KIN,
    ),
    "an incapacitated victim's, named on the portal": (
        a_represented(luz(), INCAPACITATED),
        HoldReason.INCAPACITATED_WITHOUT_SPEAKER,
    ),
    "an incapacitated victim for whom nobody speaks": (
        arrest_case(INCAPACITATED),
        HoldReason.INCAPACITATED_WITHOUT_SPEAKER,
    ),
    "an incapacitated victim's relative who is the suspect": (
        arrest_case(INCAPACITATED).with_speaker(
            relation="next_of_kin", first_name="Sam", last_name="Poole-s1", birth_date=None
        ),
        HoldReason.INCAPACITATED_WITHOUT_SPEAKER,
    ),
    "an incapacitated victim's who has not said yes": (
        a_represented(luz(agreed=False, level=DESK), INCAPACITATED),
        HoldReason.INCAPACITATED_WITHOUT_SPEAKER,
    ),
    "a minor's who has not said yes": (
        a_represented(luz(agreed=False), BORN_2015),
        HoldReason.MINOR_WITHOUT_GUARDIAN,
    ),
    "of a restricted case": (
        a_represented(luz(), report={"offense": STALKING}),
        HoldReason.RESTRICTED_OFFENSE,
    ),
}


class TestRepresentative:
    @pytest.mark.parametrize(("case", "reached"), REACHED.values(), ids=list(REACHED))
    def test_is_told(self, settings, case, reached):
        assert addresses(decide(case.case, settings)) == reached

    @pytest.mark.parametrize(("case", "reason"), HELD.values(), ids=list(HELD))
    def test_waits_for_a_person(self, settings, case, reason):
        assert decide(case.case, settings) == Hold(reason=reason)

    @pytest.mark.parametrize(
        ("victim", "asked"), [({}, {PHONE, EMAIL}), (HOME, {PHONE, EMAIL}), (NOTHING, {LUZ})]
    )
    def test_beside_an_adult_answers_no_survey(self, settings, victim, asked):
        case = a_represented(luz(), victim).case
        assert asked_on(case_at(case, settings), case.victims[0]) == asked

    def test_is_written_to_as_one(self, settings):
        hops = decide(a_represented(luz()).case, settings).hops
        (theirs,) = [hop for hop in hops if hop.address == LUZ]
        assert (theirs.source, theirs.name) == ("representative", "Luz Rey")

    def test_is_asked_alone_before_the_yes(self, settings):
        asks = a_notice(Kind.ENROLLMENT_CONFIRMED, "contact:luz")
        assert addresses(decide(a_represented(luz(agreed=False)).case, settings, asks)) == {LUZ}

    def test_hears_nothing_of_the_victims_contacts(self, settings):
        there = a_represented(luz(agreed=True)).case
        change = a_notice(Kind.CONTACT_CHANGED, "contact:other", fact_at=NOW + timedelta(hours=1))
        decision = decide(there, settings, change, now=NOW + timedelta(hours=1))
        assert LUZ not in {hop.address for hop in getattr(decision, "hops", ())}

    @pytest.mark.parametrize("mark", MARKS.values(), ids=list(MARKS))
    @pytest.mark.parametrize("speaks", ["guardian", "next_of_kin", "representative"])
    def test_leaves_the_word_of_each_mark_to_the_victims_own(self, settings, speaks, mark):
        built = a_represented(luz(level=DESK), mark).with_speaker(relation=speaks)
        case = said(built.case, settings, "incapacitated")
        assert addresses(decide(case, settings, SAID)) == {PHONE, EMAIL}
        assert not addresses(decide(built.case, settings)) & {PHONE, EMAIL}

    @pytest.mark.parametrize("mark", MARKS.values(), ids=list(MARKS))
    @pytest.mark.parametrize("level", ["code", DESK])
    def test_hears_news_in_its_place_by_the_desk_alone(self, settings, mark, level):
        """A person who had the code, and made a clerk believe a mark, hears nothing alone."""
        decision = decide(a_represented(luz(level=level), mark).case, settings)
        assert addresses(decision) == {LUZ} if level == DESK else isinstance(decision, Hold)

    @pytest.mark.parametrize("mark", MARKS.values(), ids=list(MARKS))
    def test_contact_of_a_guardian_is_not_the_marked_ones(self, settings, mark):
        """A relative in the file left it by name and birth date before this was refused."""
        built = arrest_case(mark).with_speaker(relation="guardian", phone="")
        (guardian,) = built.case.speakers
        left = a_contact("+15205550155", level="guardian", giver=guardian.origin)
        assert isinstance(decide(built.with_enrollment("v1", left).case, settings), Hold)

    @pytest.mark.parametrize("mark", MARKS.values(), ids=list(MARKS))
    def test_leaves_no_word_to_a_suspect(self, settings, mark):
        built = a_represented(luz(), mark, suspect={"phone": PHONE})
        case = said(built.case, settings, "incapacitated")
        shared = Hold(reason=HoldReason.CONTACT_SHARED_WITH_SUSPECT)
        assert decide(case, settings, SAID) == shared

    @pytest.mark.parametrize("who", UNHEARD.values(), ids=list(UNHEARD))
    @pytest.mark.parametrize("speaks", ["guardian", "next_of_kin", "representative"])
    def test_hears_no_word_of_incapacity_if_nobody_can(self, settings, speaks, who):
        giver = a_contact("+15205550155", level="guardian", giver="r1")
        given = arrest_case(INCAPACITATED | who).with_enrollment("v1", luz(level=DESK), giver)
        built = given.with_speaker(relation=speaks)
        case = said(built.case, settings, "incapacitated")
        assert decide(case, settings, SAID) == Hold(reason=HoldReason.CHANGE_UNHEARD)


# Who is named, why that is refused at the desk, and why the portal's question waits for a look.
NAMED = {
    "anybody else": (("Luz", "Rey", LUZ, {}), "", ""),
    "a suspect": (("Sam", "Poole-s1", LUZ, {}), SUSPECT, ""),
    "a suspect's last name": (("Bob", "poole s1", LUZ, {}), "", PERHAPS_SUSPECT),
    "one of a suspect's names": (("Bob", "Poole", LUZ, {}), "", PERHAPS_SUSPECT),
    "a suspect's name and another": (("Bob", "Poole S1-Rey", LUZ, {}), "", PERHAPS_SUSPECT),
    "a suspect who adds a name": (("Sam", "Poole S1-Rey", LUZ, {}), SUSPECT, ""),
    "a suspect's phone": (("Luz", "Rey", KIN, {}), SUSPECT, ""),
    "a suspect's home": (
        ("Luz", "Rey", LUZ, {"street": HOME["street"], "postal_code": HOME["postal_code"]}),
        HOUSEHOLD,
        HOUSEHOLD,
    ),
    "the victim's own phone": (("Luz", "Rey", PHONE, {}), OWN, ""),
}


class TestNaming:
    @pytest.mark.parametrize(("named", "refused", "asked"), NAMED.values(), ids=list(NAMED))
    def test_is_refused_or_waits_for(self, named, refused, asked):
        first, last, address, home = named
        case = arrest_case(suspect={"past_contacts": (KIN,), **HOME}).case
        person = as_person(Holder(first_name=first, last_name=last), **home)
        assert representatives.barred(case, case.victims[0], person, address) == refused
        near = representatives.lives_with_suspect(case, person)
        holder = Holder(first_name=first, last_name=last, lives_with_suspect=near)
        contact = replace(luz(), address=address, holder=holder)
        assert representatives.doubt(case, contact) == asked
