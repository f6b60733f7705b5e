"""Notices given under a former number or id of a case, a victim or an arrest.

See docs/rules.md#11.

A case may be imported and told under its new number before its former number is known. Once the
link comes, its origin is the former number; a notice given under the new number still counts. Pure.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Case
from aviso.domain.notice import Notice


def as_now(case: Case, told: Iterable[Notice]) -> list[Notice]:
    """Return a case's notices with its present origins; the notices' ids stay.

    `told` are its notices under every number it ever had.
    """
    victims = {id: v.origin for v in case.victims for id in v.known_as}
    arrests = {id: a.origin for a in case.arrests for id in a.known_as}
    if not (case.known_as or victims or arrests):
        return list(told)
    return [
        replace(
            notice,
            case=case.origin,
            victim=victims.get(notice.victim, notice.victim),
            fact=_fact(notice.fact, arrests),
        )
        for notice in told
    ]


def _fact(key: FactKey, arrests: dict[str, str]) -> FactKey:
    if key.kind not in ("arrest", "appearance") or key.subject not in arrests:
        return key
    return key.about(arrests[key.subject])
