"""Lines of JSON as records: what is read, what is rejected and why, and where each line begins."""

import json
from functools import cache

import jsonschema
import pytest
from hypothesis import given, settings, strategies

from aviso.domain.errors import FileRefused
from aviso.domain.fact_keys import DATED
from aviso.feed import ndjson_reader
from aviso.feed.columns import COLUMNS, FLAGS, PAST, times_of
from aviso.feed.ndjson_fields import FIELDS, KEYS, needed
from infra.repository import ROOT

SCHEMA = json.loads((ROOT / "docs/feed.schema.json").read_text("utf-8"))
VALUES = strategies.one_of(
    strategies.none(),
    strategies.booleans(),
    strategies.integers(),
    strategies.floats(allow_nan=False),
    strategies.sampled_from(["", " ", "0042", "VIC", "2026-11-24", "yes"]),
    strategies.lists(strategies.integers(), max_size=1),
    strategies.dictionaries(strategies.sampled_from(["id"]), strategies.integers()),
)


def an_arrest(**changes):
    return {"number": "26-1", "id": "A1", "suspect": "S1", "withdrawn": None} | changes


def read(*lines, kind="arrests", offset=0, line=1):
    body = b"".join(text.encode() + b"\n" for text in lines)
    return list(ndjson_reader.records([body], kind, offset=offset, line=line))


def only(text, kind="arrests"):
    (_, record) = read(text, kind=kind)
    return record


def cell(name, record, kind="arrests"):
    return record.cells[FIELDS[kind].index(name)]


@cache
def objects(kind):
    names = strategies.sampled_from([*FIELDS[kind], "other"])
    whole = dict.fromkeys(needed(kind)) | dict.fromkeys(KEYS[kind], "x")

    def found(changed, left_out):
        return {n: v for n, v in (whole | changed).items() if n not in left_out}

    return strategies.builds(
        found,
        strategies.dictionaries(names, VALUES, max_size=4),
        strategies.sets(strategies.sampled_from(sorted(whole)), max_size=1),
    )


@cache
def validator(kind):
    schema = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}
    return jsonschema.Draft202012Validator(schema)


class TestSchema:
    def test_it_is_a_schema_of_2020_12(self):
        assert SCHEMA["$schema"].endswith("2020-12/schema")
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    @pytest.mark.parametrize("kind", FIELDS)
    def test_it_has_the_fields_that_are_read(self, kind):
        told = SCHEMA["$defs"][kind]
        assert tuple(told["properties"]) == FIELDS[kind]
        assert frozenset(told["required"]) == needed(kind)
        dates = {n for n, said in told["properties"].items() if said.get("$ref") == "#/$defs/date"}
        assert dates == set(times_of(kind))
        assert {kind.column for kind in DATED} <= PAST, "`rows` reads no other date by itself"

    @pytest.mark.parametrize("kind", FIELDS)
    def test_the_feeds_page_names_the_same_fields(self, kind):
        page = (ROOT / "docs/feed-format.md").read_text("utf-8")
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {kind} |")]
        assert {name for name in FIELDS[kind] if f"`{name}`" not in row} == set()

    @pytest.mark.parametrize("kind", FIELDS)
    @settings(max_examples=400, derandomize=True, deadline=None)
    @given(data=strategies.data())
    def test_it_takes_what_the_reader_takes(self, kind, data):
        found = data.draw(objects(kind))
        record = only(json.dumps(found), kind)
        taken = record.cells is not None and all(cell(n, record, kind).strip() for n in KEYS[kind])
        # 1.0 is an integer to JSON Schema; the reader takes only what is written as one.
        if not isinstance(found.get("age"), float):
            assert validator(kind).is_valid(found) == taken


