"""Two files under one name, the second put before the first is read: both are imported."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.feed import row_reader, volume
from aviso.feed.upload_events import acceptance, upload_of
from aviso.storage import inbox
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import BUCKET, Feed, a_case_row, an_arrest_row, stored
from infra.harness.feed_files import ndjson_text

OTHER = "2611240777"
PUSH = "push/cases-r1.ndjson"
STAMPED = "arrests_20261124T1200.csv"
BAD = b"INCIDENT_NUM,STATUS\r\n1,OPEN\r\n"


@pytest.fixture
def feed(aws: None, settings: Settings) -> Feed:
    feed = Feed(settings)
    feed.keep_versions()
    return feed


def cases(feed: Feed, *rows: dict[str, str]) -> bytes:
    return feed.text("cases", rows).encode()


def arrests(feed: Feed, *numbers: int) -> bytes:
    return feed.text("arrests", [an_arrest_row(id=f"A{n}") for n in numbers]).encode()


def status() -> str:
    report = stored().report
    assert report is not None
    return report.status


class TestTwoFilesOfOneName:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_the_rows_of_both_are_imported(self, feed: Feed, order: tuple[int, int]):
        bodies = [cases(feed, a_case_row()), cases(feed, a_case_row(number=OTHER))]
        versions = [feed.put("cases.csv", body) for body in bodies]
        done = [feed.run("cases.csv", version=versions[n]) for n in order]
        assert [(one["result"], one["new"]) for one in done] == [("imported", 1)] * 2
        assert stored(NUMBER).report
        assert stored(OTHER).report

    def test_two_pushes_of_one_id_both_count(self, feed: Feed):
        rows = a_case_row(), a_case_row(number=OTHER)
        versions = [feed.put(PUSH, ndjson_text(feed.file("cases"), [row]).encode()) for row in rows]
        assert [feed.run(PUSH, version=v)["new"] for v in versions] == [1, 1]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    @pytest.mark.parametrize("words", [("OPEN", "ACTIVE"), ("ACTIVE", "OPEN")])
    def test_the_later_wins_under_one_stamp(self, feed: Feed, order: Any, words: Any):
        name = "cases_20261124T1200.csv"
        rows = [a_case_row(status=word, row_time="") for word in words]
        versions = [feed.put(name, cases(feed, row)) for row in rows]
        for n in order:
            feed.run(name, version=versions[n])
        assert status() == words[1]

    def test_an_event_sent_again_changes_nothing(self, feed: Feed):
        first = feed.put("cases.csv", cases(feed, a_case_row()))
        second = feed.put("cases.csv", cases(feed, a_case_row(number=OTHER)))
        for version in (first, second):
            feed.run("cases.csv", version=version)
            assert feed.run("cases.csv", version=version)["result"] == "repeated"

    def test_each_has_its_own_results_and_task(self, feed: Feed):
        first = feed.put("cases.csv", BAD)
        second = feed.put("cases.csv", b"")
        for version in (second, first):
            feed.run("cases.csv", version=version)
        assert sorted(task.refused for task in inbox.rejected()) == ["columns_missing", "empty"]
        assert len(feed.keys("summaries/cases")) == 2
        assert feed.summary("cases")["code"] == "empty"

    def test_without_a_version_the_newest_is_read(self, feed: Feed):
        feed.put("cases.csv", cases(feed, a_case_row()))
        feed.put("cases.csv", cases(feed, a_case_row(number=OTHER)))
        feed.run("cases.csv")
        assert stored(OTHER).report

    def test_a_version_that_is_gone_is_a_task(self, feed: Feed):
        first = feed.put("cases.csv", cases(feed, a_case_row()))
        feed.put("cases.csv", cases(feed, a_case_row(number=OTHER)))
        s3 = boto3.client("s3", region_name="us-west-2")
        s3.delete_object(Bucket=BUCKET, Key="incoming/cases.csv", VersionId=first)
        assert feed.run("cases.csv", version=first)["result"] == "refused"
        assert [task.refused for task in inbox.rejected()] == ["gone"]


class TestReplacedFullFile:
    def test_it_is_no_proof_of_absence(self, feed: Feed):
        feed.full("arrests")
        first = feed.put(STAMPED, arrests(feed, 1))
        second = feed.put(STAMPED, arrests(feed, 1, 2))
        for version in (second, first):
            feed.run(STAMPED, version=version)
        (manifest,) = feed.keys("summaries/manifests/")
        assert len(feed.get(manifest).splitlines()) == 2
        assert len(stored().arrests) == 2


class TestReplacedWhileRead:
    def test_it_is_read_to_its_end(self, feed: Feed, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(row_reader, "BATCH", 2)
        rows = [a_case_row(number=f"261124{n:04d}") for n in range(1, 7)]
        first = feed.put("cases.csv", cases(feed, *rows))
        life = iter([900_000, 20_000, *[900_000] * 9])
        feed.remaining = lambda: next(life)
        assert feed.run("cases.csv", version=first)["result"] == "continues"
        second = feed.put("cases.csv", cases(feed, a_case_row(number=OTHER)))
        assert feed.run("cases.csv", version=second)["new"] == 1
        last = feed.run("cases.csv", version=first)
        assert (last["result"], last["read"], last["new"]) == ("imported", 6, 6)

    def test_within_one_call_too(self, feed: Feed, monkeypatch: pytest.MonkeyPatch):
        first = feed.put("cases.csv", cases(feed, a_case_row()))
        check = volume.check
        later: list[str] = []

        def meanwhile(*args: Any) -> None:
            if not later:
                later.append(feed.put("cases.csv", cases(feed, a_case_row(number=OTHER))))
            check(*args)

        monkeypatch.setattr(volume, "check", meanwhile)
        assert feed.run("cases.csv", version=first)["new"] == 1
        assert stored(NUMBER).report
        assert feed.run("cases.csv", version=later[0])["new"] == 1


class TestReplacedWhileItWaits:
    def test_the_accepted_version_is_imported(self, feed: Feed, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(volume, "MORE", 3)
        files = (replace(f, least=0.5, most=3) for f in feed.settings.feed)
        feed.settings = replace(feed.settings, feed=tuple(files))
        for day in range(volume.ENOUGH):
            feed.drop("arrests", *[an_arrest_row()], at=NOW + timedelta(days=day))
        first = feed.put("arrests.csv", arrests(feed, *range(30)))
        assert feed.run("arrests.csv", version=first)["result"] == "refused"
        (task,) = inbox.rejected()
        feed.put("arrests.csv", arrests(feed, 50))
        event = acceptance(BUCKET, task.file, task.acceptance, task.arrived, task.version)
        upload = upload_of(event["Records"][0])
        assert upload.version == first
        done = feed.run("arrests.csv", accepted=upload.accepted, version=upload.version)
        assert done["new"] == 29
        assert list(inbox.rejected()) == []
