"""What a busy provider costs a late notice: no channel, only time (docs/rules.md#7)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.notice_states import was_busy
from aviso.domain.reasons import HoldReason
from aviso.domain.routing import BUSY_FOR, Hold, QueueLetter, Send
from infra.harness.builders import NOW, a_notice
from tests.support.routing import EMAIL, HOME, PHONE, addresses, arrest_case, decide

BUSY, WRONG = (State.FAILED, "throttled"), (State.FAILED, "invalid_address")
SENT, SILENT = (State.SENT, ""), (State.UNCONFIRMED, "")
MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)
TOGETHER = ((Channel.SMS, Channel.EMAIL), (Channel.LETTER,))
IN_TURN = ((Channel.SMS,), (Channel.EMAIL,), (Channel.LETTER,))

# ladder, what became of texts and of emails, time since, tries -> who is sent to
CASES = {
    "both busy: both again": (TOGETHER, [BUSY], [BUSY], MINUTES, 1, {PHONE, EMAIL}),
    "the text busy, the email wrong": (TOGETHER, [BUSY], [WRONG], MINUTES, 1, {PHONE}),
    "the text busy, the email silent": (TOGETHER, [BUSY], [SILENT], MINUTES, 1, {PHONE}),
    "busy, then sent without a receipt": (TOGETHER, [BUSY, SILENT], [WRONG], MINUTES, 1, "letter"),
    "busy, then the wrong number": (TOGETHER, [BUSY, WRONG], [WRONG], MINUTES, 1, "letter"),
    "both wrong": (TOGETHER, [WRONG], [WRONG], MINUTES, 1, "letter"),
    "just within the bound": (TOGETHER, [BUSY], [BUSY], BUSY_FOR - MINUTES, 9, {PHONE, EMAIL}),
    "the bound is over": (TOGETHER, [BUSY], [BUSY], BUSY_FOR, 9, "letter"),
    "the next rung comes first": (IN_TURN, [BUSY], [], MINUTES, 1, {EMAIL}),
    "rungs take turns: the email": (IN_TURN, [BUSY], [BUSY], MINUTES, 1, {EMAIL}),
    "rungs take turns: a letter is none": (IN_TURN, [BUSY], [BUSY], MINUTES, 2, {PHONE}),
    "rungs take turns: the text": (IN_TURN, [BUSY], [BUSY], MINUTES, 3, {PHONE}),
}


def tried(texts, emails, tries):
    """Return a notice whose attempts on the two channels ended so."""
    hops = [(Channel.SMS, PHONE, *end) for end in texts]
    hops += [(Channel.EMAIL, EMAIL, *end) for end in emails]
    made = (
        Attempt(n=n, channel=c, address_key=f"key-{a}", state=state, reason=reason, at=NOW)
        for n, (c, a, state, reason) in enumerate(hops, start=1)
    )
    return a_notice(attempts=tuple(made), tries=tries, deadline=NOW - MINUTES)


class TestBusyProvider:
    @pytest.mark.parametrize(
        ("ladder", "texts", "emails", "since", "tries", "to"), CASES.values(), ids=CASES.keys()
    )
    def test_costs_no_channel(self, settings, ladder, texts, emails, since, tries, to):
        kind = replace(settings.kinds[Kind.ARREST], ladder=ladder, quiet_hours=False)
        settings = replace(settings, kinds=settings.kinds | {Kind.ARREST: kind})
        case, notice = arrest_case(victim=HOME).case, tried(texts, emails, tries)
        decision = decide(case, settings, notice, NOW + since)
        if to == "letter":
            assert isinstance(decision, QueueLetter)
        else:
            assert isinstance(decision, Send)
            assert addresses(decision) == to

    def test_becomes_a_task_when_nothing_else_is_left(self, settings):
        notice, case = tried([BUSY], [BUSY], 9), arrest_case().case
        assert addresses(decide(case, settings, notice, NOW + HOURS)) == {PHONE, EMAIL}
        late = decide(case, settings, notice, NOW + BUSY_FOR)
        assert late == Hold(reason=HoldReason.NO_CHANNEL_LEFT)

    def test_is_not_used_once_the_phone_is_barred(self, settings):
        notice, case = tried([BUSY], [WRONG], 1), arrest_case(victim=HOME).case
        stopped = decide(case, settings, notice, opted_out=frozenset({PHONE}))
        assert isinstance(stopped, QueueLetter)

    def test_never_had_the_message(self):
        """A receipt may give the same reason, but that message was handed over."""
        (attempt,) = tried([BUSY], [], 1).attempts
        assert was_busy(attempt)
        assert not was_busy(replace(attempt, provider_id="id-1"))
