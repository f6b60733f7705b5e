"""News that could warn a suspect who is still free: which contacts get it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import CODE
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.routing import Hold, QueueLetter
from infra.harness.builders import NOW, a_case, a_contact, a_notice
from tests.support.routing import EMAIL, HOME, PHONE, addresses, attempt, decide

TYPED = "+15205550123"  # left on the portal by number, name and birth date
SENT = NOW - timedelta(hours=2)
FACT = f"prosecutor:{SENT:%Y-%m-%d}"


def a_sent_case(status="ACTIVE", victim=None, **left):
    """Return a case that is with the prosecutor, with one contact left by knowledge."""
    return (
        a_case()
        .with_report(status=status, prosecutor_at=SENT)
        .with_victim(**({"phone": PHONE, "email": EMAIL} | (victim or {})))
        .with_enrollment("v1", a_contact(TYPED, **left))
    )


def news(**changes):
    return a_notice(Kind.SENT_TO_PROSECUTOR, FACT, fact_at=SENT, **changes)


class TestSentToProsecutor:
    def test_before_an_arrest_goes_to_proven_contacts(self, settings):
        assert addresses(decide(a_sent_case().case, settings, news())) == {PHONE, EMAIL}

    def test_goes_to_a_contact_left_with_a_code(self, settings):
        case = a_sent_case(level=CODE).case
        assert addresses(decide(case, settings, news())) == {PHONE, EMAIL, TYPED}

    def test_after_an_arrest_goes_to_every_contact(self, settings):
        case = a_sent_case().with_suspect().with_arrest().case
        assert TYPED in addresses(decide(case, settings, news()))

    def test_after_a_withdrawn_arrest_is_early_again(self, settings):
        case = a_sent_case().with_suspect().with_arrest(withdrawn_at=NOW).case
        assert addresses(decide(case, settings, news())) == {PHONE, EMAIL}

    def test_goes_to_every_contact_when_the_status_tells(self, settings):
        case = a_sent_case(status="SUBMITTED").case
        assert TYPED in addresses(decide(case, settings, news()))

    @pytest.mark.parametrize(
        ("home", "decision"), [({}, Hold(reason=HoldReason.EARLY_NEWS)), (HOME, QueueLetter)]
    )
    def test_goes_by_letter_or_person_otherwise(self, settings, home, decision):
        alone = a_sent_case(victim={"phone": "", "email": ""} | home).case
        found = decide(alone, settings, news())
        assert found == decision if isinstance(decision, Hold) else isinstance(found, decision)

    def test_is_for_a_person_once_the_others_failed(self, settings):
        tries = (attempt(PHONE), attempt(EMAIL, n=2, channel=Channel.EMAIL))
        decision = decide(a_sent_case().case, settings, news(attempts=tries))
        assert decision == Hold(reason=HoldReason.EARLY_NEWS)

    def test_without_any_contact_is_held_for_that(self, settings):
        case = a_case().with_report(status="ACTIVE", prosecutor_at=SENT)
        nowhere = case.with_victim(phone="", email="").case
        assert decide(nowhere, settings, news()) == Hold(reason=HoldReason.NO_SAFE_CONTACT)

    def test_leaves_a_shared_phone_to_whose_it_is(self, settings):
        case = a_sent_case().with_victim("v2", phone=TYPED, email="").case
        second = a_notice(Kind.SENT_TO_PROSECUTOR, FACT, fact_at=SENT, victim="v2")
        assert addresses(decide(case, settings, second)) == {TYPED}


class TestOtherNews:
    def test_goes_to_a_contact_left_by_knowledge(self, settings):
        case = a_sent_case().with_suspect().with_arrest().case
        assert TYPED in addresses(decide(case, settings))

    def test_of_a_warrant_never_does(self, settings):
        at = NOW - timedelta(hours=1)
        on = replace(settings.kinds[Kind.WARRANT], on=True, told="always")
        told = replace(settings, kinds={**settings.kinds, Kind.WARRANT: on})
        case = a_sent_case().with_report(status="SUBMITTED", warrant_at=at).case
        warrant = a_notice(Kind.WARRANT, f"warrant:{at:%Y-%m-%d}", fact_at=at)
        assert addresses(decide(case, told, warrant)) == {PHONE, EMAIL}


class TestCorrectionOfEarlyNews:
    @pytest.mark.parametrize("went_to", [{PHONE, EMAIL}, {PHONE, EMAIL, TYPED}])
    def test_reaches_those_who_were_told(self, settings, went_to):
        tries = [attempt(a, State.DELIVERED, n) for n, a in enumerate(sorted(went_to), 1)]
        original = news(state=State.DELIVERED, attempts=tuple(tries))
        correction = a_notice(Kind.CORRECTION, FACT, corrects=original.id)
        case = a_sent_case().with_report(status="ACTIVE", prosecutor_at=None).case
        decision = decide(case, settings, correction, told=[original, correction])
        assert addresses(decision) == went_to
