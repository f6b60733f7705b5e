"""`make run` with an agency's own settings: what is said of its files, and what the build takes."""

import os

import pytest

from infra.compiler.compile import SettingsMistakes
from infra.local import own_feed, sam_build
from infra.repository import ROOT


class TestSummary:
    def test_of_an_import_shows_its_counts(self):
        counts = {"read": 4, "new": 3, "rejected": 1, "ignored": 0, "skipped": 0}
        summary = {"file": "incoming/x.csv", "result": "imported", **counts, "mistakes": ["line 2"]}
        said = "x.csv: imported: 4 read, 3 new, 1 rejected, 0 ignored, 0 skipped\n    line 2"
        assert own_feed.told(summary) == said

    def test_of_a_refusal_shows_the_way_out(self):
        summary = {"file": "incoming/x.csv", "result": "refused", "mistakes": ["x.csv: Rename it."]}
        assert own_feed.told(summary) == "x.csv: refused\n    x.csv: Rename it."


class TestFiles:
    def test_of_every_ending_are_uploaded(self, tmp_path):
        for name in ("people.TXT", "cases.csv", "arrests.ndjson", ".DS_Store"):
            (tmp_path / name).touch()
        (tmp_path / "old").mkdir()
        found = [path.name for path in own_feed.exports(tmp_path)]
        assert found == ["arrests.ndjson", "cases.csv", "people.TXT"]


class TestGuests:
    def test_are_phones_and_emails(self):
        assert own_feed.guests("520-555-0123, a@example.org") == ["+15205550123", "a@example.org"]
        assert own_feed.guests("") == []

    def test_that_are_neither_are_refused(self):
        with pytest.raises(ValueError, match="a phone or an email"):
            own_feed.guests("somebody")


class TestSettings:
    @pytest.fixture
    def agency(self, tmp_path, monkeypatch):
        monkeypatch.setenv("AGENCY", "")
        path = tmp_path / "police.yaml"
        path.write_text((ROOT / "infra/agency/sample.yaml").read_text("utf-8"), "utf-8")
        return path

    def test_with_mistakes_are_not_taken(self, agency):
        agency.write_text("agency: {}\n", "utf-8")
        with pytest.raises(SettingsMistakes, match=r"police\.yaml:1: agency\.name: is missing"):
            own_feed.use(agency)
        assert os.environ["AGENCY"] == ""

    def test_that_change_are_built_again(self, agency):
        own_feed.use(agency)
        before = sam_build.inputs_hash()
        agency.write_text(agency.read_text("utf-8") + "# a change\n", "utf-8")
        assert sam_build.inputs_hash() != before
