"""News of the same moment: which notice goes first (docs/rules.md#21)."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.guards import Guards
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.reasons import HoldReason, WaitReason
from aviso.domain.routing import Hold, Send, Wait, route
from aviso.domain.timing import goes_first, routine
from infra.harness.builders import LIVE, NOW, a_case, a_notice, a_situation

PHONE, EMAIL = "+15205550118", "v1@example.com"
KEYS = {PHONE: "k-phone", EMAIL: "k-email"}
ORDER = sorted((kind for kind in Kind if kind.rank), key=lambda kind: kind.rank)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RIGHTS: dict[str, Any] = {"kind": Kind.FIRST_CONTACT, "fact": "report"}


def a_closing(**changes):
    """Return a claimed notice of the case's end."""
    values: dict[str, Any] = {
        "kind": Kind.CASE_CLOSED,
        "fact": "status:CLOSED",
        "deadline": NOW + 48 * HOUR,
    }
    return a_notice(**values | changes)


class TestOrder:
    def test_routine_news_waits_for_each_more_important_kind(self, settings):
        last = a_closing()
        for kind in ORDER[:-1]:
            first = a_notice(kind, f"x:{kind}", state=State.PLANNED)
            assert goes_first(last, [first, last], settings, NOW) == first, kind

    def test_two_kinds_never_wait_for_each_other(self, settings):
        both = [a_notice(k, f"x:{k}", deadline=NOW + 48 * HOUR) for k in ORDER]
        waits = {n.id: goes_first(n, both, settings, NOW) for n in both}
        rank = {n.id: i for i, n in enumerate(both)}
        assert all(w is None or rank[w.id] < rank[n] for n, w in waits.items())

    def test_an_arrest_waits_for_no_other_news(self, settings):
        others = [a_notice(k, f"x:{k}", state=State.PLANNED) for k in ORDER[1:]]
        assert goes_first(a_notice(), others, settings, NOW) is None

    @pytest.mark.parametrize(
        "state", [s for s in State if s not in (State.PLANNED, State.WAITING, State.CLAIMED)]
    )
    def test_what_was_sent_or_is_a_persons_is_not_waited_for(self, settings, state):
        first = a_notice(state=state)
        assert goes_first(a_closing(), [first], settings, NOW) is None

    def test_another_victims_news_is_not_waited_for(self, settings):
        first = a_notice(victim="v2", state=State.PLANNED)
        assert goes_first(a_closing(), [first], settings, NOW) is None

    def test_what_was_told_before_is_not_waited_for(self, settings):
        first = a_notice(state=State.PLANNED, told_at=NOW - HOUR)
        assert goes_first(a_closing(), [first], settings, NOW) is None

    def test_nothing_waits_into_its_last_hour(self, settings):
        last, first = a_closing(deadline=NOW + 2 * HOUR), a_notice(state=State.PLANNED)
        assert goes_first(last, [first], settings, NOW) == first
        assert goes_first(last, [first], settings, NOW + HOUR) is None

    def test_an_arrest_waits_for_a_new_correction(self, settings):
        undone = a_notice(Kind.CORRECTION, "arrest:a0", state=State.PLANNED, corrects="x")
        assert goes_first(a_notice(), [undone], settings, NOW) == undone
        assert goes_first(a_notice(), [undone], settings, NOW + HOUR) is None
        waits = replace(undone, state=State.WAITING, reason=WaitReason.ORIGINAL_OPEN)
        assert goes_first(a_notice(), [waits], settings, NOW) is None

    @pytest.mark.parametrize(
        "kind", [Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED, Kind.CORRECTION, Kind.SURVEY]
    )
    def test_answers_to_somebodys_act_never_wait(self, settings, kind):
        assert not routine(kind, settings)


def two_arrests(**victim):
    values = {"phone": PHONE, "email": EMAIL} | victim
    return (
        a_case().with_victim(**values).with_suspect().with_suspect("s2").with_arrest()
        .with_arrest("a2", "s2", export_time=NOW + MINUTE).case
    )  # fmt: skip


FIRST = a_notice()
SECOND = a_notice(fact="arrest:a2", first_seen=NOW + MINUTE)


def decide(case, notice, told, settings):
    guards = Guards(switches=LIVE, keys=KEYS)
    return route(a_situation(case, notice, settings, told=told, guards=guards, now=NOW + MINUTE))


def attempt(channel=Channel.SMS, state=State.DELIVERED):
    key = "k-phone" if channel is Channel.SMS else "k-email"
    return Attempt(n=1, channel=channel, address_key=key, state=state, at=NOW)


class TestArrestsOfOneMoment:
    def test_each_has_its_own_text(self, settings):
        sent = replace(FIRST, state=State.DELIVERED, attempts=(attempt(),))
        for first in (FIRST, sent):
            decision = decide(two_arrests(email=""), SECOND, [first, SECOND], settings)
            assert isinstance(decision, Send)
            assert [h.address for h in decision.hops] == [PHONE]


class TestRoute:
    def test_a_first_message_waits_its_turn(self, settings):
        case = two_arrests()
        rights = a_notice(**RIGHTS, first_seen=NOW - 40 * HOUR, deadline=NOW + 8 * HOUR)
        arrest = replace(FIRST, state=State.PLANNED)
        decision = decide(case, rights, [arrest, rights], settings)
        assert isinstance(decision, Wait)
        assert decision.reason == WaitReason.MORE_IMPORTANT_FIRST
        gone = replace(arrest, state=State.SENT, told_at=NOW)
        assert isinstance(decide(case, rights, [gone, rights], settings), Send)

    def test_a_text_waits_after_an_arrests_and_an_email_does_not(self, settings):
        apart = replace(settings, messages=replace(settings.messages, minutes_after_arrest=20))
        told = replace(FIRST, state=State.SENT, told_at=NOW)
        rights = a_notice(**RIGHTS, deadline=NOW + 8 * HOUR)
        decision = decide(two_arrests(), rights, [told, rights], apart)
        until = NOW + 20 * MINUTE
        assert decision == Wait(until=until, reason=WaitReason.MORE_IMPORTANT_FIRST)
        assert isinstance(decide(two_arrests(phone=""), rights, [told, rights], apart), Send)

    def test_a_second_channel_waits_for_nobody(self, settings):
        tried = (attempt(state=State.FAILED),)
        rights = a_notice(**RIGHTS, attempts=tried, deadline=NOW + 8 * HOUR)
        decision = decide(two_arrests(), rights, [replace(FIRST, state=State.PLANNED)], settings)
        assert isinstance(decision, Send)

    def test_a_hold_is_not_delayed(self, settings):
        rights = a_notice(**RIGHTS, deadline=NOW + 8 * HOUR)
        case = two_arrests(safe_to_contact=False)
        decision = decide(case, rights, [replace(FIRST, state=State.PLANNED)], settings)
        assert decision == Hold(reason=HoldReason.NOT_SAFE_TO_CONTACT)
