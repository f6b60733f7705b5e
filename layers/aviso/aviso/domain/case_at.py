"""A case at one moment, with what follows from it: every decision starts from one. Pure."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cached_property, wraps
from typing import Concatenate

from aviso.domain.facts import Fact, facts
from aviso.domain.guards import Guards
from aviso.domain.model import Case, Kind, Speaker, Victim
from aviso.domain.notice import Notice
from aviso.domain.people import spoken_for
from aviso.domain.reasons import PROVISIONAL, Restriction
from aviso.domain.restriction import restriction_of
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen


class CaseAt(Frozen, frozen=True, kw_only=True, dict=True):
    """A case at a moment, under the agency's settings; an answer is computed when first asked.

    Nothing has a default: who forgot the guards would forget a STOP.
    """

    case: Case
    told: Sequence[Notice]  # the ledger's notices of this case, in any state
    guards: Guards  # opt-outs, bounces and "not me" of every address on the case; the switches
    settings: Settings
    now: datetime

    @cached_property
    def today(self) -> date:
        """The agency's day, for ages."""
        return self.settings.today(self.now)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What the case states now."""
        return tuple(facts(self.case, self.settings))

    @cached_property
    def _spoken_for(self) -> dict[Victim, tuple[Victim | Speaker, ...]]:
        return {}

    def spoken_for(self, victim: Victim) -> tuple[Victim | Speaker, ...]:
        """Return who is told for a victim: see `people.spoken_for`."""
        if victim not in self._spoken_for:
            self._spoken_for[victim] = tuple(spoken_for(self.case, victim, self.today))
        return self._spoken_for[victim]

    def told_to(self, victim: Victim) -> list[Notice]:
        """Return the notices to one victim."""
        return [notice for notice in self.told if notice.victim == victim.origin]

    @cached_property
    def restriction(self) -> Restriction | None:
        """Why the case is restricted, or None."""
        return restriction_of(self.case, self.settings)

    @cached_property
    def only_on_page(self) -> frozenset[Kind]:
        """The kinds of news that are only on the page here (docs/rules.md#12)."""
        lasts = self.restriction is not None and self.restriction not in PROVISIONAL
        return self.settings.only_on_page if lasts else frozenset()


def once[**P, A](
    rule: Callable[Concatenate[CaseAt, P], A],
) -> Callable[Concatenate[CaseAt, P], A]:
    """Make a rule keep its answers with the case at a moment: asked again, it computes nothing."""
    name = f"{rule.__module__}.{rule.__qualname__}"

    @wraps(rule)
    def answer(at: CaseAt, /, *args: P.args, **more: P.kwargs) -> A:
        kept: dict[object, A] = vars(at).setdefault(name, {})
        if args not in kept:
            kept[args] = rule(at, *args, **more)
        return kept[args]

    return answer
