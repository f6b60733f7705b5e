"""What a victim asks the police for on the portal: property, a copy, or safe messages.

It becomes a task in the inbox, which a person ends with an answer.
"""

from aviso.domain.session import Session
from aviso.runtime import hashing
from aviso.storage import inbox_tasks
from aviso.victims import visits
from aviso.victims.visitor import PortalVisitor

WHAT = ("property", "copy", "plan")


def ask(session: Session, what: str, visitor: PortalVisitor) -> None:
    """Give the desk a task; asking again before it is answered makes no other."""
    now = visitor.now
    record = visits.row_of(session, f"asked_{what}", visitor.settings, now)
    who = hashing.address_key(f"{session.case}#{session.victim}")
    data = {
        "text": what,
        "address_key": "",
        "at": now.isoformat(),
        "maybe_stop": False,
        "victim": session.victim,
        "cases": [session.case],
    }
    inbox_tasks.put_asked(f"asked-{what}-{who}", data, record, now)
