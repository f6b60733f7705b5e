"""An abusive former partner's visits and hers, and the codes that they have."""

from datetime import timedelta

from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER
from infra.harness.portal_browser import Visitor

NAME, BORN = "munoz v1", "4/12/1985"
HIS = "+15205550142"
MINUTE = timedelta(minutes=1)


def issued(settings, purpose=CodePurpose.CARD, at=NOW):
    """Return a new code for the victim."""
    return access_codes.issue(NUMBER, "v1", purpose, at, settings)


def enter(code):
    """Try a code; return the visitor, and whether it opened the case."""
    visitor = Visitor()
    return visitor, visitor.post("/verify", number=NUMBER, code=code).status == 303


def inside(settings, purpose=CodePurpose.CARD, at=NOW):
    """Return a visitor whom a code has let in."""
    visitor, entered = enter(issued(settings, purpose, at))
    assert entered
    return visitor
