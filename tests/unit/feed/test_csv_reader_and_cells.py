"""From bytes to records, and from cells to values."""

import random
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies
from msgspec.structs import replace

from aviso.domain.errors import FileRefused, RowRejected
from aviso.domain.settings import FeedFile, Settings
from aviso.feed.cells import Values
from aviso.feed.csv_reader import encoding_of, records
from aviso.feed.header import read_header
from infra.harness.builders import NOW

ENCODINGS = ("utf-8-sig", "cp1252")


def chunked(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


def cells(text: str) -> list[list[str] | None]:
    return [r.cells for r in records([text.encode()], "utf-8", ",")]


@pytest.fixture
def cases_file(settings: Settings) -> FeedFile:
    return next(f for f in settings.feed if f.kind == "cases")


@pytest.fixture
def people_file(settings: Settings) -> FeedFile:
    return next(f for f in settings.feed if f.kind == "people")


def a_value(settings: Settings, file: FeedFile, **given: str) -> Values:
    return Values(given, file, settings.agency.zone, NOW)


class TestReader:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
    @pytest.mark.parametrize("size", [1, 3, 1000])
    def test_keeps_names_in_each_encoding(self, encoding: str, size: int) -> None:
        data = "name,city\nMuñoz,Cañada\nO’Connor,Tucson\n".encode(encoding)
        found = encoding_of(chunked(data, size), ENCODINGS)
        read = [r.cells for r in records(chunked(data, size), found, ",")]
        assert read == [["name", "city"], ["Muñoz", "Cañada"], ["O’Connor", "Tucson"]]

    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    @pytest.mark.parametrize("size", [1, 3, 1000])
    def test_reads_each_line_in_its_own_encoding(self, mark: str, size: int) -> None:
        lines = [f"{mark}name,city\n", "Muñoz,Cañada\n", "Hoʻokano,“Nuʻuanu”\n"]
        data = "".join(lines).encode() + "Peña,Tucson\n".encode("cp1252")
        found = encoding_of(chunked(data, size), ENCODINGS)
        read = [r.cells for r in records(chunked(data, size), found, ",")]
        assert read == [line.strip("\ufeff\n").split(",") for line in [*lines, "Peña,Tucson\n"]]

    @pytest.mark.parametrize("size", [1, 1000])
    def test_reads_other_cells_beside_one_that_was_cut(self, size: int) -> None:
        """A system that cuts a cell at so many bytes may cut a letter in two."""
        cut = "Calle Peñ".encode()[:-1]
        data = b"name,street,note\n" + "Muñoz,".encode() + cut + ",“Añil”\n".encode()
        found = encoding_of(chunked(data, size), ENCODINGS)
        read = [r.cells for r in records(chunked(data, size), found, ",")]
        assert read[1] == ["Muñoz", "Calle PeÃ", "“Añil”"]

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "empty"),
            (b"sheet\x00\x00\n", "binary"),
            (b"a,b\n\x81\x8d,\xc3\n", "encoding"),
        ],
    )
    def test_refuses_a_file_that_is_no_text(self, data: bytes, reason: str) -> None:
        with pytest.raises(FileRefused, match=reason):
            encoding_of([data], ENCODINGS)

    def test_refuses_one_endless_line_early(self) -> None:
        with pytest.raises(FileRefused, match="longer than a megabyte"):
            list(records((b"x" * 65536 for _ in range(100)), "utf-8", ","))

    def test_reads_delimiters_quotes_and_ends_in_quotes(self) -> None:
        assert cells('a,b\n"Peña, ""Tito""","two\nlines"\n') == [
            ["a", "b"],
            ['Peña, "Tito"', "two\nlines"],
        ]

    def test_loses_one_row_to_an_open_quote(self) -> None:
        assert cells('a,b\n1,"open\n2,x\n3,"fine"\n4,y\n') == [
            ["a", "b"], None, ["2", "x"], ["3", "fine"], ["4", "y"],
        ]  # fmt: skip

    def test_keeps_rows_before_a_quote_closed_later(self) -> None:
        read = cells('a,b,c\n1,"open,x\n2,x,y\n3,x,y"\n4,x,y\n')
        assert read[1:] == [None, ["2", "x", "y"], ["3", "x", 'y"'], ["4", "x", "y"]]

    def test_knows_each_records_line_and_the_next(self) -> None:
        data = 'a,b\r\n"ñ\nñ",1\r\n\r\n3,x\r\n'.encode()
        read = list(records([data], "utf-8", ","))
        assert [r.line for r in read] == [1, 2, 5]
        resumed = list(records([data[read[0].end :]], "utf-8", ",", offset=read[0].end, line=2))
        assert resumed == read[1:]

    @given(
        strategies.lists(
            strategies.lists(strategies.text("añ\"',;\n \t", max_size=6), min_size=3, max_size=3),
            min_size=1,
            max_size=8,
        ),
        strategies.integers(1, 50),
        strategies.randoms(use_true_random=False),
    )
    def test_stops_and_goes_on_after_any_record(
        self, rows: list[list[str]], size: int, chance: random.Random
    ) -> None:
        import csv
        import io

        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([["a", "b", "c"], *rows])
        data = out.getvalue().encode()
        whole = list(records(chunked(data, size), "utf-8", ","))
        stop = chance.choice(whole)
        rest = records([data[stop.end :]], "utf-8", ",", offset=stop.end, line=stop.next_line)
        assert list(rest) == [r for r in whole if r.line > stop.line]
        filled = [r for r in rows if any(cell.strip() for cell in r)]
        assert [r.cells for r in whole[1:]] == filled


