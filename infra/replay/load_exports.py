"""Export files become cases in memory, by the product's own reading, parsing and merging.

A fact of the folder's first export counts as seen when it happened: a single full export is then
enough for the months it covers. What a later export is the first to show was entered late, and
counts as seen then. What full files lack is not concluded from.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from msgspec.structs import replace

from aviso.domain.errors import FileRefused, RowRejected
from aviso.domain.fact_keys import arrest_fact_keys, fact_keys
from aviso.domain.model import Arrest, Case, Report
from aviso.domain.reasons import restrictions, words_of
from aviso.domain.restriction import to_record
from aviso.domain.settings import FeedFile, Settings
from aviso.feed import aliases, arrest_suspects
from aviso.feed.export_file import ExportFile
from aviso.feed.file_names import Source, described
from aviso.feed.first_reading import RowCount, read_whole
from aviso.feed.merging import decide, merged
from aviso.feed.rows import Parsed, parse
from aviso.storage.cases import Row, RowKey, case_of, sort_key

KINDS = ("cases", "people", "arrests")  # the order in which files of one export are read


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One file of an export."""

    path: Path
    file: FeedFile
    exported: datetime


def exports(folder: Path, settings: Settings) -> list[list[ExportPart]]:
    """Return a folder's export files, those that belong together in one list, oldest first.

    Files within the time that a case has to settle belong together.
    """
    found = sorted(_found(folder, settings), key=lambda e: e.exported)
    groups: list[list[ExportPart]] = []
    for export in found:
        if groups and export.exported - groups[-1][0].exported <= settings.settle:
            groups[-1].append(export)
        else:
            groups.append([export])
    return [sorted(group, key=lambda e: (KINDS.index(e.file.kind), e.exported)) for group in groups]


def _found(folder: Path, settings: Settings) -> Iterator[ExportPart]:
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        stat = path.stat()
        modified = datetime.fromtimestamp(stat.st_mtime, UTC)
        source = Source(bucket="", key=path.name, etag="", size=stat.st_size, modified=modified)
        try:
            file, exported = described(source, settings.feed, settings.agency.zone)
        except FileRefused:
            continue
        yield ExportPart(path, file, exported)


def opened_export(export: ExportPart, settings: Settings) -> tuple[ExportFile, RowCount]:
    """Return an export open for reading and what it holds, as the importer would read it first.

    Raises:
        FileRefused: when the file as a whole is unreadable.
    """
    export_file = ExportFile(
        source=Source(bucket="", key=export.path.name, etag="", size=0, modified=export.exported),
        file=export.file,
        exported=export.exported,
        settings=settings,
        read=lambda _source, offset: chunks(export.path, offset),
    )
    return read_whole(export_file)


@dataclass(slots=True)
class Cases:
    """What the exports read so far say."""

    settings: Settings
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    firsts: dict[str, str] = field(default_factory=dict)  # a case's later number -> the first one
    counts: Counter[str] = field(default_factory=Counter)
    began: datetime | None = None  # when the first export was made

    def read(self, export: ExportPart) -> set[str]:
        """Take in one file; return the numbers of the cases it is about.

        Raises:
            FileRefused: when the file as a whole is unreadable.
        """
        opened, _ = opened_export(export, self.settings)
        touched = set()
        for record in opened.rows():
            try:
                values = opened.values(record)
                if opened.ignored(values):
                    self.counts["ignored"] += 1
                    continue
                parsed = parse(values, self.settings, export.exported)
            except RowRejected:
                self.counts["skipped" if opened.no_row(record) else "rejected"] += 1
                continue
            self.counts["read"] += 1
            touched.add(self.take(parsed, export.exported))
        return touched

    def stored(self, keys: Sequence[RowKey]) -> dict[RowKey, Row]:
        """Return the rows among these keys."""
        found = ((key, self.rows[key[0]].get(key[1])) for key in keys)
        return {key: row for key, row in found if row is not None}

    def take(self, parsed: Parsed, exported: datetime, now: datetime | None = None) -> str:
        """Take in one row; return the number of its case.

        Facts of a new row count as seen `now`, or without it when they were exported. In the first
        export they count as seen when they happened.
        """
        parsed = self._at_first(parsed)
        number = parsed.number
        (parsed,), _ = arrest_suspects.told_apart([parsed], self.stored)
        rows, key = self.rows[number], sort_key(parsed.row)
        stored = rows.get(key)
        if stored is None:
            row = merged(None, parsed, now or exported, self.settings.agency.zone)
            known = now or (self.began and exported > self.began)
            rows[key] = row if known else _seen_as_it_happened(row, self.settings.agency.zone)
        elif (
            outcome := decide(stored, parsed, now or exported, None, self.settings)
        ).write is not None:
            rows[key] = outcome.write
        self._remember_restriction(number)
        return number

    def _at_first(self, parsed: Parsed) -> Parsed:
        """Return a row under its first number and id, without the proof that an import needs."""
        former = self.firsts.get(parsed.former, parsed.former)
        if isinstance(parsed.row, Report):
            parsed = replace(parsed, row=replace(parsed.row, former_number=""))
            if self.rows.get(former):
                self.firsts[parsed.number] = former
        parsed = replace(parsed, number=self.firsts.get(parsed.number, parsed.number))
        prefix = sort_key(parsed.row).partition("#")[0]
        there = f"{prefix}#{former}" in self.rows[parsed.number]
        return aliases.at_first(parsed, former) if there else parsed

    def _remember_restriction(self, number: str) -> None:
        """Make a restriction last, as the planner does."""
        case = self.case(number)
        if case.report and (why := to_record(case, self.settings)):
            recorded = restrictions(case.report.restriction) | why
            self.rows[number]["CASE"] = replace(case.report, restriction=words_of(recorded))

    def case(self, number: str) -> Case:
        """Return a case as the product would read it."""
        rows: dict[type[Row], list[Row]] = defaultdict(list)
        for row in self.rows[number].values():
            rows[type(row)].append(row)
        return case_of(number, rows)


@contextmanager
def chunks(path: Path, offset: int = 0) -> Iterator[Iterator[bytes]]:
    """Yield a file's bytes from `offset` in chunks."""
    with path.open("rb") as stream:
        stream.seek(offset)
        yield iter(lambda: stream.read(1 << 18), b"")


def _seen_as_it_happened(row: Row, zone: tzinfo) -> Row:
    match row:
        case Report():
            return replace(row, first_seen=_earlier(row.first_seen, fact_keys(row, zone)))
        case Arrest():
            return replace(row, first_seen=_earlier(row.first_seen, arrest_fact_keys(row)))
    return row


def _earlier(seen: Mapping[str, datetime], happened: Mapping[str, datetime]) -> dict[str, datetime]:
    return {key: min(at, happened.get(key, at)) for key, at in seen.items()}
