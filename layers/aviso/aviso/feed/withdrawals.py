"""Withdraw an arrest that two full files in a row no longer have.

See docs/rules.md#10.

Three kinds of file are not proof: a refused file, a file with rows whose arrest is unknown, and a
file that lacks so many arrests at once that it is probably incomplete.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from aviso.domain.errors import Conflict, RowRejected
from aviso.domain.model import Arrest
from aviso.domain.value import Frozen
from aviso.feed import objects
from aviso.feed.aliases import reports
from aviso.feed.arrest_suspects import beside
from aviso.feed.export_file import ExportFile
from aviso.feed.merging import ABSENT, withdraw
from aviso.feed.rows import case_number
from aviso.storage.cases import alias_of, read_rows, write_row

RUNNING = 2  # this many files without the arrest withdraw it
KEPT = 5  # manifests to compare: files may come late and out of order
MAX_SHARE = 0.2  # a larger share of arrests gone at once is a broken export
FEW = 5  # ... unless no more than this many arrests are gone
LOOKED_UP = 10_000  # case numbers, in batches of a hundred; no import has time for more

# Case number, arrest number, suspect; manifests of earlier releases have no suspect.
ArrestKey = tuple[str, str, str]


class Manifest(Frozen, frozen=True, kw_only=True):
    """The arrests of one full file."""

    exported: datetime
    arrests: frozenset[ArrestKey]
    unreadable: int = 0  # rows whose case or arrest is unknown


class Judgement(Frozen, frozen=True):
    """The arrests that are gone, or why there is no conclusion."""

    gone: frozenset[ArrestKey] = frozenset()
    reason: str = ""


def absent(manifests: Sequence[Manifest]) -> Judgement:
    """Return the arrests that earlier full files had and the two latest do not.

    `manifests` must have different export times, in any order.
    """
    ordered = sorted(manifests, key=lambda m: m.exported)
    earlier, latest = ordered[:-RUNNING], ordered[-RUNNING:]
    if not earlier:
        return Judgement(reason="fewer than three full files so far")
    if any(m.unreadable for m in latest):
        return Judgement(reason="a row's case or arrest number could not be read")
    for before, after in zip(ordered[-RUNNING - 1 :], latest, strict=False):
        held = _numbers(before.arrests)
        missing = len(held - _numbers(after.arrests))
        if missing > max(FEW, MAX_SHARE * len(held)):
            return Judgement(reason=f"{missing} arrests gone at once: an incomplete export?")
    known = frozenset().union(*(m.arrests for m in earlier))
    now = frozenset().union(*(m.arrests for m in latest))
    gone = (arrest for arrest in known - now if not _replaced(arrest, now, earlier))
    return Judgement(gone=frozenset(gone))


def at_first_numbers(manifests: Sequence[Manifest]) -> Sequence[Manifest] | None:
    """Return the manifests with the first number of each case and each arrest.

    A file has the numbers of its day: an arrest with a new one would otherwise count as gone. Only
    the cases of arrests that seem gone are read.

    Returns:
        None when there are too many to read.
    """
    files = [m.arrests for m in sorted(manifests, key=lambda m: m.exported)]
    known = frozenset().union(*files)
    gone = {case for case, _, _ in known - files[-1]}
    if len(gone) > LOOKED_UP:
        return None
    first = _first_numbers(gone, known - files[0].intersection(*files))
    return [
        replace(m, arrests=frozenset((*first.get((c, n), (c, n)), s) for c, n, s in m.arrests))
        for m in manifests
    ]


def _first_numbers(
    gone: set[str], moving: Iterable[ArrestKey]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the first case and arrest number of each arrest that moved, on these cases."""
    found = reports(gone, consistent=True).values()
    first = {number: number for number in gone}
    first |= {number: to for to, report in found for number in (*report.later_numbers, to)}
    here = {(case, number): (first[case], number) for case, number, _ in moving if case in first}
    keys = {(case, f"ARREST#{number}") for case, number in here.values()}
    ids = {key: to for key, row in read_rows(sorted(keys)).items() if (to := alias_of(row))}
    return {
        arrest: (case, ids.get((case, f"ARREST#{number}"), number))
        for arrest, (case, number) in here.items()
    }


def _replaced(gone: ArrestKey, now: frozenset[ArrestKey], earlier: Sequence[Manifest]) -> bool:
    """Whether an arrest's number now has a suspect that no file had beside the one gone.

    Then one suspect replaced the other, and the arrest itself may still be valid.
    """
    others = (arrest for arrest in now if arrest[:2] == gone[:2])
    return any(not any({gone, a} <= m.arrests for m in earlier) for a in others)


