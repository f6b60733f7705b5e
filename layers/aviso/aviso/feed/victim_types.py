"""How a later row may change a victim's type. Pure.

A person never becomes somebody who is told nothing. A clerk of the records system may be talked
into another type, or type a wrong code. Nobody is told if the victim is the public, and only the
representative of an organization is. If a later row gives a person either type, the type becomes
unknown: a member decides about each notice (docs/rules.md#26). Only the word for a person ends it.
"""

from msgspec.structs import replace

from aviso.domain.model import Victim
from aviso.domain.people import A_PERSON, ORGANIZATION, PUBLIC, UNKNOWN_TYPE
from aviso.feed.rows import Parsed, digest
from aviso.storage.cases import Row

# The types of a victim, the most careful last: of the public nobody is told, and of an organization
# a person decides.
CAREFUL_TYPES = (PUBLIC, A_PERSON, ORGANIZATION, UNKNOWN_TYPE)


def typed(before: Row | None, parsed: Parsed) -> Parsed:
    """Return a victim's row of unknown type, if an earlier row does not allow its own.

    A blank type makes no person of an organization: its phone would get texts.
    """
    row = parsed.row
    if not (isinstance(row, Victim) and isinstance(before, Victim)):
        return parsed
    if parsed.untyped:
        if before.victim_type == A_PERSON or same_moment(row, before):
            return parsed
        return replace(parsed, row=_as(row, UNKNOWN_TYPE, was_person=before.was_person))
    # Rows of one file are joined instead, by `careful`. A later file may repeat a row's time.
    if row.export_time == before.export_time and not before.was_person:
        return parsed
    return replace(parsed, row=after(row, before))


def after(row: Victim, *earlier: Victim) -> Victim:
    """Return a victim's row as earlier rows of the same victim allow its type."""
    was_person = any(v.was_person or v.victim_type == A_PERSON for v in earlier)
    if row.victim_type == A_PERSON or not was_person:
        return row
    return _as(row, UNKNOWN_TYPE, was_person=True)


def same_moment[R: Row](one: R, other: R) -> bool:
    """Whether two rows are of the same moment, so that neither corrects the other."""
    return one.export_time == other.export_time or (
        one.row_time is not None and one.row_time == other.row_time
    )


def _as(row: Victim, kind: str, *, was_person: bool) -> Victim:
    changed = replace(row, victim_type=kind, was_person=was_person)
    return replace(changed, digest=digest(changed, withdrawn=False))