class TestHeader:
    def test_is_found_in_any_case_spacing_and_order(self, cases_file: FeedFile) -> None:
        header = read_header(
            [
                *(" last_upd ", "Case_Status", "OFFENSE_CD", "incident_num", "EXTRA", "conf_flag"),
                *("ASGN_officer", "warrant_dt", "Pros_Submit_Dt", "asgn_dt", "RPT_DT", "Status_DT"),
            ],
            cases_file,
        )
        assert header.places == {
            "row_time": 0,
            "status": 1,
            "offense": 2,
            "number": 3,
            "restricted": 5,
            "assigned": 6,
            "warrant_at": 7,
            "prosecutor_at": 8,
            "assigned_at": 9,
            "reported_at": 10,
            "status_at": 11,
        }

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (["just one cell"], "not a CSV"),
            (None, "not a CSV"),
            (["2611240001", "13-1507", "OPEN", "x"], "is it the header"),
            (["INCIDENT_NUM", "OFFENSE_CD", "LAST_UPD"], "missing: CASE_STATUS"),
            (
                [
                    *(
                        "INCIDENT_NUM",
                        "OFFENSE_CD",
                        "CASE_STATUS",
                        "CONF_FLAG",
                        "LAST_UPD",
                        "last_upd",
                    ),
                    *("ASGN_OFFICER", "WARRANT_DT", "PROS_SUBMIT_DT"),
                    *("ASGN_DT", "RPT_DT", "STATUS_DT"),
                ],
                "twice: LAST_UPD",
            ),
            (
                [
                    *("INCIDENT_NUM", "OFFENSE_CD", "CASE_STATUS", "CONF_FLAG", "LAST_UPD"),
                    *("ASGN_OFFICER", "WARRANT_DT", "PROS_SUBMIT_DT", "REPORTED", "CLEARED"),
                ],
                "missing: ASGN_DT, RPT_DT, STATUS_DT",
            ),
        ],
    )
    def test_that_will_not_do_is_refused_with_its_reason(
        self, line: list[str] | None, reason: str, cases_file: FeedFile
    ) -> None:
        with pytest.raises(FileRefused, match=reason):
            read_header(line, cases_file)

    @pytest.mark.parametrize(
        "column",
        """NCIC_NUM|III|III Record|Triple-I|RAP SHEET|RapSheetNo|FBI_NUMBER|FBI#|FBI|SID Number|
    STATE_ID_NO|Criminal History|CRIM_HIST|CCH_DATE|PriorConvictions|PRIOR_ARRESTS""".replace(
            "\n    ", ""
        ).split("|"),
    )
    def test_with_criminal_history_is_refused(self, column: str, cases_file: FeedFile) -> None:
        fine = [cases_file.columns[name] for name in cases_file.required]
        with pytest.raises(FileRefused, match="criminal-history"):
            read_header([*fine, column], cases_file)

    @pytest.mark.parametrize(
        "column",
        ["Historic District", "SIDE", "PRIORITY", "RESIDENCE", "STATE", "CRIM_DIV", "FBI Code"],
    )
    def test_with_innocent_words_is_accepted(self, column: str, cases_file: FeedFile) -> None:
        assert read_header([*cases_file.columns.values(), column], cases_file)


