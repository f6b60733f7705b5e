"""Counts every row again and compares: open days with their rows, sealed days with their seals.

Independent of how the counters were made: it reads no stream and no counted event, with one
exception. Where several rows state the same thing that counts once (a victim's first visit), the
order in which two streams arrived decides which of them counted, and the event's own note names it.
It must be one of the rows', or of a sealed day, whose rows may be deleted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from aviso.domain.settings import Settings
from aviso.reporting.counted_facts import CountedFact, facts
from aviso.reporting.erased_rows import erased
from aviso.reporting.sealing import first_day, present
from aviso.storage import counted_rows, counters

Counts = dict[date, dict[str, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that differs from its rows or its seal."""

    day: date
    metric: str
    cut: str
    counted: int
    recounted: int


def differences(settings: Settings) -> list[Difference]:
    """Return every difference; the dashboard promises none.

    Counters follow their rows by seconds: on a busy system, repeat before reporting an error.
    """
    sealed = dict(counters.seals())
    return [*_seals(sealed), *_open_days(settings, sealed)]


def _seals(sealed: Mapping[date, counters.Counts | None]) -> Iterator[Difference]:
    for day, copy in sealed.items():
        if copy is None:
            yield Difference(day, "seal", "unfinished", 0, 1)
            continue
        yield from _differ(day, counters.read(day, day).get(day, {}), copy)


def _open_days(settings: Settings, sealed: Mapping[date, object]) -> Iterator[Difference]:
    expected = _rows(settings, sealed)
    first = first_day(settings)
    last = max((first, *expected, date.today() + timedelta(days=1)))  # noqa: DTZ011 - any zone's
    counted = {d: c for d, c in counters.read(first, last).items() if d not in sealed}
    for day in sorted(expected.keys() | counted.keys()):
        yield from _differ(day, counted.get(day, {}), expected.get(day, {}))


def _rows(settings: Settings, sealed: Mapping[date, object]) -> Counts:
    """Count every row, and what erased ones counted as; sealed days left out."""
    once: dict[str, set[CountedFact]] = defaultdict(set)
    found: list[CountedFact] = []
    zone = settings.agency.zone
    stored = (fact for key, row in counted_rows.every_row() for fact in facts(key, row, zone))
    for fact in chain(stored, erased()):
        if fact.id:
            once[fact.id].add(fact)
        else:
            found.append(fact)
    found += _firsts(once, sealed)
    totals: dict[date, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for fact in found:
        if fact.day not in sealed:
            totals[fact.day][fact.metric].update(fact.adds())
    return {day: {m: dict(c) for m, c in metrics.items()} for day, metrics in totals.items()}


def _firsts(
    once: Mapping[str, set[CountedFact]], sealed: Mapping[date, object]
) -> Iterator[CountedFact]:
    """Yield, of rows that state the same, the one that was counted; the earliest if none was.

    What counted on a sealed day counts for no remaining row: its own row may be deleted.
    """
    notes = counters.notes({id for id, rows in once.items() if len(rows) > 1 or sealed})
    for id, rows in once.items():
        note = notes.get(id, "")
        counted = [fact for fact in rows if fact.note == note]
        if counted or not (note and date.fromisoformat(note.partition("|")[0]) in sealed):
            yield min(counted or rows, key=_day)


def _day(fact: CountedFact) -> date:
    return fact.day


def _differ(day: date, counted: counters.Counts, again: counters.Counts) -> Iterator[Difference]:
    one, other = present(counted), present(again)
    for metric in sorted(one.keys() | other.keys()):
        cuts = one.get(metric, {}).keys() | other.get(metric, {}).keys()
        for cut in sorted(cuts):
            numbers = one.get(metric, {}).get(cut, 0), other.get(metric, {}).get(cut, 0)
            if numbers[0] != numbers[1]:
                yield Difference(day, metric, cut, *numbers)
