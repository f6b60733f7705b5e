"""Write the changes of an export's rows to Cases, a batch at a time.

A row is written only if the stored row is as it was read. Otherwise it is decided again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.errors import Conflict, RowRejected
from aviso.domain.model import Arrest, Person, Report
from aviso.domain.settings import Settings
from aviso.feed import aliases, arrest_suspects, moved_rows
from aviso.feed.checkpoint import Progress
from aviso.feed.export_file import ExportFile
from aviso.feed.merging import MergeResult, decide, doubtful, newer, restricts_by
from aviso.feed.reject_list import RejectList
from aviso.feed.rows import Parsed
from aviso.feed.told_changes import told_of
from aviso.notices.planning import remember_restriction
from aviso.runtime.logs import logger, row_id
from aviso.storage.cases import Row, RowKey, alias_of, has_newer, read_case, read_rows, write_row

NEWER = "newer_release"  # the code of a row that this release must leave to a newer one
MOST = 10  # new numbers in a file: with more, a column is probably not what the settings say
TRIES = 5  # when another writer changes the same row
Store = Callable[[str, Row, Row | None], None]  # case number, row, stored row


def storing(settings: Settings, now: datetime) -> Store:
    """Return the function that stores a row of an ordinary export, as of the import's time."""

    def store(number: str, row: Row, stored: Row | None) -> None:
        if stored is not None and restricts_by(stored) != restricts_by(row):
            # Two files may come before the planner sees what the first one said (docs/rules.md#12).
            remember_restriction(read_case(number), settings)
        told = told_of(number, row, stored, settings, now)
        write_row(number, row, stored, written_at=now, told=told)

    return store


