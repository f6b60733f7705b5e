"""The worst moment for half a case to speak: it is planned and sent after each single row."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import asdict

from aviso.domain.notice import State
from aviso.notices import overdue, planning
from aviso.notices.sending import send
from aviso.storage import cases, notices, sending_controls
from aviso.storage.case_items import CaseItem
from aviso.storage.guard_items import GuardItem
from infra.harness.builders import NOW, an_invocation

NUMBERS = ("2611240001", "2611240002")


def tables(
    numbers: Sequence[str] = NUMBERS, but: frozenset[str] = frozenset()
) -> list[Mapping[str, Any]]:
    """Return all rows as plain values, sorted."""
    found = []
    for number in numbers:
        found += [asdict(row) | {"in": number} for row in cases.rows_under(number)]
        found += [asdict(e) for e in cases.read_case(number, follow=False).enrollments]
    plain = [{k: v for k, v in row.items() if k not in but} for row in found]
    return sorted(plain, key=str)


def empty_tables() -> None:
    """Delete all cases and guards; messages still go to everybody."""
    for model in (CaseItem, GuardItem):
        for item in model.scan():
            item.delete()
    sending_controls.turn(trial=False)


class Streams:
    """Plans and sends a case's notices whenever it is told that something changed."""

    def __init__(self, settings):
        self.settings, self.now, self.count = settings, NOW, 0

    def case_changed(self, number):
        """Plan a case, and send what was planned, as its stream record does."""
        planning.plan(number, self.settings, self.now)
        for notice in notices.of_case(number):
            for _ in range(2):  # every event twice
                if notice.state is State.PLANNED:
                    self.send(notice.id)

    def send(self, notice_id):
        """Send a notice."""
        self.count += 1
        send(notice_id, self.invocation(str(self.count)))

    def invocation(self, token="t"):
        """Return an invocation on the flow's clock."""
        return an_invocation(self.settings, lambda: self.now, token=token)

    def settle(self):
        """Let what waited for the import, or for another notice, finish."""
        for _ in range(3):
            self.now += timedelta(minutes=6)
            overdue.chase(self.invocation())
            for number in cases.numbers():
                self.case_changed(number)
