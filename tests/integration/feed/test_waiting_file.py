"""A file that waits for a person: what it would do, and its import once it is accepted."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.feed import preview, volume
from aviso.feed.upload_events import upload_of
from aviso.staff import feed_files
from aviso.staff.actor import Actor
from aviso.storage import inbox
from aviso.storage.inbox_entries import RejectedRows
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, an_arrest_row, stored
from infra.harness.feed_files import local
from infra.ops import accept_file

DAY = timedelta(days=1)
NAME = "arrests_20261130T120000.csv"


@pytest.fixture
def feed(aws: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setattr(volume, "FEWER", 3)
    monkeypatch.setattr(volume, "MORE", 3)
    feed = Feed(settings)
    feed.full("arrests")
    files = (replace(f, least=0.5, most=3) for f in feed.settings.feed)
    feed.settings = replace(feed.settings, feed=tuple(files))
    return feed


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Give the events with which accepted files are imported."""
    import json

    found: list[dict[str, Any]] = []

    class Functions:
        def invoke(self, **asked: Any) -> None:
            assert (asked["FunctionName"], asked["InvocationType"]) == ("import:live", "Event")
            found.append(json.loads(asked["Payload"]))

    monkeypatch.setattr(feed_files, "client", lambda service: Functions())
    monkeypatch.setenv("FEED_BUCKET", "feed")
    monkeypatch.setenv("IMPORT_FUNCTION", "import:live")
    return found


@pytest.fixture
def boss(settings: Settings) -> Actor:
    return Actor(
        id="id-boss",
        name="boss",
        audit_name="staff:id-boss",
        roles=frozenset({Role.SUPERVISOR}),
        settings=settings,
        now=NOW,
    )


def arrests(*numbers: int, **changes: str) -> list[dict[str, str]]:
    return [an_arrest_row(id=f"A{n}", **changes) for n in numbers]


def usual(feed: Feed) -> None:
    for day in range(volume.ENOUGH):
        feed.drop("arrests", *arrests(*range(10)), at=NOW + day * DAY)


def put(feed: Feed, *rows: dict[str, str], arrived: str = "") -> RejectedRows:
    """Put a file and let it be refused; return its task."""
    feed.put(NAME, feed.text("arrests", rows).encode())
    assert feed.run(NAME, arrived)["result"] == "refused"
    (file,) = inbox.rejected()
    return file


class TestPreview:
    def test_it_says_what_a_small_file_lacks(self, feed: Feed):
        usual(feed)
        rows = [*arrests(0), *arrests(1, juvenile="Y"), *arrests(2, withdrawn="Y")]
        file = put(feed, *rows)
        assert file.numbers == {"now": 3, "usual": 10, "missing": 7, "changed": 2, "withdrawn": 1}

    def test_it_says_what_a_large_file_adds(self, feed: Feed):
        usual(feed)
        assert put(feed, *arrests(*range(45))).numbers == {"now": 45, "usual": 10, "new": 35}

    def test_it_changes_nothing(self, feed: Feed):
        usual(feed)
        before = stored()
        put(feed, *arrests(*range(5, 50)))
        assert stored() == before

    def test_it_says_when_there_was_no_time(self, feed: Feed):
        usual(feed)
        feed.remaining = lambda: preview.TIME_TO_SAY_SO - 1
        assert put(feed, *arrests(*range(45))).numbers == {"now": 45, "usual": 10, "unread": 1}


