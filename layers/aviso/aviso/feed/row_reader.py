"""Read an export's rows in batches, in passes; reject the rows that cannot be read."""

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass

from msgspec.structs import replace

from aviso.domain.errors import RowRejected
from aviso.domain.value import Frozen
from aviso.feed import withdrawals
from aviso.feed.checkpoint import Progress
from aviso.feed.csv_reader import FeedRecord
from aviso.feed.export_file import ExportFile
from aviso.feed.mistake_words import OF_VALUES
from aviso.feed.reject_list import RejectList
from aviso.feed.rows import SPEAKERS, SUSPECT, VICTIM, Parsed, parse, role

BATCH = 100  # rows read from the table in one call

# A people file is read twice, suspects and those who speak for victims first. So when a victim is
# in the table, every suspect of the same file is too, and no message can go to a suspect
# (docs/rules.md#11).
PASSES: Mapping[str, tuple[frozenset[str], ...]] = {
    "people": (SPEAKERS | {SUSPECT}, frozenset({VICTIM})),
}
EVERYTHING: tuple[frozenset[str], ...] = (frozenset(),)


def passes(kind: str) -> tuple[frozenset[str], ...]:
    """Return the roles to import in each pass over a kind of file; empty means every row."""
    return PASSES.get(kind, EVERYTHING)


class Batch(Frozen, frozen=True):
    """Some rows of a file, and where the next record begins; 0 after the last batch."""

    rows: list[Parsed]
    offset: int = 0  # bytes
    line: int = 1


@dataclass(slots=True)
class RowReader:
    """Reads the rows of the pass `progress.step`; counts them there and lists the rejected ones."""

    export: ExportFile
    progress: Progress
    rejects: RejectList

    def batches(self, end: int = 0) -> Generator[Batch]:
        """Yield the rows from the checkpoint on, up to the record that ends at byte `end`."""
        rows: list[Parsed] = []
        roles = passes(self.export.file.kind)[self.progress.step]
        with closing(self.export.rows(self.progress.offset, self.progress.line)) as reading:
            for count, record in enumerate(reading, 1):
                parsed = self._row(record, roles)
                if parsed:
                    rows.append(parsed)
                if count % BATCH == 0:
                    yield Batch(rows, record.end, record.next_line)
                    rows = []
                if end and record.end >= end:
                    break
        yield Batch(rows)

    def _row(self, record: FeedRecord, roles: frozenset[str]) -> Parsed | None:
        """Return a record's row, or None when it is passed by, rejected or of another pass.

        A row whose pass cannot be known is counted in the first.
        """
        first = self.progress.step == 0
        self.progress.counts["read"] += first
        mine = first
        try:
            values = self.export.values(record)
            if self.export.ignored(values):
                self.progress.counts["ignored"] += first
                return None
            if roles:
                mine = role(values) in roles
                if not mine:
                    return None
            parsed = parse(values, self.export.settings, self.export.exported)
        except RowRejected as error:
            if mine:
                self._reject(record, error)
            return None
        self.progress.warnings.update(parsed.warnings)
        self._note_doubts(parsed, record.line)
        return replace(parsed, line=record.line)

    def _note_doubts(self, parsed: Parsed, line: int) -> None:
        """Keep the first line of each column's doubtful values, whatever its pass is."""
        for warning in parsed.warnings:
            if warning.partition(":")[0] in OF_VALUES:
                self.progress.doubts[warning] = min(line, self.progress.doubts.get(warning, line))

    def _reject(self, record: FeedRecord, error: RowRejected) -> None:
        """List a row that cannot be imported, unless the settings know its line as no row."""
        if self.export.no_row(record):
            self.progress.counts["skipped"] += 1
            return
        self.rejects.add(record.line, error)
        self.progress.counts["rejected"] += 1
        self.progress.unreadable += error.code in withdrawals.UNREADABLE
