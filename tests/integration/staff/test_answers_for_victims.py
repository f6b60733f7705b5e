"""What a clerk may record in a victim's name, by who the victim is: every such act of the desk."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import CODE, DESK, KNOWLEDGE
from aviso.domain.model import Channel, Holder, Kind
from aviso.domain.requests import AGENCY
from aviso.domain.staff import Role
from aviso.storage import cases, enrollments
from infra.harness.builders import NUMBER, a_case, a_consenting_case, a_contact
from infra.harness.portal_browser import store
from infra.harness.staff_browser import case_address
from tests.integration.conftest import NOW
from tests.integration.staff import corrections

YES = {"confirmed": "yes", "why": "A person called from a known phone."}
CHILD: dict[str, Any] = {"birth_date": date(2015, 3, 1)}
WHO: dict[
    str, tuple[dict[str, Any], str]
] = {  # what the victim is, and who speaks for such a victim by the records system
    "an adult": ({}, "representative"),
    "an organization": ({"victim_type": "organization"}, "representative"),
    "a child": (CHILD, "guardian"),
    "incapacitated": ({"incapacitated": True, "judged_at": NOW}, "next_of_kin"),
    "dead": ({"deceased": True, "judged_at": NOW}, "next_of_kin"),
}
CANNOT = ("a child", "incapacitated", "dead")
AGREES = {"release": "yes", "contact": "luz", "language": "es"}
NAME: dict[str, str] = {
    "first_name": "Ana",
    "last_name": "Vega",
    "typed": "ana@example.org",
    "language": "en",
}
END = {"end": "luz"}
NOT_ANSWERED = {
    "waived": ("answer", {"answer": "waived"}),
    "requested": ("answer", {"answer": "requested"}),
    "hidden": ("answer", {"answer": "hidden"}),
    "consent": ("consent", AGREES),
    "end consent": ("consent", {"do": "end"}),
}


def stored(who, known=("eva", "luz")):
    """Store a case; `known` are those who speak for its victim: of the report, and named."""
    is_, relation = WHO[who]
    holder = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW)
    luz = a_contact("luz@example.org", Channel.EMAIL, id="luz", level=DESK, holder=holder)
    case = a_consenting_case().with_arrest().case
    store(replace(case, victims=(replace(case.victims[0], **is_),)))
    if "eva" in known:
        cases.write_row(
            NUMBER,
            a_case().with_speaker(relation=relation, first_name="Eva").case.speakers[0],
            None,
        )
    (given,) = case.enrollments
    there = replace(given, contacts=(*given.contacts, *([luz] if "luz" in known else [])))
    enrollments.write_enrollment(NUMBER, there)
    return {"c": case_address(NUMBER).removeprefix("case?c="), "victim": "v1"}


def enrollment():
    return cases.read_case(NUMBER).enrollment_of("v1")


@pytest.mark.parametrize("who", CANNOT)
class TestVictimForWhomNobodySpeaks:
    @pytest.mark.parametrize("act", NOT_ANSWERED)
    def test_answers_nothing(self, desk, act, who):
        form, (address, asked) = stored(who, known=()), NOT_ANSWERED[act]
        desk.sign_in(Role.RECORDS)
        before = enrollment()
        page = desk.post(address, **form, **asked, **YES, speaker="r1")
        assert (page.status, "nobody is known who may answer" in page.text) == (400, True)
        assert enrollment() == before

    def test_has_a_consent_ended_by_a_supervisor(self, desk, who):
        """The one who gave it may have become a suspect, whom the jail would call."""
        form = stored(who, known=())
        desk.sign_in(Role.SUPERVISOR)
        assert desk.post("consent", **form, **AGREES, **YES).status == 400
        assert "Withdraw the permission" in desk.get(case_address(NUMBER)).text
        asked = desk.post("consent", **form, do="end").text
        assert "the record says that the agency ended the consent" in " ".join(asked.split())
        assert "Be sure who is calling" not in asked
        assert desk.post("consent", **form, do="end", **YES).status == 303
        assert enrollment().hand_off.ended_at
        assert enrollment().requests[-1].by_agency
        page = desk.get(case_address(NUMBER)).text
        assert ", by the agency itself" in page
        assert "by a person who speaks for the victim" not in page


@pytest.mark.parametrize("who", CANNOT)
class TestSpeaker:
    def test_need_not_be_named_to_end_a_consent(self, desk, who):
        """Who is said to speak may be false, and nobody changes a record that names them."""
        form = stored(who, known=("eva",)) | {"do": "end"}
        desk.sign_in(Role.RECORDS)
        assert "Nobody. The agency ends it" not in desk.post("consent", **form).text
        assert desk.post("consent", **form, **YES, speaker=AGENCY).status == 400
        desk.sign_in(Role.SUPERVISOR)
        asked = desk.post("consent", **form).text
        assert ("Eva" in asked, "Nobody. The agency ends it" in asked) == (True, True)
        assert desk.post("consent", **form, **YES).status == 400
        assert not enrollment().hand_off.ended_at
        assert desk.post("consent", **form, **YES, speaker=AGENCY).status == 303
        assert enrollment().hand_off.ended_at
        assert enrollment().requests[-1].by_agency


@pytest.mark.parametrize("who", [who for who in WHO if who not in CANNOT])
class TestVictimWhoAnswers:
    @pytest.mark.parametrize(("speaker", "kept"), [("v1", ""), (AGENCY, AGENCY)])
    def test_need_not_be_named_to_end_a_consent(self, desk, who, speaker, kept):
        """A supervisor may have a reason of the agency, and the record must not name the victim."""
        form = stored(who) | {"do": "end"}
        desk.sign_in(Role.SUPERVISOR)
        asked = desk.post("consent", **form).text
        assert "Nobody. The agency ends it" in asked
        assert ("Who takes it back?" in asked, "The victim cannot act" in asked) == (True, False)
        assert desk.post("consent", **form, **YES).status == 400
        assert desk.post("consent", **form, **YES, speaker=speaker).status == 303
        assert enrollment().hand_off.ended_at
        assert enrollment().requests[-1].speaker == kept


OWN, OTHERS, NOBODY = (
    "victim's other contacts",
    "Others speak for this",
    "so it becomes a task",
)
PHONE, EVAS = "+15205550167", "+15205550177"


def heard_of(about, settings):
    """Plan and send, and return the addresses that hear of a contact's change, or why none does."""
    return [
        corrections.who(how)
        for notice, how in corrections.decided(settings)
        if notice.kind is Kind.CONTACT_CHANGED and notice.fact.subject == about
    ]