class TestAccepting:
    def test_the_version_that_was_looked_at_is_imported(self, feed: Feed, events, boss: Actor):
        usual(feed)
        feed_files.accept(put(feed, *arrests(*range(45))), boss)
        (event,) = events
        upload = upload_of(event["Records"][0])
        assert upload.key == f"incoming/{NAME}"
        assert feed.run(NAME, accepted=upload.accepted)["new"] == 35
        assert feed.run(NAME, accepted=upload.accepted)["result"] == "repeated"
        assert list(inbox.rejected()) == []

    def test_until_then_the_task_names_who_accepted_it(self, feed: Feed, events, boss: Actor):
        usual(feed)
        feed_files.accept(put(feed, *arrests(*range(45))), boss)
        (file,) = inbox.rejected()
        assert file.accepted_by == "boss"
        feed_files.accept(file, boss)  # the first call to the import may have failed
        assert len(events) == 2

    def test_another_version_of_the_name_is_not_imported(self, feed: Feed, events, boss: Actor):
        usual(feed)
        file = put(feed, *arrests(*range(45)))
        feed.put(NAME, feed.text("arrests", arrests(*range(60))).encode())
        assert feed.run(NAME, accepted=file.acceptance)["result"] == "refused"
        assert len(stored().arrests) == 10

    def test_its_rows_are_as_old_as_its_arrival(self, feed: Feed, events, boss: Actor):
        usual(feed)
        with time_machine.travel(NOW + 9 * DAY, tick=False):
            file = put(feed, *arrests(*range(45)), arrived="2026-12-03T19:00:00.250Z")
        feed_files.accept(file, boss)
        upload = upload_of(events[0]["Records"][0])
        assert upload.arrived == NOW + 9 * DAY + timedelta(milliseconds=250)

    def test_the_next_files_are_compared_with_it(self, feed: Feed, events, boss: Actor):
        usual(feed)
        file = put(feed, *arrests(*range(45)))
        feed.run(NAME, accepted=file.acceptance)
        assert feed.drop("arrests", *arrests(*range(46)), at=NOW + 9 * DAY)["result"] == "imported"

    def test_it_waits_again_for_what_nobody_saw(self, feed: Feed, events, boss: Actor):
        """Its number of rows is unusual, and its dates are empty: two decisions."""
        dated = [row | {"appearance_at": local(NOW)} for row in arrests(*range(60))]
        for day in range(volume.ENOUGH):
            feed.drop("arrests", *dated, at=NOW + day * DAY)
        empty = [an_arrest_row(id=f"B{n}", appearance_at="") for n in range(200)]
        feed.put(NAME, feed.text("arrests", empty).encode())
        codes = [feed.run(NAME)["code"]]
        for _ in range(2):
            (file,) = inbox.rejected()
            feed_files.accept(file, boss)
            accepted = upload_of(events[-1]["Records"][0]).accepted
            codes.append(feed.run(NAME, accepted=accepted).get("code", "imported"))
        assert codes == ["larger", "emptied", "imported"]

    def test_a_trailer_that_disagrees_can_be_accepted(self, feed: Feed):
        files = (replace(f, trailer=r"TOTAL,(?P<rows>\d+)") for f in feed.settings.feed)
        feed.settings = replace(feed.settings, feed=tuple(files))
        feed.put(NAME, feed.text("arrests", arrests(1, 2)).encode() + b"TOTAL,3\r\n")
        assert feed.run(NAME)["result"] == "refused"
        (file,) = inbox.rejected()
        assert file.numbers == {"now": 2, "said": 3, "new": 2}
        assert feed.run(NAME, accepted=file.acceptance)["new"] == 2


class TestOperator:
    def test_the_command_decides_as_the_desk_does(self, feed: Feed, events, boss: Actor):
        usual(feed)
        put(feed, *arrests(*range(45)))
        accept_file.accept(f"incoming/{NAME}", boss)
        assert len(events) == 1

    @pytest.mark.parametrize("key", ["incoming/gone.csv", "summaries/x.json", NAME])
    def test_no_other_file_can_be_accepted(self, feed: Feed, events, boss: Actor, key: str):
        feed.put("empty.csv", b"")
        feed.run("empty.csv")
        usual(feed)
        with pytest.raises(SystemExit, match="No file"):
            accept_file.accept(key, boss)
        with pytest.raises(SystemExit, match="No file"):
            accept_file.accept("incoming/empty.csv", boss)
