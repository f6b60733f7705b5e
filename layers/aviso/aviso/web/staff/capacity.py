"""A supervisor decides a victim's standing: a person or not, dead, incapacitated, a minor, waived.

The form is on the case's page, beside the contacts from before, and asks for a reason.
"""

from contextlib import suppress
from itertools import islice

from aviso.domain.errors import Conflict
from aviso.domain.model import Case, Victim
from aviso.domain.people import name_of
from aviso.domain.reasons import HoldReason
from aviso.domain.standing import PERSON, TYPES, WORDS, in_doubt, standing_of
from aviso.staff import acts, case_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, tasks
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages
from aviso.web.staff.act import settle, victim_named
from aviso.web.staff.confirmation import Confirmation
from aviso.web.staff.task_return import back

MOST_AT_ONCE = 100  # victims of one file; press again for more


def judge(request: Request, actor: Actor) -> Response:
    """Store what the form says, after a reason is given; a second click changes nothing.

    Raises:
        Conflict: when the records system, or a colleague, has said something else since the page
            was opened: nobody overrules a death that nobody read.
    """
    case, victim = victim_named(request, actor)
    words, speak = _ticked(request), _named(request, case, victim)
    if words == standing_of(victim, actor.today) and not in_doubt(case, victim):
        return back(request)  # it already is so
    if request.form.get("read") != case_people.as_read(victim):
        raise Conflict("it changed since the page was opened")
    strings = pages.strings(request.language)
    also = [strings[f"desk_is_{word}"] for word in WORDS if word in words]
    untrue = [w for w in case_people.says_instead(victim, actor.today) if w not in words]
    also += [strings["desk_standing_not"].format(word=strings[f"desk_is_{w}"]) for w in untrue]

    def do(said: str, actor: Actor) -> None:
        case_decisions.judge_standing(case, victim, words, said, actor, speak=speak)
        if request.form.get("all") and words == standing_of(victim, actor.today):
            _overrule_alike(victim, said, actor)

    question = Confirmation(act=acts.JUDGE_STANDING, also=[*also, *speak.values()])
    return settle(request, actor, question, do)


def _ticked(request: Request) -> set[str]:
    """Return the words that the form says count; a victim of no other type is a person."""
    words = {word for word in WORDS if request.form.get(word)}
    return words if words & TYPES else words | {PERSON}


def _named(request: Request, case: Case, victim: Victim) -> dict[str, str]:
    """Return the names of those who speak by the form, by their origins."""
    ticked = (s for s in case.speakers_for(victim) if f"who-{s.origin}" in request.form)
    return {speaker.origin: name_of(speaker) for speaker in ticked}


def _overrule_alike(victim: Victim, reason: str, actor: Actor) -> None:
    """Overrule a file that says the same of other victims, if a task waits for them."""
    waiting = {
        (task.case, task.victim): None
        for task in tasks.waiting()
        if task.reason == HoldReason.VICTIM_IN_DOUBT
    }
    said = victim.differs, victim.export_time
    read = ((case := cases.read_case(number), case.victim(origin)) for number, origin in waiting)
    alike = (
        (case, other)
        for case, other in read
        if other and (other.differs, other.export_time) == said
        if actor.may_see(case) and in_doubt(case, other)
    )
    for case, other in islice(alike, MOST_AT_ONCE):
        words = standing_of(other, actor.today)
        with suppress(Conflict):  # a colleague or a file was faster
            case_decisions.judge_standing(case, other, words, reason, actor, speak=())
