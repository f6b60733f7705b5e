"""Which stored texts are a victim's, and their erasure. Only staff read them, in the inbox."""

from collections.abc import Callable
from functools import cache
from itertools import batched

from msgspec.structs import replace

from aviso.domain.model import AuditEntry, Case, Channel
from aviso.domain.suspects import addresses_of_suspects
from aviso.storage import audit, case_decisions, inbox
from aviso.storage.inbox_entries import Reply

AT_ONCE = 10  # texts in one row of the trail, which the desk shows


def texts_of_victim(case: Case, ids: set[str]) -> list[Reply]:
    """Return the texts that came from the phone of a victim or of who speaks for one.

    A phone that also belongs to anybody else is left out, on this case or another: its texts may be
    about them. A phone that is on no case now was the victim's if it was on this case alone when
    the text came, and the case has no other victim.
    """
    theirs = _phones(case, lambda origin: origin in ids)
    others = _phones(case, lambda origin: origin not in ids) | addresses_of_suspects(case)
    numbers = set(case.numbers)
    only = all(victim.origin in ids for victim in case.victims)
    here = cache(lambda phone: phone and set(case_decisions.cases_with(phone, "")) <= numbers)

    def hers(text: Reply) -> bool:
        if text.asks_for:
            return text.victim in ids and set(text.cases) <= numbers
        stood = only and text.cases and set(text.cases) <= numbers
        phone = text.address
        return bool((phone in theirs or stood) and phone not in others and here(phone))

    return list(filter(hers, inbox.texts()))


def erase(case: Case, ids: set[str], erasure: AuditEntry, keep_days: int) -> int:
    """Delete a victim's texts; return how many.

    One that nobody has read and that may ask us to stop stays until somebody closes it. A request
    stays until somebody answers it, as the law wants.

    The trail names them first, by ids that say nothing of anybody: `aviso data restore` deletes the
    same texts again, when nobody knows the victim's phone any more.
    """
    found = texts_of_victim(case, ids)
    gone = [t.id for t in found if t.seen_at or not (t.maybe_stop or t.asks_for)]
    for some in batched(gone, AT_ONCE, strict=False):
        entry = replace(erasure, action="texts_erased", subject=" ".join(some))
        audit.append(entry, keep_days)
        for id in some:
            inbox.forget(id)
    return len(gone)


def _phones(case: Case, whose: Callable[[str], bool]) -> set[str]:
    """Return the phones of victims by their ids, and of their speakers."""
    known = {v.id: v.origin for v in case.victims}
    speakers = (r for r in case.speakers if whose(known.get(r.victim, r.victim)))
    left = (e for e in case.enrollments if whose(e.victim))
    return {
        *(v.phone for v in case.victims if whose(v.origin)),
        *(r.phone for r in speakers),
        *(c.address for e in left for c in e.contacts if c.channel is Channel.SMS),
    }
