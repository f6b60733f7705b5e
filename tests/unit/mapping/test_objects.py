"""NDJSON of an unknown agency is mapped as a CSV file with the same columns is."""

import csv
import io
import json

import pytest

from infra.mapping.proposal import propose
from infra.mapping.reading import UnreadableError, read_table
from tests.layouts import files


def values(path):
    return {column.heading: list(column.values) for column in read_table(path).columns}


class TestObjects:
    @pytest.mark.parametrize("name", ["denver", "detroit"])
    def test_give_the_proposal_of_the_same_csv(self, tmp_path, name):
        places = {ending: tmp_path / ending for ending in ("csv", "ndjson")}
        for place in places.values():
            place.mkdir()
        files.write(files.LAYOUTS / f"{name}.yaml", places["csv"])
        for path in places["csv"].iterdir():
            rows = csv.DictReader(io.StringIO(path.read_text("utf-8")))
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (places["ndjson"] / f"{path.stem}.ndjson").write_text(text)
        found = {
            ending: {(file.rpartition(".")[0], *rest) for file, *rest in propose(place).mapped()}
            for ending, place in places.items()
        }
        assert found["ndjson"] == found["csv"]
        assert len(found["csv"]) > 20

    def test_have_a_column_for_each_name(self, tmp_path):
        path = tmp_path / "people.ndjson"
        path.write_text(
            '{"id": 7, "minor": true, "name": {"last": "A"}}\n\n{"id": 8, "tags": ["x", "y"]}\n'
        )
        assert values(path) == {
            "id": ["7", "8"],
            "minor": ["true", ""],
            "name.last": ["A", ""],
            "tags": ["", "x; y"],
        }

    def test_with_too_many_names_are_refused(self, tmp_path):
        path = tmp_path / "cases.jsonl"
        path.write_text(json.dumps({f"c{n}": n for n in range(30_000)}) + "\n")
        with pytest.raises(UnreadableError, match="30000 columns"):
            read_table(path)

    def test_named_by_a_value_are_refused(self, tmp_path):
        path = tmp_path / "cases.jsonl"
        path.write_text('{"ana@example.com": {"status": "OPEN"}, "x": 1}\n')
        with pytest.raises(UnreadableError, match="is it the header"):
            read_table(path)

    @pytest.mark.parametrize(
        "line",
        ["[1]", "{", '"x"', "\xff", '{"a":' * 99_999, '{"a":' * 5_000 + "1" + "}" * 5_000],
        ids=["list", "half", "text", "bytes", "deep", "nested"],
    )
    def test_that_are_none_are_named(self, tmp_path, line):
        path = tmp_path / "cases.jsonl"
        path.write_bytes(b'{"a": 1, "b": 2}\n' + line.encode("latin-1") + b"\n")
        with pytest.raises(UnreadableError, match="object 2"):
            read_table(path)
