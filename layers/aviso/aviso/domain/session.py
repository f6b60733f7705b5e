"""A visit to the portal, as the Guards table keeps it (docs/rules.md#14).

`visits.resume` in `victims/` ends it: after the setting `verification.session_idle` without a page,
and `verification.session_max` after it began, in any case.
"""

from datetime import datetime

from aviso.domain.value import Frozen


class Session(Frozen, frozen=True, kw_only=True):
    """A verified visitor's open visit; the browser has the token, the table only its hash."""

    key: str  # SHA-256 of the token
    case: str  # the case's number when the visit began
    victim: str  # the victim's origin id
    level: str  # how the visitor was verified: see `contacts` (docs/rules.md#14)
    root: str = ""  # of the contact whose code began it: see `changes`
    former: str = ""  # what the trail calls the visit during which a code was typed
    speaker: str = ""  # the origin id of the guardian who verified for a minor
    csrf: str
    created_at: datetime
    idle_until: datetime
    max_until: datetime
    enrolled: tuple[str, ...] = ()  # what this visit added, for its confirmation page
