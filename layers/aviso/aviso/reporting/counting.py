"""From a stream record to the counters, once even when it is repeated; the work of `tally`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting.counted_facts import CountedFact, facts
from aviso.reporting.sealing import forget_after
from aviso.storage import counted_rows, counters

Deltas = dict[tuple[date, str], dict[str, int]]


class Count(Frozen, frozen=True, kw_only=True):
    """One event to count: its id, and what it adds to which counters."""

    id: str
    adds: Deltas
    note: str = ""
    lasting: bool = False  # its id never expires


def count_record(record: Mapping[str, Any], settings: Settings) -> Counter[str]:
    """Count what a stream record changed; return how many counts had which outcome.

    Args:
        record: a DynamoDB stream record with both images.
        settings: the agency's, for its time zone and how long days stay open.
    """
    done: Counter[str] = Counter()
    for count in counts_of(record, settings):
        latest = max(day for day, _ in count.adds)
        forget = None if count.lasting else forget_after(latest, settings)
        done[counters.count(count.id, count.adds, count.note, forget)] += 1
    return done


def counts_of(record: Mapping[str, Any], settings: Settings) -> list[Count]:
    """Return the events of a stream record.

    A deleted row takes nothing back: retention and erasure do not change what happened. Marks on
    addresses are the exception, since START takes an opt-out back.
    """
    data = record["dynamodb"]
    table = str(record["eventSourceARN"]).split("/")[1]
    key, zone = counted_rows.key_of(data["Keys"]), settings.agency.zone
    rows = [counted_rows.row_of(table, data.get(name) or {}) for name in ("OldImage", "NewImage")]
    before, after = (facts(key, row, zone) if row else frozenset() for row in rows)
    if rows[1] is None and not key.startswith(tuple(counted_rows.MARKS)):
        return []
    known = {fact.id for fact in before}
    found = [
        Count(id=fact.id, adds=_sum([fact], []), note=fact.note, lasting=fact.lasting)
        for fact in sorted(after, key=_by_id)
        if fact.id and fact.id not in known
    ]
    changed = _sum((f for f in after - before if not f.id), (f for f in before - after if not f.id))
    # Each day is an event of its own: a sealed day refuses its event, and the others still count.
    days = sorted({day for day, _ in changed})
    for day in days:
        adds = {key: cuts for key, cuts in changed.items() if key[0] == day}
        of_day = f":{day.isoformat()}" if len(days) > 1 else ""
        found.append(Count(id=f"{table}:{record['eventID']}{of_day}", adds=adds))
    return found


def _sum(added: Iterable[CountedFact], removed: Iterable[CountedFact]) -> Deltas:
    """Return the net change of counters; what is both added and removed changes none."""
    total: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    for fact in added:
        total[fact.day, fact.metric].update(fact.adds())
    for fact in removed:
        total[fact.day, fact.metric].subtract(fact.adds())
    changed = {k: {cut: n for cut, n in cuts.items() if n} for k, cuts in total.items()}
    return {k: cuts for k, cuts in changed.items() if cuts}


def _by_id(fact: CountedFact) -> str:
    return fact.id