def _numbers(arrests: frozenset[ArrestKey]) -> frozenset[tuple[str, str]]:
    return frozenset((case, number) for case, number, _ in arrests)


# Rejection codes that leave a row's arrest unknown.
UNREADABLE = frozenset(
    {"malformed", "width", "missing", "bad_number"}
    | {"not_an_object", "name_twice", "name_missing", "name_unknown", "wrong_type"}
)
SENT_AGAIN = timedelta(hours=12)  # the same bytes within this time are one file, sent twice


def judge(
    export: ExportFile, unreadable: int, known: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Store a full file's manifest, compare it with earlier ones, and withdraw what is gone.

    Call it after all rows of the import are written. `unreadable` is the number of its rows whose
    arrest is unknown. `known` are the notes about the kind's files; its list of manifests is
    updated.

    Returns:
        For the summary: how many were withdrawn, or why there is no conclusion.
    """
    key = _manifest_key(export)
    _write_manifest(export, key)
    earlier = [e for e in known.get("manifests", ()) if not _sent_again(e, export)]
    listed = {entry["key"]: entry for entry in earlier}
    entry = {
        "key": key,
        "exported": export.exported.isoformat(),
        "unreadable": unreadable,
        "etag": export.source.etag,
    }
    listed[key] = entry
    kept = sorted(listed.values(), key=lambda e: str(e["exported"]))[-KEPT:]
    known["manifests"] = kept
    manifests = at_first_numbers([_read_manifest(export.source.bucket, e) for e in kept])
    if manifests is None:
        return {"withdrawn": 0, "absence": "too many arrests gone at once: an incomplete export?"}
    judgment = absent(manifests)
    if judgment.reason:
        return {"withdrawn": 0, "absence": judgment.reason}
    as_of = datetime.fromisoformat(kept[-1]["exported"])
    return {"withdrawn": sum(_withdraw(arrest, as_of, now) for arrest in sorted(judgment.gone))}


def last_arrests(bucket: str, known: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Return case and number of each arrest in the latest full file, by the notes about them."""
    entries = known.get("manifests", ())
    latest = max(entries, key=lambda entry: str(entry["exported"]), default=None)
    return _numbers(_read_manifest(bucket, latest).arrests) if latest else frozenset()


def _sent_again(entry: Mapping[str, Any], export: ExportFile) -> bool:
    """Whether a noted file is this file, sent before: one broken export is one proof.

    A file whose name has no time gets its upload time, which a repeated transfer changes.
    """
    apart = abs(datetime.fromisoformat(entry["exported"]) - export.exported)
    return entry.get("etag") == export.source.etag and apart < SENT_AGAIN


def _manifest_key(export: ExportFile) -> str:
    """Return the key for an export time; the last file of that time counts."""
    return f"summaries/manifests/arrests-{export.exported:%Y%m%dT%H%M%S}.tsv"


def _write_manifest(export: ExportFile, key: str) -> None:
    """Read the file's keys once more, without keeping them in memory."""
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as manifest:
        for record in export.rows():
            try:
                values = export.values(record)
                number, arrest = case_number(values, export.settings), values.needed("id")
                suspect = values.needed("suspect")
            except RowRejected:
                continue
            manifest.write(f"{number}\t{arrest}\t{suspect}\n".encode())
        manifest.seek(0)
        objects.put_file(export.source.bucket, key, manifest, "text/tab-separated-values")


def _read_manifest(bucket: str, entry: Mapping[str, Any]) -> Manifest:
    arrests: set[ArrestKey] = set()
    for line in objects.get_lines(bucket, entry["key"]):
        number, arrest, suspect = [*line.split("\t"), ""][:3]
        arrests.add((number, arrest, suspect))
    return Manifest(
        exported=datetime.fromisoformat(entry["exported"]),
        arrests=frozenset(arrests),
        unreadable=entry["unreadable"],
    )


def _withdraw(arrest: ArrestKey, as_of: datetime, now: datetime) -> bool:
    """Withdraw one arrest, unless it is withdrawn already or a later file has it."""
    number, arrest_number, suspect = arrest
    ids = (arrest_number, beside(arrest_number, suspect))
    found = read_rows([(number, f"ARREST#{id}") for id in ids], consistent=True).values()
    row = next((r for r in found if isinstance(r, Arrest) and suspect in ("", r.suspect)), None)
    if row is None or row.withdrawn_at:
        return False
    if row.export_time and row.export_time > as_of:
        return False
    # With another digest and a later version, the same row is news when it returns.
    gone = replace(withdraw(row, as_of), digest=ABSENT, export_time=as_of)
    try:
        write_row(number, gone, row, written_at=now)
    except Conflict:
        return False  # a file with this arrest came just now
    return True
