"""Apply events from providers and replies from people; the use case of `record_receipt`.

Every event may come twice and in any order. Opt-outs and receipts are written so that a repetition
changes nothing, and an answer is sent only for an event seen for the first time.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aviso.content import messages
from aviso.domain import stop_words, text_regions
from aviso.domain.errors import HandOverError, ReceiptUnreadable
from aviso.domain.guards import Switches
from aviso.domain.model import AuditEntry, Channel
from aviso.domain.stop_words import Meaning
from aviso.notices import receipts
from aviso.providers import inbound_sms, sender, ses_events, sns_delivery_logs
from aviso.providers.message import OutgoingMessage
from aviso.providers.receipts import InboundText
from aviso.providers.sns import end_provider_opt_out
from aviso.runtime import environment, hashing
from aviso.runtime.invocation import Invocation
from aviso.storage import (
    audit,
    case_decisions,
    guards,
    inbox_tasks,
    limits,
    markers,
    suppressions,
    unmatched_receipts,
)
from aviso.storage.limits import DayLimit

# The carrier of a toll-free number, or AWS with our text, answers only these words itself:
# https://docs.aws.amazon.com/sms-voice/latest/userguide/opt-out-list-keywords.html
CARRIERS_WORDS = ("stop", "start", "unstop")
ANSWERS_A_DAY = 4  # per phone: a STOP, a START, a HELP, and one more
BARE_WORDS = 3  # a longer text may say more than STOP: a person reads it too


def take(event: Mapping[str, Any], invocation: Invocation) -> Counter[str]:
    """Apply an event of the email topic, the inbound topic or the delivery logs.

    Returns:
        How many of each outcome, for logs and metrics.

    Raises:
        ReceiptUnreadable: when the event is of none of these or not in a documented form; it then
            goes to the dead-letter queue.
    """
    done: Counter[str] = Counter()
    if "awslogs" in event:
        parsed, unreadable = sns_delivery_logs.parse(event)
        done["unreadable"] += unreadable
        for receipt in parsed:
            receipts.record(receipt, invocation.clock())
            done[receipt.outcome] += 1
        return done
    for record in event.get("Records", ()):
        done += _from_topic(record.get("Sns") or {}, invocation)
    return done


def _from_topic(record: Mapping[str, Any], invocation: Invocation) -> Counter[str]:
    topic, message = record.get("TopicArn"), str(record.get("Message", ""))
    if topic == environment.name("EMAIL_EVENTS_TOPIC"):
        parsed = ses_events.parse(message)
        for receipt in parsed:
            receipts.record(receipt, invocation.clock())
        return Counter(receipt.outcome.value for receipt in parsed)
    if topic == environment.name("INBOUND_TEXTS_TOPIC"):
        reply = inbound_sms.parse(message, datetime.fromisoformat(record["Timestamp"]))
        return Counter([f"reply_{reply.meaning}", _heed(reply, invocation)])
    raise ReceiptUnreadable("topic")


def _heed(reply: InboundText, invocation: Invocation) -> str:
    """Do what a text asks, keep it for staff if a person must read it, and answer at most once."""
    now = invocation.clock()
    key = hashing.address_key(reply.address)
    known = guards.read("", {reply.address: key})
    word = str(reply.meaning)
    if reply.meaning is Meaning.STOP:
        suppressions.opt_out(key, "reply", reply.at)
        _record("opted_out", key, reply, invocation)
        if reply.address in known.opted_out:
            word = ""  # one confirmation, 47 CFR 64.1200(a)(12)
    elif reply.meaning is Meaning.START:
        suppressions.opt_in(key, reply.at)
        _record("opted_in", key, reply, invocation)
        _end_provider_opt_out(reply.address)
    if reply.meaning is Meaning.OTHER or len(reply.text.split()) > BARE_WORDS:
        _keep_for_staff(reply, key, now)
    answered = invocation.settings.messages.carrier_answers_stop and stop_words.bare(reply.text)
    silent = reply.meaning is Meaning.OTHER or answered in CARRIERS_WORDS
    texted = text_regions.can_text(reply.address, invocation.settings.messages.text_regions)
    may = texted and _may_answer(reply.address, known.switches)
    if silent or not word or not may:
        return "not_answered"
    if not markers.first_time(f"answer-{reply.id}", now):
        return "answered_before"
    most = DayLimit("ANSWERED", key, ANSWERS_A_DAY)
    if not limits.may_cause(most, "", invocation.settings, now):
        return "answered_enough"  # the request is done in any case
    return _answer(word, reply, invocation)


def _record(action: str, key: str, reply: InboundText, invocation: Invocation) -> None:
    """Write to the audit trail what a phone asked for: a restore of lost tables reads it there."""
    entry = AuditEntry(
        at=reply.at, actor=f"contact:{key[:12]}", action=action, case="", subject=key
    )
    audit.append(entry, invocation.settings.retention.audit)


def _may_answer(address: str, switches: Switches) -> bool:
    """Whether a text may be sent to this address now (docs/rules.md#8)."""
    return not switches.kill and (not switches.trial or address in switches.guests)


def _answer(word: str, reply: InboundText, invocation: Invocation) -> str:
    text = messages.reply(word, reply.language, invocation.settings, invocation.portal_url)
    message = OutgoingMessage(address=reply.address, text=text.body, segments=text.segments)
    try:
        handed = sender.sender(Channel.SMS).send(message, invocation.seconds_left())
    except HandOverError as error:
        return f"answer_{error.reason}"  # the request is done; the answer is not repeated
    unmatched_receipts.note_no_notice(handed.provider_id, invocation.clock())
    return "answered"


def _end_provider_opt_out(address: str) -> None:
    """End the provider's own block; if that fails, the next text fails and is recorded so."""
    try:
        end_provider_opt_out(address)
    except HandOverError:
        return


def _keep_for_staff(reply: InboundText, key: str, now: datetime) -> None:
    data = {
        "address": reply.address,
        "address_key": key,
        "text": reply.text,
        "at": reply.at.isoformat(),
        "meaning": reply.meaning.value,
        "maybe_stop": reply.maybe_stop,
        "cases": case_decisions.cases_with(
            reply.address, ""
        ),  # by tomorrow other cases may have this phone
    }
    inbox_tasks.put_reply(reply.id, data, now)
