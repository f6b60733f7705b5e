"""What a file that waits for a person would do, by numbers; nothing is written."""

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from aviso.domain.model import Arrest
from aviso.feed import checkpoint, mistake_words, withdrawals
from aviso.feed.checkpoint import Progress
from aviso.feed.export_file import ExportFile
from aviso.feed.merging import decide
from aviso.feed.reject_list import IN_MEMORY, RejectList
from aviso.feed.row_reader import RowReader, passes
from aviso.feed.rows import Parsed
from aviso.storage.cases import Row, read_rows

TIME_TO_SAY_SO = 60_000  # milliseconds left; below this the rest of the file is not counted


def look(export: ExportFile, now: datetime, remaining_ms: Callable[[], int]) -> dict[str, int]:
    """Return how many rows are new, changed and withdrawn, and how many known arrests are missing.

    `unread` is 1 if there was no time for the whole file: then more rows may be new or changed, and
    missing arrests were not counted.
    """
    since = checkpoint.full_until(export.file)
    counts: Counter[str] = Counter()
    listed: set[tuple[str, str]] = set()
    progress = Progress()
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as list_file:
        rejects = RejectList(list_file, mistake_words.words(export.settings))
        while progress.step < len(passes(export.file.kind)):
            reader = RowReader(export, progress, rejects)
            with closing(reader.batches()) as batches:
                for batch in batches:
                    if remaining_ms() < TIME_TO_SAY_SO:
                        return dict(counts) | {"unread": 1}
                    known = read_rows([parsed.key for parsed in batch.rows])
                    for parsed in batch.rows:
                        stored = known.get(parsed.key)
                        outcome = decide(stored, parsed, now, since, export.settings)
                        counts[outcome.count] += outcome.count in ("new", "changed")
                        counts["withdrawn"] += _withdraws(parsed, stored)
                        if isinstance(parsed.row, Arrest):
                            listed.add((parsed.number, parsed.row.id))
            progress.step += 1
    if export.file.full and export.file.kind == "arrests":
        last = withdrawals.last_arrests(export.source.bucket, checkpoint.last_file("arrests"))
        counts["missing"] = len(last - listed)
    return {name: n for name, n in counts.items() if n}


def _withdraws(parsed: Parsed, stored: Row | None) -> bool:
    return parsed.withdrawn and isinstance(stored, Arrest) and not stored.withdrawn_at
