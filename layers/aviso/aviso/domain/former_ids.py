"""Notices given under a number or id that its case, victim or arrest no longer has.

See docs/rules.md#11.

A case is imported under its new number, and told, before anybody knows that it had another. Once
the link comes, its origin is the former number's; what was told under the later one was told all
the same. Pure.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from aviso.domain.fact_keys import (
    quoted,
    subject,
)
from aviso.domain.model import (
    Case,
)
from aviso.domain.notice import (
    Notice,
)


def as_now(case: Case, told: Iterable[Notice]) -> list[Notice]:
    """Return a case's notices as they would be called today: by the origins it has now.

    Args:
        case: the whole case.
        told: its notices, from under every number it was ever known by. Their ids stay.
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


def _fact(key: str, arrests: dict[str, str]) -> str:
    kind, _, rest = key.partition(":")
    about = subject(key)
    if kind not in ("arrest", "appearance") or about not in arrests:
        return key
    return f"{kind}:{quoted(arrests[about])}{rest.removeprefix(quoted(about))}"
