"""Finding a case by its number, by a phone or an email on it, or by a person's name."""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime

from aviso.domain import addresses, name_search, text
from aviso.domain.model import Case
from aviso.domain.text import normal_number
from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.staff import people_search
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, cases
from aviso.web import birth_dates, constant_time
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages, queue_lines, sealed_references

LONGEST = 254
NAME_STEPS = 2  # a name is on more cases than a phone, so it takes longer to read them


class FoundCase(Frozen, frozen=True, kw_only=True):
    """A case that was found, as the page lists it."""

    number: str
    reference: str
    reported: datetime | None
    status: str
    division: str
    people: tuple[str, ...] = ()  # who has the name that was searched


def show(request: Request, actor: Actor) -> Response:
    """Return the form."""
    return _page(request, actor)


def submit(request: Request, actor: Actor) -> Response:
    """Go to the case found, or list the cases when there are several, or when a name was typed.

    The search text is in the form's body, never in an address. Every search leaves an audit row. A
    member who may not see restricted cases can find one only by its number, never by a phone, an
    email or a name on it, and not by the time the answer takes either.
    """
    since = constant_time.started()
    typed = request.form.get("what", "")[:LONGEST]
    if not typed:
        return _page(request, actor, what="desk_find_missing")
    number = _number(typed, actor)
    numbered = _by_number(number) if number else None
    phone, email = addresses.phone(typed), addresses.email(typed) if "@" in typed else ""
    if not (numbered or email) and _is_name(typed):
        return _by_name(request, actor, since, typed)
    found = [numbered] if numbered else with_contact(phone, email)
    _note_search(found, phone or email, actor)
    shown = [case for case in found if actor.may_see(case)]
    if not actor.trusted:
        constant_time.wait(since)
    if len(shown) == 1:
        return redirect(f"case?c={sealed_references.seal(shown[0].number)}")
    error = "" if shown or numbered else _nothing(actor, number or phone or email)
    lines = [_line(case, request, actor) for case in shown]
    return _page(request, actor, what=error, lines=lines, hidden=bool(numbered))


def _note_search(found: Collection[Case], address: str, actor: Actor) -> None:
    """Leave an audit row of each case that a search found, or of a search that found none."""
    for case in found:
        seen = actor.may_see(case)
        actor.note("case_listed" if seen else "case_found_restricted", case.number)
    if not found:
        subject = hashing.address_key(address) if address else ""
        actor.note("search_found_nothing", "", subject=subject)


def _by_name(request: Request, actor: Actor, since: float, typed: str) -> Response:
    """List the cases of a name, even a single one: two people may have the same name."""
    day = request.form.get("born", "")
    born = birth_dates.parse(day, actor.today) if day else ()
    if day and not born:
        return _page(request, actor, born="desk_find_born_wrong")
    found = people_search.by_name(typed, born, actor)
    if not actor.trusted:
        constant_time.wait(since, NAME_STEPS)
    lines = [
        _line(case, request, actor, _people(case, typed, born, request.language))
        for case in found.cases
    ]
    error = "" if lines or found.more else _nothing(actor, typed)
    return _page(request, actor, what=error, lines=lines, more=found.more)


def _people(case: Case, typed: str, born: Collection[date], language: str) -> Iterable[str]:
    """Yield who has a name: first letters and month of birth, enough to choose a case by."""
    words = pages.strings(language)
    for letters, day in people_search.namesakes(case, typed, born):
        yield (
            words["desk_find_born_in"].format(who=letters, month=f"{day:%m/%Y}") if day else letters
        )


def _is_name(typed: str) -> bool:
    """Whether what was typed can be a name: it has letters and no digits."""
    return not any(map(str.isdigit, typed)) and bool(name_search.keys_of(typed))


def _nothing(actor: Actor, searched: str) -> str:
    """Return what the page says when nothing is shown: part of a number, for example, is not."""
    if not searched:
        return "desk_find_not_searchable"
    return "desk_find_nothing" if actor.trusted else "desk_find_nothing_of_yours"


def _number(typed: str, actor: Actor) -> str:
    """Return what was typed as a case number; empty when it cannot be one."""
    number = normal_number(typed)
    return number if re.fullmatch(actor.settings.agency.case_number_pattern, number) else ""


def _by_number(number: str) -> Case | None:
    case = cases.read_case(number)
    return case if case.report or case.victims or case.arrests else None


def with_contact(phone: str, email: str) -> list[Case]:
    """Return the cases that have a phone or an email, suspects' included."""
    # The index is moments behind the table.
    read = {c.number: c for c in map(cases.read_case, case_decisions.cases_with(phone, email))}
    return list(read.values())


def _line(case: Case, request: Request, actor: Actor, people: Iterable[str] = ()) -> FoundCase:
    return FoundCase(
        number=case.shown,
        reference=sealed_references.seal(case.number),
        reported=case.report.reported_at if case.report else None,
        status=queue_lines.status_of(case, request.language, actor),
        division=case.report.division if case.report else "",
        people=tuple(people),
    )


def _page(
    request: Request,
    actor: Actor,
    *,
    what: str = "",
    born: str = "",
    lines: Collection[FoundCase] = (),
    hidden: bool = False,
    more: bool = False,
) -> Response:
    errors = {name: error for name, error in (("what", what), ("born", born)) if error}
    typed = {name: request.form.get(name, "")[:LONGEST] for name in ("what", "born")}
    return pages.page(
        request,
        actor,
        "find",
        errors=errors,
        lines=lines,
        hidden=hidden,
        more=more,
        typed=typed,
        advocates=[place for place in actor.settings.resources if place.after_arrest],
        tel=text.tel,
    )
