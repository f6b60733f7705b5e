"""Hand-offs as a case's page shows them: each victim's consent, and what became of each."""

from collections.abc import Mapping
from datetime import datetime

from aviso.domain.hand_off_duties import all_ends, offered, stopped
from aviso.domain.hand_offs import HandOff, HandOffState
from aviso.domain.model import Case, Victim
from aviso.domain.receiving_agencies import HandOffConsent, Purpose, names_by_purpose
from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.staff import callers_answers
from aviso.staff.actor import Actor
from aviso.storage import hand_off_rows


class HandOffLine(Frozen, frozen=True, kw_only=True):
    """One hand-off, with its dates."""

    receiver: str  # the agency's name; empty when a person must find out which
    reference: str
    status: str
    told_at: datetime | None
    by_telephone: bool
    confirmed_at: datetime | None
    due: datetime | None  # when a confirmation is late; None once there is one
    taken_back_at: datetime | None


class VictimHandOffs(Frozen, frozen=True, kw_only=True):
    """A victim's consent, what a caller may choose, and the hand-offs so far."""

    consent: HandOffConsent | None
    lapsed: tuple[tuple[str, datetime], ...]  # each agency's name for which it ended, and when
    waived: bool  # the right to be informed: then nobody gets the request
    contact: str  # the key of the address that is handed on; empty once it may not be used
    choices: Mapping[str, str]  # a contact's id -> its address's key
    agencies: Mapping[Purpose, str]  # their names
    made: tuple[HandOffLine, ...]  # the latest first


def of_case(case: Case, actor: Actor, language: str) -> Mapping[str, VictimHandOffs]:
    """Return the hand-offs of a case's victims by origin id; empty without agencies."""
    if not actor.settings.receivers:
        return {}
    made = sorted(hand_off_rows.of_case(case), key=_entered, reverse=True)
    return {v.origin: _of(case, v, made, actor, language) for v in case.victims}


def _of(
    case: Case, victim: Victim, made: list[HandOff], actor: Actor, language: str
) -> VictimHandOffs:
    consent, contact = callers_answers.standing(case, victim, actor)
    names = {r.id: r.name[language] for r in actor.settings.receivers}
    by_agency = all_ends(consent, actor.settings) if consent else []
    may_choose = offered(actor.at(case), victim)
    return VictimHandOffs(
        consent=consent,
        lapsed=tuple((names[r.id], end) for r, end in by_agency if end <= actor.now),
        waived=stopped(case, victim),
        contact=hashing.address_key(contact.address) if contact else "",
        choices={c.id: hashing.address_key(c.address) for c in may_choose},
        agencies={
            purpose: ", ".join(found)
            for purpose, found in names_by_purpose(actor.settings.receivers, language).items()
        },
        made=tuple(_line(one, names) for one in made if one.victim == victim.origin),
    )


def _line(one: HandOff, names: Mapping[str, str]) -> HandOffLine:
    over = one.state is HandOffState.OVER
    return HandOffLine(
        receiver=names.get(one.receiver, ""),
        reference=one.reference,
        status=one.status,
        told_at=one.told_at,
        by_telephone=one.by_telephone,
        confirmed_at=one.confirmed_at,
        due=None if one.confirmed_at or over else one.deadline,
        taken_back_at=one.over_at if over else None,
    )


def _entered(one: HandOff) -> datetime:
    return one.created_at
