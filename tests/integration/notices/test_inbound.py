"""Events take effect on the real tables: opt-outs at once, answers once, the rest for a person."""

import base64
import gzip
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import ReceiptUnreadable, SendUnknown
from aviso.domain.model import AuditEntry
from aviso.notices import inbound, receipts
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.providers.receipts import Outcome
from aviso.runtime import hashing
from aviso.storage import guards, inbox, markers, sending_controls
from aviso.storage.audit import AuditItem
from aviso.storage.audited_change import AuditRow
from infra.harness.builders import a_case, an_invocation
from infra.harness.portal_browser import store
from tests.support.inbound_events import PHONE, load, text

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


class Carrier:
    """Takes texts in the provider's place."""

    def __init__(self):
        self.sent, self.freed, self.error = [], [], None

    def send(self, message, seconds_left):
        if self.error:
            raise self.error
        self.sent.append(message)
        return Handed("id")


@pytest.fixture
def carrier(aws, monkeypatch):
    carrier = Carrier()
    topic = "arn:aws:sns:us-west-2:123456789012:"
    monkeypatch.setenv("EMAIL_EVENTS_TOPIC", topic + "email-events")
    monkeypatch.setenv("INBOUND_TEXTS_TOPIC", topic + "inbound-texts")
    monkeypatch.setattr(sender, "sender", lambda channel: carrier)
    monkeypatch.setattr(inbound, "end_provider_opt_out", carrier.freed.append)
    return carrier


@pytest.fixture
def recorded(monkeypatch):
    found = []
    monkeypatch.setattr(receipts, "record", lambda receipt, now: found.append(receipt))
    return found


@pytest.fixture
def invocation(settings):
    return an_invocation(settings, lambda: NOW)


def opted_out():
    key = hashing.address_key(PHONE)
    return PHONE in guards.read("", {PHONE: key}).opted_out


def unread(number=1):
    return markers.marker(f"REPLY#inbound-{number}")


class TestStop:
    def test_ends_texts_and_is_confirmed_once(self, carrier, invocation):
        for _ in range(3):
            inbound.take(text("STOP"), invocation)
        assert opted_out()
        assert [message.address for message in carrier.sent] == [PHONE]
        assert unread() is None

    def test_and_a_start_are_in_the_trail(self, carrier, invocation):
        for n, word in enumerate(("STOP", "START")):
            inbound.take(text(word, number=n), invocation)
        key = hashing.address_key(PHONE)
        rows = {(row.action, row.actor, row.subject) for row in AuditItem.scan()}
        assert rows == {
            (action, f"contact:{key[:12]}", key) for action in ("opted_out", "opted_in")
        }

    def test_holds_without_its_confirmation(self, carrier, invocation):
        carrier.error = SendUnknown("no_answer")
        done = inbound.take(text("ALTO"), invocation)
        assert opted_out()
        assert done["answer_no_answer"] == 1

    def test_is_confirmed_in_spanish(self, carrier, invocation):
        inbound.take(text("ALTO"), invocation)
        assert "Ya no" in carrier.sent[0].text

    @pytest.mark.parametrize(
        ("body", "answers", "stopped"),
        [
            *(("STOP", 0, True), ("Stop.", 0, True), ("START", 0, False), ("Unstop", 0, False)),
            *(("ALTO", 1, True), ("please stop texting me", 1, True), ("not me", 1, True)),
            *(("comenzar", 1, False), ("HELP", 1, False), ("AYUDA", 1, False)),
        ],
    )
    def test_is_answered_if_the_carrier_does_not(self, carrier, invocation, body, answers, stopped):
        messages = replace(invocation.settings.messages, carrier_answers_stop=True)
        quiet = replace(invocation, settings=replace(invocation.settings, messages=messages))
        inbound.take(text(body), quiet)
        assert len(carrier.sent) == answers
        assert opted_out() is stopped

    def test_that_says_more_is_read_by_a_person_too(self, carrier, invocation):
        inbound.take(text("Stop. He reads my phone and I am scared"), invocation)
        assert opted_out()
        assert unread()[1]["meaning"] == "stop"


class TestStart:
    def test_undoes_stop_here_and_at_the_provider(self, carrier, invocation):
        inbound.take(text("STOP", number=1), invocation)
        inbound.take(text("START", number=2, later=timedelta(minutes=1)), invocation)
        assert not opted_out()
        assert carrier.freed == [PHONE]
        assert len(carrier.sent) == 2

    def test_and_stop_end_at_the_last_word(self, carrier, invocation):
        minute = timedelta(minutes=1)
        inbound.take(text("STOP", number=3, later=3 * minute), invocation)
        inbound.take(text("STOP", number=1), invocation)
        inbound.take(text("START", number=2, later=2 * minute), invocation)
        assert opted_out()
        inbound.take(text("START", number=6, later=6 * minute), invocation)
        inbound.take(text("START", number=4, later=4 * minute), invocation)
        inbound.take(text("STOP", number=5, later=5 * minute), invocation)
        assert not opted_out()

    def test_is_not_a_yes(self, carrier, invocation):
        inbound.take(text("STOP", number=1), invocation)
        inbound.take(text("Yes", number=2, later=timedelta(minutes=1)), invocation)
        assert opted_out()


