"""Import one export file: from the event in S3 to rows in Cases, rejects and a summary.

Every step may be repeated: a row is written only if it is as it was read, and a file that was
imported completely is not read again.
"""

import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from aviso.domain.errors import Conflict, FileRefused, RowRejected
from aviso.domain.model import Arrest, Person, Report
from aviso.domain.settings import FeedFile, Settings
from aviso.feed import (
    arrest_suspects,
    checkpoint,
    date_forms,
    refusals,
    renumbering,
    renumbering_check,
    withdrawals,
)
from aviso.feed import bucket as objects
from aviso.feed import moved_rows as roles
from aviso.feed.cells import Values
from aviso.feed.checkpoint import Progress
from aviso.feed.csv_reader import Record, encoding_of, records
from aviso.feed.file_names import Source, described
from aviso.feed.header import Header, read_header
from aviso.feed.merging import Outcome, decide, doubtful, newer, restricts_by
from aviso.feed.moved_rows import elsewhere
from aviso.feed.rejects import Rejects
from aviso.feed.rows import SPOKESPERSONS, SUSPECT, VICTIM, Parsed, parse, role
from aviso.notices.planning import remember_restriction
from aviso.runtime.logs import logger, row_id
from aviso.storage import guards
from aviso.storage.cases import Row, RowKey, read_case, read_rows, write_row

BATCH = 100  # rows read from the table in one call
TIME_NEEDED = 30_000  # milliseconds left; below this another invocation continues
IN_MEMORY = 1 << 20  # bytes of rejects; a longer list goes to a temporary file
TRIES = 5  # when another writer changes the same row
AFTER_A_CRASH = timedelta(minutes=5)  # how long sends wait for a crashed import to be repeated

# A people file is read twice, suspects and those who speak for victims first. So when a victim is
# in the table, every suspect of the same file is too, and no message can go to a suspect
# (docs/rules.md#11).
PASSES: Mapping[str, tuple[frozenset[str], ...]] = {
    "people": (SPOKESPERSONS | {SUSPECT}, frozenset({VICTIM})),
}
EVERYTHING: tuple[frozenset[str], ...] = (frozenset(),)


def import_object(
    bucket: str,
    key: str,
    settings: Settings,
    now: datetime,
    remaining_ms: Callable[[], int],
    again: Callable[[], None],
) -> Mapping[str, Any]:
    """Import one file of the feed, or as much of it as there is time for.

    Args:
        key: the object's key, not URL-encoded.
        now: the first-seen time of facts not seen before.
        remaining_ms: returns the time left for this invocation, in milliseconds.
        again: starts another invocation for the same file, which continues from the checkpoint.

    Returns:
        The summary, also written to `summaries/`; it has numbers and column names, no values.
    """
    try:
        source = objects.find(bucket, key)
    except FileRefused as refusal:
        refusals.gone(key, refusal, now)
        return {"file": key, "result": "refused", "reason": str(refusal)}
    if checkpoint.already_imported(source):
        return {"file": key, "result": "repeated"}
    try:
        file, exported = described(source, settings.feed, settings.agency.zone, now)
    except FileRefused as refusal:
        return refusals.refused(source, None, refusal, now)
    if source.part:
        file = replace(file, full=False)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as list_file:
        run = Import(source, file, exported, settings, now, remaining_ms, Rejects(list_file))
        try:
            done = run.go()
        except FileRefused as refusal:
            run.release()
            return refusals.refused(source, file, refusal, now)
    if not done:
        again()
        return run.summary("continues")
    run.release()
    summary = run.summary("imported") | run.conclude()
    objects.put_json(bucket, source.summary_key, summary)
    checkpoint.finished(source, now)
    return summary