@pytest.mark.parametrize(
    ("who", "known", "act", "said"),
    [
        ("an adult", ("eva", "luz"), NAME, OWN),
        ("an adult", ("eva", "luz"), END, OWN),
        ("an organization", ("eva", "luz"), NAME, OTHERS),
        ("an organization", ("luz",), END, NOBODY),
        ("a child", ("eva",), NAME, OTHERS),
        ("a child", (), NAME, NOBODY),
        ("a child", ("eva", "luz"), END, OTHERS),
        ("a child", ("luz",), END, NOBODY),
    ],
)
class TestRepresentative:
    def test_is_told_to_whom_the_page_says(self, desk, settings, who, known, act, said):
        form = stored(who, known)
        desk.sign_in(Role.RECORDS)
        asked = desk.post("representative", **form, **act).text
        assert [w for w in (OWN, OTHERS, NOBODY) if w in asked] == [said]
        speaker = "r1" if "eva" in known else "luz"
        desk.post("representative", **form, **act, **YES, speaker=speaker)
        (about,) = {c.id for c in enrollment().contacts} - {"c1", "luz"} or {"luz"}
        (heard,) = heard_of(about, settings)
        assert (PHONE in heard, EVAS in heard) == (said == OWN, said == OTHERS)
        assert isinstance(heard, str) is (said == NOBODY)  # then it is why a task waits


HERS = {  # what else is known of the victim's contacts: nothing that may hear of a change
    "a street": ("9 Elm St", ()),
    "nothing": ("", ()),
    "a phone that a guess left": (
        "",
        (a_contact("+15205550166", level=KNOWLEDGE, new_to_agency=True),),
    ),
}


@pytest.mark.parametrize("known", HERS)
class TestRepresentativeOfVictimWhoHearsNothing:
    @pytest.fixture
    def form(self, desk, known):
        """Store the case with a friend whom the victim named with a code, and sign in a clerk."""
        form, (street, contacts) = stored("an adult", ("luz",)), HERS[known]
        (before,) = cases.read_case(NUMBER).victims
        cases.write_row(NUMBER, replace(before, phone="", street=street, email=""), before)
        only = (*contacts, *(replace(c, level=CODE) for c in enrollment().representatives))
        enrollments.write_enrollment(NUMBER, replace(enrollment(), contacts=only), enrollment())
        desk.sign_in(Role.RECORDS)
        return form

    def test_is_named_under_a_supervisors_eyes(self, desk, settings, form):
        """Who called may be a friend of his own: he alone would hear of the arrest."""
        assert desk.post("representative", **form, **NAME, **YES).status == 303
        ana = next(c for c in enrollment().representatives if c.id != "luz")
        assert heard_of(ana.id, settings) == ["change_unheard"]

    def test_is_ended_under_a_supervisors_eyes(self, desk, settings, form):
        """The caller may want nobody to hear: the victim has no other contact."""
        assert desk.post("representative", **form, **END, **YES).status == 303
        assert heard_of("luz", settings) == ["change_unheard"]
