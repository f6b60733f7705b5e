"""The made-up case's files are named as the settings' patterns want it, whatever these are."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Case
from aviso.domain.settings import Settings
from aviso.storage import cases
from infra.deploy import smoke_test, smoke_test_file_names
from infra.deploy.smoke_test_rows import Operator
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed

OPERATOR = Operator(phone="+15205550123", email="operator@example.org", texts_from="+18445550123")
AT = datetime(2026, 11, 25, 15, 1, 2, tzinfo=UTC)
DAILY = r"RMS_KIND_(?P<stamp>\d{8})\.csv"


def under(settings: Settings, pattern: str, example: str, kind: str = "people") -> Settings:
    """Return the settings with another pattern and example for a kind of file, or for all."""
    files = [
        replace(
            f,
            name_pattern=pattern.replace("KIND", f.kind),
            name_example=example.replace("KIND", f.kind),
        )
        if kind in ("", f.kind)
        else f
        for f in settings.feed
    ]
    return replace(settings, feed=tuple(files))


def walked(feed: Feed, now: datetime) -> Case:
    """Send the made-up case's files as they are imported; return the case."""
    for key in smoke_test.send_files(feed._client, "feed", feed.settings, OPERATOR, now):
        feed.now = now
        summary = feed.run(key.removeprefix("incoming/"))
        assert (summary["result"], summary["rejected"], summary["warnings"]) == ("imported", 0, {})
    return cases.read_case(feed.settings.agency.case_number_example)


def summarized(feed: Feed, result: str) -> None:
    """Leave the summary that the import of people.csv ends with."""
    body = json.dumps({"result": result}).encode()
    feed._client.put_object(Bucket="feed", Key="summaries/people.json", Body=body)


class TestName:
    @pytest.mark.parametrize(
        ("pattern", "example", "name"),
        [
            (
                r"RMS_PEOPLE_(?P<stamp>\d{8})\.csv",
                "RMS_PEOPLE_20240131.csv",
                "RMS_PEOPLE_20261125.csv",
            ),
            (r"p(?P<stamp>[0-9T-]+)\.csv", "p2024-01-31T08-30.csv", "p2026-11-25T08-01.csv"),
            (r"p_(?P<stamp>\d+)\.csv", "P_20240131083000.CSV", "P_20261125080102.CSV"),
            (r"(NIGHT|DAY)-\d+( \(\d\))?\.csv", "NIGHT-7 (2).csv", "NIGHT-7 (2).csv"),
            (r"people(_(?P<stamp>\d{8}))?\.csv", "people.csv", "people.csv"),
        ],
    )
    def test_is_the_settings_example_at_agency_time(self, settings, pattern, example, name) -> None:
        agency = under(settings, pattern, example=example)
        (people,) = [file for file in agency.feed if file.kind == "people"]
        assert smoke_test_file_names.names(people, agency, AT)[0] == name

    def test_by_the_day_takes_no_exports_place(self, aws, settings) -> None:
        feed = Feed(settings)
        feed.settings = under(settings, DAILY, "RMS_KIND_20240131.csv", kind="")
        now = datetime.now(UTC)
        own = f"RMS_people_{now:%Y%m%d}.csv"
        feed.put(own, b"the day's own")
        assert len(walked(feed, now).arrests) == 1
        assert len(walked(feed, now + timedelta(minutes=5)).arrests) == 2  # over its own files
        found = feed._client.get_object(Bucket="feed", Key=f"incoming/{own}")["Body"].read()
        assert found == b"the day's own"

    @pytest.mark.parametrize("result", ["", "refused"])
    def test_gives_way_to_the_only_name_once_imported(self, aws, settings, result) -> None:
        feed = Feed(settings)
        feed.settings = under(settings, r"KIND\.csv", "KIND.csv", kind="")
        feed.put("people.csv", b"the day's own")
        if result:
            summarized(feed, result)
        late = datetime.now(UTC) + timedelta(days=2)  # given up, and still to be redriven
        with pytest.raises(smoke_test.SmokeError, match=r"own people\.csv is not imported yet"):
            smoke_test.send_files(feed._client, "feed", feed.settings, OPERATOR, late)
        summarized(feed, "imported")
        assert len(walked(feed, datetime.now(UTC)).arrests) == 1

    def test_is_not_freed_by_a_former_summary(self, aws, settings, monkeypatch) -> None:
        feed = Feed(settings)
        agency = under(settings, r"people\.csv", "people.csv")
        feed.put("people.csv", b"the day's own")
        summarized(feed, "imported")
        (people,) = [file for file in agency.feed if file.kind == "people"]
        assert (
            smoke_test_file_names.free_name(feed._client, "feed", people, agency, NOW)
            == "people.csv"
        )
        there = feed._client.head_object

        def newer(**asked: str) -> dict[str, Any]:
            found: dict[str, Any] = there(**asked)
            return found | {"LastModified": found["LastModified"] + timedelta(minutes=1)}

        monkeypatch.setattr(feed._client, "head_object", newer)  # the process's own client
        with pytest.raises(LookupError, match="not imported yet"):
            smoke_test_file_names.free_name(feed._client, "feed", people, agency, NOW)
