"""What must be read before a send.

Guards has several kinds of rows: see `guard_items`. Each kind has a module of its own.
"""

from collections.abc import Iterable, Mapping

from aviso.domain.guards import Guards
from aviso.domain.model import Case
from aviso.domain.people import addresses_of
from aviso.runtime import hashing
from aviso.storage import people_imports
from aviso.storage.guard_items import GuardItem
from aviso.storage.markers import PERHAPS_TOLD
from aviso.storage.sending_controls import SWITCHES, switches_of


def read(
    case: str, keys: Mapping[str, str], numbers: Iterable[str] = (), notice: str = ""
) -> Guards:
    """Read every guard that a hand-over must check, consistently and in one call.

    Args:
        case: the case's number.
        keys: address -> its HMAC key, for every address on the case.
        numbers: all its numbers, since "not me" may be recorded under any of them.
        notice: the id of the notice to hand over, if it is one.
    """
    named, told = {case, *numbers}, PERHAPS_TOLD + notice
    wanted = [SWITCHES, people_imports.PEOPLE_IMPORT, told]
    for key in set(keys.values()):
        wanted += [f"OPTOUT#{key}", f"BOUNCE#{key}", *(f"NOTME#{key}#{n}" for n in named)]
    found = {item.pk: item for item in GuardItem.batch_get(wanted, consistent_read=True)}
    return Guards(
        switches=switches_of(found.get(SWITCHES)),
        opted_out=frozenset(a for a, k in keys.items() if f"OPTOUT#{k}" in found),
        bounced=frozenset(a for a, k in keys.items() if f"BOUNCE#{k}" in found),
        not_me=frozenset(
            a for a, k in keys.items() if any(f"NOTME#{k}#{n}" in found for n in named)
        ),
        perhaps_told=told in found,
        importing_until=people_imports.delay_ends(found.get(people_imports.PEOPLE_IMPORT)),
        keys=keys,
    )


def read_for(case: Case, notice: str = "") -> Guards:
    """Read the guards of every address on a case, consistently and in one call; see `read`."""
    keys = {address: hashing.address_key(address) for address in addresses_of(case)}
    return read(case.number, keys, case.numbers, notice)
