"""What is kept when two rows are of one thing: origin, names, first-seen times. Pure.

`renumbering` and `arrest_moves` use it; see docs/rules.md#11.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from msgspec.structs import replace

from aviso.domain import request_history
from aviso.domain.fact_keys import arrest_fact_keys, fact_keys
from aviso.domain.facts import bounded
from aviso.domain.model import Arrest, Person, Report, Suspect, Victim
from aviso.domain.row_room import within_room
from aviso.feed import victim_types
from aviso.feed.marks import joined
from aviso.feed.merging import with_contacts, with_dates
from aviso.storage.cases import Row

NAMED = (Report, Victim, Arrest)  # their origins make duty ids


def id_of(row: Row) -> str:
    """Return a row's key: a case's number, or an id."""
    return row.number if isinstance(row, Report) else row.id


def lasting(newer: Row, old: Row, new: Row) -> Row:
    """Return the newer row with the older key's origin and the earliest first-seen times."""
    newer = known_as(replace(newer, origin=old.origin), [old, new])
    newer = with_dates(with_dates(newer, old), new)
    match newer, old, new:
        case Report(), Report(), Report():
            seen = _earliest(old.first_seen, new.first_seen)
            return replace(newer, first_seen=seen)
        case Arrest(), Arrest(), Arrest():
            return replace(
                newer,
                first_seen=_earliest(old.first_seen, new.first_seen),
                withdrawals=max(old.withdrawals, new.withdrawals),
            )
        case Person(), Person(), Person():
            times = [at for at in (old.first_seen, new.first_seen) if at]
            newer = replace(newer, first_seen=min(times, default=None))
            if isinstance(newer, Suspect) and isinstance(old, Suspect) and isinstance(new, Suspect):
                return with_contacts(newer, old, new)
            if isinstance(newer, Victim) and isinstance(old, Victim) and isinstance(new, Victim):
                answers = request_history.both(old, new)
                newer = victim_types.after(replace(newer, answers=answers), old, new)
                return joined(newer, old, new)
            return newer
    return newer


def known_as[R: Row](row: R, same: Iterable[Row | None], *ids: str) -> R:
    """Record the other numbers or ids of a thing, for any order of links."""
    if not isinstance(row, NAMED):
        return row
    every = {*ids} - {""}
    for one in same:
        if isinstance(one, NAMED):
            every |= {id_of(one), one.origin, *one.known_as}
    names = sorted(every - {row.origin})
    kept = tuple(within_room(names))
    row = replace(row, known_as=kept)
    if len(kept) == len(names):
        return row
    # Notices and "not me" under a lost name are unknown: a person decides.
    if isinstance(row, Report):
        return replace(row, restricted=True)
    return replace(row, safe_to_contact=False) if isinstance(row, Victim) else row


def stricter(one: str, other: str) -> str:
    """Return the stricter decision of two joined cases; a lifting of one is not for both."""
    if "restricted" in (one, other):
        return "restricted"
    return one if one == other else ""


def _earliest(one: Mapping[str, datetime], other: Mapping[str, datetime]) -> dict[str, datetime]:
    return bounded({k: min(m[k] for m in (one, other) if k in m) for k in {*one, *other}}, ())


def seen(row: Row, zone: tzinfo) -> Row:
    """Give facts whose keys changed with the origin the time the row was first seen."""
    if isinstance(row, Report):
        keys = fact_keys(row, zone)
    elif isinstance(row, Arrest) and not row.withdrawn_at:
        keys = arrest_fact_keys(row)
    else:
        return row
    if not row.first_seen:
        return row
    first = min(row.first_seen.values())
    return replace(row, first_seen=dict.fromkeys(keys, first) | dict(row.first_seen))