@dataclass(slots=True)
class RowWriter:
    """Writes rows; counts the outcomes in `progress` and lists the rows that contradict others.

    Args:
        now: the first-seen time of facts not seen before.
        since: the latest full file of the kind; see `merging.version`.
        store: writes one row. Raises Conflict when another writer was faster.
    """

    export: ExportFile
    now: datetime
    since: datetime | None
    progress: Progress
    rejects: RejectList
    store: Store
    _unproven: set[str] = field(default_factory=set, init=False)  # cases with another's number
    _unknown: set[str] = field(default_factory=set, init=False)  # whose row was not there yet

    def write(self, batch: list[Parsed]) -> None:
        """Write the changes of a batch of rows."""
        batch, known = arrest_suspects.told_apart(self._at_first_numbers(batch), read_rows)
        best = self._newest(batch)
        others = [key for key in best if key not in known]
        stored = known | (read_rows(others) if others else {})
        written = []
        # If a file has two, the one without a former number is the first.
        for key, one in sorted(best.items(), key=lambda item: bool(item[1].former)):
            placed = self._again(self._placed, one, stored.get(key))
            if placed is None:
                continue
            parsed, there = placed
            believed = self._believed(parsed, there)
            if believed is None:
                continue
            outcome = self._write(believed, there)
            self.progress.counts[outcome.count] += 1
            if outcome.write is not None:
                written.append(row_id(believed.row.digest))
        # The import of a case that came meanwhile did not see the rows of this batch.
        self._unproven |= aliases.reports(self._unknown, consistent=True).keys()
        for number in sorted(self._unproven):
            self._again(aliases.join_case, number, self._carry)
        self._unproven.clear()
        if written:  # links a file to its notices, see `plan_notices`
            logger.info("rows", extra={"file_id": self.export.source.id, "rows": written})

    def _newest(self, batch: list[Parsed]) -> dict[RowKey, Parsed]:
        """Return the newest row of each thing."""
        best: dict[RowKey, Parsed] = {}
        for parsed in batch:
            other = best.get(parsed.key)
            best[parsed.key] = parsed if other is None else newer(parsed, other)
            if other is not None:
                same = parsed.row.digest == other.row.digest
                self.progress.counts["unchanged" if same else "older"] += 1
        return best

    def _believed(self, parsed: Parsed, stored: Row | None) -> Parsed | None:
        """Return the row to store of two that contradict each other; reject the other."""
        wrong = doubtful(stored, parsed)
        if wrong is None:
            return parsed
        column = self.export.file.columns["withdrawn"]
        self.rejects.add(wrong.line, RowRejected("withdrawn_and_not", column))
        self.progress.counts["rejected"] += 1
        if wrong is not parsed:
            self.progress.counts["older"] -= 1
            return parsed
        if parsed.denied_by:
            self.progress.counts["older"] -= 1
        return parsed.denied_by

    def _at_first_numbers(self, batch: list[Parsed]) -> list[Parsed]:
        """Give people and arrests the first number of their case."""
        numbers = {p.number for p in batch if not isinstance(p.row, Report)}
        known = aliases.reports(numbers)
        self._unknown = numbers - known.keys()
        self._unproven |= {first for first, report in known.values() if report.former_number}
        found = []
        for parsed in batch:
            if not isinstance(parsed.row, Report) and parsed.number in known:
                first, report = known[parsed.number]
                earlier = report.number != parsed.number
                parsed = replace(parsed, number=first, earlier=earlier)
            found.append(parsed)
        return found

    def _placed(self, parsed: Parsed, stored: Row | None) -> tuple[Parsed, Row | None] | None:
        """Return a row under its first number or id, and what is stored there; reject too many."""
        if first := alias_of(stored):
            parsed = aliases.at_first(parsed, first)
            stored = _read_consistently([parsed.key]).get(parsed.key)
        if not parsed.former:
            return parsed, stored
        try:
            if isinstance(parsed.row, Report):
                linked = aliases.link_case(parsed, parsed.row, stored, self._count_new_number)
                if isinstance(linked.row, Report) and linked.row.former_number:
                    self._unproven.add(linked.number)
                return linked, stored
            joined = aliases.join_id(parsed, self._carry, self._count_new_number)
        except RowRejected as error:
            self.rejects.add(parsed.line, error)
            self.progress.counts["rejected"] += 1
            return None
        if joined.key == parsed.key:
            return parsed, stored
        return joined, _read_consistently([joined.key]).get(joined.key)

    def _count_new_number(self) -> None:
        """Count a new number of a case, a person or an arrest.

        Raises:
            RowRejected: when the file has too many: another column may be taken for it.
        """
        if self.progress.counts["renumbered"] == MOST:
            kind = self.export.file.kind
            column = self.export.file.columns["former_number" if kind == "cases" else "former_id"]
            raise RowRejected("too_many_renumbered", column)
        self.progress.counts["renumbered"] += 1

    def _carry(self, number: str, row: Row) -> None:
        """Take over a row that was stored under another number or id, as if it came now."""
        withdrawn = isinstance(row, Arrest) and row.withdrawn_at is not None
        parsed = Parsed(number=number, row=row, withdrawn=withdrawn)
        stored = _read_consistently([parsed.key]).get(parsed.key)
        outcome = decide(stored, parsed, self.now, None, self.export.settings)
        if outcome.write is not None:
            self.store(number, outcome.write, stored)

    def _again[**P, R](self, act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES):
            try:
                return act(*args, **kwargs)
            except Conflict:
                continue
        raise Conflict("a row with a new number is being written by others without end")

    def _write(self, parsed: Parsed, stored: Row | None) -> MergeResult:
        for _ in range(TRIES):
            outcome = decide(stored, parsed, self.now, self.since, self.export.settings)
            if outcome.write is None or _is_strange(parsed, stored):
                return self._passed_by(parsed, stored, outcome)
            try:
                row = outcome.write
                if stored is None or moved_rows.moved(stored):
                    row = self._at_first(parsed.number, row)
                self.store(parsed.number, row, stored)
            except Conflict:
                (parsed,), _ = arrest_suspects.told_apart([parsed], _read_consistently)
                stored = _read_consistently([parsed.key]).get(parsed.key)
                if stored is None and has_newer(parsed.number):
                    return self._rejected(parsed, NEWER)
            else:
                self._note_other_suspect(parsed, stored)
                return outcome
        raise Conflict("a row is being written by others without end")

    def _passed_by(self, parsed: Parsed, stored: Row | None, outcome: MergeResult) -> MergeResult:
        """Reject a row with news that is perhaps another case's, or a list of a case that stays.

        The case stays because its row is newer than the list.
        """
        if outcome.write is not None:
            gone = isinstance(parsed.row, Report) and parsed.row.removed
            return MergeResult("older") if gone else self._rejected(parsed, "number_used_again")
        stays = isinstance(stored, Report) and not stored.removed
        if not (parsed.listed and stays and outcome.count == "older"):
            return outcome
        return self._rejected(parsed, "listed_too_early")

    def _rejected(self, parsed: Parsed, code: str) -> MergeResult:
        column = self.export.file.columns["number"]
        self.rejects.add(parsed.line, RowRejected(code, column))
        return MergeResult("rejected")

    def _note_other_suspect(self, parsed: Parsed, stored: Row | None) -> None:
        """List an arrest whose number had another suspect before: a person must look at both."""
        if stored is None and parsed.other_suspect:
            column = self.export.file.columns["suspect"]
            self.rejects.add(parsed.line, RowRejected("other_suspect", column))
            self.progress.counts["doubtful"] += 1
            self._warn("other_suspect", "suspect", True)

    def _at_first(self, number: str, row: Row) -> Row:
        """Check what else is known of a person or an arrest that is new to a case."""
        if isinstance(row, Person):
            day = self.export.settings.today(self.now)
            row, changed = moved_rows.settle(number, row, day, self.store)
            self._warn("role_changed", "role", changed)
        elif isinstance(row, Arrest):
            where = moved_rows.elsewhere(number, row, self.now)
            self._warn(f"arrest_{where}", "id", bool(where))
        return row

    def _warn(self, code: str, name: str, happened: bool) -> None:
        self.progress.warnings[f"{code}:{self.export.file.columns[name]}"] += happened


def _is_strange(parsed: Parsed, stored: Row | None) -> bool:
    """Whether a row with news has a number that its case no longer has: perhaps another's now."""
    if isinstance(parsed.row, Report) and isinstance(stored, Report):
        named = parsed.former and not parsed.row.former_number  # it says itself whose number it is
        return parsed.row.number != stored.number and not named
    return parsed.earlier


def _read_consistently(keys: Sequence[RowKey]) -> dict[RowKey, Row]:
    return read_rows(keys, consistent=True)
