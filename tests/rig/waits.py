"""How long a notice may stay as it is: until what it waits for comes, and not longer.

What it waits for is the promise (docs/rules.md#5, #6, #7, #21) and the sample agency's settings,
written down here once more. Each stay in a state is judged when it ends, and all of them together
from the deadline on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

MINUTE, HOUR = 60.0, 3600.0
PATIENCE = {"sms": 2 * HOUR, "email": 6 * HOUR}  # for a receipt (docs/rules.md#5): `sms_receipt`
CRASHED = 12 * MINUTE  # a claim's lease, and what a late receipt may take (docs/rules.md#6)
PAUSE = HOUR  # the longest until a busy provider is asked again (docs/rules.md#7)
AGAIN = 5 * MINUTE  # until a switch, a case or another notice is looked at again (docs/rules.md#3)
RECORDS = 90 * MINUTE  # until a stream brings a planned notice: a shard may pause again and again
ZONE = timezone(timedelta(hours=-7))  # of the sample agency: Arizona keeps standard time
QUIET_FROM, QUIET_UNTIL = 21, 8  # hours of the day: `quiet_from`, `quiet_until`
SLACK = 45 * MINUTE  # a schedule, an event and its repetitions may be late
CALM_SLACK = 75 * MINUTE  # then chase comes every 30 minutes, and may lose a race with a receipt
BOUND = PATIENCE["email"] + PAUSE + CALM_SLACK  # after the deadline, the last fault or the night
OPEN = frozenset({"planned", "waiting", "claimed", "sent", "failed", "unconfirmed"})
# Reasons of a wait of minutes. Any other one is a provider's: it was busy.
SHORT = frozenset(
    {
        *("kill_switch", "kind_off", "brake", "import_under_way", "unsettled"),
        *("original_open", "told_together", "more_important_first"),
    }
)
# Kinds that go at any hour: `quiet_hours: false` in the sample agency's settings.
AT_NIGHT = frozenset(
    {"arrest", "initial_appearance", "correction", "enrollment_confirmed", "contact_changed"}
)
KEPT = ("state", "reason", "channel", "waits_for")
Row = Mapping[str, Any]  # as DynamoDB has it


class Stay(NamedTuple):
    """In which state a notice is, and since when, in seconds since 1970."""

    state: str
    since: float


@dataclass
class Waits:
    """The stays of a run's notices."""

    stays: dict[str, Stay] = field(default_factory=dict)  # by notice
    overstayed: dict[str, str] = field(default_factory=dict)  # notice -> how it stayed for too long
    with_person: dict[str, float] = field(default_factory=dict)  # notice -> last seen held at
    emails: Counter[str] = field(default_factory=Counter)  # notice -> how many were handed over

    def see(self, old: Row | None, new: Row, now: float, *, calm: bool = False) -> None:
        """See a notice's row change: a stay that ends is judged; `calm` when nothing fails now."""
        notice, state = new["pk"]["S"], new["state"]["S"]
        stay = self.stays.get(notice)
        if stay is not None and stay.state == state:
            return
        self.stays[notice] = Stay(state, now)
        self.emails[notice] += state == "sent" and new.get("channel", {}).get("S") == "email"
        if stay is None or old is None or stay.state not in OPEN:
            return
        row = {name: old[name]["S"] for name in KEPT if name in old}
        if now > self._by(row, stay.since) + (CALM_SLACK if calm else SLACK):
            said = " ".join(row[name] for name in KEPT[:3] if row.get(name))
            self.overstayed[notice] = f"{said} for {(now - stay.since) / HOUR:.1f} hours"

    def _by(self, row: Mapping[str, str], since: float) -> float:
        """Return when a stay must end; never while it waits for another open notice."""
        other = self.stays.get(row.get("waits_for", ""))
        if row["state"] != "waiting" or other is None:
            return due_by(row, since)
        return float("inf") if other.state in OPEN else max(since, other.since) + AGAIN

    def check(self, heads: Iterable[Row], now: float, calm: float) -> bool:
        """See what has waited past its deadline; return whether anything is open.

        A held notice waits with a person. Once its case has changed it is tried again, and perhaps
        held again: it begins to wait again. Each email after the first has its own patience: the
        contact changed while the one before had no receipt.
        """
        waiting = False
        for row in heads:
            state, notice = row["state"]["S"], row["pk"]["S"]
            if state == "held":
                self.with_person[notice] = now
            waiting |= state in OPEN
            if state in OPEN and now > calm + BOUND:
                deadline = datetime.fromisoformat(row["deadline"]["S"]).timestamp()
                since = max(deadline, calm, self.with_person.get(notice, 0.0))
                more = max(0, self.emails[notice] - 1) * PATIENCE["email"]
                if now > bound(row["kind"]["S"], since) + more:
                    self.overstayed[notice] = f"open {(now - since) / HOUR:.1f} hours too long"
        return waiting


def bound(kind: str, since: float) -> float:
    """Return when a notice must be over that has waited past its deadline since then."""
    waits = kind not in AT_NIGHT and is_quiet(since)
    return (morning(since) if waits else since) + BOUND


def due_by(row: Mapping[str, str], since: float) -> float:
    """Return when a notice must go on that came into its state at a moment."""
    state, reason = row["state"], row.get("reason", "")
    if state == "sent":
        return since + PATIENCE.get(row.get("channel", ""), PATIENCE["email"])
    if state == "claimed":
        return since + CRASHED
    if state == "planned":
        return since + RECORDS
    if state != "waiting" or reason in SHORT:
        return since + AGAIN
    if reason == "quiet_hours":
        return morning(since) if is_quiet(since) else since
    if reason == "enough_today":  # the next day's morning, even after midnight
        return morning(since + (24 - local(since).hour) * HOUR)
    return since + PAUSE


def local(at: float) -> datetime:
    """Return a moment as the agency's clock shows it."""
    return datetime.fromtimestamp(at, UTC).astimezone(ZONE)


def is_quiet(at: float) -> bool:
    """Whether no text goes now that can wait."""
    return not QUIET_UNTIL <= local(at).hour < QUIET_FROM


def morning(at: float) -> float:
    """Return the next end of the quiet hours."""
    here = local(at)
    end = here.replace(hour=QUIET_UNTIL, minute=0, second=0, microsecond=0)
    return (end if end > here else end + timedelta(days=1)).timestamp()
