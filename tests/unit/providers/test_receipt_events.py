"""What providers report, from their documented events to one shape of receipt."""

import base64
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies

from aviso.domain.errors import ReceiptUnreadable
from aviso.domain.model import Channel
from aviso.providers import ses_events, sns_delivery_logs
from aviso.providers.receipts import Outcome

EVENTS = Path(__file__).resolve().parents[2] / "events"
NOTICE = "abcdefghijklmnopqrstuvwx23"


def ses(name):
    event = json.loads((EVENTS / f"ses_{name}.json").read_text())
    return json.loads(event["Records"][0]["Sns"]["Message"])


def parsed(event):
    return ses_events.parse(json.dumps(event))


def logs(batch):
    data = base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()
    return {"awslogs": {"data": data}}


def sms(name):
    return json.loads((EVENTS / f"sms_log_{name}.json").read_text())


BOUNCES = [
    ("Permanent", "NoEmail", Outcome.FAILED, True),
    ("Permanent", "Suppressed", Outcome.FAILED, True),
    ("Permanent", "OnAccountSuppressionList", Outcome.FAILED, True),
    ("Permanent", "UnsubscribedRecipient", Outcome.OPTED_OUT, False),
    ("Permanent", "OfAKindToCome", Outcome.FAILED, True),
    ("Transient", "General", Outcome.FAILED, False),
    ("Transient", "MailboxFull", Outcome.FAILED, False),
    ("Transient", "ContentRejected", Outcome.FAILED, False),
    ("Transient", "OfAKindToCome", Outcome.FAILED, False),
    ("Undetermined", "Undetermined", Outcome.FAILED, False),
    ("OfAKindToCome", "", Outcome.FAILED, False),
]


class TestEmailEvent:
    @pytest.mark.parametrize(
        ("name", "outcome", "permanent", "reason"),
        [
            ("send", Outcome.SENT, False, ""),
            ("delivery", Outcome.DELIVERED, False, ""),
            ("delivery_delay", Outcome.DELAYED, False, "delayed"),
            ("bounce_permanent", Outcome.FAILED, True, "hard_bounce"),
            ("complaint", Outcome.COMPLAINT, False, "complaint"),
            ("reject", Outcome.FAILED, False, "rejected"),
            ("rendering_failure", Outcome.FAILED, False, "rendering_failed"),
        ],
    )
    def test_tells_of_its_notice_and_attempt(self, name, outcome, permanent, reason):
        (receipt,) = parsed(ses(name))
        assert (receipt.outcome, receipt.permanent, receipt.reason) == (outcome, permanent, reason)
        assert (receipt.channel, receipt.notice_id, receipt.attempt) == (Channel.EMAIL, NOTICE, 2)
        assert receipt.address == "ana@example.com"
        assert receipt.provider_id == "0101019aexample0-1f2e3d4c-0000-4000-8000-5a6b7c8d9e0f-000000"

    def test_has_the_time_at_which_it_happened(self):
        (receipt,) = parsed(ses("delivery"))
        assert receipt.at == datetime(2026, 3, 2, 16, 20, 9, 204000, UTC)

    @pytest.mark.parametrize(("kind", "subtype", "outcome", "permanent"), BOUNCES)
    def test_kills_an_address_for_a_permanent_bounce_only(self, kind, subtype, outcome, permanent):
        event = ses("bounce_permanent")
        event["bounce"] |= {"bounceType": kind, "bounceSubType": subtype}
        (receipt,) = parsed(event)
        assert (receipt.outcome, receipt.permanent) == (outcome, permanent)
        assert receipt.reason

    def test_of_mail_marked_as_no_spam_is_no_complaint(self):
        event = ses("complaint")
        event["complaint"]["complaintFeedbackType"] = "not-spam"
        assert parsed(event) == []

    def test_of_mail_kept_back_is_no_delivery(self):
        event = ses("complaint")
        event["complaint"]["complaintSubType"] = "OnAccountSuppressionList"
        (receipt,) = parsed(event)
        assert receipt.outcome is Outcome.OPTED_OUT

    @pytest.mark.parametrize("kind", ["Open", "Click", "Subscription"])
    def test_that_tells_nothing_of_delivery_is_skipped(self, kind):
        assert parsed(ses("send") | {"eventType": kind}) == []

    def test_of_another_system_has_no_notice(self):
        event = ses("delivery")
        del event["mail"]["tags"]
        (receipt,) = parsed(event)
        assert (receipt.notice_id, receipt.attempt) == ("", 0)

    def test_of_a_new_topic_is_no_dead_letter(self):
        greeting = "Successfully validated SNS topic for Amazon SES event publishing."
        assert ses_events.parse(greeting) == []

    @pytest.mark.parametrize(
        "message", ["", "{}", "[]", "null", '{"eventType": "Bounce"}', "hello"]
    )
    def test_that_is_none_is_set_aside(self, message):
        with pytest.raises(ReceiptUnreadable):
            ses_events.parse(message)


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    max_leaves=10,
)
FIELDS = ["bounce", "mail", "complaint", "delivery", "deliveryDelay"]


