"""Whether the deployment's own text and email arrived, by the providers' receipts.

A provider's acceptance of a message proves nothing: without receipts every text counts as lost
after two hours and is followed by a letter. So the smoke test waits for one receipt of each. What
the account cannot do yet, such as text an unverified phone from the sandbox, is not the portal's
fault: it is reported as not proved, with the way to prove it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Notice, State
from aviso.domain.settings import Settings

NOT_PROVED = "not proved"
WORDS = {Channel.SMS: "text", Channel.EMAIL: "email"}
SANDBOX = {
    Channel.SMS: "texts are in the SNS sandbox and this phone is not verified there (SNS console, "
    "'Sandbox destination phone numbers')",
    Channel.EMAIL: "emails are in the SES sandbox and this address is not verified there (SES "
    "console, 'Create identity')",
}
NO_NUMBER = (
    "there is no registered number to text from yet, and US carriers accept no text without one "
    "(administrator's guide, 2); name it as 'sms_number' in the answers file"
)
THEN = "then run the same command again before you go live"
NO_RECEIPT = {
    Channel.SMS: "no receipt of the text came. If the text is on your phone, SNS writes no "
    "receipts, and a letter would follow every text: check that 'Text messaging preferences' in "
    "the SNS console names the role {TextLogsRole} with 100 % for successes, and that the log "
    "{TextsDeliveredLog} has lines. If it is not, its carrier holds it back: switch the phone on, "
    "or look at the number in End User Messaging. Run the same command again",
    Channel.EMAIL: "no receipt of the email came. If the email is in your mailbox, SES reports "
    "no deliveries: check that its configuration set publishes them to {EmailEventsTopic} (SES "
    "console, 'Configuration sets'). If it is not, look in the spam folder, and at the identity in "
    "the SES console. Run the same command again",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one message."""

    said: str
    fault: bool = False  # whether something is wrong with the portal or its account


def expected(settings: Settings, channel: Channel) -> bool:
    """Whether this channel is used for an arrest at once, and not only after another."""
    return channel in settings.kinds[Kind.ARREST].ladder[0]


def verdict(notice: Notice, channel: Channel, texts_from: str) -> Verdict | None:
    """Return the result of the message on a channel, None while it is unknown.

    Args:
        notice: the made-up arrest's, with its attempts.
        channel: text or email.
        texts_from: the registered number, or empty.
    """
    word = WORDS[channel]
    last = next((a for a in reversed(notice.attempts) if a.channel is channel), None)
    if last is not None and last.state is State.DELIVERED:
        return Verdict(f"{word}: arrived, by its receipt")
    refused = last is not None and last.state is State.FAILED
    reason = last.reason if last is not None else notice.reason
    if reason == "account_sandbox" and (refused or last is None):
        return Verdict(f"{word}: {NOT_PROVED}: {SANDBOX[channel]}. Do that, {THEN}")
    if refused and channel is Channel.SMS and texts_from == "none":
        return Verdict(f"{word}: {NOT_PROVED}: {NO_NUMBER}, {THEN}")
    if refused:
        return Verdict(
            f"the {word} did not arrive ({reason}). Correct 'operator_{_answer(channel)}' in the "
            "answers file if that is why; what the reason means is in docs/runbook.md "
            "('MessagesFailing'). Run the same command again",
            fault=True,
        )
    return None


def unanswered(channel: Channel, texts_from: str, outputs: Mapping[str, str]) -> Verdict:
    """Return the result of a message whose receipt did not arrive in time."""
    if channel is Channel.SMS and texts_from == "none":
        return Verdict(f"{WORDS[channel]}: {NOT_PROVED}: {NO_NUMBER}, {THEN}")
    return Verdict(NO_RECEIPT[channel].format_map(outputs), fault=True)


def not_expected(channel: Channel) -> str:
    """Return the result of a channel that the settings do not try first."""
    return (
        f"{WORDS[channel]}: {NOT_PROVED}: your settings tell an arrest by another channel first "
        "(kinds.arrest.ladder), so none was sent"
    )


def _answer(channel: Channel) -> str:
    return "phone" if channel is Channel.SMS else "email"
