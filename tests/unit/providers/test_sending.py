"""Messages handed to a provider: what is sent, and what each answer means."""

import io
import json
from urllib.parse import parse_qs

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)

from aviso.domain.errors import HandOverError, SendDeferred, SendFailed, SendUnknown
from aviso.domain.model import Channel
from aviso.domain.reasons import NOT_NOW
from aviso.providers import errors, sender, ses, sns
from aviso.providers.message import OutgoingMessage
from aviso.runtime import clients

PLENTY = 60.0
URL = "https://example.org"
TEXT = OutgoingMessage(address="+15205550101", text="News for you", notice="a" * 26, attempt=1)
MAIL = OutgoingMessage(
    address="ana@example.com",
    text="News for you",
    html="<p>News for you</p>",
    subject="News",
    notice="abcdefghijklmnopqrstuvwx23",
    attempt=2,
    unsubscribe="https://example.org/stop?t=token",
)
TAKEN = {
    "sns": (
        200,
        "<PublishResponse xmlns='http://sns.amazonaws.com/doc/2010-03-31/'><PublishResult>"
        "<MessageId>sms-id</MessageId></PublishResult></PublishResponse>",
    ),
    "sesv2": (200, '{"MessageId": "email-id"}'),
}


class Body(io.BytesIO):
    """The body of an answer, as botocore reads it."""

    def stream(self):
        yield self.read()


class Socket:
    """Answers in the provider's place, and keeps what was asked."""

    def __init__(self):
        self.answer = None
        self.requests = []

    def __call__(self, request, **_):
        self.requests.append(request)
        service = "sns" if "sns" in request.url else "sesv2"
        answer = self.answer or TAKEN[service]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return AWSResponse(request.url, status, HTTPHeaders(), Body(body.encode()))


@pytest.fixture(scope="module")
def line():
    """Make the clients once: botocore reads its models from disk each time."""
    socket = Socket()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_REGION", "us-west-2")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        clients.client.cache_clear()
        for service in ("sns", "sesv2"):
            clients.client(service, attempts=1).meta.events.register("before-send", socket)
        yield socket
    clients.client.cache_clear()


