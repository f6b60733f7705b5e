"""Since when the records system says that a victim cannot act, or wants no news. Pure.

A victim who cannot act is dead, incapacitated or a minor.

The moment is kept like that of a fact: first seen, written once. A yes after a no is a new yes,
which nobody has judged (docs/rules.md#23). A mark that returns within `AGAIN` counts as the earlier
mark. The earlier one may never have been announced, because a file took it back at once. So `AGAIN`
is half of the shortest age limit of its notice, and the notice is still owed. A mark that a
supervisor overruled stays overruled for `OVERRULED`, even if it comes and goes in nightly files.

That a victim is a minor has a moment only if a row made a known adult one. Time alone makes nobody
younger, and a child whom the first row brings was never told. `adult_at` keeps that somebody was
a known adult, because a file may leave the age out before the next one makes a child of them.
A waiver has a moment only if a row said otherwise before: the first row's was never news.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo

from msgspec.structs import replace

from aviso.domain.model import Victim
from aviso.domain.people import is_organization, says_minor
from aviso.domain.requests import Rights
from aviso.storage.cases import Row

AGAIN, OVERRULED = timedelta(days=1), timedelta(days=7)
SAYS: dict[str, Callable[[Victim, date], bool]] = {
    "deceased_at": lambda victim, _: victim.deceased,
    "incapacitated_at": lambda victim, _: victim.incapacitated,
    "minor_at": says_minor,
    "waived_at": lambda victim, _: victim.rights is Rights.WAIVED,
}


def first_said[R: Row](row: R, before: Row | None, now: datetime, zone: tzinfo) -> R:
    """Return a row to store, with the moments at which its marks were first seen.

    Args:
        before: the stored row that it replaces, if any.
        now: the moment of a yes that is new.

    A stored yes without a moment is from before moments were kept. It gets none, so that an upgrade
    announces nothing old. One of incapacity gets one, the supervisor's if one overruled it.
    """
    if not isinstance(row, Victim):
        return row
    known = before if isinstance(before, Victim) else None
    day = now.astimezone(zone).date()
    adult = known is not None and _was_adult(known, day) and not _was_adult(row, day)
    since = known.adult_at if known else None
    moments = {mark: _since(mark, row, known, now, day) for mark in SAYS}
    return replace(row, **moments, adult_at=since or (now if adult else None))


def _since(
    mark: str, row: Victim, before: Victim | None, now: datetime, day: date
) -> datetime | None:
    says = SAYS[mark]
    former: datetime | None = getattr(before, mark, None)
    if not says(row, day):
        return former
    if before is not None and says(before, day):
        if former or mark != "incapacitated_at":
            return former
        return before.desk_able_at or now
    if before and former and _is_former(mark, before, former, now):
        return former
    if mark in OTHERWISE and not (before and OTHERWISE[mark](before, day)):
        return None
    return now


def _is_former(mark: str, before: Victim, former: datetime, now: datetime) -> bool:
    """Whether a yes after a no is the former yes."""
    if mark == "deceased_at" and _at_once(before):
        return False
    overruled = mark != "waived_at" and before.overruled(former)
    return now - former < (OVERRULED if overruled else AGAIN)


def _at_once(victim: Victim) -> bool:
    """Whether the first row called somebody dead, who then was told nothing of it."""
    died, first = victim.deceased_at, victim.first_seen
    return died is not None and first is not None and died <= first


def _was_adult(victim: Victim, day: date) -> bool:
    """Whether a row says that somebody is an adult, so that their own contacts could be used."""
    said = (victim.minor, victim.birth_date, victim.age) != (None, None, None)
    return said and not says_minor(victim, day) and not is_organization(victim)


# Marks that are news only of a victim of whom a row said otherwise, and whether it did.
OTHERWISE: dict[str, Callable[[Victim, date], bool]] = {
    "minor_at": lambda victim, day: victim.adult_at is not None or _was_adult(victim, day),
    "waived_at": lambda victim, _: victim.rights is not Rights.WAIVED,
}
