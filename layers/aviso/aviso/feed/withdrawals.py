"""What a full file of arrests no longer holds is withdrawn, after two such files running.

See docs/rules.md#10.

A file that is no proof never counts: one that was refused, one with rows whose arrest could not
be told, one that lacks so much at once that it is likelier half a file than the truth.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from aviso.domain.errors import Conflict, RowRejected
from aviso.domain.model import Arrest
from aviso.domain.value import Frozen
from aviso.feed import bucket as objects
from aviso.feed.arrest_suspects import beside
from aviso.feed.merging import ABSENT, superseded, withdraw
from aviso.feed.renumbering import current_numbers
from aviso.feed.rows import case_number
from aviso.storage.cases import read_rows, write_row

if TYPE_CHECKING:
    from aviso.feed.importer import Import

RUNNING = 2  # files without the arrest that make it withdrawn
KEPT = 5  # manifests compared: files may come late and out of order
MAX_SHARE = 0.2  # more than this share of a file's arrests gone at once is a broken export
FEW = 5  # ... unless it is no more than so many arrests in all

# Case number, arrest number, suspect; manifests of earlier releases name no suspect.
ArrestKey = tuple[str, str, str]


class Manifest(Frozen, frozen=True, kw_only=True):
    """What one full file held."""

    exported: datetime
    arrests: frozenset[ArrestKey]
    unreadable: int = 0  # rows whose case or arrest could not be told


class Judgement(Frozen, frozen=True):
    """The arrests that are gone, or why nothing was concluded."""

    gone: frozenset[ArrestKey] = frozenset()
    reason: str = ""


def absent(manifests: Sequence[Manifest]) -> Judgement:
    """Return the arrests that earlier full files held and the two latest do not.

    Args:
        manifests: of different export times, in any order.
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


def _replaced(gone: ArrestKey, now: frozenset[ArrestKey], earlier: Sequence[Manifest]) -> bool:
    """Say whether an arrest's number now names a suspect whom no file named beside the one gone.

    Then one suspect was put in for the other, and the arrest itself may well stand.
    """
    others = (arrest for arrest in now if arrest[:2] == gone[:2])
    return any(not any({gone, a} <= m.arrests for m in earlier) for a in others)


def _numbers(arrests: frozenset[ArrestKey]) -> frozenset[tuple[str, str]]:
    return frozenset((case, number) for case, number, _ in arrests)


# Rejections after which it is open which arrest a row was about.
UNREADABLE = frozenset({"malformed", "width", "missing", "bad_number"})
SENT_AGAIN = timedelta(hours=12)  # the same bytes within it are one file, sent twice


def judge(run: Import, known: dict[str, Any]) -> dict[str, Any]:
    """Keep a full file's manifest, compare it with those before, and withdraw what is gone.

    Args:
        run: the import, its rows all written.
        known: what is noted of the kind's files; the list of manifests in it is updated.

    Returns:
        For the summary: how many were withdrawn, or why nothing was concluded.
    """
    key = _manifest_key(run)
    _write_manifest(run, key)
    earlier = [e for e in known.get("manifests", ()) if not _sent_again(e, run)]
    listed = {entry["key"]: entry for entry in earlier}
    entry = {
        "key": key,
        "exported": run.exported.isoformat(),
        "unreadable": run.at.unreadable,
        "etag": run.source.etag,
    }
    listed[key] = entry
    kept = sorted(listed.values(), key=lambda e: str(e["exported"]))[-KEPT:]
    known["manifests"] = kept
    judgement = absent([_read_manifest(run.source.bucket, entry) for entry in kept])
    if judgement.reason:
        return {"withdrawn": 0, "absence": judgement.reason}
    as_of = datetime.fromisoformat(kept[-1]["exported"])
    return {"withdrawn": sum(_withdraw(arrest, as_of) for arrest in sorted(judgement.gone))}


def _sent_again(entry: Mapping[str, Any], run: Import) -> bool:
    """Say whether a noted file is this very one, sent before: one broken export is one proof.

    A file whose name has no time takes that of its upload, which a repeated transfer changes.
    """
    apart = abs(datetime.fromisoformat(entry["exported"]) - run.exported)
    return entry.get("etag") == run.source.etag and apart < SENT_AGAIN


def _manifest_key(run: Import) -> str:
    """Return a key of its own for every export time: the last file of that time counts."""
    return f"summaries/manifests/arrests-{run.exported:%Y%m%dT%H%M%S}.tsv"


def _write_manifest(run: Import, key: str) -> None:
    """Read the file's keys once more, without holding them."""
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as manifest:
        reading = run.records(0, 1)
        next(reading)
        for record in reading:
            try:
                values = run.values(record)
                number, arrest = case_number(values, run.settings), values.needed("id")
                suspect = values.needed("suspect")
            except RowRejected:
                continue
            manifest.write(f"{number}\t{arrest}\t{suspect}\n".encode())
        manifest.seek(0)
        objects.put_file(run.source.bucket, key, manifest, "text/tab-separated-values")


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


def _withdraw(arrest: ArrestKey, as_of: datetime) -> bool:
    """Withdraw one arrest, unless it is already or was stated by a later file."""
    number, arrest_number, suspect = arrest
    number = current_numbers({number}).get(number, number)
    ids = (arrest_number, beside(arrest_number, suspect))
    found = read_rows([(number, f"ARREST#{id}") for id in ids], consistent=True).values()
    row = next((r for r in found if isinstance(r, Arrest) and suspect in ("", r.suspect)), None)
    if row is None or superseded(row) or row.withdrawn_at:
        return False
    if row.export_time and row.export_time > as_of:
        return False
    # With another digest and a later version, the same row is news when it comes again.
    gone = replace(withdraw(row, as_of), digest=ABSENT, export_time=as_of)
    try:
        write_row(number, gone, row)
    except Conflict:
        return False  # a file with a row about it came just now
    return True