class TestRecords:
    def test_a_cell_for_each_field(self):
        record = only(json.dumps(an_arrest(juvenile=False, custody_phone="520-555-0101")))
        assert len(record.cells) == len(FIELDS["arrests"])
        assert cell("juvenile", record) == "NO"
        assert cell("custody_phone", record) == "520-555-0101"
        assert cell("appearance_at", record) == ""

    def test_reading_goes_on_where_a_record_ends(self):
        lines = [json.dumps(an_arrest(id=f"Ñ{n}")) for n in range(5)]
        whole = read(*lines)
        body = "".join(text + "\n" for text in lines).encode()
        for record in whole[1:-1]:
            rest = ndjson_reader.records(
                [body[record.end :]], "arrests", offset=record.end, line=record.next_line
            )
            assert list(rest) == whole[whole.index(record) + 1 :]

    def test_blank_lines_count_but_are_no_record(self):
        records = read("", json.dumps(an_arrest()), " \r", json.dumps(an_arrest()))
        assert [record.line for record in records] == [0, 2, 4]

    def test_a_mark_before_the_first_object_is_no_error(self):
        assert only("\ufeff" + json.dumps(an_arrest())).cells is not None

    @pytest.mark.parametrize("age", [34, "34", "25-30", "NN"])
    def test_an_age_is_a_number_or_a_text(self, age):
        row = dict.fromkeys(FIELDS["people"]) | {"number": "1", "id": "P", "role": "VIC"}
        record = only(json.dumps(row | {"age": age}), "people")
        assert cell("age", record, "people") == str(age)

    @pytest.mark.parametrize(
        ("text", "code", "column"),
        [
            ("{", "not_an_object", ""),
            ("[]", "not_an_object", ""),
            ('"text"', "not_an_object", ""),
            ("17", "not_an_object", ""),
            ("{} {}", "not_an_object", ""),
            ("[" * 100_000, "not_an_object", ""),
            ('{"number": "1", "number": "2"}', "name_twice", ""),
            ('{"number": {"a": 1, "a": 2}}', "name_twice", ""),
            (json.dumps(an_arrest(sealed=True)), "name_unknown", ""),
            ('{"number": "1", "id": "A", "suspect": "S"}', "name_missing", "withdrawn"),
            (json.dumps(an_arrest(number=42)), "wrong_type", "number"),
            (json.dumps(an_arrest(number=1e2)), "wrong_type", "number"),
            (json.dumps(an_arrest(id=float("nan"))), "wrong_type", "id"),
            ('{"number": "1", "id": ' + "9" * 5000 + ', "suspect": "S", "withdrawn": null}',
             "wrong_type", "id"),
            (json.dumps(an_arrest(withdrawn="no")), "wrong_type", "withdrawn"),
            (json.dumps(an_arrest(withdrawn=0)), "wrong_type", "withdrawn"),
            (json.dumps(an_arrest(suspect="\ud800")), "wrong_type", "suspect"),
            (json.dumps(an_arrest(suspect=["S1"])), "wrong_type", "suspect"),
        ],
    )  # fmt: skip
    def test_a_line_that_is_no_record_says_why(self, text, code, column):
        record = only(text)
        assert record.cells is None
        assert (record.code, record.column) == (code, column)

    @pytest.mark.parametrize("kind", FIELDS)
    @pytest.mark.parametrize("name", sorted(FLAGS))
    def test_a_flag_left_out_is_never_a_no(self, kind, name):
        told_the_same = {"juvenile"}  # a juvenile's arrest is
        later = {column.name for column in COLUMNS[kind] if column.later}
        if name not in FIELDS[kind] or name in told_the_same | later:
            return
        row = dict.fromkeys(FIELDS[kind]) | dict.fromkeys(KEYS[kind], "x")
        del row[name]
        assert only(json.dumps(row), kind).code == "name_missing"


class TestEncoding:
    @pytest.mark.parametrize("body", [b'{"a": 1}', b"{}\n", "\ufeff{}\n".encode(), b"\n"])
    def test_utf_8_with_or_without_a_last_line_end(self, body):
        header, *_ = ndjson_reader.records([body], "cases")
        assert header.cells == list(FIELDS["cases"])

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "empty"),
            (b'{"a": "\xf1"}\n', "encoding"),
            ("{}\n".encode("utf-16"), "encoding"),
        ],
    )
    def test_anything_else_is_refused(self, body, reason):
        with pytest.raises(FileRefused) as refused:
            list(ndjson_reader.records([body], "cases"))
        assert refused.value.reason == reason

    def test_a_line_without_an_end_is_refused(self):
        with pytest.raises(FileRefused):
            list(ndjson_reader.records([b"x" * 700_000] * 3, "cases"))

    @pytest.mark.parametrize("name", ["rapSheet", "FBI_NO", "prior arrests"])
    def test_criminal_history_is_refused(self, name):
        with pytest.raises(FileRefused) as refused:
            list(ndjson_reader.records([json.dumps({name: 1}).encode() + b"\n"], "cases"))
        assert refused.value.reason == "criminal_history"
