"""Two people under one arrest number: each arrest is told, and each is withdrawn on its own."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from aviso.domain.duties import duty_id
from aviso.domain.fact_keys import arrest_key
from aviso.domain.model import Arrest, Kind
from aviso.domain.notice_states import was_told
from aviso.feed.arrest_suspects import beside
from aviso.storage import inbox, notices
from aviso.storage.cases import write_row
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local
from tests.support.feed_flow import Streams
from tests.support.sending import Provider

HOUR = timedelta(hours=1)
NIGHT = timedelta(days=1)


@pytest.fixture
def feed(feed: Feed) -> Feed:
    start(feed)
    return feed


def start(feed: Feed) -> None:
    feed.drop("cases", a_case_row())
    suspects = [a_suspect_row(), a_suspect_row(id="S2", last_name="Reed")]
    feed.drop("people", a_person_row(), *suspects)


def one(suspect: str = "S1", **changes: str) -> dict[str, str]:
    return an_arrest_row(**{"id": "A1", "suspect": suspect} | changes)


def send(feed: Feed) -> None:
    streams = Streams(feed.settings)
    for _ in range(2):
        streams.case_changed(NUMBER)


def told(kind: Kind = Kind.ARREST) -> list[str]:
    """Return the facts of this kind that the victim was told."""
    return sorted(n.fact for n in notices.of_case(NUMBER) if n.kind is kind and was_told(n))


def arrests() -> set[tuple[str, bool]]:
    return {(a.suspect, a.withdrawn_at is None) for a in stored().arrests}


class TestTwoUnderOneNumber:
    @pytest.mark.parametrize("rows", list(permutations(("S1", "S2"))))
    def test_are_told_once_each_in_any_order(self, feed: Feed, rows: tuple[str, ...]) -> None:
        for at in (NOW, NOW + HOUR):
            feed.drop("arrests", *(one(s) for s in rows), *(one(s) for s in rows[::-1]), at=at)
            send(feed)
        assert arrests() == {("S1", True), ("S2", True)}
        assert told() == ["arrest:A1", f"arrest:{beside('A1', 'S2')}"]
        assert not list(inbox.rejected())  # two in one file are not a mistake

    @pytest.mark.parametrize("order", list(permutations(("S1", "S2"))))
    def test_second_in_a_later_file_is_told(self, feed: Feed, order: tuple[str, ...]) -> None:
        for n, suspect in enumerate((*order, *order)):
            feed.drop("arrests", one(suspect), at=NOW + n * HOUR)
            send(feed)
        assert arrests() == {("S1", True), ("S2", True)}
        assert len(told()) == 2

    def test_void_takes_back_its_own_notice_alone(self, feed: Feed) -> None:
        feed.drop("arrests", one("S1"), one("S2"))
        send(feed)
        for _ in range(2):
            feed.drop("arrests", one("S2", withdrawn="Y", row_time=local(NOW)), at=NOW + HOUR)
            send(feed)
        assert arrests() == {("S1", True), ("S2", False)}
        assert told(Kind.CORRECTION) == [f"arrest:{beside('A1', 'S2')}"]

    @pytest.mark.parametrize("void", [("S2",), ("S1", "S2")])
    def test_void_says_whether_another_stands(
        self, feed: Feed, provider: Provider, void: tuple[str, ...]
    ) -> None:
        feed.drop("arrests", one("S1"), one("S2"))
        send(feed)
        rows = [one(suspect, withdrawn="Y", row_time=local(NOW)) for suspect in void]
        feed.drop("arrests", *rows, at=NOW + HOUR)
        provider.sent.clear()
        send(feed)
        assert len(told(Kind.CORRECTION)) == len(void)
        assert provider.sent
        for message in provider.sent:
            assert ("Otro arresto es correcto." in message.text) is (void == ("S2",))

    def test_void_of_another_suspect_is_a_task(self, feed: Feed) -> None:
        feed.drop("arrests", one("S1"))
        send(feed)
        feed.drop("arrests", one("S2", withdrawn="Y"), at=NOW + HOUR)
        send(feed)
        assert (told(), told(Kind.CORRECTION)) == (["arrest:A1"], [])
        assert len(list(inbox.rejected())) == 1

    def test_another_suspect_is_a_warning_and_task(self, feed: Feed) -> None:
        feed.drop("arrests", one("S1"))
        summary = feed.drop("arrests", one("S2"), at=NOW + HOUR)
        assert summary["warnings"] == {"other_suspect:NAME_ID": 1}
        name = f"arrests_{NOW + HOUR - timedelta(hours=7):%Y%m%dT%H%M%S}"
        assert [(r["line"], r["column"], r["code"]) for r in feed.rejects(name)] == [
            ("2", "NAME_ID", "other_suspect")
        ]
        (task,) = inbox.rejected()
        assert (task.rows, task.doubtful) == (0, 1)
        again = feed.drop("arrests", one("S2"), at=NOW + 2 * HOUR)
        assert (again["warnings"], len(list(inbox.rejected()))) == ({}, 1)

    def test_are_not_told_again_by_an_upgrade(self, feed: Feed) -> None:
        """What is stored under the number alone stays, even if others come under it."""
        first = Arrest(
            id="A1",
            origin="A1",
            suspect="S2",
            arrested_at=NOW - HOUR,
            export_time=NOW - HOUR,
            digest="of-an-earlier-release",
            first_seen={"arrest:A1": NOW - HOUR},
        )
        write_row(NUMBER, first, None)
        send(feed)
        before = {n.id for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST}
        assert before == {duty_id(NUMBER, "arrest:A1", Kind.ARREST, "P1")}
        feed.drop("arrests", one("S2"))
        send(feed)
        assert told() == ["arrest:A1"]
        feed.drop("arrests", one("S1"), one("S2"), at=NOW + HOUR)
        send(feed)
        assert len(told()) == 2
        assert {arrest_key(a): a.suspect for a in stored().arrests}["arrest:A1"] == "S2"

    def test_renumbered_suspect_is_not_told_again(self, feed: Feed) -> None:
        feed.drop("arrests", one("S1"))
        send(feed)
        feed.drop(
            "people", a_suspect_row(id="S9", former_id="S1", row_time=local(NOW)), at=NOW + HOUR
        )
        feed.drop("arrests", one("S9", row_time=local(NOW)), at=NOW + HOUR)
        send(feed)
        assert (arrests(), told()) == ({("S1", True)}, ["arrest:A1"])
        assert not list(inbox.rejected())

    @pytest.mark.parametrize("rows", list(permutations(("S1", "S2"))))
    def test_keep_their_own_renumbered_arrests(self, feed: Feed, rows: tuple[str, ...]) -> None:
        feed.drop("arrests", one("S1"), one("S2"))
        send(feed)
        before = told()
        new = [one(s, id="A7", former_id="A1", row_time=local(NOW)) for s in rows]
        for n in range(2):
            feed.drop("arrests", *new, at=NOW + (n + 1) * HOUR)
            send(feed)
        assert len(before) == 2
        assert told() == before
        assert arrests() == {("S1", True), ("S2", True)}

    def test_one_missing_is_withdrawn_alone(self, feed: Feed) -> None:
        feed.full("arrests")
        feed.drop("arrests", one("S1"), one("S2"))
        for n in (1, 2):
            summary = feed.drop("arrests", one("S1"), at=NOW + n * NIGHT)
        assert summary["withdrawn"] == 1
        assert arrests() == {("S1", True), ("S2", False)}

    def test_lose_nothing_to_two_imports_at_once(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from aviso.feed import row_writer

        write = write_row

        def beaten(number: str, row: Arrest, replaces: Arrest | None, **at: Any) -> None:
            monkeypatch.setattr(row_writer, "write_row", write)
            feed.drop("arrests", one("S2"), at=NOW + HOUR)
            write(number, row, replaces, **at)

        monkeypatch.setattr(row_writer, "write_row", beaten)
        feed.drop("arrests", one("S1"))
        assert arrests() == {("S1", True), ("S2", True)}

    def test_reject_ids_that_share_no_key(self, feed: Feed) -> None:
        feed.drop("arrests", one("S" * 800, id="A" * 200))
        assert not stored().arrests
        assert [r["code"] for r in feed.rejects("arrests_20261124T120000")] == ["too_long"]
