"""Calls by which nobody was told: one row of the case for each, kept and erased with its victim."""

import hashlib
from collections.abc import Iterable

from aviso.domain.model import Case
from aviso.domain.staff import Call
from aviso.storage.audited_change import AuditRow, change
from aviso.storage.case_items import CaseItem, partition
from aviso.storage.codec import fields_of, instant, value_of

CALLS = "CALL#"


class CallItem(CaseItem, discriminator="call"):
    """A call by which a victim was not told."""

    stores = Call


def add(number: str, call: Call, record: AuditRow) -> None:
    """Keep a call.

    Raises:
        Conflict: when the same call is kept already for this minute.
    """
    said = f"{call.by}|{call.victim}|{call.outcome}|{call.text}"
    minute = call.at.replace(second=0, microsecond=0)
    item = CallItem(
        partition(number),
        f"{CALLS}{instant(minute)}#{hashlib.sha256(said.encode()).hexdigest()[:8]}",
        **fields_of(call),
    )
    change(record, saves=[(item, CallItem.pk.does_not_exist())])


def list_calls(case: Case) -> list[Call]:
    """Return the calls on a case, under every number it has had, the oldest first."""
    found = [call for number in case.numbers for call in _under(number)]
    victims = {victim.origin for victim in case.victims}
    return sorted((call for call in found if call.victim in victims), key=_at)


def _under(number: str) -> Iterable[Call]:
    for item in CallItem.query(partition(number), CallItem.sk.startswith(CALLS)):
        yield value_of(Call, item.attribute_values)


def _at(call: Call) -> str:
    return instant(call.at)
