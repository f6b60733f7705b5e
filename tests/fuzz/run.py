"""Let the real functions meet broken files: the import, and all that its rows start.

A push is put into the bucket as the gateway puts it (docs/decisions/push.md), so the run begins
behind the gateway: where an exception of `import_feed` would be.
"""

import csv
import io
import json
import logging
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from infra.harness.in_process import Stage, stage
from infra.harness.services import FEED
from tests.fuzz.broken_files import PHONE, SECRET, Broken, broken
from tests.rig.sabotages import OF_A_FILE

START = datetime(2026, 11, 24, 19, tzinfo=UTC)  # noon in Arizona
EACH = 250  # files that meet the same tables
OUTCOMES = ("new", "changed", "unchanged", "older", "rejected", "ignored", "skipped")
PRIVATE = (SECRET.casefold(), PHONE)
SHOWN = 10  # failures in full


class Log:
    """All that functions log or print, in place of standard output."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def write(self, text: str) -> None:
        """Keep a text."""
        self.text.append(text)

    def flush(self) -> None:
        """Keep what there is."""

    def take(self) -> str:
        """Return what was written since the last call."""
        text = "".join(self.text)
        self.text.clear()
        return text

    def listen(self) -> None:
        """Hear every logger that exists by now, each line of it."""
        logging.disable(logging.NOTSET)  # the stage lets none speak
        for logger in list(logging.root.manager.loggerDict.values()):
            for handler in getattr(logger, "handlers", ()):
                if isinstance(handler, logging.StreamHandler):
                    handler.setStream(self)
            if isinstance(logger, logging.Logger) and logger.handlers:
                logger.setLevel(logging.DEBUG)


def fuzzed(
    given: tuple[int, int], settings: str, names: Sequence[str]
) -> tuple[Counter[str], list[str]]:
    """Import the files of one group; return what was counted, and what was wrong.

    Args:
        given: the group, and how many files.
        settings: the folder of the compiled settings.
    """
    from aviso.domain.settings import Settings

    group, files = given
    random, log = Random(group), Log()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with stage(settings, START, group, 0.02) as on_stage:
        on_stage.heard = log.write
        on_stage.drop("nothing.csv", b"nothing")  # so that the function's loggers exist
        log.listen()
        for name in names:
            OF_A_FILE[name].make()
        kinds = {file.kind: file for file in Settings.current().feed}
        for n in range(files):
            on_stage.at(START + timedelta(seconds=7 * n))
            file = broken(random, kinds)
            mistakes = _met(on_stage, file, log, counts)
            wrong += [f"group {group}, file {n}, {file.name}: {what}" for what in mistakes]
    return counts, wrong


def _met(on_stage: Stage, file: Broken, log: Log, counts: Counter[str]) -> Iterator[str]:
    """Import a file; yield what was wrong."""
    before = set(on_stage.database.tables["Cases"].items)
    counts["files"] += 1
    counts[file.way] += 1
    try:
        on_stage.drop(file.name, file.body)
    except Exception as error:
        counts["exceptions"] += 1
        yield f"{type(error).__name__} at {_place(error)}"
        return
    said = log.take()
    counts["log lines"] += said.count("\n")
    written = {k: v.decode() for k, v in on_stage.files[FEED].items() if _about(k, file.name)}
    summary = next((json.loads(v) for k, v in written.items() if k.startswith("summaries/")), None)
    if any(word in (said + "".join(written.values())).casefold() for word in PRIVATE):
        yield "personal data in a log, a summary or the rejects"
    if summary is None:
        yield "no summary"
        return
    counts[summary["result"]] += 1
    if summary["result"] == "refused":
        if not summary["mistakes"]:
            yield "refused without a reason"
        return
    rejects = [row for k, v in written.items() if k.startswith("rejects/") for row in _rows(v)]
    added = len(set(on_stage.database.tables["Cases"].items) - before)
    yield from _accounted(file, summary, rejects, added)
    counts.update({name: summary[name] for name in ("read", *OUTCOMES)})
    counts.update(f"reject: {row['reason']}" for row in rejects)


def _accounted(
    file: Broken, summary: Mapping[str, Any], rejects: Sequence[Mapping[str, str]], added: int
) -> Iterator[str]:
    """Yield what does not add up: every row is in the table, in the rejects, or said to be none."""
    if summary["read"] != sum(summary[name] for name in OUTCOMES):
        yield f"the outcomes are not the rows read: {summary}"
    if file.rows is not None and summary["read"] != file.rows:
        yield f"{file.rows} rows are in the file and {summary['read']} were read"
    if len(rejects) < summary["rejected"]:
        yield f"{summary['rejected']} rows were rejected and {len(rejects)} are listed"
    if not all(row["line"] and row["reason"] for row in rejects):
        yield "a rejected row has no line or no reason"
    moved = summary["renumbered"] or any("role_changed" in w for w in summary["warnings"])
    if added != summary["new"] and not moved:
        yield f"{summary['new']} rows are new and {added} were stored"


def _about(key: str, name: str) -> bool:
    stem = name.rpartition(".")[0]
    return key.startswith((f"summaries/{stem}", f"rejects/{stem}"))


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename.rpartition('/')[2]}:{last.lineno} {last.name}"
