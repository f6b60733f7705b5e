"""How a phone or email was left, whether a code or the agency proves it, and who called it unsafe.

Pure. `roster` judges with it which contacts a notice may use (docs/rules.md#11, #14).
"""

from collections.abc import Iterable

from aviso.domain.guards import Switches
from aviso.domain.model import Case, Channel, EnrolledContact, Victim
from aviso.domain.unsafe_addresses import unproved
from aviso.domain.value import Frozen

# How a visitor to the portal was verified (docs/rules.md#14): by what they know, or by a code we
# gave out. A guardian knows their own name and birth date, and speaks for a minor. A code for a
# restricted case is a level of its own: a restriction ends the visits that began before it.
KNOWLEDGE, GUARDIAN, CODE, RESTRICTED_CODE = "knowledge", "guardian", "code", "code_restricted"
DESK = "desk"  # a member typed what a caller said
PAPER = "paper"  # root of what came by a code on a letter or a card: see `changes`
SPEAKS = "representative"  # source of a contact of somebody who speaks for a victim
REPORT = "report"  # source of a contact on the victim's own row
PORTAL = "portal"  # source of a contact that a visitor left; it is not on file
BY_CODE = frozenset({CODE, RESTRICTED_CODE})
BY_KNOWLEDGE = frozenset({KNOWLEDGE, GUARDIAN})
# Why a contact was removed: its owner asked; the victim said "not mine, or not safe"; somebody who
# got a message said "this is not me"; the same address was given again with a code.
TAKEN_OFF, NOT_MINE, NOT_ME, REPLACED = "victim", "not_mine", "not_me", "replaced"
JUDGED = "judged"  # a member of staff decided about a warning that was left by knowledge
# The same of a representative's contact: the victim ended it, or the representative said no.
ENDED, DECLINED = "ended", "declined"


class Contact(Frozen, frozen=True, kw_only=True):
    """An address that a notice may go to."""

    channel: Channel
    address: str  # E.164, an email, or the lines of a postal address
    language: str
    source: str  # report, portal, representative
    contact: str = ""  # the enrolled contact's id
    name: str = ""  # for a letter's window, and a representative's
    beside: bool = False  # a representative's, who is told besides the victim


def in_trial(contacts: Iterable[Contact], switches: Switches) -> list[Contact]:
    """Return the contacts that trial mode allows: its guests' contacts, or all while it is off."""
    return [c for c in contacts if not switches.trial or c.address in switches.guests]


def proven(case: Case, victim: Victim, contact: Contact) -> bool:
    """Whether a contact came from the agency, or from a visitor who had a code.

    A contact that the agency learned only from the portal comes back with its next export. The
    export does not prove it.
    """
    given = case.enrollment_of(victim.origin).contacts
    theirs = [c for c in given if c.address == contact.address]
    if any(c.level not in BY_KNOWLEDGE and c.active for c in theirs):
        return True
    learned = any(by_knowledge_alone(c) for c in theirs)
    return contact.source != PORTAL and not learned


def by_knowledge_alone(contact: EnrolledContact) -> bool:
    """Whether a contact was left by knowledge and is new to the agency: no code, no report."""
    return contact.level in BY_KNOWLEDGE and contact.new_to_agency


def doubted(case: Case, victim: Victim) -> set[str]:
    """Return the contacts that somebody called unsafe by knowledge, and no member has judged.

    The warning bars nothing, because an ex-partner has that knowledge (docs/rules.md#14). It does
    not renew a doubt that a member ended.
    """
    warnings = [c for c in case.enrollment_of(victim.origin).contacts if unproved(c)]
    judged = {c.address for c in warnings if c.removed_why == JUDGED}
    return {c.address for c in warnings} - judged - called_unsafe(case, victim)


def called_unsafe(case: Case, victim: Victim) -> set[str]:
    """Return the contacts that the desk or somebody with a code called unsafe, or not theirs.

    Knowledge lifts no such mark.
    """
    given = case.enrollment_of(victim.origin)
    warned = (c for c in given.contacts if c.removed_why == NOT_MINE or not c.safe)
    told = {c.address for c in warned if not unproved(c)}
    again = {c.address for c in given.usable_contacts if c.level not in BY_KNOWLEDGE}
    return set(victim.desk_unsafe) | (told - again)


def removed(case: Case, victim: Victim) -> set[str]:
    """Return the contacts that were removed, or called unsafe, and not added again."""
    given = case.enrollment_of(victim.origin)
    left = {c.address for c in given.contacts if not unproved(c)}
    return left - {c.address for c in given.usable_contacts}
