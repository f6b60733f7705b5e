"""What a visitor of the portal does, and what is stored of it."""

from aviso.storage import cases, enrollments
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER
from infra.harness.portal_browser import Visitor, store

NAME, BORN = "munoz v1", "4/12/1985"


def put(case):
    """Store a case, with what its victims asked for."""
    store(case)
    for found in case.enrollments:
        enrollments.write_enrollment(case.number, found)


def with_code(settings, at=NOW, language="en", number=NUMBER):
    """Return a visitor whom a code has let in."""
    visitor = Visitor(language=language)
    code = access_codes.issue(number, "v1", CodePurpose.CARD, at, settings)
    assert visitor.post("/verify", number=number, code=code).status == 303
    return visitor


def by_knowledge(source="203.0.113.9", number=NUMBER):
    """Return a visitor who came in by name and birth date."""
    visitor = Visitor(source=source)
    assert visitor.verify(number, NAME, BORN).status == 303
    return visitor


def sign_up(visitor, phone, safe="yes", language="en"):
    """Sign a phone up on the case's page."""
    form = {"phone": phone, "phone_safe": safe, "language": language, "consent": "yes"}
    return visitor.post("/enroll", csrf=visitor.get("/status").value("csrf"), **form)


def phone(n):
    """Return a phone by its last four digits."""
    return f"+1520555{n:04}"


def stored():
    """Return what the victim asked for, as it is stored."""
    return cases.read_case(NUMBER).enrollment_of("v1")


def standing():
    """Return the victim's contacts that were not removed."""
    return [c for c in stored().contacts if c.removed_at is None]


def remove(visitor, contact):
    """Remove a contact on the portal."""
    csrf = visitor.get("/manage").value("csrf")
    assert visitor.post("/manage", csrf=csrf, remove=contact.id).status == 303
