"""The vendor gets an email about a file's mistakes: what, where and the way out, once an hour."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendDeferred, SendFailed
from aviso.domain.settings import Settings
from aviso.feed import vendor_email
from aviso.providers import sender
from aviso.providers.message import Handed, OutgoingMessage
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, a_person_row

VENDOR = "support@vendor.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def feed(aws: None, settings: Settings) -> Feed:
    return Feed(replace(settings, vendor_email=VENDOR))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[OutgoingMessage]:
    found: list[OutgoingMessage] = []

    class Mail:
        def send(self, message: OutgoingMessage, seconds_left: float) -> Handed:
            found.append(message)
            return Handed("id-1")

    monkeypatch.setattr(sender, "sender", lambda channel: Mail())
    return found


def tell(feed: Feed, summary: dict[str, Any], minutes: int = 0) -> bool:
    return vendor_email.tell(summary, feed.settings, NOW + minutes * MINUTE)


def bad_people(feed: Feed) -> dict[str, Any]:
    row = a_person_row(first_name="Zorahayda", phone="520-555-0177", role="XX")
    return feed.drop("people", a_person_row(), row)


class TestEmail:
    def test_it_says_file_line_sentence_and_way_out(self, feed: Feed, sent):
        assert tell(feed, bad_people(feed))
        (message,) = sent
        assert message.address == VENDOR
        for said in ("incoming/people_", "line 3", "do not know this role", "ignore_roles"):
            assert said in message.text

    def test_it_has_the_few_dates_that_are_unreadable(self, feed: Feed, sent):
        assert tell(
            feed, feed.drop("people", a_person_row(), a_person_row(id="P2", birth_date="?"))
        )
        assert "line 3, column DOB: Dates of this column that cannot be read: 1." in sent[0].text
        assert "Send dates like 01/02/2019" in sent[0].text

    def test_no_value_of_a_row_is_in_it(self, feed: Feed, sent):
        tell(feed, bad_people(feed))
        for value in ("Zorahayda", "520", "0177", "XX"):
            assert value not in sent[0].text + sent[0].subject

    def test_a_refused_file_is_told(self, feed: Feed, sent):
        feed.put("cases.csv", b"")
        assert tell(feed, feed.run("cases.csv"))
        assert "the file is empty" in sent[0].text

    def test_a_file_of_an_unknown_name_is_told(self, feed: Feed, sent):
        feed.put("kases.csv", b"x")
        assert tell(feed, feed.run("kases.csv"))
        assert "incoming/kases.csv" in sent[0].text

    @pytest.mark.parametrize("result", ["imported", "repeated", "continues"])
    def test_nothing_is_sent_without_mistakes(self, feed: Feed, sent, result: str):
        mistakes = ["x"] if result == "continues" else []
        assert not tell(feed, {"result": result, "kind": "cases", "mistakes": mistakes})
        assert not tell(feed, feed.drop("cases", a_case_row()))
        assert sent == []

    def test_a_replaced_file_is_no_mistake(self, feed: Feed, sent):
        summary = {"result": "refused", "code": "replaced", "mistakes": ["x"]}
        assert not tell(feed, summary)

    def test_nothing_is_sent_without_an_address(self, feed: Feed, sent):
        feed.settings = replace(feed.settings, vendor_email="")
        assert not tell(feed, bad_people(feed))
        assert sent == []


class TestBound:
    def summary(self, kind: str = "cases", rejected: int = 1) -> dict[str, Any]:
        return {"result": "imported", "kind": kind, "mistakes": ["x"], "rejected": rejected}

    def test_one_an_hour_for_each_kind(self, feed: Feed, sent):
        for minute in range(180):
            tell(feed, self.summary(), minute)
        tell(feed, self.summary("people"), 1)
        assert len(sent) == 4

    def test_one_a_day_if_every_row_was_imported(self, feed: Feed, sent):
        for hour in range(26):
            tell(feed, self.summary(rejected=0), 60 * hour)
        assert len(sent) == 2
        assert tell(feed, self.summary(), 60 * 26)

    @pytest.mark.parametrize("error", [SendDeferred("throttled"), SendFailed("invalid_address")])
    def test_a_failed_email_fails_no_import(self, feed: Feed, sent, monkeypatch, error):
        class Down:
            def send(self, message: OutgoingMessage, seconds_left: float) -> Handed:
                raise error

        monkeypatch.setattr(sender, "sender", lambda channel: Down())
        assert tell(feed, self.summary())
