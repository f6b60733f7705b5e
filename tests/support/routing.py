"""Decisions on whom a notice is sent to, for a case with an arrest."""

from aviso.domain.guards import Guards
from aviso.domain.model import Channel
from aviso.domain.notice import Attempt, State
from aviso.domain.routing import Send, route
from infra.harness.builders import LIVE, NOW, a_case, a_notice, a_situation

PHONE, EMAIL = "+15205550118", "v1@example.com"
HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}


def arrest_case(victim=None, suspect=None, arrest=None, report=None):
    """Return a case with an arrest, with changes of its rows."""
    return (
        a_case()
        .with_report(**(report or {}))
        .with_victim(**({"phone": PHONE, "email": EMAIL} | (victim or {})))
        .with_suspect(**(suspect or {}))
        .with_arrest(**(arrest or {}))
    )


def keys(case):
    """Return the keys of all contacts of a case."""
    people = (*case.victims, *case.suspects, *case.speakers)
    found = {a for p in people for a in (p.phone, p.email) if a}
    found |= {c.address for e in case.enrollments for c in e.contacts}
    return {a: f"key-{a}" for a in found}


def decide(case, settings, notice=None, now=NOW, told=(), **guards):
    """Return how a notice is told now."""
    notice = notice or a_notice()
    known = Guards(keys=keys(case), **{"switches": LIVE, **guards})
    return route(a_situation(case, notice, settings, told=told, guards=known, now=now))


def addresses(decision):
    """Return where a message goes."""
    assert isinstance(decision, Send), decision
    return {hop.address for hop in decision.hops}


def attempt(address, state=State.FAILED, n=1, channel=Channel.SMS):
    """Return an attempt to reach an address."""
    return Attempt(n=n, channel=channel, address_key=f"key-{address}", state=state, at=NOW)
