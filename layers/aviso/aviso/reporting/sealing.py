"""Seals days before retention deletes their source rows; a sealed day counts no more (promise 3).

Until then a recount compares a day with its rows; afterwards with its seal, a second copy of its
counters. Ids of counted events outlive the seal, so that no event is ever counted twice. Ids of
what counts once per victim and case stay for good, since another row may state the same years
later.
"""

from datetime import date, timedelta

from aviso.domain.settings import Settings
from aviso.storage import counters

MARGIN = 14  # days between a seal and the first row that retention may delete
DAYS_AFTER_SEAL = 30  # how much longer an event's id is kept
AT_ONCE = 100  # days sealed in one run; a long pause takes several


def open_days(settings: Settings) -> int:
    """Return how many days a day counts: the shortest retention of a source, less a margin."""
    kept = settings.retention
    shortest = min(kept.closed_cases, kept.notices, kept.audit, kept.responses)
    return max(shortest - MARGIN, 1)


def forget_after(latest: date, settings: Settings) -> date:
    """Return when a counted event's id may be forgotten: long after its day is sealed."""
    return latest + timedelta(days=open_days(settings) + DAYS_AFTER_SEAL)


def seal_days(settings: Settings, today: date) -> int:
    """Seal every day that is due; return how many.

    A day is closed first: counting into it is then refused, so the copy is complete.
    """
    until = today - timedelta(days=open_days(settings))
    # The last one again: a run that died in the middle left it closed without a copy.
    day = counters.last_sealed() or first_day(settings)
    done = 0
    while day < until and done < AT_ONCE:
        counters.close(day)
        copied = {d for d, counts in counters.seals(day) if counts is not None}
        if day not in copied:
            counters.seal(day, present(counters.read(day, day).get(day, {})))
            done += 1
        day += timedelta(days=1)
    return done


def first_day(settings: Settings) -> date:
    """Return the first day that counts: the go-live's, or an earlier one with a counter."""
    live = settings.agency.go_live.astimezone(settings.agency.zone).date()
    return min(live, counters.first_counted() or live)


def present(counts: counters.Counts) -> dict[str, dict[str, int]]:
    """Return counters without zeros, which mean the same as none."""
    kept = {m: {c: n for c, n in cuts.items() if n} for m, cuts in counts.items()}
    return {metric: cuts for metric, cuts in kept.items() if cuts}
