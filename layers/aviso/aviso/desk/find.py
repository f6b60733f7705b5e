"""Finding a case by its number, or by a phone or an email that stands on it."""

import re
from datetime import datetime

from aviso import access, addresses
from aviso.desk import pages, references
from aviso.desk.acting import By
from aviso.models import Case
from aviso.staff import Member
from aviso.store import cases, desk
from aviso.web.request import Request
from aviso.web.response import Response, redirect

LONGEST = 254


def show(request: Request, member: Member, _now: datetime) -> Response:
    """Return the form."""
    return _page(request, member, "", [])


def submit(request: Request, member: Member, now: datetime) -> Response:
    """Go to the case found, or list the cases where there are several.

    What was typed is in the form's body, never in an address.
    """
    by = By.of(member, now)
    typed = request.form.get("what", "")[:LONGEST]
    if not typed:
        return _page(request, member, "desk_find_missing", [])
    found = _found(typed, by)
    shown = [c for c in found if by.may_see(c)]
    if len(found) == 1 and shown:
        return redirect(f"case?c={references.seal(shown[0].number)}")
    for case in shown:
        by.note("case_listed", case.number)
    error = "" if found else "desk_find_nothing"
    return _page(request, member, error, shown, hidden=len(found) - len(shown), typed=typed)


def _found(typed: str, by: By) -> list[Case]:
    number = access.normal_number(typed)
    if re.fullmatch(by.settings.agency.case_number_pattern, number):
        case = cases.read_case(number)
        if case.report or case.victims or case.arrests:
            return [case]
    phone, email = addresses.phone(typed), addresses.email(typed) if "@" in typed else ""
    # The index follows the table by moments and knows renumbered cases by their old number.
    read = {c.number: c for c in map(cases.read_case, desk.cases_with(phone, email))}
    return list(read.values())


def _page(
    request: Request,
    member: Member,
    error: str,
    found: list[Case],
    hidden: int = 0,
    typed: str = "",
) -> Response:
    lines = [
        {
            "number": case.number,
            "reference": references.seal(case.number),
            "reported": case.report.reported_at if case.report else None,
        }
        for case in found
    ]
    errors = {"what": error} if error else {}
    return pages.page(
        request, member, "find", errors=errors, lines=lines, hidden=hidden, typed=typed
    )