@pytest.fixture
def socket(monkeypatch, line):
    for name, value in {
        "EMAIL_FROM": "Sonora Wells PD <notices@example.org>",
        "EMAIL_CONFIGURATION_SET": "aviso-email",
        "SMS_ORIGINATION": "+15205550190",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("SMS_PER_SECOND", "EMAIL_PER_SECOND", "SENDERS"):
        monkeypatch.delenv(name, raising=False)
    sender.sender.cache_clear()
    line.answer = None
    line.requests.clear()
    yield line
    sender.sender.cache_clear()


def refusal(channel, code, text="", status=400):
    if channel is Channel.SMS:
        error = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
        return status, f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"
    return status, json.dumps({"__type": code, "message": text})


def outcome(channel, left=PLENTY):
    message = TEXT if channel is Channel.SMS else MAIL
    with pytest.raises(HandOverError) as caught:
        sender.sender(channel).send(message, left)
    return caught.value


class TestText:
    def test_is_transactional_from_the_registered_number(self, socket):
        handed = sender.sender(Channel.SMS).send(TEXT, PLENTY)
        asked = parse_qs(socket.requests[0].body)
        attributes = {
            asked[f"MessageAttributes.entry.{n}.Name"][0]: asked[
                f"MessageAttributes.entry.{n}.Value.StringValue"
            ][0]
            for n in (1, 2)
        }
        assert handed.provider_id == "sms-id"
        assert asked["PhoneNumber"] == ["+15205550101"]
        assert asked["Message"] == ["News for you"]
        assert attributes == {
            "AWS.SNS.SMS.SMSType": "Transactional",
            "AWS.MM.SMS.OriginationNumber": "+15205550190",
        }

    @pytest.mark.parametrize(
        ("origination", "expected"),
        [
            ("", {}),
            ("12345", {"AWS.MM.SMS.OriginationNumber": "12345"}),
            ("SONORAPD", {"AWS.SNS.SMS.SenderID": "SONORAPD"}),
        ],
    )
    def test_names_its_sender_as_the_template_says(self, monkeypatch, origination, expected):
        monkeypatch.setenv("SMS_ORIGINATION", origination)
        values = {name: value["StringValue"] for name, value in sns._attributes().items()}
        assert values == {"AWS.SNS.SMS.SMSType": "Transactional"} | expected

    def test_after_start_is_freed_at_the_provider(self, socket):
        socket.answer = (
            200,
            "<OptInPhoneNumberResponse><OptInPhoneNumberResult/></OptInPhoneNumberResponse>",
        )
        sns.end_provider_opt_out("+15205550101")
        asked = parse_qs(socket.requests[0].body)
        assert (asked["Action"], asked["phoneNumber"]) == (["OptInPhoneNumber"], ["+15205550101"])


SMS, EMAIL = Channel.SMS, Channel.EMAIL


class TestEmail:
    def test_carries_its_notice_and_ends_in_one_click(self, socket):
        handed = sender.sender(Channel.EMAIL).send(MAIL, PLENTY)
        asked = json.loads(socket.requests[0].body)
        simple = asked["Content"]["Simple"]
        assert handed.provider_id == "email-id"
        assert asked["FromEmailAddress"] == "Sonora Wells PD <notices@example.org>"
        assert asked["Destination"] == {"ToAddresses": ["ana@example.com"]}
        assert asked["ConfigurationSetName"] == "aviso-email"
        assert asked["EmailTags"] == [
            {"Name": "notice", "Value": "abcdefghijklmnopqrstuvwx23"},
            {"Name": "attempt", "Value": "2"},
        ]
        assert simple["Headers"] == [
            {"Name": "List-Unsubscribe", "Value": "<https://example.org/stop?t=token>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ]
        assert simple["Subject"]["Data"] == "News"
        assert simple["Body"]["Text"]["Data"] == "News for you"
        assert simple["Body"]["Html"]["Data"] == "<p>News for you</p>"

    def test_has_no_tag_that_ses_would_refuse(self, socket):
        bad = OutgoingMessage(address="ana@example.com", text="News", notice="no good")
        with pytest.raises(SendFailed):
            sender.sender(EMAIL).send(bad, PLENTY)
        assert socket.requests == []


class TestLetter:
    def test_is_not_handed_over(self):
        with pytest.raises(ValueError, match="letter"):
            sender.sender(Channel.LETTER)


ANSWERS = [
    (SMS, refusal(SMS, "InvalidParameter", "Phone number is opted out"), SendFailed, "opted_out"),
    (SMS, refusal(SMS, "OptedOut", "Opted out"), SendFailed, "opted_out"),
    (
        SMS,
        refusal(SMS, "InvalidParameter", "PhoneNumber Reason: +1 is not valid to publish to"),
        SendFailed,
        "invalid_address",
    ),
    (SMS, refusal(SMS, "InvalidParameter", "Message too long"), SendFailed, "invalid_message"),
    (SMS, refusal(SMS, "Throttling", "Rate exceeded"), SendDeferred, "throttled"),
    (SMS, refusal(SMS, "ThrottledException", status=429), SendDeferred, "throttled"),
    (
        SMS,
        refusal(SMS, "MonthlySpendLimitReached", status=400),
        SendDeferred,
        "account_quota",
    ),
    (
        SMS,
        refusal(SMS, "UserError", "Phone number is not verified in the SMS Sandbox"),
        SendDeferred,
        "account_sandbox",
    ),
    (SMS, refusal(SMS, "AuthorizationError", status=403), SendDeferred, "not_authorized"),
    (SMS, refusal(SMS, "NeverHeardOf", status=400), SendDeferred, "refused"),
    (SMS, refusal(SMS, "InternalError", status=500), SendUnknown, "provider_error"),
    (SMS, refusal(SMS, "ServiceUnavailable", status=503), SendDeferred, "provider_unavailable"),
    (
        EMAIL,
        refusal(EMAIL, "MessageRejected", "Email address is not verified: ana@example.com"),
        SendDeferred,
        "account_sandbox",
    ),
    (EMAIL, refusal(EMAIL, "MessageRejected", "No"), SendFailed, "message_rejected"),
    (EMAIL, refusal(EMAIL, "SendingPausedException"), SendDeferred, "account_paused"),
    (EMAIL, refusal(EMAIL, "AccountSuspendedException"), SendDeferred, "account_blocked"),
    (EMAIL, refusal(EMAIL, "LimitExceededException"), SendDeferred, "account_quota"),
    (
        EMAIL,
        refusal(EMAIL, "TooManyRequestsException", "Daily message quota exceeded", 429),
        SendDeferred,
        "account_quota",
    ),
    (
        EMAIL,
        refusal(EMAIL, "TooManyRequestsException", "Maximum sending rate exceeded", 429),
        SendDeferred,
        "throttled",
    ),
    (
        EMAIL,
        refusal(EMAIL, "BadRequestException", "Domain name is longer than 63 characters"),
        SendFailed,
        "invalid_address",
    ),
    (EMAIL, refusal(EMAIL, "BadRequestException", "Bad"), SendFailed, "invalid_message"),
    (EMAIL, refusal(EMAIL, "NotFoundException", status=404), SendDeferred, "sender_not_set_up"),
    (EMAIL, refusal(EMAIL, "InternalFailure", status=500), SendUnknown, "provider_error"),
    (EMAIL, (502, "bad gateway"), SendUnknown, "provider_error"),
    (SMS, (200, "<Publish"), SendUnknown, "no_answer"),
]


class TestAnswer:
    @pytest.mark.parametrize(("channel", "answer", "kind", "reason"), ANSWERS)
    def test_of_a_provider_means_one_thing(self, socket, channel, answer, kind, reason):
        socket.answer = answer
        error = outcome(channel)
        assert (type(error), error.reason) == (kind, reason)
        assert len(socket.requests) == 1

    def test_without_an_id_is_still_a_yes(self, socket):
        socket.answer = (200, "{}")
        assert sender.sender(EMAIL).send(MAIL, PLENTY).provider_id == ""

    @pytest.mark.parametrize("channel", [SMS, EMAIL])
    @pytest.mark.parametrize(
        ("broken", "kind"),
        [
            (ConnectTimeoutError(endpoint_url=URL), SendDeferred),
            (EndpointConnectionError(endpoint_url=URL), SendDeferred),
            (NoCredentialsError(), SendDeferred),
            (ReadTimeoutError(endpoint_url=URL), SendUnknown),
            (ConnectionClosedError(endpoint_url=URL), SendUnknown),
            (HTTPClientError(error="cut"), SendUnknown),
        ],
    )
    def test_is_tried_again_only_if_nothing_left(self, socket, channel, broken, kind):
        socket.answer = broken
        assert type(outcome(channel)) is kind
        assert len(socket.requests) == 1

    def test_that_is_an_error_holds_no_address(self, socket):
        socket.answer = refusal(
            EMAIL, "MessageRejected", "Email address is not verified: ana@example.com"
        )
        error = outcome(EMAIL)
        while error is not None:
            assert "ana@example.com" not in str(error)
            error = error.__cause__ or error.__context__


class TestMessage:
    def test_does_not_show_what_is_personal(self):
        shown = repr(MAIL)
        assert "ana@example.com" not in shown
        assert "News" not in shown


class TestTime:
    @pytest.mark.parametrize("channel", [SMS, EMAIL])
    def test_that_is_too_short_begins_nothing(self, socket, channel):
        error = outcome(channel, errors.SECONDS_NEEDED - 0.1)
        assert (type(error), error.reason) == (SendDeferred, "no_time_left")
        assert socket.requests == []

    def test_bounds_one_try_of_a_call(self, socket):
        config = clients.client("sns", attempts=1).meta.config
        assert config.connect_timeout + config.read_timeout < errors.SECONDS_NEEDED
        assert config.retries["total_max_attempts"] == 1


class TestRefusal:
    def test_for_now_is_told_from_one_for_good(self):
        """`route` comes back to a contact by the code alone, so no code may mean both."""
        verdicts = list(errors.COMMON.values())
        for table in (sns.ERRORS, ses.ERRORS):
            verdicts += [verdict for row in table.values() for _, verdict in row]
        codes: dict[type[HandOverError], set[str]] = {SendDeferred: {"no_connection", "refused"}}
        for kind, code in verdicts:
            codes.setdefault(kind, set()).add(code)
        assert codes[SendDeferred] == NOT_NOW
        assert NOT_NOW.isdisjoint(codes[SendFailed])
