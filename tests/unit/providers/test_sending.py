"""Senders: what reaches the provider, one try each, and what its every answer means.

Requests go through botocore itself up to the socket, where a stand-in answers.
"""

import io
import json
from datetime import timedelta
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
from aviso.providers import errors, pacing, sender, sns
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


def test_a_text_goes_out_as_transactional_from_the_registered_number(socket):
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
def test_a_text_names_its_sender_as_the_template_says(monkeypatch, origination, expected):
    monkeypatch.setenv("SMS_ORIGINATION", origination)
    values = {name: value["StringValue"] for name, value in sns._attributes().items()}
    assert values == {"AWS.SNS.SMS.SMSType": "Transactional"} | expected


def test_an_email_carries_its_notice_and_can_be_ended_in_one_click(socket):
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


SMS, EMAIL = Channel.SMS, Channel.EMAIL
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


@pytest.mark.parametrize(("channel", "answer", "kind", "reason"), ANSWERS)
def test_each_answer_of_a_provider_means_one_thing(socket, channel, answer, kind, reason):
    socket.answer = answer
    error = outcome(channel)
    assert (type(error), error.reason) == (kind, reason)
    assert len(socket.requests) == 1


def test_a_yes_without_an_id_is_still_a_yes(socket):
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
def test_only_what_broke_before_anything_left_is_tried_again_at_once(socket, channel, broken, kind):
    socket.answer = broken
    assert type(outcome(channel)) is kind
    assert len(socket.requests) == 1


def test_an_error_never_carries_the_address_on_into_a_log(socket):
    socket.answer = refusal(
        EMAIL, "MessageRejected", "Email address is not verified: ana@example.com"
    )
    error = outcome(EMAIL)
    while error is not None:
        assert "ana@example.com" not in str(error)
        error = error.__cause__ or error.__context__


def test_what_is_personal_in_a_message_stays_out_of_its_repr():
    shown = repr(MAIL)
    assert "ana@example.com" not in shown
    assert "News" not in shown


@pytest.mark.parametrize("channel", [SMS, EMAIL])
def test_nothing_is_begun_that_may_not_end_in_time(socket, channel):
    error = outcome(channel, errors.SECONDS_NEEDED - 0.1)
    assert (type(error), error.reason) == (SendDeferred, "no_time_left")
    assert socket.requests == []


def test_a_call_is_tried_once_and_ends_before_the_time_it_asks_for(socket):
    config = clients.client("sns", attempts=1).meta.config
    assert config.connect_timeout + config.read_timeout < errors.SECONDS_NEEDED
    assert config.retries["total_max_attempts"] == 1


def test_a_tag_that_ses_would_refuse_is_never_sent(socket):
    bad = OutgoingMessage(address="ana@example.com", text="News", notice="no good")
    with pytest.raises(SendFailed):
        sender.sender(EMAIL).send(bad, PLENTY)
    assert socket.requests == []


def test_letters_are_not_handed_over():
    with pytest.raises(ValueError, match="letter"):
        sender.sender(Channel.LETTER)


def test_a_number_whose_owner_said_start_is_freed_at_the_provider(socket):
    socket.answer = (
        200,
        "<OptInPhoneNumberResponse><OptInPhoneNumberResult/></OptInPhoneNumberResponse>",
    )
    sns.end_provider_opt_out("+15205550101")
    asked = parse_qs(socket.requests[0].body)
    assert (asked["Action"], asked["phoneNumber"]) == (["OptInPhoneNumber"], ["+15205550101"])


class Clock:
    """A clock that moves by being slept on."""

    def __init__(self):
        self.now = 100.0
        self.slept = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock():
    return Clock()


def test_a_burst_goes_out_no_faster_than_the_rate(clock):
    pace = pacing.Pace(2, clock, clock.sleep)
    for _ in range(11):
        pace.take(1, PLENTY)
    assert clock.slept == pytest.approx(5.0)


def test_a_text_of_three_parts_takes_the_time_of_three(clock):
    pace = pacing.Pace(1, clock, clock.sleep)
    pace.take(3, PLENTY)
    pace.take(1, PLENTY)
    assert clock.slept == pytest.approx(3.0)


def test_time_that_passed_anyway_is_not_waited_for_again(clock):
    pace = pacing.Pace(1, clock, clock.sleep)
    pace.take(1, PLENTY)
    clock.now += 10
    pace.take(1, PLENTY)
    assert clock.slept == 0


@pytest.mark.parametrize(("rate", "left"), [(0.1, PLENTY), (1, 0.5)])
def test_a_shard_is_not_held_up_for_a_turn_that_comes_late(clock, rate, left):
    pace = pacing.Pace(rate, clock, clock.sleep)
    pace.take(1, left)
    with pytest.raises(SendDeferred) as caught:
        pace.take(1, left)
    assert caught.value.reason == "paced"
    assert caught.value.retry_after == timedelta(seconds=1 / rate)
    assert clock.slept == 0


def test_a_clock_that_went_back_does_not_hold_anything_up(clock):
    pace = pacing.Pace(0.1, clock, clock.sleep)
    pace.take(1, PLENTY)
    clock.now -= 1000
    pace.take(1, PLENTY)
    assert clock.slept == 0


def test_copies_of_the_function_share_the_rate_of_the_account(monkeypatch):
    monkeypatch.setenv("SMS_PER_SECOND", "20")
    monkeypatch.setenv("SENDERS", "5")
    assert pacing.share("SMS_PER_SECOND")._interval == pytest.approx(1 / 4)


def test_no_rate_is_no_limit(clock):
    pace = pacing.Pace(0, clock, clock.sleep)
    for _ in range(100):
        pace.take(1, PLENTY)
    assert clock.slept == 0
