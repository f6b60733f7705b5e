"""Play the cases through one path, with the real handlers; return the tables and the messages."""

import pickle
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from infra.harness import provider_events
from infra.harness.in_process import Stage, stage
from infra.harness.services import FEED, LETTERS
from tests.nibrs import paths
from tests.nibrs.paths import FeedPath, Rows
from tests.nibrs.records import KINDS, Records, Row, shares_arrest
from tests.rig.model import generator
from tests.rig.model.scenario import Case
from tests.rig.sabotages import OF_A_PATH

FIRST_DAY = datetime(2026, 11, 24, 7, tzinfo=UTC)  # midnight in Arizona
DAYS = 7
HOUR = timedelta(hours=1)
FATES = ("delivered", "delivered", "delivered", "failed", "dead", "")  # by the message's address
LATE = 0.1  # share of changes whose former rows come again the same day


@dataclass
class Play:
    """The cases on the stage, by one path: each comes on one morning, and changes on another."""

    stage: Stage
    path: FeedPath
    seed: int
    cases: list[Case]
    records: Records = field(default_factory=Records)
    objects: int = 0
    _seen: int = 0

    def __post_init__(self) -> None:
        """Draw on which days a case comes, and changes."""
        self.random = Random(f"late {self.seed}")
        self.days = [sorted(self.random.sample(range(DAYS), 2)) for _ in self.cases]
        for n in (n for n in range(1, len(self.cases), 2) if shares_arrest(n)):
            self.days[n] = self.days[n - 1]
        self._late: list[Rows] = []

    def play(self) -> dict[str, Any]:
        """Play every day; return what there is at the end."""
        for day in range(DAYS + 2):
            for at, act in self._acts(FIRST_DAY + timedelta(days=day), day):
                self.stage.at(at)
                act()
                self.stage.settle()
                self._receipts()
        return {
            "objects": self.objects,
            "rejected": sum(name.startswith("rejects/") for name in self.stage.files[FEED]),
            "tables": {
                name: {"|".join(key): item for key, item in table.items.items()}
                for name, table in self.stage.database.tables.items()
            },
            "messages": [
                [sent.at.isoformat(), sent.channel, sent.address, sent.words]
                for sent in self.stage.sent
            ],
            "letters": dict(self.stage.files[LETTERS]),
        }

    def _acts(self, midnight: datetime, day: int) -> Iterator[tuple[datetime, Any]]:
        """Yield what happens on a day, in order."""
        yield midnight + 3 * HOUR, self.stage.night
        yield midnight + 3.5 * HOUR, lambda: self.stage.schedule("tally")
        yield midnight + 5.9 * HOUR, self._release_brake
        yield midnight + 6 * HOUR, lambda: self._export(day)
        yield midnight + 6.5 * HOUR, lambda: self.stage.schedule("print_letters")
        for hour in (7.1, 9.1):
            yield midnight + hour * HOUR, lambda: self.stage.schedule("chase")
        yield midnight + 11 * HOUR, self._send_late
        for hour in (11.1, 16.1):
            yield midnight + hour * HOUR, lambda: self.stage.schedule("chase")

    def _release_brake(self) -> None:
        """Let no morning's file be too much, as somebody who expects it does at the desk."""
        from aviso.storage import sending_controls

        sending_controls.turn(
            brake="",
            brake_released_until=self.stage.now + 24 * HOUR,
            released_notices=10**5,
            released_corrections=10**5,
        )

    def _export(self, day: int) -> None:
        """Bring what changed, a case at a time; two that one arrest clears come together."""
        changes: dict[int, dict[str, list[Row]]] = {}
        for n, (case, days) in enumerate(zip(self.cases, self.days, strict=True)):
            if day in days:
                before = {k: self.records.now.get((k, case.number), []) for k in KINDS}
                # The pull agent keeps rows of one moment together, up to a bound.
                at = self.stage.now - timedelta(minutes=n % 200)
                changed = self.records.take(case, at, later=day == days[1])
                change = changes.setdefault(n // 2 * 2 if shares_arrest(n) else n, {})
                for kind, rows in changed.items():
                    change[kind] = [*change.get(kind, ()), *rows]
                if self.random.random() < LATE:
                    self._late.append({k: before[k] for k in changed if before[k]})
        self.path.send([*changes.values()], self.stage.now, self._put)

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


def played(path: str, cases: int, seed: int, settings: str, sabotages: Mapping[str, str]) -> bytes:
    """Play so many cases through one path; return its end, pickled.

    Args:
        settings: the folder of the compiled settings.
        sabotages: each with the path that it breaks.
    """
    from aviso.domain.settings import Settings

    with tempfile.TemporaryDirectory() as folder, stage(settings, FIRST_DAY, seed, 0.1) as on_stage:
        for name in (name for name, broken in sabotages.items() if broken == path):
            OF_A_PATH[name].make()
        files = {file.kind: file for file in Settings.current().feed}
        scenario = generator.make(seed, cases, FIRST_DAY + 6 * HOUR)
        with paths.opened(path, files, seed, Path(folder)) as way:
            return pickle.dumps(Play(on_stage, way, seed, scenario.cases).play())