class TestCell:
    def test_with_a_time_is_in_the_agencys_zone(
        self, settings: Settings, cases_file: FeedFile
    ) -> None:
        at = a_value(settings, cases_file, status_at="11/24/2026 14:05").instant("status_at")
        assert at is not None
        assert at.isoformat() == "2026-11-24T21:05:00+00:00"
        midnight = a_value(settings, cases_file, status_at="2026-11-24").instant("status_at")
        assert midnight is not None
        assert midnight.isoformat() == "2026-11-24T07:00:00+00:00"

    @pytest.mark.parametrize(
        ("text", "exported", "read"),
        [
            ("11/01/2026 01:50", "2026-11-01T07:55Z", "07:50"),  # exported at 01:55, the first time
            ("11/01/2026 01:50", "2026-11-01T08:10Z", "07:50"),
            ("11/01/2026 01:10", "2026-11-01T08:20Z", "08:10"),
            ("11/01/2026 01:10", "2026-11-01T08:09Z", "08:10"),  # by the second time's clock
            ("11/01/2026 01:10", "2026-11-02T09:00Z", "08:10"),
            ("2026-11-01T01:10:00-06:00", "2026-11-02T09:00Z", "07:10"),
            ("11/01/2026 00:50", "2026-11-02T09:00Z", "06:50"),
            ("11/01/2026 02:00", "2026-11-02T09:00Z", "09:00"),
            ("03/08/2026 02:30", "2026-11-02T09:00Z", "09:30"),  # an hour that never comes
        ],
    )
    def test_in_the_hour_that_comes_twice_follows_the_export(
        self, settings: Settings, cases_file: FeedFile, text: str, exported: str, read: str
    ) -> None:
        file = replace(cases_file, date_formats=("%m/%d/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z"))
        at = datetime.fromisoformat(exported)
        values = Values({"row_time": text}, file, ZoneInfo("America/Denver"), at)
        assert f"{values.instant('row_time'):%H:%M}" == read

    @pytest.mark.parametrize("text", ["31/12/2026", "tomorrow", "02/30/2026", "2026"])
    def test_with_an_unexpected_date_warns_and_is_left_out(
        self, text: str, settings: Settings, cases_file: FeedFile
    ) -> None:
        values = a_value(settings, cases_file, status_at=text)
        assert values.instant("status_at") is None
        assert values.warnings == ["bad_date:STATUS_DT"]

    def test_with_a_birth_date_to_come_is_a_mistake(
        self, settings: Settings, people_file: FeedFile
    ) -> None:
        assert a_value(settings, people_file, birth_date="11/25/2026").day("birth_date") is None
        assert a_value(settings, people_file, birth_date="11/24/2026").day("birth_date")

    @pytest.mark.parametrize(
        ("typed", "phone"),
        [
            ("(520) 555-0101", "+15205550101"),
            ("520.555.0101", "+15205550101"),
            ("+1 520 555 0101", "+15205550101"),
            ("", ""),
        ],
    )
    def test_with_a_phone_gets_one_form(
        self, typed: str, phone: str, settings: Settings, people_file: FeedFile
    ) -> None:
        values = a_value(settings, people_file, phone=typed)
        assert values.phone("phone") == phone
        assert values.warnings == []

    @pytest.mark.parametrize("typed", ["555-0101", "unknown", "520-555-010", "000-000-0000"])
    def test_with_a_dead_phone_warns_and_is_left_out(
        self, typed: str, settings: Settings, people_file: FeedFile
    ) -> None:
        values = a_value(settings, people_file, phone=typed)
        assert values.phone("phone") == ""
        assert values.warnings == ["bad_phone:PHONE"]

    def test_with_no_real_email_warns_and_is_left_out(
        self, settings: Settings, people_file: FeedFile
    ) -> None:
        values = a_value(settings, people_file, email="ana at example.com")
        assert values.email("email") == ""
        assert values.warnings == ["bad_email:EMAIL"]

    def test_with_a_name_gets_one_unicode_form(
        self, settings: Settings, people_file: FeedFile
    ) -> None:
        decomposed = "  Mun\u0303oz \u0007 Pen\u0303a "
        assert (
            a_value(settings, people_file, last_name=decomposed).text("last_name") == "Muñoz Peña"
        )

    @pytest.mark.parametrize(
        ("cell", "name"), [("Ruiz 114", "Ruiz 114"), ("Y", ""), ("N/A", ""), ("-", "")]
    )
    def test_that_names_nobody_is_empty(
        self, cell: str, name: str, settings: Settings, people_file: FeedFile
    ) -> None:
        assert a_value(settings, people_file, told_by=cell).name("told_by") == name

    def test_with_an_unreadable_flag_is_the_careful_side(
        self, settings: Settings, people_file: FeedFile
    ) -> None:
        values = a_value(settings, people_file, minor="maybe", deceased="maybe", removed="maybe")
        assert values.flag("minor", unreadable=True)
        assert not values.flag("deceased")
        assert values.warnings == ["bad_flag:MINOR_FLAG", "bad_flag:DECEASED_FLAG"]
        with pytest.raises(RowRejected) as caught:
            values.certain("removed")
        assert (caught.value.code, caught.value.column) == ("bad_flag", "REMOVED_FLAG")
