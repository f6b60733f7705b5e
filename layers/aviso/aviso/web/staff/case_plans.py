"""Plans for safe messages as a case's page shows them, and in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from aviso.content import dates
from aviso.domain.case_at import CaseAt
from aviso.domain.contact_plans import KINDS, LONGEST, WhyNot, basis_of, may_have_plan, why_not
from aviso.domain.model import ContactPlan, Kind, Victim
from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.staff.plan_decisions import may_look
from aviso.web.staff import pages


class VictimPlan(Frozen, frozen=True, kw_only=True):
    """A victim's plan, and what a member may choose for a new one."""

    plan: ContactPlan | None  # None: none, or it has ended
    contact: str  # the key of its address
    lines: Sequence[str]  # the plan in words, without its contact
    why: WhyNot | None  # nothing goes by it
    may_look: bool
    saw: str  # what of the case a member judges who looks: see `basis_of`
    choices: Sequence[str]  # the keys of the addresses that a new one may name
    kinds: Sequence[Kind]
    days: Sequence[str]
    hours: Sequence[str]  # from midnight to midnight
    last: str  # the last day that a new one may have


def of_case(at: CaseAt, actor: Actor, language: str) -> Mapping[str, VictimPlan]:
    """Return what the page shows of each victim who has a plan or may have one."""
    found = {v.origin: _of(at, v, actor, language) for v in at.case.victims}
    return {origin: one for origin, one in found.items() if one.plan or one.choices}


def _of(at: CaseAt, victim: Victim, actor: Actor, language: str) -> VictimPlan:
    plan = at.case.enrollment_of(victim.origin).plan
    plan = None if plan is None or plan.ended_at else plan
    return VictimPlan(
        plan=plan,
        contact=hashing.address_key(plan.address) if plan else "",
        lines=in_words(plan, language, actor) if plan else (),
        why=why_not(at, victim),
        may_look=plan is not None and may_look(plan, actor),
        saw=basis_of(at, victim),
        choices=[hashing.address_key(c.address) for c in may_have_plan(at, victim)],
        kinds=[kind for kind in KINDS if actor.settings.kinds[kind].on],
        days=dates.weekdays(language),
        hours=[_hour(n, language, actor) for n in range(25)],
        last=(actor.today + LONGEST).isoformat(),
    )


def in_words(plan: ContactPlan, language: str, actor: Actor) -> Sequence[str]:
    """Return what a plan says, but its contact: when, what, who answers, until when."""
    words, days = pages.strings(language), dates.weekdays(language)
    when = {
        "from": _hour(plan.from_hour, language, actor),
        "to": _hour(plan.to_hour, language, actor),
    }
    names = ", ".join(days[day] for day in plan.days)
    return [
        words["desk_plan_hours"].format(days=names, **when),
        ", ".join(words[f"desk_kind_{kind}"] for kind in plan.kinds),
        words["desk_plan_answered"].format(who=plan.answers),
        words["desk_consent_until"].format(day=dates.written(plan.until, "date", language)),
    ]


def _hour(hour: int, language: str, actor: Actor) -> str:
    """Return an hour of the agency's day as people write it; 24 is midnight."""
    day = datetime.combine(actor.today, datetime.min.time(), tzinfo=actor.settings.agency.zone)
    return dates.written(day.replace(hour=hour % 24), "time", language)
