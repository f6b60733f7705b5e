"""The sample export: always the same, always fresh, and imported as intended."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from aviso.domain.duties import owed
from aviso.domain.model import Case, Channel
from aviso.domain.restriction import restriction_of
from aviso.domain.roster import reach
from aviso.domain.settings import Settings
from aviso.storage import cases
from infra.harness.builders import NOW, case_at
from infra.harness.feed_drop import Feed
from infra.local.sample.export import ENCODINGS, export
from tests.support.feed_flow import empty_tables, tables

CASES = 30


def written(folder: Path, count: int = CASES, now: datetime = NOW, seed: int = 7) -> dict[str, Any]:
    return export(folder, count, now, seed)


def rows(folder: Path, kind: str) -> list[dict[str, str]]:
    text = (folder / f"{kind}.csv").read_text(encoding=ENCODINGS[kind])
    return list(csv.DictReader(io.StringIO(text)))


def load(feed: Feed, folder: Path, kinds: Sequence[str] = tuple(ENCODINGS)) -> dict[str, Any]:
    for kind in kinds:
        feed.put(f"{kind}.csv", (folder / f"{kind}.csv").read_bytes())
    return {kind: feed.run(f"{kind}.csv") for kind in kinds}


def numbers(folder: Path) -> set[str]:
    found = {row["INCIDENT_NUM"] for row in rows(folder, "cases")}
    return {number for number in found if not number.endswith("9999")}


class TestSampleExport:
    def test_is_the_same_for_one_seed_and_time(self, tmp_path: Path) -> None:
        written(tmp_path / "a")
        written(tmp_path / "b")
        written(tmp_path / "c", seed=8)
        for name in ("cases.csv", "people.csv", "arrests.csv", "story.json", "story_arrest.csv"):
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert rows(tmp_path / "a", "people") != rows(tmp_path / "c", "people")

    def test_holds_only_made_up_contacts(self, tmp_path: Path) -> None:
        written(tmp_path, 300)
        for row in rows(tmp_path, "people"):
            digits = "".join(c for c in row["PHONE"] or "" if c.isdigit())
            assert digits in ("", "555") or digits[3:8] == "55501"
            assert (row["EMAIL"] or "").partition("@")[2] in ("", "example.com", "example.org")

    def test_has_the_people_hard_to_notify(self, tmp_path: Path) -> None:
        written(tmp_path, 500)
        people = [row for row in rows(tmp_path, "people") if row["NAME_ID"].startswith("N0")]
        victims = [row for row in people if row["INVL_TYPE"] == "VIC"]
        assert {row["INVL_TYPE"] for row in people} == {"VIC", "SUS", "GRD", "NOK"}
        for column, value in (
            ("MINOR_FLAG", "Y"),
            ("DECEASED_FLAG", "Y"),
            ("PHONE", ""),
            ("PHONE_TYPE", "H"),
            ("LANG", "SPA"),
            ("SAFE_CONTACT", "N"),
            ("RIGHTS_CD", "W"),
        ):
            assert any(row[column] == value for row in victims), column
        names = " ".join(row["FIRST_NM"] + row["LAST_NM"] for row in people)
        assert all(mark in names for mark in "ñéíóú-'’")
        by_case: dict[str, list[dict[str, str]]] = {}
        for row in people:
            by_case.setdefault(row["INCIDENT_NUM"], []).append(row)
        shared = {
            frozenset((one["INVL_TYPE"], other["INVL_TYPE"]))
            for case in by_case.values()
            for one in case
            for other in case
            if one is not other and one["PHONE"] and one["PHONE"] == other["PHONE"]
        }
        assert {frozenset({"VIC"}), frozenset({"VIC", "SUS"})} <= shared

    @pytest.mark.parametrize("now", ["2026-11-24T19:00+00:00", "2028-02-29T07:30+00:00"])
    def test_has_dates_relative_to_its_day(self, tmp_path: Path, now: str) -> None:
        at = datetime.fromisoformat(now)
        written(tmp_path, 200, at)
        reported = [
            datetime.strptime(row["RPT_DT"] + " -0700", "%m/%d/%Y %H:%M %z")
            for row in rows(tmp_path, "cases")
            if row["RPT_DT"] != "soon"
        ]
        assert all(timedelta(0) < at - r < timedelta(days=121) for r in reported)
        young = sum(at - r < timedelta(days=14) for r in reported)
        assert 0.15 < young / len(reported) < 0.4

    def test_uses_only_codes_of_the_sample_settings(self, feed: Feed, tmp_path: Path) -> None:
        written(tmp_path)
        load(feed, tmp_path)
        for number in numbers(tmp_path):
            case = cases.read_case(number)
            assert case.report is not None
            assert case.report.status in feed.settings.statuses
            assert feed.settings.offense_group(case.report.offense)
            assert {a.suspect for a in case.arrests} <= {s.id for s in case.suspects}
            assert {r.victim for r in case.speakers} <= {v.id for v in case.victims}


def _whole(folder: Path) -> list[dict[str, str]]:
    return [{k: v or "" for k, v in row.items() if k} for row in rows(folder, "people")]


def _any_name(settings: Settings) -> Settings:
    from msgspec.structs import replace

    return replace(
        settings,
        feed=tuple(replace(f, name_pattern=f.kind + r".*\.csv") for f in settings.feed),
    )


def addresses(case: Case, settings: Settings) -> Iterator[str]:
    """Yield every phone and email that a notice could go to now."""
    for victim in case.victims:
        found = reach(case_at(case, settings), victim)
        yield from (c.address for c in found.contacts if c.channel is not Channel.LETTER)


class TestImportOfSample:
    def test_rejects_the_dirty_rows_alone(self, feed: Feed, tmp_path: Path) -> None:
        written(tmp_path)
        results = load(feed, tmp_path)
        assert {kind: r["rejected"] for kind, r in results.items()} == {
            "cases": 0,
            "people": 4,
            "arrests": 1,
        }
        assert {row["code"] for row in feed.rejects("people")} == {
            "missing", "unknown_role", "bad_number", "width",
        }  # fmt: skip
        assert results["people"]["warnings"] == {
            "bad_date:DOB": 1,
            "bad_email:EMAIL": 1,
            "bad_phone:PHONE": 1,
        }
        assert results["cases"]["warnings"] == {"bad_date:RPT_DT": 1}
        assert results["cases"]["new"] == CASES + 2

    def test_owes_the_storys_victim_her_notice(self, feed: Feed, tmp_path: Path) -> None:
        told = written(tmp_path)
        load(feed, tmp_path)
        case = cases.read_case(told["case_number"])
        assert json.loads((tmp_path / "story.json").read_text()) == told
        assert restriction_of(case, feed.settings) is None
        (victim,) = case.victims
        assert (victim.last_name, str(victim.birth_date)) == (told["last_name"], told["birth_date"])
        assert (victim.language, victim.phone, victim.email) == (told["language"], "", "")
        assert case.arrests == ()
        assert case.report is not None
        assert case.report.assigned
        feed.put("arrests_1.csv", (tmp_path / told["arrest_file"]).read_bytes())
        feed.settings = _any_name(feed.settings)
        assert feed.run("arrests_1.csv")["new"] == 1
        after = cases.read_case(told["case_number"])
        assert "arrest" in {duty.kind for duty in owed(case_at(after, feed.settings))}
        everyone = "".join(row["PHONE"] + row["EMAIL"] for row in _whole(tmp_path))
        assert told["phone"] not in everyone
        assert told["email"] not in everyone

    @pytest.mark.parametrize("order", list(permutations(ENCODINGS)))
    def test_reaches_no_suspect_in_any_file_order(
        self, feed: Feed, tmp_path: Path, order: tuple[str, ...]
    ) -> None:
        written(tmp_path, 20)
        load(feed, tmp_path)
        whole = {number: cases.read_case(number) for number in numbers(tmp_path)}
        expected = tables(sorted(whole), frozenset({"export_time"}))
        empty_tables()
        reached = 0
        for n, kind in enumerate(order * 2):  # each file delivered twice
            name = f"{kind}_{NOW - timedelta(minutes=9 - n):%Y%m%dT%H%M%S}.csv"
            feed.put(name, (tmp_path / f"{kind}.csv").read_bytes())
            feed.run(name)
            for number, final in whole.items():
                barred = {
                    address for s in final.suspects for address in (s.phone, s.email) if address
                }
                for address in addresses(cases.read_case(number), feed.settings):
                    reached += 1
                    assert address not in barred
        assert reached
        assert tables(sorted(whole), frozenset({"export_time"})) == expected
