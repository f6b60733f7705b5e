"""The made-up case's files are named as the settings' patterns want it, whatever these are."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.models import Case
from aviso.settings import Settings
from aviso.store import cases
from infra.deploy import naming, run, smoke
from tests.builders import NOW
from tests.feeds import Feed

OPERATOR = smoke.Operator(
    phone="+15205550123", email="operator@example.org", texts_from="+18445550123"
)
AT = datetime(2026, 11, 25, 15, 1, 2, tzinfo=UTC)
DAILY = r"RMS_{kind}_(?P<stamp>\d{{8}})\.csv"
PATTERNS = [
    (r"RMS_PEOPLE_(?P<stamp>\d{8})\.csv", "RMS_PEOPLE_20261125.csv"),
    (r"^PEOPLE[0-9]+\.CSV$", "PEOPLE20261125150102.CSV"),
    (r"people_\d{8}", "people_20261125"),
    (r"^people(?P<stamp>.*)\.csv$", "people_20261125_150102.csv"),
    (r"P(?P<stamp>(?:19|20)\d\d(?:0[1-9]|1[0-2])\d\d)\.csv", "P20261125.csv"),
    (r"(?:NIGHT|DAY)-(?P<stamp>\d{4}-\d\d-\d\d)(?: \(\d\))?\.(?:csv|txt)",
     "NIGHT-2026-11-25 (2).csv"),
    (r"[A-F]{2}\W?x*[^a-z]_\w{3}\.csv", "AA2_026.csv"),
    (r"People\.csv", "People.csv"),
]  # fmt: skip


def under(settings: Settings, pattern: str, kind: str = "people") -> Settings:
    """Return the settings with another pattern for this kind of file, or `{kind}` in it for all."""
    files = [
        replace(f, name_pattern=pattern.format(kind=f.kind) if "{kind}" in pattern else pattern)
        if kind in ("", f.kind)
        else f
        for f in settings.feed
    ]
    return replace(settings, feed=tuple(files))


@pytest.mark.parametrize(("pattern", "name"), PATTERNS)
def test_a_name_is_written_from_the_pattern(settings, pattern, name) -> None:
    agency = under(settings, pattern)
    (people,) = [file for file in agency.feed if file.kind == "people"]
    assert naming.names(people, agency, AT)[0] == name
    assert re.fullmatch(pattern, name, re.IGNORECASE)
    assert naming.unnamed(agency, AT) == ""


def test_what_no_name_can_be_written_for_is_said_before_anything_is_deployed(
    settings, capsys
) -> None:
    agency = under(settings, r"(?=nothing)people\.csv")
    (line,) = run.untried(agency, NOW)
    assert "people, so that the test will fail at its files" in line
    assert line in capsys.readouterr().out
    with pytest.raises(LookupError, match="pattern for people"):
        naming.free_name(None, "feed", agency.feed[1], agency, NOW)


def test_a_name_that_another_kind_of_file_would_be_read_by_is_none(settings) -> None:
    agency = under(settings, r".*\.csv", kind="cases")
    assert naming.unnamed(agency, AT) == "people, arrests"


def walked(feed: Feed, now: datetime) -> Case:
    """Send the made-up case's files as they are imported; return the case."""
    for key in smoke.send_files(feed._client, "feed", feed.settings, OPERATOR, now):
        feed.now = now
        summary = feed.run(key.removeprefix("incoming/"))
        assert (summary["result"], summary["rejected"], summary["warnings"]) == ("imported", 0, {})
    return cases.read_case(feed.settings.agency.case_number_example)


def test_files_named_by_their_day_alone_are_imported_and_take_no_exports_place(
    aws, settings
) -> None:
    feed = Feed(settings)
    feed.settings = under(settings, DAILY, kind="")
    now = datetime.now(UTC)
    own = f"RMS_people_{now:%Y%m%d}.csv"
    feed.put(own, b"the day's own")
    assert len(walked(feed, now).arrests) == 1
    assert len(walked(feed, now + timedelta(minutes=5)).arrests) == 2  # over its own files
    found = feed._client.get_object(Bucket="feed", Key=f"incoming/{own}")["Body"].read()
    assert found == b"the day's own"


@pytest.mark.parametrize("result", ["", "refused"])
def test_an_export_of_the_only_name_there_is_gives_way_once_it_was_imported_and_never_before(
    aws, settings, result
) -> None:
    feed = Feed(settings)
    feed.settings = under(settings, r"{kind}\.csv", kind="")
    feed.put("people.csv", b"the day's own")
    if result:
        summarized(feed, result)
    late = datetime.now(UTC) + timedelta(days=2)  # given up, and still to be redriven
    with pytest.raises(smoke.SmokeError, match=r"own people\.csv is not imported yet"):
        smoke.send_files(feed._client, "feed", feed.settings, OPERATOR, late)
    summarized(feed, "imported")
    assert len(walked(feed, datetime.now(UTC)).arrests) == 1


def test_a_former_exports_summary_frees_no_name(aws, settings) -> None:
    feed = Feed(settings)
    agency = under(settings, r"people\.csv")
    feed.put("people.csv", b"the day's own")
    summarized(feed, "imported")
    (people,) = [file for file in agency.feed if file.kind == "people"]
    assert naming.free_name(feed._client, "feed", people, agency, NOW) == "people.csv"
    there = feed._client.head_object

    def newer(**asked: str) -> dict[str, Any]:
        found: dict[str, Any] = there(**asked)
        return found | {"LastModified": found["LastModified"] + timedelta(minutes=1)}

    feed._client.head_object = newer
    with pytest.raises(LookupError, match="not imported yet"):
        naming.free_name(feed._client, "feed", people, agency, NOW)


def summarized(feed: Feed, result: str) -> None:
    """Leave the summary that the import of people.csv ends with."""
    body = json.dumps({"result": result}).encode()
    feed._client.put_object(Bucket="feed", Key="summaries/people.json", Body=body)
