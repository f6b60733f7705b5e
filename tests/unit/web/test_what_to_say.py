"""What a clerk must not mention to a victim."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Holder, Kind
from aviso.domain.notice import State
from aviso.domain.requests import AGENCY, Right, Rights
from aviso.domain.staff import Role
from aviso.staff.actor import Actor
from infra.harness.builders import (
    NOW,
    a_case,
    a_contact,
    a_notice,
    an_answer,
    an_arrest_case,
    case_at,
)


def marked(settings, code):
    """Return settings in which this status says that a warrant is asked for."""
    known = dict(settings.statuses)
    known[code] = replace(known["ACTIVE"], code=code, warrant=True)
    return replace(settings, statuses=known)


def a_clerk(settings):
    return Actor(
        id="c",
        name="c",
        audit_name="staff:c",
        roles=frozenset({Role.RECORDS}),
        settings=settings,
        now=NOW,
    )


def spoken(case, notice, settings, told=()):
    from aviso.web.staff.what_to_say import script

    at = case_at(case, settings, told=told)
    return script(at, notice, "en", a_clerk(settings)).said


class TestArrest:
    @pytest.mark.parametrize("receivers", [True, False])
    def test_offers_to_ask_only_a_jail_that_takes_requests(self, settings, receivers):
        known = settings if receivers else replace(settings, receivers=())
        case = a_case().with_report().with_victim().with_suspect().with_arrest().case
        notice = a_notice(Kind.ARREST, f"arrest:{case.arrests[0].origin}")
        said = spoken(case, notice, known)
        assert any(sentence.startswith("Or we can ask for you.") for sentence in said) is receivers
        assert any("and ask for it" in sentence for sentence in said)

    @pytest.mark.parametrize("kind", [Kind.ARREST, Kind.INITIAL_APPEARANCE])
    def test_is_said_only_by_its_own_notice(self, settings, kind):
        case = an_arrest_case().case
        said = spoken(case, a_notice(kind, f"arrest:{case.arrests[0].origin}"), settings)
        assert any("adult" in sentence for sentence in said) is (kind is Kind.ARREST)

    def test_does_not_offer_at_the_phone_of_a_guardian(self, settings):
        """The victim has grown up since the guardian left it."""
        phone = a_contact("+15205550180", level="guardian", giver="r1")
        case = an_arrest_case().with_speaker(relation="guardian").with_enrollment("v1", phone).case
        notice = a_notice(Kind.ARREST, f"arrest:{case.arrests[0].origin}")
        said = spoken(case, notice, settings)
        assert not any("we can ask for you" in sentence for sentence in said)

    @pytest.mark.parametrize("reported", [True, False])
    def test_does_not_offer_where_a_representative_may_answer(self, settings, reported):
        other = a_contact("+15205550180", holder=Holder(first_name="Luz", last_name="Rey"))
        built = an_arrest_case()
        if reported:
            case = built.with_speaker(relation="representative", phone="+15205550177").case
        else:
            case = built.with_enrollment("v1", other).case
        notice = a_notice(Kind.ARREST, f"arrest:{case.arrests[0].origin}")
        said = spoken(case, notice, settings)
        assert not any("we can ask for you" in sentence for sentence in said)
        assert any("and ask for it" in sentence for sentence in said)


class TestCorrection:
    @pytest.mark.parametrize(
        ("told", "says"),
        [
            (State.DELIVERED, "Another arrest still stands."),
            (State.PLANNED, "act as if no one was arrested"),
        ],
    )
    def test_counts_on_an_arrest_only_once_told(self, settings, told, says):
        case = an_arrest_case().with_arrest(id="a2", origin="a2").case
        first, second = (f"arrest:{arrest.origin}" for arrest in case.arrests)
        taken = replace(case.arrests[0], withdrawn_at=NOW, withdrawals=1)
        case = replace(case, arrests=(taken, case.arrests[1]))
        wrong = a_notice(Kind.ARREST, first, id="n1", state=State.DELIVERED)
        stands = a_notice(Kind.ARREST, second, id="n2", state=told)
        notice = a_notice(Kind.CORRECTION, first, id="n3", corrects="n1")
        said = spoken(case, notice, settings, [wrong, stands])[-1]
        assert says in said


class TestSignUp:
    @pytest.mark.parametrize(
        ("holder", "asks"),
        [(None, "Was it you?"), (Holder(first_name="L", last_name="R"), "Who did you name?")],
    )
    def test_asks_what_the_victim_did(self, settings, holder, asks):
        left = a_contact("+15205550180", id="c9", holder=holder)
        case = a_case().with_victim().with_enrollment("v1", left).case
        notice = a_notice(Kind.ENROLLMENT_CONFIRMED, "contact:c9")
        assert spoken(case, notice, settings)[-1].endswith(asks)


class TestWaiver:
    def test_is_asked_about(self, settings):
        case = a_case().with_victim().case
        notice = a_notice(Kind.CONTACT_CHANGED, "waived:@2026-11-24T14:05:00Z")
        said = spoken(case, notice, settings, [notice])[-1]
        assert said.startswith("Our records now say that you want no more news")

    def test_of_a_silenced_victim_goes_to_a_supervisor(self, settings):
        """At the desk only who speaks in the victim's place may answer."""
        case = a_case().with_victim(incapacitated=True, judged_at=NOW).case
        notice = a_notice(Kind.CONTACT_CHANGED, "waived:@2026-11-24T14:05:00Z")
        said = spoken(case, notice, settings, [notice])[-1]
        assert said.endswith("tell me now, and I give it to a supervisor.")


