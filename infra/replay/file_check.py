"""What one file would do before it is dropped, found by the product's own reading and rules.

`feed_check` calls it and `check_report` prints what it finds. A value of a row is kept only if it
is a code that may be shown: see `codes`.
"""

import difflib
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aviso.domain.errors import FileRefused, FileWaits
from aviso.domain.settings import FeedFile, Settings
from aviso.feed import csv_reader, date_forms, file_doubts, header, mistake_words, volume
from aviso.feed.checkpoint import Progress
from aviso.feed.date_forms import UnreadableDates
from aviso.feed.export_file import ExportFile
from aviso.feed.file_doubts import Filled
from aviso.feed.file_names import INCOMING, Source, described
from aviso.feed.mistake_words import BadRow
from aviso.feed.reject_list import RejectList, listed
from aviso.feed.row_reader import RowReader, passes
from infra.replay.codes import UnknownCode, unknown
from infra.replay.dry_run import Rehearsal, Told
from infra.replay.load_exports import ExportPart, chunks, exports, opened_export

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written, and which columns of the settings its first line has."""

    encoding: str
    delimiter: str  # the one in the first line
    mapped: Mapping[str, str] = field(default_factory=dict)  # canonical name -> agency's column
    missing: Mapping[str, str] = field(default_factory=dict)
    unmapped: Sequence[str] = ()
    fits: str = ""  # the kind of another feed whose needed columns it has


@dataclass(slots=True)
class Check:
    """What was found about one file."""

    source: Source
    file: FeedFile | None = None  # the feed that its name fits
    exported: datetime | None = None
    nearest: str = ""  # the most similar example of a name, when no feed fits
    refusal: FileRefused | None = None
    shape: Shape | None = None
    compared: int = 0  # earlier files of its kind
    left_out: list[str] = field(default_factory=list)  # earlier files that would be refused
    dates: Sequence[UnreadableDates] = ()
    codes: Sequence[UnknownCode] = ()
    counts: Counter[str] = field(default_factory=Counter)
    rejected: Mapping[tuple[str, str], Sequence[int]] = field(default_factory=dict)  # -> lines
    warnings: Mapping[str, int] = field(default_factory=dict)  # "code:column" -> rows
    doubts: Sequence[BadRow] = ()  # about the file as a whole
    no_report: int = 0  # cases of the file without a row of kind cases
    told: Sequence[Told] = ()

    @property
    def lost(self) -> bool:
        """Whether the file or a row of it would not be imported."""
        return self.refusal is not None or self.counts["rejected"] > 0


def check(path: Path, played: Rehearsal, now: datetime, base: Path | None = None) -> Check:
    """Return what a file would do if it were dropped now.

    Args:
        played: a rehearsal that has played nothing; it ends with this file.
        now: the time of the upload.
        base: a folder of earlier exports to play first.
    """
    source = Source(bucket="", key=INCOMING + path.name, etag="", size=0, modified=now)
    found, settings = Check(source), played.settings
    try:
        found.file, found.exported = described(source, settings.feed, settings.agency.zone, now)
    except FileRefused as refusal:
        found.refusal, found.nearest = refusal, _nearest(path.name, settings)
        return found
    played.cases.began = LONG_AGO  # what BASE has first was news of that day, as on a stack
    earlier, filled = _play_base(found, path, played, base)
    export = ExportPart(path, found.file, found.exported)
    try:
        opened, count = opened_export(export, settings)
        found.shape = _shape(opened.encoding, opened.first_line, found.file, settings)
        volume.check(opened, count, earlier)
        sums = file_doubts.counted(count, found.file.columns, filled)
        found.doubts = [
            BadRow(file_doubts.HEADER, column, mistake_words.OF_VALUES[code])
            for code, column in file_doubts.doubts(opened, count, earlier, sums)
        ]
    except FileRefused as refusal:
        found.refusal = refusal
        if found.shape is None:
            found.shape = _shape_of_refused(path, found.file, settings)
        if not isinstance(refusal, FileWaits):
            return found
    _read(found, opened, played, now)
    return found


def _nearest(name: str, settings: Settings) -> str:
    examples = {file.name_example.casefold(): file.name_example for file in settings.feed}
    return examples[difflib.get_close_matches(name.casefold(), examples, n=1, cutoff=0)[0]]


def _play_base(
    found: Check, path: Path, played: Rehearsal, base: Path | None
) -> tuple[list[int], Filled]:
    """Play the earlier exports; return the last numbers of rows of the file's kind, and of cells.

    See `file_doubts.counted`.
    """
    assert found.file
    rows: list[int] = []
    filled: Filled = {}
    for group in exports(base, played.settings) if base else []:
        good = []
        for export in group:
            if export.path.resolve() == path.resolve():
                continue
            try:
                opened, count = opened_export(export, played.settings)
                volume.check(opened, count, ())
            except FileRefused:
                found.left_out.append(export.path.name)
                continue
            good.append(export)
            if export.file.kind == found.file.kind:
                rows = volume.noted(rows, count.rows, accepted=False)
                filled = file_doubts.counted(count, found.file.columns, filled)
        if good:
            played.play(good)
    found.compared = len(rows)
    return rows, filled


def _shape_of_refused(path: Path, file: FeedFile, settings: Settings) -> Shape | None:
    """Return how a CSV file is written, or None when it is not text that the settings expect."""
    with suppress(FileRefused):
        with chunks(path) as some:
            encoding = csv_reader.encoding_of(some, file.encodings)
        with chunks(path) as some:
            first = next(csv_reader.records(some, encoding, file.delimiter), None)
        return _shape(encoding, (first.cells if first else None) or [], file, settings)
    return None


def _shape(encoding: str, cells: Sequence[str], file: FeedFile, settings: Settings) -> Shape:
    if len(cells) < 2:  # the wrong delimiter
        line = "".join(cells)
        return Shape(encoding, max(header.DELIMITERS, key=line.count) if line else file.delimiter)
    places = header.places(cells, file)
    others = (other for other in settings.feed if other.kind != file.kind)
    fits = [o.kind for o in others if set(o.required) <= header.places(cells, o).keys()]
    if not places.keys() & set(file.required):  # perhaps a row, whose values nobody may see
        return Shape(encoding, file.delimiter, fits=next(iter(fits), ""))
    return Shape(
        encoding,
        file.delimiter,
        mapped={name: file.columns[name] for name in places},
        missing={name: text for name, text in file.columns.items() if name not in places},
        unmapped=[c.strip() for n, c in enumerate(cells) if n not in places.values()],
        fits=next(iter(fits), ""),
    )


def _read(found: Check, opened: ExportFile, played: Rehearsal, now: datetime) -> None:
    """Read the rows as the importer does, take them in, and tell what their cases owe."""
    before, kind = set(played.told), opened.file.kind
    found.dates = date_forms.unreadable(opened.readable(opened.rows()), kind)
    found.codes = unknown(opened)
    touched: set[str] = set()
    list_file, progress = io.BytesIO(), Progress()
    rejects = RejectList(list_file, mistake_words.words(played.settings))
    reader = RowReader(opened, progress, rejects)
    for progress.step in range(len(passes(kind))):
        for batch in reader.batches():
            touched |= {played.cases.take(row, opened.exported, now) for row in batch.rows}
    found.counts, found.warnings = progress.counts, +progress.warnings
    lines = defaultdict(list)
    for row in listed(rejects.body()):
        lines[row.code, row.column].append(row.line)
    found.rejected = {key: sorted(at) for key, at in lines.items()}
    found.no_report = sum(played.cases.case(number).report is None for number in touched)
    moment = max(now, opened.exported)
    for later in (moment, moment + played.settings.settle):  # then an incomplete case makes a task
        played.tell(touched, later)
    found.told = [told for duty, told in played.told.items() if duty not in before]
