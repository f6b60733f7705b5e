"""Contacts that are corrected at the desk: the forms, what is stored, and who hears of it."""

from datetime import UTC, datetime

from msgspec.structs import replace

from aviso.domain.guards import Guards
from aviso.domain.people import addresses_of
from aviso.domain.roster import reach
from aviso.domain.routing import Send, route
from aviso.notices import planning
from aviso.runtime import hashing
from aviso.storage import cases, notices
from aviso.web.staff.case_people import line_key
from infra.harness.builders import LIVE, a_situation, case_at
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import ORDINARY, a_stored_case

SUSPECTS = "+15205550166"
HOME = {"street": "8 W Fir Rd", "city": "Sonora Wells", "region": "az", "postal_code": "85702"}
WRONG = "12 E Pima St\nSonora Wells, AZ 85701"
WHY = "She told us so."
YES = {"confirmed": "yes", "why": WHY}


def form(**fields):
    """Return a form about the case's victim."""
    return {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"} | fields


def line(address):
    """Return the field by which a form names a line of the page."""
    return {"line": line_key(ORDINARY, address)}


def stored():
    """Return the case as it is stored now."""
    return cases.read_case(ORDINARY)


def reached(settings):
    """Return the addresses at which the victim may be told."""
    case = stored()
    found = reach(case_at(case, settings), case.victims[0])
    return {contact.address for contact in found.contacts}


def with_home():
    """Store the case with a victim's wrong postal address."""
    before = a_stored_case().victims[0]
    lives = replace(before, street="12 E Pima St", city="Sonora Wells", region="AZ", digest="2")
    cases.write_row(ORDINARY, replace(lives, postal_code="85701"), before)


def heard(settings):
    """Plan and send, and return each change of a contact now: what, state and reason."""
    return {notice.fact.change: decision for notice, decision in decided(settings)}


def decided(settings):
    """Plan and send, and return each change of a contact with what was decided about it."""
    planning.plan(ORDINARY, settings, datetime.now(UTC))
    found = [n for n in notices.of_case(ORDINARY) if n.fact.change]
    case, now = stored(), datetime.now(UTC)
    known = Guards(switches=LIVE, keys={a: hashing.address_key(a) for a in addresses_of(case)})
    return [
        (n, route(a_situation(case, n, settings, told=found, guards=known, now=now))) for n in found
    ]


def who(decision):
    """Return the addresses a message goes to, or why it goes to none."""
    return {hop.address for hop in decision.hops} if isinstance(decision, Send) else decision.reason
