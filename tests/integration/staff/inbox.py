"""Texts and sign-ups that wait in the inbox, and the forms about them."""

from datetime import UTC, date, datetime, timedelta

from aviso.domain.model import Channel
from aviso.runtime import hashing
from aviso.storage import cases, guards, inbox, inbox_tasks
from aviso.victims import early_sign_up
from aviso.victims.sign_up_form import Asked
from aviso.victims.verification import Claim
from infra.harness.builders import a_visitor
from tests.integration.staff.conftest import NOW, ORDINARY, PHONE

LEFT = "early@example.org"
SAFE = (Asked(channel=Channel.EMAIL, address=LEFT, language="es", safe=True),)
WHY = "She came in with her passport."


def a_reply(id, text="please call me", at=NOW, *, phone=PHONE, came=NOW, cases=(), stop=False):
    """Leave a text as `record_receipt` does, and return its name."""
    key = hashing.address_key(phone)
    data = {"text": text, "address": phone, "address_key": key, "maybe_stop": stop}
    data["cases"] = list(cases)
    inbox_tasks.put_reply(id, data | {"at": at.isoformat()}, came)
    return f"REPLY#{id}"


def picked(*names):
    """Return the fields of boxes that are checked."""
    return {f"pick-{name}": "yes" for name in names}


def opted_out():
    """Whether the phone is opted out."""
    return PHONE in guards.read("", {PHONE: hashing.address_key(PHONE)}).opted_out


def owner(name):
    """Return who took a task of the inbox."""
    return inbox.one(name).owner


def an_early_sign_up(settings, number=ORDINARY, last_name="Muñoz-v1", asked=SAFE):
    """Leave an early sign-up that no program may tie, and return its name."""
    day = date(1985, 4, 13)
    claim = Claim(number=number, last_name=last_name, birth_dates=(day,), source="203.0.113.9")
    early_sign_up.leave(claim, asked, a_visitor(settings, NOW - timedelta(days=2), language="es"))
    early_sign_up.tie_all(settings, datetime.now(UTC))
    (waiting,) = inbox.early()
    return waiting.name


def enrolled(number):
    """Return the contacts that victims of a case left."""
    return [c.address for e in cases.read_case(number).enrollments for c in e.contacts]


def tie(id, victim="v1"):
    """Return the form that ties an early sign-up to a victim."""
    return {"sign_up": id, "do": "early_tie", "victim": victim}
