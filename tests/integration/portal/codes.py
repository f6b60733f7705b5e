"""Visits by knowledge and by code, and the codes that open a case."""

from aviso.providers.message import Handed
from aviso.runtime import hashing
from aviso.storage import enrollments
from aviso.victims import access_codes, code_delivery, visits
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER
from infra.harness.portal_browser import Visitor, store

NAME, BORN = "munoz v1", "4/12/1985"
PHONE, EMAIL, GIVEN = "+15205550167", "v1@example.com", "+15205550142"


class Provider:
    """Takes messages in the provider's place."""

    def __init__(self):
        self.sent, self.error = [], None

    def send(self, message, seconds_left):
        """Take a message, or fail as a test says."""
        if self.error:
            raise self.error
        self.sent.append(message)
        return Handed("id")


def put(case):
    """Store a case, with what its victims asked for."""
    store(case)
    for enrollment in case.enrollments:
        enrollments.write_enrollment(case.number, enrollment)


def knowing(**visitor):
    """Return a visitor who came in by name and birth date."""
    someone = Visitor(**visitor)
    assert someone.verify(NUMBER, NAME, BORN).status == 303
    return someone


def issued(settings, purpose=CodePurpose.CARD, case=NUMBER, victim="v1"):
    """Return a new code for a victim."""
    return access_codes.issue(case, victim, purpose, NOW, settings)


def with_code(settings):
    """Return a visitor whom a code has let in."""
    someone = Visitor()
    assert someone.post("/verify", number=NUMBER, code=issued(settings)).status == 303
    return someone


def button(visitor, address):
    """Return the id of the button that sends a code to an address in this visit."""
    visit = visits.key_of(visitor.jar["__Host-visit"])
    return hashing.address_key(f"{visit}|{address}")[: code_delivery.ID_CHARACTERS]


def code_in(message):
    """Return the code that a message has."""
    return next(word for word in message.text.split() if len(word) == 9 and word[4] == "-")
