"""Kill switch, trial mode, kinds turned off and the brake: one row of Guards (docs/rules.md#8)."""

from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from pynamodb.expressions.update import Action

from aviso.domain.guards import Switches
from aviso.storage.guard_items import GuardItem, get

HOUR = timedelta(hours=1)
BRAKE_RELEASED = timedelta(hours=12)  # how long a release raises the brake's threshold
SWITCHES = "SWITCHES"
HourCounts = tuple[int, int, int]  # new notices, corrections, officers' words


class SwitchChanges(TypedDict, total=False):
    """Switches and their new values; an empty value removes one, and None leaves it as it is."""

    kill: bool | None
    trial: bool | None
    guests: list[str] | None
    kinds_off: list[str] | None
    brake: str
    brake_released_until: datetime
    released_notices: int
    released_corrections: int
    released_words: int


def switches_of(item: GuardItem | None) -> Switches:
    """Return the switches that a row holds; trial mode is on where it does not say otherwise."""
    if item is None:
        return Switches()
    return Switches(
        kill=bool(item.kill),
        trial=item.trial is not False,
        guests=frozenset(item.guests or ()),
        kinds_off=frozenset(item.kinds_off or ()),
        brake=item.brake or "",
        brake_released_until=item.brake_released_until,
        usual_notices=int(item.usual_notices or 0),
        usual_corrections=int(item.usual_corrections or 0),
        usual_words=int(item.usual_words or 0),
        released_notices=int(item.released_notices or 0),
        released_corrections=int(item.released_corrections or 0),
        released_words=int(item.released_words or 0),
        turns=int(item.turns or 0),
    )


def switches() -> Switches:
    """Read only the switches."""
    return switches_of(get(SWITCHES))


def never_set() -> bool:
    """Whether no person and no deployment ever set trial mode: the stack is new, or lost its row.

    `chase` writes into it each hour, and the brake may.
    """
    item = get(SWITCHES)
    return item is None or item.trial is None


def turn(**changes: Unpack[SwitchChanges]) -> None:
    """Change the given switches; the others keep their values."""
    GuardItem(SWITCHES).update(turning(changes))


def turning(changes: SwitchChanges) -> list[Action]:
    """Return the actions that set these switches and count it."""
    attributes = GuardItem.get_attributes()
    actions: list[Action] = [
        attributes[name].remove() if value in ("", []) else attributes[name].set(value)
        for name, value in changes.items()
        if value is not None
    ]
    return [*actions, GuardItem.turns.add(1)]


def apply_brake(reason: str) -> None:
    """Pause all claims until a person releases them."""
    GuardItem(SWITCHES).update(turning({"brake": reason}))


def released(now: datetime) -> SwitchChanges:
    """Return what a release of the brake writes: the past day's highest counts, and until when.

    Until then only a multiple of those counts sets the brake, so that it is not set again at once.
    """
    day = hour_counts(now + HOUR, 24)  # the current hour too
    return {
        "brake": "",
        "brake_released_until": now + BRAKE_RELEASED,
        "released_notices": max(hour[0] for hour in day),
        "released_corrections": max(hour[1] for hour in day),
        "released_words": max(hour[2] for hour in day),
    }


def set_usual(notices: int, corrections: int, words: int) -> None:
    """Record the counts of a usual hour."""
    GuardItem(SWITCHES).update(
        [
            GuardItem.usual_notices.set(notices),
            GuardItem.usual_corrections.set(corrections),
            GuardItem.usual_words.set(words),
        ]
    )


def count_hour(now: datetime, notices: int = 0, corrections: int = 0, words: int = 0) -> HourCounts:
    """Add to this hour's new notices, corrections and officers' words; return its counts so far."""
    item = GuardItem(_hour(now))
    item.update(
        [
            GuardItem.notices.add(notices),
            GuardItem.corrections.add(corrections),
            GuardItem.words.add(words),
            GuardItem.expires.set(now + timedelta(days=9)),
        ]
    )
    return _counts(item)


def hour_counts(now: datetime, hours: int) -> list[HourCounts]:
    """Return the counts of each of the past hours, without the current one."""
    keys = [_hour(now - HOUR * back) for back in range(1, hours + 1)]
    found = {item.pk: item for item in GuardItem.batch_get(keys)}
    return [_counts(found[k]) if k in found else (0, 0, 0) for k in keys]


def _counts(item: GuardItem) -> HourCounts:
    return int(item.notices or 0), int(item.corrections or 0), int(item.words or 0)


def _hour(now: datetime) -> str:
    return f"HOUR#{now:%Y-%m-%dT%H}"
