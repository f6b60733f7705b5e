"""A plan for safe messages: agreed with a victim and read back, looked at, ended."""

from collections.abc import Iterable, Iterator, Mapping

from aviso.content import messages
from aviso.content.messages import Letter, MessageFacts, Sms
from aviso.domain.contact_plans import KINDS, LONGEST, may_have_plan
from aviso.domain.model import Case, Channel, ContactPlan, Kind, Victim
from aviso.runtime import environment, hashing
from aviso.staff import acts, plan_decisions
from aviso.staff.actor import Actor
from aviso.victims.hand_off_consent import last_day
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_people, case_plans
from aviso.web.staff.act import settle, victim_named
from aviso.web.staff.case import case_page
from aviso.web.staff.confirmation import Confirmation

LONGEST_ANSWER = 60


def change(request: Request, actor: Actor) -> Response:
    """Agree a plan, look at one, or end one.

    Raises:
        LookupError: when the form names no plan that is open.
    """
    case, victim = victim_named(request, actor)
    id, do = request.form.get("plan", ""), request.form.get("do", "")
    if do == "make":
        return _make(request, case, victim, actor)
    plan = plan_decisions.open_plan(case, victim, id)
    shown = [_contact(plan.address), *case_plans.in_words(plan, request.language, actor)]
    if do == "end":
        end = Confirmation(act=acts.END_PLAN, also=shown)
        return settle(
            request, actor, end, lambda why, by: plan_decisions.end_plan(case, victim, id, why, by)
        )
    if not plan_decisions.may_look(plan, actor):
        return case_page(request, case, actor, wrong="desk_plan_another")
    look, saw = Confirmation(act=acts.LOOK_AT_PLAN, also=shown), request.form.get("saw", "")
    return settle(
        request, actor, look, lambda _, by: plan_decisions.look_at_plan(case, victim, id, saw, by)
    )


def _make(request: Request, case: Case, victim: Victim, actor: Actor) -> Response:
    plan, wrong = read(request.form, case, victim, actor)
    if plan is None:
        return case_page(request, case, actor, wrong=f"desk_plan_{wrong}")
    shown = [
        _contact(plan.address),
        *case_plans.in_words(plan, request.language, actor),
        *_texts(plan, case, actor),
    ]
    question = Confirmation(act=acts.MAKE_PLAN, also=shown)
    return settle(
        request,
        actor,
        question,
        lambda why, by: plan_decisions.make_plan(case, victim, plan, why, by),
    )


def read(
    form: Mapping[str, str], case: Case, victim: Victim, actor: Actor
) -> tuple[ContactPlan | None, str]:
    """Return the plan that was typed, or what is wrong with it: the end of a key of the words."""
    known = {hashing.address_key(c.address): c for c in may_have_plan(actor.at(case), victim)}
    contact = known.get(form.get("contact", ""))
    kinds, days = _checked("kind", KINDS, form), _checked("day", range(7), form)
    begin, end = (_hour(form.get(name, "")) for name in ("from", "to"))
    answers = form.get("answers", "").strip()[:LONGEST_ANSWER]
    until, _ = last_day(form.get("until", "").strip(), actor.today)
    wrong = {
        "no_contact": contact is None,
        "no_kind": not kinds,
        "no_day": not days,
        "no_hour": not begin < end <= 24,
        "no_answer": not answers,
        "no_end": until is None or until > actor.today + LONGEST,
    }
    found = next((word for word, is_so in wrong.items() if is_so), "")
    if found or contact is None or until is None:
        return None, found
    return ContactPlan(
        address=contact.address,
        language=actor.settings.language_for(form.get("language", "")),
        kinds=kinds,
        days=days,
        from_hour=begin,
        to_hour=end,
        answers=answers,
        until=until,
    ), ""


def _checked[T](name: str, known: Iterable[T], form: Mapping[str, str]) -> tuple[T, ...]:
    return tuple(one for one in known if form.get(f"{name}-{one}") == "yes")


def _hour(typed: str) -> int:
    """Return an hour from 0 to 24, or one that fits no plan."""
    return int(typed) if typed in {str(hour) for hour in range(25)} else 25


def _contact(address: str) -> str:
    return case_people.shown(address)


def _texts(plan: ContactPlan, case: Case, actor: Actor) -> Iterator[str]:
    """Yield the exact words that would go there, to be read to her, without what a case adds."""
    assert case.report is not None, "a restricted case without its report has no contacts"
    channel = Channel.EMAIL if "@" in plan.address else Channel.SMS
    facts = MessageFacts(
        portal_url=environment.name("PORTAL_URL"),
        check_code="K7M2-9QXD",
        status=case.report.status,
        assigned=case.report.assigned,
    )
    for kind in plan.kinds:
        text = messages.render(Kind(kind), channel, plan.language, facts, actor.settings)
        assert not isinstance(text, Letter)
        yield text.body if isinstance(text, Sms) else f"{text.subject}: {text.text}"
