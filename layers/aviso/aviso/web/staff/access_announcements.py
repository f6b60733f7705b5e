"""Tells colleagues by email when an administrator changes somebody's access to the desk.

An administrator sees no case. But one who invites a supervisor at a mailbox of their own would. So
every other supervisor and administrator is told before it is done. They are also told when one of
them is locked out or let in again: otherwise an administrator could lock them all out first, and
nobody would be told of the invitation (docs/decisions/members.md).
"""

from collections.abc import Iterable

from aviso.domain.errors import HandOverError, SendUnknown
from aviso.domain.model import Channel
from aviso.domain.staff import Role
from aviso.providers import cognito_users, sender
from aviso.providers.errors import SECONDS_NEEDED
from aviso.providers.message import OutgoingMessage
from aviso.staff.actor import Actor
from aviso.web.staff import pages

TOLD = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
TAKEN = frozenset({"closed", "lost"})
NO_NOTICE = "desk"  # an email's events name a notice: this email is in no ledger
NOT_YET = "account_sandbox"  # AWS does not let the account send to anybody: nobody works here yet


def told(what: str, actor: Actor, name: str, email: str, roles: Iterable[Role]) -> bool:
    """Tell every other supervisor and administrator; False when nobody could be told.

    When none of them can sign in, every other account is told. The person who loses access is told
    too.

    Args:
        what: `invited`, `roles` or `opened`; or `closed` or `lost`, when access is taken away.
        name: the changed account's.
        email: the address of the account's owner.
    """
    others = [
        colleague
        for colleague in cognito_users.everyone()
        if colleague.email and colleague.id != actor.id
        and (colleague.name != name or what in TAKEN)
        and (colleague.name == name or Role.RECEIVER not in colleague.roles)
    ]  # fmt: skip
    heard = [c for c in others if c.name == name or (c.enabled and c.roles & TOLD)] or others
    subject, text = _words(what, actor, name, email, sorted(roles))
    refused = [why for c in heard if (why := _send(c.email, subject, text))]
    return len(refused) < len(heard) or set(refused) <= {NOT_YET}


def _send(address: str, subject: str, text: str) -> str:
    """Send one email; return why it was refused, empty when it was or may have been accepted."""
    message = OutgoingMessage(address=address, subject=subject, text=text, notice=NO_NOTICE)
    try:
        sender.sender(Channel.EMAIL).send(message, SECONDS_NEEDED + 1)
    except SendUnknown:
        return ""
    except HandOverError as error:
        return error.reason
    return ""


def _words(
    what: str, actor: Actor, name: str, email: str, roles: Iterable[Role]
) -> tuple[str, str]:
    """Return subject and text in every language of the desk, because a reader may need any."""
    subjects, texts = [], []
    for language in pages.languages():
        words = pages.strings(language)
        named = ", ".join(words[f"desk_role_{role}"] for role in roles)
        said = words[f"desk_announce_{what}"]
        subjects.append(words["desk_announce_subject"])
        texts.append(said.format(who=actor.name, name=name, email=email, roles=named))
    return " / ".join(subjects), "\n\n".join(texts) + "\n"