@dataclass(slots=True)
class Import:
    """An import in progress."""

    source: Source
    file: FeedFile
    exported: datetime
    settings: Settings
    now: datetime
    remaining_ms: Callable[[], int]
    rejects: Rejects
    at: Progress = field(init=False)
    _header: Header = field(init=False)
    _since: datetime | None = field(default=None, init=False)
    _renumberings: renumbering_check.Renumberings = field(
        default=renumbering_check.Renumberings(), init=False
    )

    def go(self) -> bool:
        """Read on from the checkpoint; return whether the end of the file was reached."""
        self.at = Progress.resumed(self.source, self.now)
        if not self.at.encoding:
            self._open()
        self._header = read_header(self.at.header, self.file)
        self._since = checkpoint.full_until(self.file)
        if renumbering_check.column(self.file.kind) in self._header.places:
            self._renumberings = renumbering_check.look(self)
        passes = PASSES.get(self.file.kind, EVERYTHING)
        while self.at.step < len(passes):
            self._hold_sends()
            if not self._pass(passes[self.at.step]):
                self._put_rejects()
                self.at.part += 1
                self.at.save(self.source, self.now)
                return False
            self.at.step, self.at.offset, self.at.line = self.at.step + 1, 0, 1
        self._put_rejects()
        return True

    def release(self) -> None:
        """Let sends continue."""
        if self.file.kind == "people":
            guards.end_import(self.source.id)

    def conclude(self) -> dict[str, Any]:
        """Record that the file came, and withdraw the arrests that full files no longer have."""
        known = dict(checkpoint.last_file(self.file.kind))
        found: dict[str, Any] = {}
        if self.file.full:
            if self.file.kind == "arrests":
                found = withdrawals.judge(self, known)
            known["full_until"] = max(known.get("full_until", ""), self.exported.isoformat())
        known["exported"] = max(known.get("exported", ""), self.exported.isoformat())
        if not self.source.part:
            checkpoint.note_file(self.file.kind, known, self.now)
        refusals.imported(self.source, self.file, self.at.counts, self.now)
        return found

    def summary(self, result: str) -> dict[str, Any]:
        """Return the import's numbers so far."""
        many = self._renumberings.too_many
        names = "read new changed unchanged older renumbered rejected".split()
        return {
            "file": self.source.key,
            "result": result,
            "kind": self.file.kind,
            "exported": self.exported.isoformat(),
            "started": self.at.started,
            "finished": self.now.isoformat(),
            "encoding": self.at.encoding,
            **{name: self.at.counts[name] for name in names},
            "warnings": {w: n for w, n in sorted(self.at.warnings.items()) if n},
            "parts": self.at.part,
        } | ({"renumberings": f"{many} at once: none was done"} if many else {})

    def records(self, offset: int, line: int) -> Generator[Record]:
        """Yield the file's records from a position."""
        with objects.opened(self.source, offset) as chunks:
            yield from records(
                chunks, self.at.encoding, self.file.delimiter, offset=offset, line=line
            )

    def values(self, record: Record) -> Values:
        """Return a record's cells by canonical name."""
        if record.cells is None:
            raise RowRejected("malformed")
        if len(record.cells) != self._header.width:
            raise RowRejected("width")
        cells = {name: record.cells[place] for name, place in self._header.places.items()}
        agency = self.settings.agency
        return Values(cells, self.file, agency.zone, self.exported, agency.area_code)

    def _open(self) -> None:
        with objects.opened(self.source) as chunks:
            self.at.encoding = encoding_of(chunks, self.file.encodings)
        reading = self.records(0, 1)
        first = next(reading, None)
        self.at.header = (first.cells if first else None) or []
        self._header = read_header(self.at.header, self.file)
        date_forms.check(self._readable(reading), self.file.kind)
        reading.close()

    def _readable(self, reading: Iterable[Record]) -> Iterator[Values]:
        for record in reading:
            with suppress(RowRejected):
                yield self.values(record)

    def _hold_sends(self) -> None:
        if self.file.kind == "people":
            left = timedelta(milliseconds=self.remaining_ms())
            guards.begin_import(self.source.id, self.now, self.now + left + AFTER_A_CRASH)

    def _pass(self, roles: frozenset[str]) -> bool:
        """Import the rows of these roles; return whether the pass was finished."""
        batch: list[Parsed] = []
        reading = self.records(self.at.offset, self.at.line)
        if not self.at.offset:
            next(reading)  # the header
        try:
            for count, record in enumerate(reading, 1):
                parsed = self._row(record, roles)
                if parsed:
                    batch.append(parsed)
                if count % BATCH == 0:
                    self._apply(batch)
                    batch = []
                    self.at.offset, self.at.line = record.end, record.next_line
                    if self.remaining_ms() < TIME_NEEDED:
                        return False
            self._apply(batch)
        finally:
            reading.close()
        return True

    def _row(self, record: Record, roles: frozenset[str]) -> Parsed | None:
        """Return a record's row, or None when it is rejected or belongs to another pass.

        A row whose pass cannot be known is rejected in the first.
        """
        first = self.at.step == 0
        self.at.counts["read"] += first
        mine = first
        try:
            values = self.values(record)
            if roles:
                mine = role(values) in roles
                if not mine:
                    return None
            parsed = parse(values, self.settings, self.exported)
            self._renumberings.check(
                parsed, values.column(renumbering_check.column(self.file.kind))
            )
        except RowRejected as error:
            if mine:
                self.rejects.add(record.line, error)
                self.at.counts["rejected"] += 1
                self.at.unreadable += error.code in withdrawals.UNREADABLE
            return None
        self.at.warnings.update(parsed.warnings)
        return replace(parsed, line=record.line)

    def _apply(self, batch: list[Parsed]) -> None:
        """Write the changes of a batch of rows."""
        batch, known = arrest_suspects.told_apart(self._at_current_numbers(batch), read_rows)
        best: dict[tuple[str, str], Parsed] = {}
        for parsed in batch:
            other = best.get(parsed.key)
            best[parsed.key] = parsed if other is None else newer(parsed, other, self.settings)
            if other is not None:
                same = parsed.row.digest == other.row.digest
                self.at.counts["unchanged" if same else "older"] += 1
            if parsed.former:
                self.at.counts["renumbered"] += self._link(parsed)
        others = [key for key in best if key not in known]
        stored = known | (read_rows(others) if others else {})
        written = []
        for key, one in best.items():
            believed = self._believed(one, stored.get(key))
            if believed is None:
                continue
            parsed, outcome = believed, self._write(believed, stored.get(key))
            self.at.counts[outcome.count] += 1
            if outcome.write is not None:
                written.append(row_id(parsed.row.digest))
        if written:  # links a file to its notices, see `plan_notices`
            logger.info("rows", extra={"file_id": self.source.id, "rows": written})

    def _believed(self, parsed: Parsed, stored: Row | None) -> Parsed | None:
        """Return the row to store of two that contradict each other; reject the other."""
        wrong = doubtful(stored, parsed)
        if wrong is None:
            return parsed
        column = self.file.columns["withdrawn"]
        self.rejects.add(wrong.line, RowRejected("withdrawn_and_not", column))
        self.at.counts["rejected"] += 1
        if wrong is not parsed:
            self.at.counts["older"] -= 1
            return parsed
        if parsed.denied_by:
            self.at.counts["older"] -= 1
        return parsed.denied_by

    def _at_current_numbers(self, batch: list[Parsed]) -> list[Parsed]:
        """Give people and arrests the present number of their case."""
        numbers = {p.number for p in batch if not isinstance(p.row, Report)}
        moved = renumbering.current_numbers(numbers) if numbers else {}
        return [replace(p, number=moved.get(p.number, p.number)) for p in batch]

    def _write(self, parsed: Parsed, stored: Row | None) -> Outcome:
        for _ in range(TRIES):
            outcome = decide(stored, parsed, self.now, self._since, self.settings)
            if outcome.write is None:
                return outcome
            try:
                row = outcome.write
                if stored is None or roles.moved(stored):
                    row = self._at_first(parsed.number, row)
                self._store(parsed.number, row, stored)
            except Conflict:
                (parsed,), _ = arrest_suspects.told_apart([parsed], _read_consistently)
                stored = _read_consistently([parsed.key]).get(parsed.key)
            else:
                self._note_other_suspect(parsed, stored)
                return outcome
        raise Conflict("a row is being written by others without end")

    def _note_other_suspect(self, parsed: Parsed, stored: Row | None) -> None:
        """List an arrest whose number had another suspect before: a person must look at both."""
        if stored is None and parsed.other_suspect:
            column = self.file.columns["suspect"]
            self.rejects.add(parsed.line, RowRejected("other_suspect", column))
            self.at.counts["doubtful"] += 1
            self._warn("other_suspect", "suspect", True)

    def _store(self, number: str, row: Row, stored: Row | None) -> None:
        if stored is not None and restricts_by(stored) != restricts_by(row):
            # Two files may come before the planner sees what the first one said (docs/rules.md#12).
            remember_restriction(read_case(number), self.settings)
        write_row(number, row, stored)

    def _at_first(self, number: str, row: Row) -> Row:
        """Check what else is known of a person or an arrest that is new to a case."""
        if isinstance(row, Person):
            row, changed = roles.settle(number, row)
            self._warn("role_changed", "role", changed)
        elif isinstance(row, Arrest):
            self._warn("arrest_elsewhere", "id", elsewhere(number, row, self.now))
        return row

    def _warn(self, code: str, name: str, happened: bool) -> None:
        self.at.warnings[f"{code}:{self.file.columns[name]}"] += happened

    def _link(self, parsed: Parsed) -> bool:
        for _ in range(TRIES):
            try:
                return renumbering.link(parsed, self.now, self.settings.agency.zone)
            except Conflict:
                continue
        raise Conflict("a renumbered row is being written by others without end")

    def _put_rejects(self) -> None:
        if self.rejects.count:
            part = f".part{self.at.part}" if self.at.part > 1 else ""
            key = self.source.rejects_key.removesuffix(".csv") + part + ".csv"
            objects.put_file(self.source.bucket, key, self.rejects.body(), "text/csv")


def _read_consistently(keys: Sequence[RowKey]) -> dict[RowKey, Row]:
    return read_rows(keys, consistent=True)
