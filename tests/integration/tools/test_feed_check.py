"""The feed check: what one file would do, said before it is dropped."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from aviso.content import templates
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from aviso.feed import volume
from aviso.runtime import clients
from infra.harness.builders import NOW, NUMBER, STALKING
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import PHOENIX, export_text, local, ndjson_text
from infra.replay.check_report import WARNINGS, report
from infra.replay.dry_run import Rehearsal
from infra.replay.file_check import Check, check

AFTER = NOW + timedelta(minutes=5)
NAMES = ("Ana", "Muñoz", "Poole", "ana@example.com", "555-0101", NUMBER)
ROWS = {
    "cases": [a_case_row()],
    "people": [a_person_row(), a_suspect_row()],
    "arrests": [an_arrest_row()],
}
Change = Callable[[str], str]


@dataclass
class Desk:
    """A folder of earlier exports, and the file to check beside it."""

    folder: Path
    settings: Settings

    def set(self, **changes: object) -> None:
        feed = tuple(replace(file, **changes) for file in self.settings.feed)
        self.settings = replace(self.settings, feed=feed)

    def text(self, kind: str, *rows: Mapping[str, str]) -> str:
        columns = next(f for f in self.settings.feed if f.kind == kind).columns
        named = [{columns[name]: value for name, value in row.items()} for row in rows]
        return export_text(columns.values(), named)

    def earlier(self, at: datetime = NOW, **files: list[dict[str, str]]) -> None:
        (self.folder / "base").mkdir(exist_ok=True)
        for kind, rows in files.items():
            path = self.folder / "base" / f"{kind}_{at + PHOENIX:%Y%m%dT%H%M%S}.csv"
            path.write_text(self.text(kind, *rows), "utf-8", newline="")

    def check(self, body: str | bytes, name: str = "people.csv") -> Check:
        path = self.folder / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        played = Rehearsal(self.settings, templates.environment(), "https://portal.example.org")
        base = self.folder / "base"
        return check(path, played, AFTER, base if base.is_dir() else None)

    def said(self, found: Check, *, names: bool = False) -> str:
        return "\n".join(report(found, self.settings, names=names))

    def counted(self, found: Check) -> dict[tuple[Kind, str], int]:
        told = [(told.kind, way) for told in found.told for way in told.ways]
        return {what: told.count(what) for what in told}


@pytest.fixture
def desk(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Desk:
    def speaks_to_aws(*args: object, **kwargs: object) -> None:
        raise AssertionError("a check spoke to AWS")

    monkeypatch.setattr(clients, "client", speaks_to_aws)
    return Desk(tmp_path, settings)


class TestAGoodFile:
    def test_every_section_has_its_figures(self, desk: Desk) -> None:
        desk.earlier(cases=ROWS["cases"])
        found = desk.check(desk.text("people", *ROWS["people"]), "people_20261124_0900.csv")
        said = desk.said(found)
        assert not found.lost
        assert "fits feed.people.name_pattern" in said
        assert "2026-11-24 09:00 (the name's stamp)" in said
        assert "Encoding: utf-8-sig. Delimiter: ','." in said
        assert "INVL_TYPE (role)" in said
        assert "imported 2" in said
        assert "first contact, sms: 1" in said
        assert "BASE has 0 earlier people files, and 5 are needed" in said

    def test_who_was_told_before_is_not_told_again(self, desk: Desk) -> None:
        desk.earlier(cases=ROWS["cases"], people=ROWS["people"])
        assert desk.check(desk.text("people", *ROWS["people"])).told == []
        found = desk.check(desk.text("arrests", *ROWS["arrests"]), "arrests.csv")
        assert desk.counted(found) == {(Kind.ARREST, "sms"): 1, (Kind.ARREST, "email"): 1}

    def test_a_first_file_of_old_cases_is_no_news(self, desk: Desk) -> None:
        agency = replace(desk.settings.agency, go_live=NOW - timedelta(days=900))
        desk.settings = replace(desk.settings, agency=agency)
        desk.earlier(cases=[a_case_row(reported_at=local(NOW - timedelta(days=800)))])
        assert desk.check(desk.text("people", *ROWS["people"])).told == []

    def test_without_the_report_nobody_is_told(self, desk: Desk) -> None:
        found = desk.check(desk.text("arrests", *ROWS["arrests"]), "arrests.csv")
        assert desk.counted(found) == {(Kind.ARREST, "a person"): 1}
        said = desk.said(found)
        assert "held for a person: 1: After an hour, the report is still not" in said
        assert "1 case of the file without a row of kind cases" in said

    @pytest.mark.parametrize(
        ("case", "person", "count", "behind"),
        [
            ({}, {}, "2 of 2", ""),
            ({"offense": STALKING}, {}, "0 of 2", "offense_groups.stalking"),
            ({"offense": "X-1"}, {}, "0 of 2", "the offense is in no list of offense_groups"),
            ({"restricted": "Y"}, {}, "0 of 2", "the column feed.cases.columns.restricted"),
            ({}, {"relationship": "SPOUSE"}, "0 of 2", "not in ordinary_relationships"),
            ({}, {"safe_to_contact": "N"}, "1 of 2", "feed.people.columns.safe_to_contact"),
        ],
    )
    def test_the_last_lines_name_the_setting(
        self,
        desk: Desk,
        case: Mapping[str, str],
        person: Mapping[str, str],
        count: str,
        behind: str,
    ) -> None:
        soto = {"id": "P2", "last_name": "Soto", "phone": "520-555-0109", "email": ""}
        both = [a_person_row(**person), a_person_row(**soto)]
        desk.earlier(cases=[a_case_row(**case)])
        said = self.said_last(desk, both)
        assert said[0] == f"{count} victims who are owed news would get a message or letter."
        assert all(line.endswith(f"{behind}.") for line in said[1:])
        assert len(said) == (2 if behind else 1)

    @staticmethod
    def said_last(desk: Desk, people: list[dict[str, str]]) -> list[str]:
        said = desk.said(desk.check(desk.text("people", *people))).split("\n")
        return said[max(n for n, line in enumerate(said) if not line) + 1 :]

    def test_names_are_shown_only_when_asked_for(self, desk: Desk) -> None:
        desk.earlier(cases=ROWS["cases"])
        found = desk.check(desk.text("people", *ROWS["people"]))
        assert not [name for name in NAMES if name in desk.said(found)]
        assert f"{NUMBER}  Ana Muñoz: first_contact: sms and email" in desk.said(found, names=True)

    def test_utf_16_is_read(self, desk: Desk) -> None:
        text = "\ufeff" + desk.text("people", *ROWS["people"])
        found = desk.check(text.encode("utf-16-le"))
        assert not found.lost
        assert found.counts["read"] == 2
        assert "Encoding: utf-16-le" in desk.said(found)

    def test_the_file_itself_is_no_earlier_one(self, desk: Desk) -> None:
        desk.earlier(cases=ROWS["cases"], people=ROWS["people"])
        (path,) = (desk.folder / "base").glob("people*")
        found = desk.check(path.read_bytes(), f"base/{path.name}")
        assert found.compared == 0
        assert found.told


class TestANewNumber:
    def test_it_is_judged_without_tables(self, desk: Desk) -> None:
        desk.earlier(cases=ROWS["cases"], people=ROWS["people"])
        row = a_case_row(number="2611240077", former_number=NUMBER)
        found = desk.check(desk.text("cases", row), "cases.csv")
        assert (found.lost, found.told) == (False, [])


REFUSED: dict[str, tuple[Change, str]] = {
    "a cut file": (lambda text: text.rstrip() + ",x", "cut off"),
    "an empty file": (lambda _: "", "is empty"),
    "binary data": (lambda text: text + "\0\n", "binary data"),
    "semicolons": (lambda text: text.replace(",", ";"), "change feed.people.delimiter"),
    "no header": (lambda text: text.split("\r\n", 1)[1], "names none of the needed columns"),
    "a renamed column": (
        lambda text: text.replace("SAFE_CONTACT", "SAFE_YN"),
        "missing, needed: SAFE_CONTACT (safe_to_contact)",
    ),
    "a column twice": (lambda text: text.replace("SAFE_CONTACT", "DOB"), "columns are"),
    "criminal history": (lambda text: text.replace("SAFE_CONTACT", "NCIC_NO"), "NCIC"),
    "other dates": (
        lambda text: text.replace("04/12/1985", "12-APR-85").replace("01/02/1979", "02-JAN-79"),
        "'%d-%b-%y' in date_formats",
    ),
}


class TestAFileThatIsRefused:
    @pytest.mark.parametrize("mistake", REFUSED)
    def test_it_is_said_with_the_way_out(self, desk: Desk, mistake: str) -> None:
        change, expected = REFUSED[mistake]
        rows = [*ROWS["people"], *(a_person_row(id=f"P{n}") for n in range(2, 5))]
        found = desk.check(change(desk.text("people", *rows)))
        said = desk.said(found)
        assert found.lost
        assert "Nothing was imported" in said
        assert expected in said
        assert not [name for name in NAMES if name in said]

    def test_another_encoding(self, desk: Desk) -> None:
        desk.set(encodings=("utf-8-sig",))
        found = desk.check(desk.text("people", a_person_row()).encode("cp1252"))
        assert "change encodings in the settings" in desk.said(found)

    def test_a_row_in_the_headers_place_is_not_shown(self, desk: Desk) -> None:
        rows = desk.text("people", a_person_row(phone_type="EMAIL")).split("\r\n", 1)[1]
        said = desk.said(desk.check(rows))
        assert "names none of the needed columns" in said
        assert not [name for name in NAMES if name in said]

    def test_a_name_that_fits_no_feed(self, desk: Desk) -> None:
        found = desk.check(desk.text("people", a_person_row()), "peple_20261124.csv")
        said = desk.said(found)
        assert found.lost
        assert "fits no name_pattern" in said
        assert "people_20261124_0830.csv" in said
        assert "change name_pattern" in said

    def test_a_file_of_another_feed(self, desk: Desk) -> None:
        found = desk.check(desk.text("arrests", an_arrest_row()))
        assert found.lost
        assert "every needed column of feed.arrests: is its name wrong?" in desk.said(found)

    def test_a_trailer_with_another_number(self, desk: Desk) -> None:
        desk.set(trailer=r"TOTAL,(?P<rows>\d+)")
        found = desk.check(desk.text("people", a_person_row()) + "TOTAL,7\r\n")
        said = desk.said(found)
        assert "would wait for a person" in said
        assert "rows / last line: 1 / 7" in said
        assert "imported 1" in said

    @pytest.mark.parametrize("rows", [30, 3])
    def test_an_unusual_size_waits(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, rows: int
    ) -> None:
        monkeypatch.setattr(volume, "FEWER", 3)
        monkeypatch.setattr(volume, "MORE", 3)
        desk.set(least=0.5, most=2)
        people = [a_person_row(id=f"P{n}") for n in range(30)]
        for day in range(volume.ENOUGH):
            desk.earlier(NOW - timedelta(days=day + 1), people=people[:10])
        found = desk.check(desk.text("people", *people[:rows]))
        said = desk.said(found)
        assert found.lost
        assert "would wait for a person" in said
        assert "a supervisor accepts it at the desk" in said
        assert f"imported {rows}" in said
        assert "is usual" in desk.said(desk.check(desk.text("people", *people[:9])))

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("reported_at", "", "would wait for a person"),
            ("reported_at", "", "columns are empty that had values in earlier files (RPT_DT)"),
            ("city", "", "line 1, column CITY: Earlier files had values in this column"),
            (None, None, "line 1, column -: The file has a header and no rows"),
        ],
    )
    def test_doubts_about_the_whole_are_said(
        self, desk: Desk, name: str | None, value: str, said: str
    ) -> None:
        kind = "cases" if name == "reported_at" else "people"
        row = {"cases": a_case_row, "people": a_person_row}[kind]
        rows = [row(number=f"26112407{n:02}") for n in range(60)]
        rows = [one | ({"city": "Tucson"} if kind == "people" else {}) for one in rows]
        desk.earlier(NOW - timedelta(days=1), **{kind: rows})
        assert said not in desk.said(desk.check(desk.text(kind, *rows), f"{kind}.csv"))
        changed = [one | {name: value} for one in rows] if name else []
        assert said in desk.said(desk.check(desk.text(kind, *changed), f"{kind}.csv"))

    def test_of_rows_that_are_gone_would_wait(self, desk: Desk) -> None:
        people = [a_person_row(id=f"P{n}", removed="Y") for n in range(volume.FEW_GONE + 1)]
        found = desk.check(desk.text("people", *people))
        assert "would wait for a person" in desk.said(found)
        assert "rows / of these: 11 / 11" in desk.said(found)


def mistaken(desk: Desk, *rows: Mapping[str, str], kind: str = "people") -> tuple[Check, str]:
    found = desk.check(desk.text(kind, *rows), f"{kind}.csv")
    return found, desk.said(found)


class TestRowsAndValues:
    def test_rows_are_counted_by_outcome(self, desk: Desk) -> None:
        desk.set(ignore_roles=frozenset({"WIT"}), skip_lines=("-+",))
        rows = [a_person_row(), a_person_row(role="WIT"), a_person_row(number="1")]
        found = desk.check(desk.text("people", *rows, a_person_row(id="")) + "-----\r\n")
        said = desk.said(found)
        assert found.lost
        for line in ("imported 1", "ignored by role 1", "skipped lines 1", "rejected 2"):
            assert line in said
        assert "line 4, column INCIDENT_NUM: The case number does not have" in said
        assert "line 5, column NAME_ID: A value that must be there is empty" in said

    def test_a_line_of_another_width_is_rejected(self, desk: Desk) -> None:
        found = desk.check(desk.text("people", a_person_row()) + "a,b\r\n")
        assert "line 3, column -: The line does not have as many cells" in desk.said(found)

    @pytest.mark.parametrize(
        ("kind", "name", "said"),
        [
            ("cases", "offense", "OFFENSE_CD Z99: 1 row, line 3"),
            ("cases", "status", "CASE_STATUS Z99: 1 row, line 3"),
            ("people", "role", "INVL_TYPE Z99: 1 row, line 3"),
        ],
    )
    def test_an_unknown_code_is_shown(self, desk: Desk, kind: str, name: str, said: str) -> None:
        known = ROWS[kind][0]
        found, text = mistaken(desk, known, known | {name: "Z99"}, kind=kind)
        assert said in text
        assert found.lost == (name == "role")

    def test_a_dangerous_relationship_is_counted(self, desk: Desk) -> None:
        ordinary = sorted(desk.settings.ordinary_relationships["every_offense"])[0]
        rows = [a_person_row(relationship=what) for what in (ordinary, "SPOUSE")]
        assert "REL_TO_SUSP SPOUSE: 1 row, line 3" in mistaken(desk, *rows)[1]

    @pytest.mark.parametrize("value", ["SMITH", "Ana Smith"])
    def test_a_column_of_names_is_not_shown(self, desk: Desk, value: str) -> None:
        _, said = mistaken(desk, a_person_row(role=value), a_person_row(role=value))
        assert "INVL_TYPE (not shown): 2 rows, lines 2, 3" in said
        assert value not in said

    def test_a_text_among_codes_is_not_shown(self, desk: Desk) -> None:
        _, said = mistaken(desk, *[a_person_row()] * 3, a_person_row(role="Ana Smith"))
        assert "INVL_TYPE (not shown): 1 row, line 5" in said
        assert "Smith" not in said

    def test_an_unreadable_date_names_the_setting(self, desk: Desk) -> None:
        rows = [a_person_row(), a_person_row(id="P2", birth_date="12-APR-85")]
        found, said = mistaken(desk, *rows)
        assert not found.lost
        assert "DOB looks like 02-Jan-19, which is '%d-%b-%y' in date_formats: 1 of 2" in said
        assert "Add the form to feed.people.date_formats" in said

    def test_a_flag_that_is_no_flag_is_a_warning(self, desk: Desk) -> None:
        assert "MINOR_FLAG: 1 row: neither yes" in mistaken(desk, a_person_row(minor="?"))[1]

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("organization", "an organization; its contact person is told"),
            ("public", "the public; nobody is told"),
            ("?", "no known type, so a person does"),
        ],
    )
    def test_a_victim_who_is_no_person_is_named(self, desk: Desk, kind: str, words: str) -> None:
        mapped = {
            file.kind: {**file.columns, "victim_type": "VIC_TYPE"} for file in desk.settings.feed
        }
        files = (
            replace(file, columns=mapped[file.kind]) if file.kind == "people" else file
            for file in desk.settings.feed
        )
        desk.settings = replace(desk.settings, feed=tuple(files))
        found, said = mistaken(desk, a_person_row(victim_type=kind))
        assert not found.lost
        assert f"VIC_TYPE: 1 row: {words}" in said

    def test_every_warning_of_a_row_has_words(self) -> None:
        folder = Path(str(volume.__file__)).parent
        texts = [(folder / name).read_text("utf-8") for name in ("rows.py", "cells.py")]
        called = r'(?:\.warn\(|lost_date\([^"]*"\w+", |lost_date\(name, )"(\w+)"'
        codes = {code for text in texts for code in re.findall(called, text)}
        assert {"bad_flag", "unknown_rights", "future_row_time"} <= codes
        own_sentence = {"bad_date"}  # named by line, count and way out (`UnreadableDates`)
        assert codes - own_sentence <= WARNINGS.keys()


class TestTheEarlierFiles:
    def test_one_that_would_be_refused_is_left_out(self, desk: Desk) -> None:
        desk.earlier(cases=ROWS["cases"])
        (desk.folder / "base" / "arrests_20261120.csv").write_bytes(b"x\n")
        found = desk.check(desk.text("people", *ROWS["people"]))
        assert found.told
        assert "left out: arrests_20261120.csv" in desk.said(found)


class TestNdjson:
    def test_an_ndjson_file_is_checked_line_by_line(self, desk: Desk) -> None:
        file = next(f for f in desk.settings.feed if f.kind == "cases")
        found = desk.check(
            ndjson_text(file, [a_case_row()]) + '{"number": "x"}\n', "cases-1.ndjson"
        )
        assert found.refusal is None
        assert (found.counts["read"], found.counts["rejected"]) == (2, 1)
        assert "line 2" in desk.said(found)
