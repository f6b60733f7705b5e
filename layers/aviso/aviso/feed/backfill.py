"""The first load of millions of rows: the steps that the state machine Backfill asks for.

It asks again and again *what is next?*, and passes the last answer's position. Each file under
`backfill/` is cut into pieces, listed in four manifests. Then many workers import each manifest's
pieces at once: suspects before people who could get a message (docs/rules.md#11). Every step
and every piece may be repeated.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from aviso.domain.settings import Settings
from aviso.feed import backfill_chunks, objects
from aviso.feed.backfill_chunks import HEADER, INCOMING, Piece
from aviso.feed.file_names import Source
from aviso.storage import inbox_tasks

# The order of reading; a kind of file has a manifest for each pass over it.
MANIFESTS = ("suspects", "cases", "victims", "arrests")
PASSES = {"people": ("suspects", "victims"), "cases": ("cases",), "arrests": ("arrests",)}


def next_step(
    bucket: str, run: str, at: Mapping[str, Any], settings: Settings, now: datetime
) -> dict[str, Any]:
    """Do the next step of a backfill; return what the state machine must do then.

    Args:
        run: the backfill's name, and its folder under `summaries/backfill/`.
        at: the position in the last answer; empty at the beginning.

    Returns:
        `next`: "ask" again, "load" the pieces of `manifest` and then ask, or "end"; and `at`.

    Raises:
        FileRefused: when the settings do not know an export; no row was written.
    """
    if "loaded" not in at:
        key = objects.next_key(bucket, INCOMING, at.get("cut", ""))
        if key:
            _cut(bucket, run, key, settings, now)
            return {"next": "ask", "at": {"cut": key}, "manifest": ""}
    for place in range(at.get("loaded", 0), len(MANIFESTS)):
        manifest = _manifest(run, MANIFESTS[place])
        if objects.get_lines(bucket, manifest):
            return {"next": "load", "at": {"loaded": place + 1}, "manifest": manifest}
    summary = _summary(bucket, run, now)
    objects.put_json(bucket, f"{_folder(run)}.json", summary)
    rows, doubtful = summary.get("rejected", 0), summary.get("doubtful", 0)
    if rows or doubtful:
        # One of them may be an arrest of last night, which may be owed to a victim.
        inbox_tasks.put_rejected(f"backfill-{run}", INCOMING, rows, now, {"doubtful": doubtful})
    return {"next": "end", "at": {}, "manifest": ""}


def load(
    bucket: str, run: str, line: Mapping[str, str], settings: Settings, now: datetime
) -> dict[str, int]:
    """Import the piece of a manifest's line; return its numbers, from this time or the first."""
    piece = Piece.of(line)
    done = f"{_folder(run)}/done/{_short(piece.key)}-{piece.step}-{piece.line}.json"
    before = objects.get_lines(bucket, done)
    if before:
        counts: dict[str, int] = json.loads("".join(before))
        return counts
    about = json.loads("".join(objects.get_lines(bucket, _about(run, piece.key))))
    counts = backfill_chunks.load(bucket, piece, about, settings, now)
    objects.put_json(bucket, done, counts)
    return counts


def _cut(bucket: str, run: str, key: str, settings: Settings, now: datetime) -> None:
    """Cut a file, and list its pieces in the manifests of its kind; a repetition adds nothing."""
    about, source = backfill_chunks.cut(bucket, key, settings, now)
    bounds = about.pop("bounds")
    objects.put_json(bucket, _about(run, key), about)
    for step, name in enumerate(PASSES[about["kind"]]):
        manifest = _manifest(run, name)
        listed = objects.get_lines(bucket, manifest) or [",".join(HEADER)]
        new = backfill_chunks.lines(_pieces(source, step, bounds))
        body = dict.fromkeys([*listed, *new])
        objects.put_text(bucket, manifest, "\n".join(body) + "\n")


def _pieces(source: Source, step: int, bounds: list[tuple[int, int, int]]) -> Iterator[Piece]:
    for offset, line, end in bounds:
        yield Piece(key=source.key, etag=source.etag, step=step, offset=offset, line=line, end=end)


def _summary(bucket: str, run: str, now: datetime) -> dict[str, Any]:
    """Return the numbers of all pieces; a people file is read twice but counted once."""
    total: Counter[str] = Counter()
    read = 0
    for key in objects.keys(bucket, f"{_folder(run)}/done/"):
        total.update(json.loads("".join(objects.get_lines(bucket, key))))
        read += 1
    return {"run": run, "finished": now.isoformat(), "pieces": read, **total}


def _folder(run: str) -> str:
    return f"summaries/backfill/{run}"


def _manifest(run: str, name: str) -> str:
    return f"{_folder(run)}/{name}.csv"


def _about(run: str, key: str) -> str:
    return f"{_folder(run)}/files/{_short(key)}.json"


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