class TestChange:
    @pytest.mark.parametrize(
        ("word", "start"),
        [
            ("shared:", "Someone changed whether or how"),
            ("hidden:", "Someone asked us to keep your home"),
            ("lock:", "Who can open your case"),
            ("speaker:r1", "The way we reach you"),
            ("removed:c1", "The way we reach you"),
        ],
    )
    def test_is_named_by_the_clerk(self, settings, word, start):
        case = a_case().with_victim().case
        notice = a_notice(Kind.CONTACT_CHANGED, f"{word}@2026-11-24T14:05:00Z")
        said = spoken(case, notice, settings, [notice])[-1]
        assert said.startswith(start)

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            (Rights.REQUESTED, "So letters go only to a substitute address, or to nobody."),
            (Rights.WAIVED, "no longer ask us to keep your home address confidential."),
        ],
    )
    def test_says_what_is_done_with_the_home(self, settings, answer, says):
        asked = an_answer(Rights.REQUESTED, right=Right.ADDRESS, at=NOW - timedelta(days=1))
        last = an_answer(answer, right=Right.ADDRESS, at=NOW)
        case = a_case().with_victim("v1").with_enrollment("v1", requests=(asked, last)).case
        notice = a_notice(Kind.CONTACT_CHANGED, "hidden:@2026-11-24T14:05:00Z", victim="v1")
        said = spoken(case, notice, settings, [notice])[-1]
        assert says in said

    @pytest.mark.parametrize(("speaker", "asks"), [(AGENCY, False), ("", True)])
    def test_by_the_agency_itself_is_not_asked_about(self, settings, speaker, asks):
        asked = an_answer(Rights.REQUESTED, right=Right.HAND_OFF, at=NOW - timedelta(days=1))
        ended = an_answer(Rights.WAIVED, right=Right.HAND_OFF, at=NOW, speaker=speaker)
        case = a_case().with_victim("v1").with_enrollment("v1", requests=(asked, ended)).case
        notice = a_notice(Kind.CONTACT_CHANGED, "shared:@2026-11-24T14:05:00Z", victim="v1")
        said = spoken(case, notice, settings, [notice])[-1]
        assert ("Was it you?" in said, "Our office took back" in said) == (asks, not asks)


class TestWarrant:
    def test_is_not_mentioned_where_the_settings_mark_the_status(self, settings):
        from aviso.web.staff.what_to_say import warns_of_warrant

        case = a_case().with_report(status="WRT").case
        assert not warns_of_warrant(case, settings)
        assert warns_of_warrant(case, marked(settings, "WRT"))

    @pytest.mark.parametrize("more", [{"status": "PENDING WARRANT"}, {"warrant_at": NOW}])
    def test_is_not_mentioned_for_its_code_or_its_date(self, settings, more):
        from aviso.web.staff.what_to_say import warns_of_warrant

        assert warns_of_warrant(a_case().with_report(**more).case, settings)

    def test_is_mentioned_where_it_is_the_news(self, settings):
        from aviso.web.staff.what_to_say import unsaid

        case = a_case().with_report(warrant_at=NOW).case
        assert "warrant" not in unsaid(case, [Kind.WARRANT], settings)
