"""Play the month through one path, with the real handlers; return the tables and the messages."""

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from infra.harness import provider_events
from infra.harness.in_process import Stage, stage
from infra.harness.services import FEED, LETTERS
from tests.nibrs import paths, sabotages
from tests.nibrs.month import DAYS, FIRST_DAY, Change, Month
from tests.nibrs.paths import FeedPath, Rows
from tests.nibrs.records import KINDS, Records, Row

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FATES = ("delivered", "delivered", "delivered", "failed", "dead", "")  # by the message's address
LATE = 0.1  # share of changes whose former rows come again the day after

ByNumber = dict[str, dict[str, list[Row]]]


@dataclass
class Play:
    """The month on the stage, by one path."""

    stage: Stage
    path: FeedPath
    changes: list[Change]
    seed: int
    records: Records = field(default_factory=Records)
    objects: int = 0
    _seen: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing to come."""
        self.random = Random(f"late {self.seed}")
        self._late: list[dict[str, list[Row]]] = []

    def play(self) -> dict[str, Any]:
        """Play every day; return what there is at the end."""
        left = list(self.changes)
        for day in range(DAYS + 1):
            midnight = FIRST_DAY + day * timedelta(days=1)
            today = [c for c in left if c.at < midnight + 6 * HOUR]
            del left[: len(today)]
            for at, act in self._acts(midnight, today):
                self.stage.at(at)
                act()
                self.stage.settle()
                self._receipts()
        tables = self.stage.database.tables
        return {
            "objects": self.objects,
            "rejected": sum(name.startswith("rejects/") for name in self.stage.files[FEED]),
            "tables": {
                name: {"|".join(key): item for key, item in table.items.items()}
                for name, table in tables.items()
            },
            "messages": [
                [sent.at.isoformat(), sent.channel, sent.address, sent.words]
                for sent in self.stage.sent
            ],
            "letters": dict(self.stage.files[LETTERS]),
        }

    def _acts(self, midnight: datetime, today: list[Change]) -> Iterator[tuple[datetime, Any]]:
        """Yield what happens on a day, in order."""
        yield midnight + 3 * HOUR, self.stage.night
        yield midnight + 3.5 * HOUR, lambda: self.stage.schedule("tally")
        yield midnight + 6 * HOUR, lambda: self._export(today)
        yield midnight + 6.5 * HOUR, lambda: self.stage.schedule("print_letters")
        for hour in (7.1, 9.1):
            yield midnight + hour * HOUR, self._chase
        yield midnight + 11 * HOUR, self._send_late
        for hour in (11.1, 16.1):
            yield midnight + hour * HOUR, self._chase

    def _chase(self) -> None:
        self.stage.schedule("chase")

    def _export(self, today: list[Change]) -> None:
        """Bring what changed: of each incident the last rows, incidents of one change together."""
        pending: list[ByNumber] = []
        for change in today:
            mine: ByNumber = {}
            numbers = {version.number for version in change.versions}
            for other in [p for p in pending if numbers & p.keys()]:
                pending.remove(other)
                for number, rows in other.items():
                    mine.setdefault(number, {}).update(rows)
            for version in change.versions:
                before = {k: self.records.now.get((k, version.number), []) for k in KINDS}
                changed = self.records.take(version)
                mine.setdefault(version.number, {}).update(changed)
                if self.random.random() < LATE:
                    self._late.append({k: before[k] for k in changed if before[k]})
            pending.append(mine)
        self.path.send([_rows(one) for one in pending], self.stage.now, self._put)

    def _send_late(self) -> None:
        """Bring rows again that are older than those that came this morning."""
        late, self._late = self._late, []
        if self.path.may_repeat and (some := [rows for rows in late if rows]):
            self.path.send(some, self.stage.now, self._put)

    def _put(self, name: str, content: bytes) -> None:
        """Put an object into the bucket; S3 reports it twice."""
        self.objects += 1
        for _ in range(2):
            self.stage.drop(name, content)

    def _receipts(self) -> None:
        """Let the providers say what became of the messages that they took."""
        while self._seen < len(self.stage.sent):
            new = self.stage.sent[self._seen :]
            self._seen += len(new)
            for sent in sorted(new, key=lambda s: (s.address, s.words)):
                fate = FATES[sum(map(ord, sent.address)) % len(FATES)]
                if fate:
                    event = provider_events.event(sent, fate, self.stage.now)
                    self.stage.invoke("record_receipt", event)
            self.stage.settle()


def _rows(change: ByNumber) -> Rows:
    found = {k: [r for kinds in change.values() for r in kinds.get(k, ())] for k in KINDS}
    return {kind: rows for kind, rows in found.items() if rows}


def played(path: str, incidents: int, seed: int, settings: str, sabotage: Sequence[str]) -> bytes:
    """Play the month through one path; return its end, pickled.

    Args:
        settings: the folder of the compiled settings.
    """
    from aviso.domain.settings import Settings

    with tempfile.TemporaryDirectory() as folder, stage(settings, FIRST_DAY, seed, 0.1) as on_stage:
        sabotages.apply(sabotage, path)
        files = {file.kind: file for file in Settings.current().feed}
        with paths.opened(path, files, seed, Path(folder)) as way:
            play = Play(on_stage, way, Month(seed, incidents).changes(), seed)
            return pickle.dumps(play.play())