class TestReceipt:
    def test_does_not_show_its_address(self):
        (receipt,) = parsed(ses("bounce_permanent"))
        assert "ana" not in repr(receipt).lower()

    @given(name=strategies.sampled_from(["bounce_permanent", "complaint", "delivery"]), junk=JSON)
    def test_that_is_damaged_is_set_aside(self, name, junk):
        for field in FIELDS:
            event = ses(name)
            if field not in event:
                continue
            try:
                ses_events.parse(json.dumps(event | {field: junk}))
            except ReceiptUnreadable:
                continue


# The reasons that AWS lists, and those met in practice.
RESPONSES = [
    ("Blocked as spam by phone carrier", Outcome.FAILED, False),
    ("Destination is on a blocked list", Outcome.FAILED, True),
    ("Destination is blacklisted", Outcome.FAILED, True),
    ("Invalid phone number", Outcome.FAILED, True),
    ("Message body is invalid", Outcome.FAILED, False),
    ("Phone carrier has blocked this message", Outcome.FAILED, False),
    ("Phone carrier is currently unreachable/unavailable", Outcome.FAILED, False),
    ("Phone has blocked SMS", Outcome.FAILED, True),
    ("Phone is on a blocked list", Outcome.FAILED, True),
    ("Phone is currently unreachable/unavailable", Outcome.FAILED, False),
    ("Phone number is opted out", Outcome.OPTED_OUT, False),
    ("This delivery would exceed max price", Outcome.FAILED, False),
    ("Unknown error attempting to reach phone", Outcome.FAILED, False),
    ("No quota left for account", Outcome.FAILED, False),
    ("Rate exceeded.", Outcome.FAILED, False),
    ("Something nobody has seen", Outcome.FAILED, False),
]


class TestTextReceipt:
    def test_is_a_delivery_when_the_carrier_accepts(self):
        (receipt,), unreadable = sns_delivery_logs.parse(logs(sms("delivered")))
        assert (receipt.outcome, receipt.channel) == (Outcome.DELIVERED, Channel.SMS)
        assert receipt.provider_id == "34d9b400-c6dd-5444-820d-fbeb0f1f54cf"
        assert receipt.address == "+15205550101"
        assert receipt.at == datetime(2026, 3, 2, 16, 20, 34, 558000, UTC)
        assert unreadable == 0

    @pytest.mark.parametrize(("response", "outcome", "permanent"), RESPONSES)
    def test_has_one_meaning_for_each_failure(self, response, outcome, permanent):
        batch = sms("failed")
        entry = json.loads(batch["logEvents"][0]["message"])
        entry["delivery"]["providerResponse"] = response
        batch["logEvents"][0]["message"] = json.dumps(entry)
        (receipt,), _ = sns_delivery_logs.parse(logs(batch))
        assert (receipt.outcome, receipt.permanent) == (outcome, permanent)

    def test_tells_reasons_of_a_kind_apart(self):
        reasons = {reason for _, (_, _, reason) in sns_delivery_logs.FAILURES}
        assert {"carrier_filter", "phone_unreachable", "account_quota", "opted_out"} <= reasons

    def test_is_read_among_lines_that_are_counted(self):
        batch = sms("delivered")
        bad = [
            {"id": "1", "timestamp": 0, "message": text} for text in ("hello", "{}", "[1]", "null")
        ]
        batch["logEvents"] = [bad[0], *batch["logEvents"], *bad[1:]]
        receipts, unreadable = sns_delivery_logs.parse(logs(batch))
        assert (len(receipts), unreadable) == (1, 4)

    def test_of_a_new_subscription_is_skipped(self):
        assert sns_delivery_logs.parse(
            logs(sms("delivered") | {"messageType": "CONTROL_MESSAGE"})
        ) == (
            [],
            0,
        )

    @pytest.mark.parametrize("data", ["", "!!", base64.b64encode(b"no gzip").decode()])
    def test_that_is_no_log_subscription_is_set_aside(self, data):
        with pytest.raises(ReceiptUnreadable):
            sns_delivery_logs.parse({"awslogs": {"data": data}})
