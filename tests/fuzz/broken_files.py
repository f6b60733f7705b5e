"""Makes a file of the feed, CSV or NDJSON, and breaks it in some ways; a seed decides all of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from aviso.domain.settings import FeedFile
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import export_text, ndjson_text

SECRET = "Qzxsecret"  # in every value about a person; no log may have it
PHONE = "5205550177"
PERSONAL = {
    "first_name": SECRET,
    "last_name": SECRET,
    "phone": PHONE,
    "email": f"{SECRET}@example.org",
    "street": f"17 {SECRET} Street",
}
ROWS: Mapping[str, Callable[..., dict[str, str]]] = {
    "cases": a_case_row,
    "people": a_person_row,
    "suspects": a_suspect_row,
    "arrests": an_arrest_row,
}
NASTY = (
    *("", " ", "NULL", "0", "-1", "99/99/9999", "12/31/9999", "1/1/1753", "=1+1", '"', '""', "'"),
    *(
        ",",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\x1b[31m",
        "\u202e",
        "\ufeff",
        "\ud800",
        "🙂" * 300,
        "x" * 5_000,
    ),
    *(
        "Y",
        "maybe",
        "VIC",
        "SUS",
        "XYZ",
        "P1",
        "S1",
        "A1",
        "2611240001",
        "26-11-240001",
        "nan",
        "1e309",
    ),
    *(
        "[]",
        "{}",
        "null",
        "../../etc/passwd",
        "<script>",
        "${jndi:x}",
        "%s%n",
        "2026-11-24T25:61:00Z",
    ),
)
WORDS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**400,
    float("nan"),
    [],
    {},
    [[]],
    {"a": 1},
)
PIECES = (
    *(b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\n", b"\r", b'"', b",", b"{", b"}", b"[" * 3_000),
    *(
        b'{"number": 1, "number": 2}\n',
        b"\n\n",
        b"\\u0000",
        b"\xef\xbb\xbf",
        b"x" * 9_000,
        b"SELECT 1",
    ),
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that is broken or nearly so.

    Args:
        name: under `incoming/`.
        way: csv, ndjson or push.
        rows: how many rows it has, if that is beyond doubt.
    """

    name: str
    body: bytes
    way: str
    rows: int | None


def broken(random: Random, files: Mapping[str, FeedFile]) -> Broken:
    """Return the next file."""
    kind = random.choice(list(files))
    rows = [_row(random, kind) for _ in range(random.randint(0, 6))]
    n = f"{random.getrandbits(64):016x}"
    way = random.choice(["csv", "csv", "ndjson", "push"])
    if way == "csv":
        name = f"{kind}_20261124T{random.randint(0, 235959):06}.csv"
        body = _csv(files[kind], rows)
    else:
        name = f"{'push/' if way == 'push' else ''}{kind}-{n}.ndjson"
        body = _ndjson(random, files[kind], rows)
    breaks = random.choice([0, 0, 1, 1, 2, 5])
    for _ in range(breaks):
        body = random.choice(BREAKS)(random, body)
    if random.random() < 0.03:
        name = f"{n}.csv"
    count = _lines(body) if way != "csv" else None if breaks else len(rows)
    return Broken(name, body, way, count)


def _lines(body: bytes) -> int | None:
    """Return the number of lines of an NDJSON file that are not blank."""
    try:
        lines = body.decode("utf-8").removeprefix("\ufeff").split("\n")
    except UnicodeDecodeError:
        return None
    return sum(bool(line.strip()) for line in lines)


def _row(random: Random, kind: str) -> dict[str, str]:
    make = ROWS[random.choice(["people", "suspects"]) if kind == "people" else kind]
    row = make(number=f"261124{random.randint(1, 12):04}")
    row |= PERSONAL if kind == "people" else {}
    row |= {"id": f"{kind[0]}{random.randint(1, 9)}"} if kind != "cases" else {}
    if random.random() < 0.3:
        former = _row(random, kind)["number" if kind == "cases" else "id"]
        row["former_number" if kind == "cases" else "former_id"] = random.choice([*NASTY, former])
    for _ in range(random.choice([0, 0, 1, 3])):
        row[random.choice(list(row))] = random.choice(NASTY)
    return row


def _csv(file: FeedFile, rows: list[dict[str, str]]) -> bytes:
    named = [{file.columns.get(name, name): cell for name, cell in row.items()} for row in rows]
    named = [{n: cell for n, cell in row.items() if n in file.columns.values()} for row in named]
    return export_text(file.columns.values(), named).encode("utf-8", "surrogatepass")


def _ndjson(random: Random, file: FeedFile, rows: list[dict[str, str]]) -> bytes:
    flags = {name for name, codes in file.values.items() if set(codes.values()) <= {"yes", "no"}}
    plain = [{n: cell for n, cell in row.items() if n not in flags} for row in rows]
    objects = [json.loads(line) for line in ndjson_text(file, plain).splitlines()]
    for found in objects:
        for _ in range(random.choice([0, 0, 0, 1, 2])):
            found[random.choice(list(found))] = random.choice([*WORDS, *NASTY])
        if random.random() < 0.1:
            del found[random.choice(list(found))]
        if random.random() < 0.1:
            found[SECRET] = SECRET
    lines = [json.dumps(o, ensure_ascii=random.random() < 0.5) for o in objects]
    return "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")


def _flip(random: Random, body: bytes) -> bytes:
    at = random.randrange(len(body) or 1)
    return body[:at] + bytes([random.randrange(256)]) + body[at + 1 :]


def _insert(random: Random, body: bytes) -> bytes:
    at = random.randint(0, len(body))
    return body[:at] + random.choice(PIECES) + body[at:]


def _cut(random: Random, body: bytes) -> bytes:
    return body[: random.randint(0, len(body))]


def _repeat(random: Random, body: bytes) -> bytes:
    lines = body.splitlines(keepends=True)
    return body + (random.choice(lines) if lines else b"")


def _shuffle(random: Random, body: bytes) -> bytes:
    lines = body.splitlines(keepends=True)
    random.shuffle(lines)
    return b"".join(lines)


def _recode(random: Random, body: bytes) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(random.choice(["utf-16", "utf-16-le", "cp1252", "utf-8-sig"]), "replace")


BREAKS = (_flip, _insert, _cut, _repeat, _shuffle, _recode)
