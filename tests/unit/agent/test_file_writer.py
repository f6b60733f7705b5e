"""The files of the agent: each value in one form, a name made of the content."""

import csv
import io
import json
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies

from aviso_agent.failures import AgentError
from aviso_agent.file_writer import cells, digest, file_name, written

ZONE = ZoneInfo("America/Phoenix")
TEXTS = strategies.text(strategies.characters(exclude_categories=["Cs"]))


class TestCells:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, ""),
            ("Ñandú, \"x\"", 'Ñandú, "x"'),
            ("a\0b", "ab"),
            (True, "yes"),
            (False, "no"),
            (7, "7"),
            (Decimal("7.00"), "7"),
            (Decimal("7.50"), "7.50"),
            (Decimal("1E+3"), "1000"),
            (Decimal("NaN"), "NaN"),
            (2.0, "2"),
            (2.5, "2.5"),
            (float("inf"), "inf"),
            (date(2026, 11, 24), "2026-11-24"),
            (time(8, 30), "08:30:00"),
            (datetime.fromisoformat("2026-11-24T08:30"), "2026-11-24T08:30:00.000000"),
            (datetime(2026, 11, 24, 15, 30, tzinfo=UTC), "2026-11-24T08:30:00.000000"),
            (b"\x00\xff", "00ff"),
            (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ],
    )  # fmt: skip
    def test_each_type_has_one_form(self, value, text):
        assert cells([value], ["c"], ZONE) == (text,)

    def test_an_unknown_type_is_a_sentence_without_the_value(self):
        with pytest.raises(AgentError, match="Column DOB has values of the type list") as caught:
            cells([["secret"]], ["DOB"], ZONE)
        assert "secret" not in str(caught.value)


class TestWritten:
    @given(strategies.lists(strategies.tuples(TEXTS, TEXTS)))
    def test_csv_comes_back_as_it_was(self, rows):
        content = written("csv", ["a", "b"], rows)
        read = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
        assert read == [["a", "b"], *map(list, rows)]
        assert content.endswith(b"\n")

    @given(strategies.lists(strategies.tuples(TEXTS, TEXTS)))
    def test_ndjson_is_one_object_a_line(self, rows):
        content = written("ndjson", ["a", "b"], rows)
        read = [json.loads(line) for line in content.decode("utf-8").split("\n") if line]
        assert read == [{"a": a or None, "b": b or None} for a, b in rows]


class TestNames:
    def test_same_content_has_the_same_name(self):
        assert file_name("cases", "csv", b"x") == file_name("cases", "csv", b"x")
        assert file_name("cases", "csv", b"x") != file_name("cases", "csv", b"y")
        assert file_name("cases", "ndjson", b"x").endswith(".ndjson")

    def test_rows_that_differ_have_other_digests(self):
        assert digest(("a", "bc")) != digest(("ab", "c"))
        assert digest(("a", "")) != digest(("", "a"))
