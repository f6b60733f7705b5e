"""Who may have signed up before the report: the people an early sign-up can be tied to.

A tied sign-up counts as one by knowledge (docs/rules.md#14): nobody has proved that phone, and what
a victim did with a code stays as it is. Where knowledge opens nothing, nothing can be tied.
"""

from collections.abc import Iterable

from aviso.domain import duties, people, restriction
from aviso.domain.contacts import GUARDIAN, KNOWLEDGE
from aviso.domain.fact_keys import quoted
from aviso.domain.model import Case, Person, Victim
from aviso.domain.requests import Rights
from aviso.domain.standing import is_closed
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.victims.verification import Verified


class Asker(Frozen, frozen=True, kw_only=True):
    """A victim, or a person who speaks for one; nobody else is told of a case."""

    victim: Victim
    person: Person  # the victim, or a person who speaks for them
    locked: bool  # whether the victim locked the case: only a code gets in
    waived: bool  # whether the victim answered that they want no alerts

    @property
    def speaks(self) -> bool:
        """Whether they ask for a victim."""
        return self.person is not self.victim

    @property
    def key(self) -> str:
        """The key that forms name them by."""
        ids = (self.victim.origin, self.person.origin) if self.speaks else (self.victim.origin,)
        return "|".join(map(quoted, ids))

    @property
    def proof(self) -> Verified:
        """How they count as verified: by knowledge, even if staff are sure who they are."""
        if self.speaks:
            return Verified(self.victim, GUARDIAN, self.person.origin)
        return Verified(self.victim, KNOWLEDGE)


def list_candidates(case: Case, actor: Actor) -> tuple[Asker, ...]:
    """Return those who may have asked to be told of a case, without victims who cannot act.

    Only persons are among them: for others, knowledge opens nothing.
    """
    today = actor.today
    return tuple(
        _asker(case, victim, person)
        for victim in case.victims
        if not (victim.victim_type or is_closed(case, victim))
        for person in people.spoken_for(case, victim, today)
    )


def find(found: Iterable[Asker], key: str) -> Asker | None:
    """Return the person that a form names."""
    return next((asker for asker in found if asker.key == key), None)


def barred(case: Case, asker: Asker | None, actor: Actor) -> str:
    """Return why a sign-up cannot be tied, as a key of the desk's words; empty when it can."""
    if restriction.restriction_of(case, actor.settings):
        return "desk_early_is_restricted"
    if asker is None:
        return "desk_early_whose"
    return "desk_early_is_locked" if asker.locked else ""


def _asker(case: Case, victim: Victim, person: Person) -> Asker:
    return Asker(
        victim=victim,
        person=person,
        locked=case.enrollment_of(victim.origin).locked_at is not None,
        waived=duties.rights(case, victim) is Rights.WAIVED,
    )
