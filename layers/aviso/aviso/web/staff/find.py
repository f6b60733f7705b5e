"""Finding a case by its number, or by a phone or an email on it. Names cannot be searched."""

import re

from aviso.domain import addresses
from aviso.domain.model import Case
from aviso.domain.text import normal_number
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, cases
from aviso.web import constant_time
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages, sealed_references

LONGEST = 254


def show(request: Request, actor: Actor) -> Response:
    """Return the form."""
    return _page(request, actor, "", [])


def submit(request: Request, actor: Actor) -> Response:
    """Go to the case found, or list the cases when there are several.

    The search text is in the form's body, never in an address. Every search leaves an audit row. A
    member who may not see restricted cases can find one only by its number, never by a phone or
    email on it, and not by the time the answer takes either.
    """
    since = constant_time.started()
    typed = request.form.get("what", "")[:LONGEST]
    if not typed:
        return _page(request, actor, "desk_find_missing", [])
    number = _number(typed, actor)
    numbered = _by_number(number) if number else None
    phone, email = addresses.phone(typed), addresses.email(typed) if "@" in typed else ""
    found = [numbered] if numbered else with_contact(phone, email)
    shown = [case for case in found if actor.may_see(case)]
    for case in found:
        actor.note("case_listed" if case in shown else "case_found_restricted", case.number)
    if not found:
        address = phone or email
        actor.note(
            "search_found_nothing", "", subject=hashing.address_key(address) if address else ""
        )
    if not actor.trusted:
        constant_time.wait(since)
    if len(shown) == 1:
        return redirect(f"case?c={sealed_references.seal(shown[0].number)}")
    error = "" if shown or numbered else _nothing(actor, number or phone or email)
    return _page(request, actor, error, shown, hidden=bool(numbered), typed=typed)


def _nothing(actor: Actor, searched: str) -> str:
    """Return what the page says when nothing is shown: a name, for example, is not searched."""
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
    # The index is moments behind the table, and knows renumbered cases by their old number.
    read = {c.number: c for c in map(cases.read_case, case_decisions.cases_with(phone, email))}
    return list(read.values())


def _page(
    request: Request,
    actor: Actor,
    error: str,
    found: list[Case],
    *,
    hidden: bool = False,
    typed: str = "",
) -> Response:
    lines = [
        {
            "number": case.number,
            "reference": sealed_references.seal(case.number),
            "reported": case.report.reported_at if case.report else None,
        }
        for case in found
    ]
    errors = {"what": error} if error else {}
    return pages.page(
        request, actor, "find", errors=errors, lines=lines, hidden=hidden, typed=typed
    )
