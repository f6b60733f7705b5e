"""Texts through Amazon SNS.

SNS's responses: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html. SNS also accepts a
text when the spend limit is used up or the number is dead; the delivery log shows that.
"""

from aviso.domain.errors import SendDeferred, SendFailed
from aviso.providers import errors, pacing
from aviso.providers.message import Handed, OutgoingMessage
from aviso.runtime import environment
from aviso.runtime.clients import client

ERRORS: errors.Table = {
    "InvalidParameter": (
        ("opted out", (SendFailed, "opted_out")),
        ("sandbox", (SendDeferred, "account_sandbox")),
        ("phonenumber", (SendFailed, "invalid_address")),
        ("phone number", (SendFailed, "invalid_address")),
        ("senderid", (SendDeferred, "sender_not_set_up")),
        ("originationnumber", (SendDeferred, "sender_not_set_up")),
        ("", (SendFailed, "invalid_message")),
    ),
    "InvalidParameterValue": (
        ("opted out", (SendFailed, "opted_out")),
        ("", (SendFailed, "invalid_message")),
    ),
    "ParameterValueInvalid": (("", (SendFailed, "invalid_message")),),
    "ValidationException": (("", (SendFailed, "invalid_message")),),
    "OptedOut": (("", (SendFailed, "opted_out")),),
    "OptedOutException": (("", (SendFailed, "opted_out")),),
    "MonthlySpendLimitReached": (("", (SendDeferred, "account_quota")),),
    "MonthlySpendLimitReachedException": (("", (SendDeferred, "account_quota")),),
    "UserError": (("sandbox", (SendDeferred, "account_sandbox")),),
    "UserErrorException": (("sandbox", (SendDeferred, "account_sandbox")),),
}


class SnsSender:
    """Sends texts; satisfies `Sender`."""

    def __init__(self) -> None:
        self._pace = pacing.share("SMS_PER_SECOND")

    def send(self, message: OutgoingMessage, seconds_left: float) -> Handed:
        """Hand one text over; see `Sender.send`."""
        if seconds_left < errors.SECONDS_NEEDED:
            raise SendDeferred("no_time_left")
        self._pace.take(message.segments, seconds_left - errors.SECONDS_NEEDED)
        answer = errors.call(
            ERRORS,
            client("sns", attempts=1).publish,
            PhoneNumber=message.address,
            Message=message.text,
            MessageAttributes=_attributes(),
        )
        return Handed(str(answer.get("MessageId", "")))


def end_provider_opt_out(address: str) -> None:
    """Ask SNS to text a number again whose owner sent START.

    SNS keeps its own opt-outs and allows this once in 30 days for a number. If it refuses, the next
    text fails as opted out and the guard is written again.

    Raises:
        HandOverError: when the call failed.
    """
    errors.call(ERRORS, client("sns", attempts=1).opt_in_phone_number, phoneNumber=address)


def _attributes() -> dict[str, dict[str, str]]:
    values = {"AWS.SNS.SMS.SMSType": "Transactional"}
    origination = environment.name("SMS_ORIGINATION", "")
    if origination.lstrip("+").isdigit():
        values["AWS.MM.SMS.OriginationNumber"] = origination
    elif origination:  # a name: allowed in countries other than the United States
        values["AWS.SNS.SMS.SenderID"] = origination
    return {name: {"DataType": "String", "StringValue": text} for name, text in values.items()}
