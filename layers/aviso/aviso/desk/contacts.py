"""Contacts left on the portal that the records system does not have: a file, and "we have them"."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from aviso.contacts import BY_KNOWLEDGE
from aviso.desk import pages
from aviso.desk.acting import By
from aviso.errors import Conflict
from aviso.letters.bucket import FORMULA
from aviso.models import Channel
from aviso.staff import Member
from aviso.store import cases, desk
from aviso.store.desk import NewContact
from aviso.web.request import Request
from aviso.web.response import Response, redirect

MOST = 500
COLUMNS = ("case", "victim", "channel", "contact", "language", "given_at", "proof")


def show(request: Request, member: Member, _now: datetime) -> Response:
    """Return the page: how many wait, and since when."""
    waiting = desk.new_contacts(MOST)
    since = waiting[0].at if waiting else None
    return pages.page(request, member, "contacts", waiting=len(waiting), since=since, most=MOST)


def download(_request: Request, member: Member, now: datetime) -> Response:
    """Return the file; each person whose contact is in it has an audit row."""
    by = By.of(member, now)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for new, row in _rows(by):
        by.note("contact_exported", new.case, new.victim)
        writer.writerow([_plain(value) for value in row])
    return Response(
        status=200,
        body="\ufeff" + text.getvalue(),  # so that spreadsheets read the accents
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="new-contacts.csv"'},
    )


def done(request: Request, member: Member, now: datetime) -> Response:
    """Take off the list what the records system has by now, once that is confirmed."""
    if request.form.get("confirmed") != "yes":
        last = request.form.get("until") or now.isoformat()
        return pages.page(request, member, "confirm", what="contacts", fields={"until": last})
    by = By.of(member, now)
    until = datetime.fromisoformat(request.form.get("until", ""))
    for new, _ in _rows(by):
        if new.at <= until:
            try:
                desk.exported(new, by.record("contact_handed_over", new.case, new.victim))
            except Conflict:
                continue
    return redirect("contacts")


def _plain(value: str) -> str:
    """Keep a spreadsheet from running a cell; a phone's + is no formula."""
    number = value.startswith("+") and value[1:].isdecimal()
    return f"'{value}" if value.startswith(FORMULA) and not number else value


def _rows(by: By) -> Iterator[tuple[NewContact, tuple[str, ...]]]:
    """Yield what still stands: a contact removed since, or on a restricted case, is left out."""
    for new in desk.new_contacts(MOST):
        case = cases.read_case(new.case)
        enrollment = case.enrollment(new.victim)
        victim = case.victim(new.victim)
        if enrollment is None or victim is None:
            continue
        if not by.may_see(case):
            continue
        for contact in enrollment.contacts:
            if contact.id == new.id and contact.removed_at is None and contact.safe:
                kind = "phone" if contact.channel is Channel.SMS else "email"
                given = contact.consent.at.isoformat(timespec="seconds")
                proof = "knowledge" if contact.level in BY_KNOWLEDGE else "code"
                row = (case.number, victim.id, kind, contact.address, contact.language, given)
                yield new, (*row, "desk" if contact.level == "desk" else proof)
