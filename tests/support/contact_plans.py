"""A victim's plan for safe messages, as it is made, looked at, confirmed and used in tests."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.contact_plans import basis_of, why_not
from aviso.domain.model import Case, ContactPlan, Kind, Victim
from aviso.domain.staff import Role
from aviso.notices.case_reads import unguarded
from aviso.staff import plan_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, enrollments, notices
from infra.harness.builders import NUMBER, a_case
from infra.harness.portal_browser import Visitor
from tests.support.sending import PHONE

OTHER = "+15205550133"
EVERY_DAY = tuple(range(7))
WHY = "I called the shelter that we know, and she came to the phone."


def member(world, name):
    """Return a trusted member on the world's clock."""
    return Actor(
        id=name,
        name=name,
        audit_name=name,
        roles=frozenset({Role.ADVOCATE}),
        settings=world.settings,
        now=world.now,
    )


def a_plan(**changes):
    """Return what the victim agrees to: her phone, from nine to five, an arrest."""
    values: dict[str, Any] = {
        "address": PHONE,
        "language": "es",
        "kinds": (Kind.ARREST,),
        "days": EVERY_DAY,
        "from_hour": 9,
        "to_hour": 17,
        "answers": "She does.",
        "until": date(2027, 2, 1),
    }
    return ContactPlan(**values | changes)


def case_now() -> tuple[Case, Victim]:
    """Return the case and the victim, as they are stored."""
    case = cases.read_case(NUMBER)
    (victim,) = [victim for victim in case.victims if victim.origin == "v1"]
    return case, victim


def plan_now():
    """Return her plan, as it is stored."""
    return cases.read_case(NUMBER).enrollment_of("v1").plan


def make(world, by="ana", **changes):
    """Let a member make her plan."""
    case, victim = case_now()
    plan_decisions.make_plan(case, victim, a_plan(**changes), WHY, member(world, by))


def look(world, by="eva"):
    """Let a member look at it who sees the case as it is."""
    (case, victim), actor = case_now(), member(world, by)
    saw = basis_of(actor.at(case), victim)
    plan_decisions.look_at_plan(case, victim, plan_now().id, saw, actor)


def flow(world):
    """Plan and send; return the addresses written to."""
    before = len(world.provider.sent)
    world.plan()
    world.send()
    return [message.address for message in world.provider.sent[before:]]


def token():
    """Return the token of the link in the latest question."""
    asked = sorted((n for n in notices_of("plan") if n.attempts), key=lambda n: n.attempts[-1].at)
    return links.token(LinkPurpose.PLAN, asked[-1].id, asked[-1].attempts[-1].n)


def notices_of(kind):
    """Return the notices of a kind of fact."""
    found = [notices.read(n.id) for n in notices.of_case(NUMBER)]
    return [n for n in found if n.fact.kind == kind]


def say(answer, given=""):
    """Answer the latest question, or another one."""
    return Visitor().post("/plan", t=given or token(), answer=answer)


def why(world):
    """Return why nothing goes by her plan."""
    return why_not(unguarded(cases.read_case(NUMBER), world.settings, world.now), case_now()[1])


def change_row(**changes):
    """Let the records system change the victim's row."""
    _, victim = case_now()
    cases.write_row(NUMBER, replace(victim, digest="later", **changes), victim)


def change_enrollment(**changes):
    """Change what she left on the portal."""
    before = cases.read_case(NUMBER).enrollment_of("v1")
    enrollments.write_enrollment(NUMBER, replace(before, **changes), before)


def agree(world):
    """Let the victim have a plan that counts."""
    make(world)
    look(world)
    assert flow(world) == [PHONE]
    assert say("yes").status == 200


def an_arrest(world, id="a1"):
    """Let the feed bring an arrest now."""
    seen = {f"arrest:{id}": world.now}
    case = a_case().with_arrest(id, arrested_at=world.now, first_seen=seen).case
    cases.write_row(NUMBER, case.arrests[0], None)


def arrests(world):
    """Return what became of the notices of arrests."""
    return [(n.state, n.reason) for n in world.all(Kind.ARREST)]
