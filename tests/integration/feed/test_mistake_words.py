"""Each mistake in a file is answered by a sentence: the file, the line, the way out."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from aviso.domain.errors import REFUSALS, REPLACED, FileRefused
from aviso.domain.settings import Settings
from aviso.feed import mistake_words, row_reader
from aviso.storage import inbox
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import PHOENIX, local

CODES = {
    code
    for path in Path(str(mistake_words.__file__)).parent.glob("*.py")
    for code in re.findall(r'RowRejected\("(\w+)"', path.read_text("utf-8"))
}


class TestMistake:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_has_words_in_every_language(self, settings: Settings, language: str) -> None:
        assert len(CODES) > 8
        agency = replace(settings.agency, languages=(language,))
        said = mistake_words.words(replace(settings, agency=agency))
        codes = CODES | set(mistake_words.OF_VALUES.values())
        assert not {f"desk_row_{code}" for code in codes} - said.keys()
        assert not {f"desk_file_{reason}" for reason in REFUSALS} - said.keys()

    @pytest.mark.parametrize("reason", sorted({*REFUSALS} - {REPLACED}))
    def test_names_a_refused_file_and_the_way_out(self, settings: Settings, reason: str) -> None:
        refusal = FileRefused("text", reason, "ABOUT")
        said = mistake_words.of_file("incoming/x.csv", refusal, mistake_words.words(settings))
        assert said.startswith("incoming/x.csv: Nothing was imported")
        assert said.count(". ") >= 1
        assert "{" not in said

    def test_names_rejected_rows_by_line(self, feed: Feed) -> None:
        found = feed.drop(
            "people", a_person_row(role="XYZ"), a_suspect_row(), a_person_row(number="1")
        )
        (first, second) = found["mistakes"]
        assert re.match(r"incoming/people_\w+\.csv, line 2, column INVL_TYPE: ", first)
        assert "ignore_roles" in first
        assert ", line 4, column INCIDENT_NUM: " in second
        (entry,) = inbox.rejected()
        assert [(row["line"], row["code"]) for row in entry.first] == [
            (2, "unknown_role"),
            (4, "bad_number"),
        ]

    def test_shows_no_value_of_a_row(self, feed: Feed) -> None:
        found = feed.drop("people", a_person_row(role="SECRET"), a_person_row(number="SECRET"))
        assert len(found["mistakes"]) == 2
        assert "SECRET" not in str(found)

    def test_describes_only_the_first_rows(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aviso.feed.row_reader.BATCH", 7)
        rows = [a_case_row(number="bad") for _ in range(mistake_words.SHOWN + 9)]
        feed.put("cases.csv", feed.text("cases", rows).encode())
        life = iter([20_000] * 2 + [900_000] * 9)
        feed.remaining = lambda: next(life)
        while (found := feed.run("cases.csv"))["result"] == "continues":
            pass
        lines = [int(re.findall(r"line (\d+)", said)[0]) for said in found["mistakes"]]
        assert lines == list(range(2, 2 + mistake_words.SHOWN))
        assert found["rejected"] == mistake_words.SHOWN + 9

    def test_of_a_refused_file_is_in_the_summary(self, feed: Feed) -> None:
        feed.put("cases.csv", b"\0\0\0\n")
        assert feed.run("cases.csv")["mistakes"] == feed.summary("cases")["mistakes"]
        (said,) = feed.summary("cases")["mistakes"]
        assert "utf-16-le" in said

    def test_is_told_in_the_agencys_first_language(self, settings: Settings) -> None:
        agency = replace(settings.agency, languages=("es",))
        said = mistake_words.words(replace(settings, agency=agency))
        assert said["desk_row_missing"].startswith("Está")


class TestUnreadableDates:
    """Fewer than half of a column: the file is imported, and each mistake is said once."""

    def rows(self) -> list[dict[str, str]]:
        good = [a_person_row(id=f"P{n}") for n in range(5)]
        bad = [a_person_row(id=f"P{n}", birth_date="31.31.1985") for n in (7, 8)]
        return [*good, *bad, a_suspect_row(row_time="soon")]

    def test_are_said_with_line_count_and_way_out(self, feed: Feed) -> None:
        found = feed.drop("people", *self.rows())
        birth, changed = found["mistakes"]
        assert re.match(r"incoming/people_\w+\.csv, line 7, column DOB: .*: 2\. ", birth)
        assert "Send dates like 01/02/2019" in birth
        assert "date_formats" in birth
        assert ", line 9, column " in changed
        assert "1985" not in birth
        assert found["rejected"] == 0

    def test_are_one_task_of_the_last_file(self, feed: Feed) -> None:
        for minutes in (0, 1):
            feed.drop("people", *self.rows(), at=NOW + timedelta(minutes=minutes))
        (entry,) = inbox.rejected()
        assert [(row["line"], row["code"], row["rows"]) for row in entry.first] == [
            (7, "bad_date", 2),
            (9, "bad_date", 1),
        ]
        assert entry.rows == 0

    def test_are_kept_by_a_checkpoint(self, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(row_reader, "BATCH", 2)
        whole = feed.drop("people", *self.rows())["mistakes"]
        feed.put("people.csv", feed.text("people", self.rows()).encode())
        life = iter([900_000, 20_000] * 4 + [900_000] * 30)
        feed.remaining = lambda: next(life)
        while (found := feed.run("people.csv"))["result"] == "continues":
            pass
        assert found["parts"] > 2
        assert [said.split(",", 1)[1] for said in found["mistakes"]] == [
            said.split(",", 1)[1] for said in whole
        ]

    def test_that_mean_no_date_are_no_mistake(self, feed: Feed) -> None:
        found = feed.drop("people", a_person_row(birth_date="01/01/1900"))
        assert (found["mistakes"], found["warnings"]) == ([], {})


class TestDoubtfulValues:
    """Codes and flags that change who is told: the row is imported, and the column is said once."""

    @pytest.mark.parametrize(
        ("kind", "row", "said"),
        [
            ("cases", a_case_row(status="NEW"), "Nobody is told of this status"),
            ("cases", a_case_row(offense="9-99"), "restricted, so no message goes out"),
            ("people", a_person_row(minor="?"), "the careful answer"),
            ("people", a_person_row(row_time="11/24/2030 10:00"), "Check the clock"),
            ("people", a_person_row(rights="?"), "They count as unanswered"),
            ("people", a_person_row(language="Z"), "written to in the first language"),
        ],
    )
    def test_are_said_with_line_count_and_way_out(
        self, feed: Feed, kind: str, row: dict[str, str], said: str
    ) -> None:
        found = feed.drop(kind, row)
        (sentence,) = found["mistakes"]
        assert re.match(rf"incoming/{kind}_\w+\.csv, line 2, column \w+: .*: 1\. ", sentence)
        assert said in sentence
        assert (found["new"], found["rejected"]) == (1, 0)

    def test_are_one_task_at_the_desk(self, feed: Feed) -> None:
        for minutes in (0, 1):
            row = a_case_row(status="NEW", offense="9-99")
            feed.drop("cases", row, at=NOW + timedelta(minutes=minutes))
        (entry,) = inbox.rejected()
        assert {row["code"] for row in entry.first} == {"unknown_status", "unknown_offense"}


class TestDoubtfulFile:
    """Each row could be as it should; the file as a whole is unlike the earlier ones."""

    def drop(self, feed: Feed, kind: str, rows: list[dict[str, str]], **renamed: str) -> list[str]:
        """Import a file of an hour later, with some columns renamed; return its mistakes."""
        feed.now += timedelta(hours=1)
        text = feed.text(kind, rows)
        for column, name in renamed.items():
            text = text.replace(column, name, 1)
        name = f"{kind}_{feed.now + PHOENIX:%Y%m%dT%H%M%S}.csv"
        feed.put(name, text.encode())
        found = feed.run(name)
        assert (found["result"], found["rejected"]) == ("imported", 0)
        return [said.partition(", ")[2] for said in found["mistakes"]]

    def people(self, n: int, **changes: str) -> list[dict[str, str]]:
        home = {"phone_type": "C", "city": "Tucson", "postal_code": "85701"}
        return [a_person_row(id=f"P{i}", **home | changes) for i in range(n)]

    @pytest.mark.parametrize(
        ("name", "column"),
        [
            ("language", "LANG"),
            ("phone_type", "PHONE_TYPE"),
            ("city", "CITY"),
            ("postal_code", "ZIP"),
        ],
    )
    def test_that_lost_a_column_is_said_until_it_is_back(
        self, feed: Feed, name: str, column: str
    ) -> None:
        assert self.drop(feed, "people", self.people(60)) == []
        assert self.drop(feed, "people", self.people(49, **{name: ""})) == []  # by chance
        for rows, renamed in [(1, {}), (1, {column: "OTHER"}), (60, {})]:
            (said,) = self.drop(feed, "people", self.people(rows, **{name: ""}), **renamed)
            assert said.startswith(f"line 1, column {column}: Earlier files had values")
        (entry,) = inbox.rejected()
        assert [(row["code"], row["column"]) for row in entry.first] == [("lost_column", column)]
        assert self.drop(feed, "people", self.people(1)) == []
        assert self.drop(feed, "people", self.people(49, **{name: ""})) == []

    def test_that_lost_an_unmapped_column_is_as_usual(self, feed: Feed) -> None:
        self.drop(feed, "people", self.people(12))
        people = feed.file("people")
        columns = {name: c for name, c in people.columns.items() if name != "city"}
        files = [replace(f, columns=columns) if f is people else f for f in feed.settings.feed]
        feed.settings = replace(feed.settings, feed=tuple(files))
        rows = [{name: v for name, v in row.items() if name != "city"} for row in self.people(12)]
        assert self.drop(feed, "people", rows) == []

    @pytest.mark.parametrize(
        ("kind", "name", "column"),
        [
            ("cases", "reported_at", "RPT_DT"),
            ("cases", "assigned", "ASGN_OFFICER"),
            ("cases", "warrant_at", "WARRANT_DT"),
            ("cases", "prosecutor_at", "PROS_SUBMIT_DT"),
            ("arrests", "appearance_at", "IA_DT"),
        ],
    )
    def test_whose_news_or_dates_are_empty_waits_for_a_person(
        self, feed: Feed, kind: str, name: str, column: str
    ) -> None:
        row = {"cases": a_case_row, "arrests": an_arrest_row}[kind]
        rows = [row(number=f"26112407{n:02}", **{name: local(NOW)}) for n in range(60)]
        assert self.drop(feed, kind, rows) == []
        empty = [row | {name: "", "number": f"19{row['number'][2:]}"} for row in rows]
        feed.put(f"{kind}.csv", feed.text(kind, empty).encode())
        assert feed.run(f"{kind}.csv")["code"] == "emptied"
        (file,) = inbox.rejected()
        assert (file.about, file.numbers) == (column, {"now": 60, "new": 60})
        assert feed.run(f"{kind}.csv", accepted=file.acceptance)["new"] == 60
        assert self.drop(feed, kind, empty) == []  # it is the usual from now on

    def test_that_may_lack_a_date_is_said(self, feed: Feed) -> None:
        files = [replace(f, optional=("reported_at",)) for f in feed.settings.feed]
        feed.settings = replace(feed.settings, feed=tuple(files))
        rows = [a_case_row(number=f"26112407{n:02}") for n in range(60)]
        assert self.drop(feed, "cases", rows) == []
        (said,) = self.drop(feed, "cases", [row | {"reported_at": ""} for row in rows])
        assert said.startswith("line 1, column RPT_DT: Earlier files had values")

    @pytest.mark.parametrize(
        ("before", "full", "said"), [(12, False, True), (2, False, False), (2, True, True)]
    )
    def test_of_a_header_alone_is_said(
        self, feed: Feed, before: int, full: bool, said: bool
    ) -> None:
        if full:
            feed.full("people")
        self.drop(feed, "people", self.people(before))
        found = self.drop(feed, "people", [])
        assert [one[: len("line 1, column -: The file has a header")] for one in found] == [
            "line 1, column -: The file has a header"
        ] * said

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ("09/12/2026 08:00", True),  # of December 9, the day first
            ("12/09/2026 08:00", False),
            ("09/30/2026 08:00", False),  # old, as in a file of the last months
            ("09/10/2026 08:00", False),
        ],
    )
    def test_with_the_day_first_is_said(self, feed: Feed, changed: str, said: bool) -> None:
        feed.now = datetime(2026, 12, 10, 15, tzinfo=UTC)
        rows = [a_case_row(number=f"26120900{n:02}", row_time=changed) for n in range(9)]
        rows += [a_case_row(number=f"26120901{n:02}", row_time="12/09/2026") for n in range(8)]
        found = self.drop(feed, "cases", rows)
        assert [one.startswith("line 1, column LAST_UPD: Most times") for one in found] == [
            True
        ] * said