class TestOtherText:
    def test_asking_for_help_is_told_where_to_turn(self, carrier, invocation):
        inbound.take(text("HELP"), invocation)
        assert "911" in carrier.sent[0].text
        assert not opted_out()

    def test_is_kept_for_a_person_unanswered(self, carrier, invocation):
        for _ in range(2):
            inbound.take(text("he is outside my house"), invocation)
        _, data = unread()
        assert data["text"] == "he is outside my house"
        assert data["address_key"] == hashing.address_key(PHONE)
        assert carrier.sent == []

    def test_carries_the_cases_of_its_phone(self, carrier, invocation):
        for number in ("2611240001", "2611240002"):
            case = a_case().with_report(number=number, origin=number).with_victim(phone=PHONE).case
            store(replace(case, number=number))
        inbound.take(text("he is outside my house"), invocation)
        assert inbox.one("REPLY#inbound-1").data["cases"] == ["2611240001", "2611240002"]

    def test_that_comes_again_changes_nothing(self, carrier, invocation):
        record = AuditRow(entry=AuditEntry(at=NOW, actor="a", action="b", case=""), keep_days=1)
        inbound.take(text("he is outside my house"), invocation)
        name = "REPLY#inbound-1"
        inbox.assign(inbox.one(name), "ana", record)
        inbound.take(text("he is outside my house"), invocation)
        assert (inbox.one(name).owner, inbox.one(name).data["address"]) == ("ana", PHONE)
        inbox.see_to(inbox.one(name), "ana", NOW, record)
        inbound.take(text("he is outside my house"), invocation)
        assert list(inbox.replies()) == []


class TestAnswer:
    @pytest.mark.parametrize("switch", [{"kill": True}, {"trial": True, "guests": []}])
    def test_waits_while_nothing_may_be_sent(self, carrier, invocation, switch):
        sending_controls.turn(**switch)
        inbound.take(text("STOP"), invocation)
        assert opted_out()
        assert carrier.sent == []

    def test_reaches_a_guest_of_the_trial(self, carrier, invocation):
        sending_controls.turn(trial=True, guests=[PHONE])
        inbound.take(text("STOP"), invocation)
        assert len(carrier.sent) == 1

    def test_is_bounded_for_one_phone_a_day(self, carrier, invocation):
        for number in range(inbound.ANSWERS_A_DAY + 5):
            inbound.take(text("HELP", number=number), invocation)
        assert len(carrier.sent) == inbound.ANSWERS_A_DAY
        inbound.take(text("STOP", number=99), invocation)
        assert opted_out()  # what is asked is done, answered or not
        tomorrow = replace(invocation, clock=lambda: NOW + timedelta(days=1))
        inbound.take(text("HELP", number=100), tomorrow)
        assert len(carrier.sent) == inbound.ANSWERS_A_DAY + 1

    @pytest.mark.parametrize("number", ["+18765550123", "+525512345678"])
    def test_goes_to_no_country_that_is_not_texted(self, carrier, invocation, number):
        event = text("STOP")
        record = event["Records"][0]["Sns"]
        record["Message"] = record["Message"].replace(PHONE, number)
        inbound.take(event, invocation)
        assert carrier.sent == []
        assert guards.read("", {number: hashing.address_key(number)}).opted_out == {number}


class TestProviderEvent:
    def test_of_an_email_becomes_a_receipt(self, carrier, invocation, recorded):
        done = inbound.take(load("ses_bounce_permanent"), invocation)
        assert [receipt.outcome for receipt in recorded] == [Outcome.FAILED]
        assert done["failed"] == 1

    def test_of_a_delivery_log_becomes_a_receipt(self, carrier, invocation, recorded):
        batch = load("sms_log_delivered")
        data = base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()
        assert inbound.take({"awslogs": {"data": data}}, invocation)["delivered"] == 1
        assert recorded[0].address == PHONE

    @pytest.mark.parametrize("topic", ["arn:aws:sns:us-west-2:123456789012:another", None])
    def test_of_a_strange_topic_is_a_dead_letter(self, carrier, invocation, topic):
        event = text("STOP")
        event["Records"][0]["Sns"]["TopicArn"] = topic
        with pytest.raises(ReceiptUnreadable):
            inbound.take(event, invocation)
        assert not opted_out()

    def test_of_a_complaint_ends_emails_on_every_case(self, carrier, invocation):
        inbound.take(load("ses_complaint"), invocation)
        key = hashing.address_key("ana@example.com")
        assert guards.read("", {"ana@example.com": key}).opted_out == {"ana@example.com"}

    def test_logs_counts_and_nothing_personal(self, carrier, invocation, monkeypatch, capsys):
        from functions.record_receipt import handler

        class LambdaContext:
            aws_request_id = "request-1"

            def get_remaining_time_in_millis(self):
                return 30000

        with monkeypatch.context():
            logging.getLogger().setLevel(logging.INFO)
            handler.handler(text("STOP. I moved to Pima St"), LambdaContext())  # type: ignore[arg-type]
        out = capsys.readouterr()
        logged = out.out + out.err
        assert "reply_stop" in logged
        assert "5550101" not in logged
        assert "Pima" not in logged
