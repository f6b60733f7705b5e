"""The lines that `aviso feed check` prints: each mistake with its lines and the way out.

No value of a row is in them, except codes that may be shown; names only where asked for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from aviso.domain.errors import FileWaits
from aviso.domain.settings import FeedFile, Settings
from aviso.feed import mistake_words, volume
from aviso.feed.columns import DATES, SAFETY
from infra.replay import reached
from infra.replay.dry_run import WHO
from infra.replay.file_check import Check, Shape

SHOWN = 10  # lines of a mistake
WAYS_OUT = {
    "offense": "its cases are restricted; list it under offense_groups, or translate it in"
    " feed.cases.values.offense",
    "status": "nothing is told; list it under statuses, or translate it in"
    " feed.cases.values.status",
    "role": "its rows are rejected; translate it in feed.people.values.role, or list it under"
    " feed.people.ignore_roles",
    "relationship": "its cases are restricted; if it is not a sign of danger, list it under"
    " ordinary_relationships",
}
HIDDEN = "Not shown, as they may be names. See these lines."
WARNINGS = {
    "bad_date": "the date cannot be read or lies after the export, and is left blank; check day and"
    " month, and see date_formats",
    "future_row_time": "the time is more than a day after the export; check the time zone",
    "bad_flag": "neither yes nor no, so the careful value counts; add the code to values",
    "bad_age": "no age, so it is unknown; send years or NIBRS codes",
    "bad_phone": "no phone number, so it is left blank; correct it in the records system",
    "bad_email": "no email address, so it is left blank; correct it in the records system",
    "too_long": "cut at 1,000 characters; check which column is mapped",
    "unknown_status": "see the codes above",
    "unknown_offense": "see the codes above",
    "unknown_language": "the first language counts; add the code to values",
    "unknown_rights": "counts as unanswered; add the code to values",
    "victim_organization": "an organization; its contact person is told, or a person does it",
    "victim_public": "the public; nobody is told",
    "victim_unknown": "no known type, so a person does each notice that is owed; add the code to"
    " values",
}


def report(found: Check, settings: Settings, *, names: bool = False) -> Iterator[str]:
    """Yield the lines about a file; `names` lists the people."""
    yield from _name(found, settings)
    if found.shape and found.file:
        yield from _columns(found.shape, found.file)
    if found.refusal:
        yield ""
        wait = isinstance(found.refusal, FileWaits)
        yield "The file would wait for a person:" if wait else "The file would be refused:"
        words = mistake_words.words(settings)
        yield f"  {mistake_words.of_file(found.source.key, found.refusal, words)}"
        if not wait:
            return
        yield "What follows is what it would do after it is accepted."
    elif found.file:
        yield from _volume(found, found.file)
    yield from mistake_words.of_rows(found.source.key, found.doubts, mistake_words.words(settings))
    yield from _values(found)
    yield from _rows(found, mistake_words.words(settings))
    yield from _told(found, mistake_words.words(settings), names=names)
    if found.told:
        yield ""
        yield from reached.summary(found.told, mistake_words.words(settings))


def _name(found: Check, settings: Settings) -> Iterator[str]:
    base = found.source.key.rpartition("/")[2]
    if found.file is None or found.exported is None:
        yield f"{base} fits no name_pattern of the settings. The nearest example of a name is"
        yield f"{found.nearest}."
        return
    at = found.exported.astimezone(settings.agency.zone)
    whence = "now, the upload" if found.exported == found.source.modified else "the name's stamp"
    yield f"{base} fits feed.{found.file.kind}.name_pattern."
    yield f"Its export time is {at:%Y-%m-%d %H:%M} ({whence})."
    if found.left_out:
        yield f"Earlier files that would be refused are left out: {', '.join(found.left_out)}."


def _columns(shape: Shape, file: FeedFile) -> Iterator[str]:
    yield f"Encoding: {shape.encoding}. Delimiter: {shape.delimiter!r}."
    if shape.delimiter != file.delimiter:
        yield f"  The settings expect {file.delimiter!r}: change feed.{file.kind}.delimiter."
    if shape.fits:
        yield f"  Its first line has every needed column of feed.{shape.fits}: is its name wrong?"
    if not shape.mapped:
        return
    yield ""
    yield "Columns"
    yield f"  mapped: {_pairs(shape.mapped)}"
    needed = set(file.required) | ((SAFETY | DATES) - set(file.optional))
    for text, wanted in (("missing, needed", True), ("missing, not needed", False)):
        some = {name: c for name, c in shape.missing.items() if (name in needed) is wanted}
        if some:
            yield f"  {text}: {_pairs(some)}"
    if shape.unmapped:
        yield f"  not mapped, so not read: {', '.join(shape.unmapped)}"
        yield f"    Map each that Aviso needs under feed.{file.kind}.columns."


def _pairs(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{column} ({name})" for name, column in columns.items())


def _volume(found: Check, file: FeedFile) -> Iterator[str]:
    yield ""
    if found.compared >= volume.ENOUGH:
        yield f"Its number of rows is usual, compared with {found.compared} earlier files."
    else:
        yield (
            f"Its number of rows is not compared: BASE has {found.compared} earlier"
            f" {file.kind} files, and {volume.ENOUGH} are needed."
        )
    if file.trailer:
        yield "Its number of rows is the one that its trailer says."


def _values(found: Check) -> Iterator[str]:
    if found.dates and found.file:
        yield ""
        yield "Dates that cannot be read"
        for dates in found.dates:
            yield f"  {dates.described}: {dates.bad} of {dates.filled}"
        yield f"    Add the form to feed.{found.file.kind}.date_formats, or correct the dates."
    if found.codes:
        yield ""
        yield "Codes that the settings do not know"
        for code in found.codes:
            what = f"{code.column} {code.code}" if code.code else f"{code.column} (not shown)"
            yield f"  {what}: {_count(len(code.lines), 'row')}, {_lines(code.lines)}"
            yield f"    {WAYS_OUT[code.name]}."
            if not code.code:
                yield f"    {HIDDEN}"
    if found.warnings:
        yield ""
        yield "Values with a warning"
        for warning, rows in sorted(found.warnings.items()):
            what, _, column = warning.partition(":")
            yield f"  {column}: {_count(rows, 'row')}: {WARNINGS[what]}."


def _rows(found: Check, said: Mapping[str, str]) -> Iterator[str]:
    counts = found.counts
    away = counts["ignored"] + counts["skipped"] + counts["rejected"]
    yield ""
    yield f"Rows: {counts['read']:,}"
    yield f"  imported {counts['read'] - away:,}"
    yield f"  ignored by role {counts['ignored']:,}"
    yield f"  skipped lines {counts['skipped']:,}"
    yield f"  rejected {counts['rejected']:,}"
    for (why, column), lines in sorted(found.rejected.items()):
        yield f"    {_lines(lines)}, column {column or '-'}: {said[f'desk_row_{why}']}"


def _told(found: Check, said: Mapping[str, str], *, names: bool) -> Iterator[str]:
    yield ""
    yield "Who would be told"
    counts = Counter((told.kind, way) for told in found.told for way in told.ways)
    for (kind, way), n in sorted(counts.items()):
        yield f"  {kind.replace('_', ' ')}, {way}: {n:,}"
    if not counts:
        yield "  nobody"
    reasons = Counter((told.ways == (WHO,), told.reason) for told in found.told if told.reason)
    for (held, reason), n in sorted(reasons.items(), reverse=True):
        why = said.get(f"desk_reason_{reason}", reason)
        yield f"  {'held for a person' if held else 'not sent, or later'}: {n:,}: {why}"
    if found.no_report:
        yield (
            f"  {_count(found.no_report, 'case')} of the file without a row of kind cases:"
            " put the earlier or matching files into a folder: --base <folder>."
        )
    if names:
        for told in found.told:
            yield f"  {told.case}  {told.name}: {told.kind}: {' and '.join(told.ways)}"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:SHOWN]))
    more = f" and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
    return f"line {shown}" if len(lines) == 1 else f"lines {shown}{more}"
