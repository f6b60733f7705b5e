"""Contacts from portal or desk that the records system lacks: a file, and "we have them"."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import cast

from aviso.content import dates
from aviso.domain import letter_address
from aviso.domain.contacts import BY_KNOWLEDGE
from aviso.domain.csv_text import spreadsheet
from aviso.domain.errors import Conflict
from aviso.domain.model import Channel
from aviso.domain.suspects import addresses_of_suspects, rows_of_suspects
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, cases, markers
from aviso.storage.case_decisions import NewContact
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import case_homes, pages
from aviso.web.staff.confirmation import Confirmation, ask, confirmed

MOST = 500  # contacts in one file
KEEP_FILE = timedelta(days=30)  # how long a file's content is remembered, for "we have them"
CONFIDENTIAL = "confidential"  # a home that only a supervisor may see (docs/rules.md#24)
COLUMNS = ("case", "victim", "channel", "contact", "language", "given_at", "proof")


def show(request: Request, actor: Actor) -> Response:
    """Return the page: how many contacts wait that this member may have, and since when."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, wrong: str = "") -> Response:
    waiting = [new for new, _ in islice(_rows(actor), MOST)]
    since = waiting[0].at if waiting else None
    status = 400 if wrong else 200
    return pages.page(
        request,
        actor,
        "contacts",
        status=status,
        waiting=len(waiting),
        since=since,
        wrong=wrong,
    )


def download(_request: Request, actor: Actor) -> Response:
    """Return the file; each person whose contact is in it gets an audit row.

    The file's content is remembered, so that "we have them" later removes exactly these contacts
    from the list, and none that came since.
    """
    inside = list(islice(_rows(actor), MOST))
    for new, _ in inside:
        actor.note("contact_exported", new.case, new.victim)
    named = [[new.case, new.id, new.victim, new.at.isoformat()] for new, _ in inside]
    markers.put_marker(_last_file(actor), {"rows": named}, actor.now, KEEP_FILE)
    return Response(
        status=200,
        body=spreadsheet([COLUMNS, *(row for _, row in inside)]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="new-contacts.csv"'},
    )


def done(request: Request, actor: Actor) -> Response:
    """Remove the contacts of this member's last file from the list, after confirmation."""
    last = markers.marker(_last_file(actor))
    if last is None or "rows" not in last[1]:  # or a file of an earlier release
        return _page(request, actor, "desk_export_first")
    listed = cast("list[list[str]]", last[1]["rows"])
    if not confirmed(request):
        when = dates.written(last[0], "moment", request.language)
        file = pages.strings(request.language)["desk_export_file"].format(n=len(listed), when=when)
        return ask(request, actor, Confirmation(act=acts.EXPORT, also=[file]))
    for case, id, victim, at in listed:
        # Removed before; or corrected again since, and then it is listed again.
        with suppress(Conflict):
            record = actor.record(acts.EXPORT.audit, case, victim)
            case_decisions.exported(case, id, datetime.fromisoformat(at), record)
    markers.drop_marker(_last_file(actor))
    return redirect("contacts")


def _last_file(actor: Actor) -> str:
    return f"EXPORTED#{actor.id}"


def _rows(actor: Actor) -> Iterator[tuple[NewContact, tuple[str, ...]]]:
    """Yield the contacts that are still valid and that this member may see.

    A contact that is no longer used is left out: removed, called unsafe, or a suspect's. If it were
    entered in the records system, it would come back with the next export.
    """
    for new in case_decisions.new_contacts():
        case = cases.read_case(new.case)
        victim = case.victim(new.victim)
        if victim is None or not actor.may_see(case):
            continue
        at = (
            letter_address.usable(victim, victim, rows_of_suspects(case), actor.settings)
            if victim.desk_home
            else ""
        )
        if new.id == case_decisions.home_id(victim.origin) and at:
            hidden = case_homes.is_hidden(case, victim, at, actor)
            home = CONFIDENTIAL if hidden else ", ".join(at.splitlines())
            row = (case.shown, victim.id, "address", home, victim.language)
            yield new, (*row, new.at.isoformat(timespec="seconds"), "desk")
        barred = addresses_of_suspects(case) | set(victim.desk_unsafe)
        for contact in case.enrollment_of(new.victim).usable_contacts:
            if contact.id == new.id and contact.address not in barred:
                kind = "phone" if contact.channel is Channel.SMS else "email"
                given = contact.consent.at.isoformat(timespec="seconds")
                proof = "knowledge" if contact.level in BY_KNOWLEDGE else "code"
                row = (case.shown, victim.id, kind, contact.address, contact.language)
                yield new, (*row, given, "desk" if contact.level == "desk" else proof)
