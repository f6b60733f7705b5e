"""Email the vendor of the records system when a file had mistakes: file, line and the way out.

At most one email an hour goes out for each kind of file, and one a day if every row was imported.
The desk and the feed bucket have every mistake, so an email that is not sent loses nothing
(docs/decisions/vendor-email.md).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aviso.domain.errors import REPLACED, HandOverError
from aviso.domain.model import Channel
from aviso.domain.settings import Settings
from aviso.feed import mistake_words
from aviso.providers import sender
from aviso.providers.errors import SECONDS_NEEDED
from aviso.providers.message import OutgoingMessage
from aviso.runtime.logs import logger
from aviso.storage import markers

PAUSE = timedelta(hours=1)  # a feed that pushes bad lines all day sends 24 emails of each kind
PAUSE_OF_VALUES = timedelta(days=1)  # a code that nobody has translated yet is in every file
ENDED = ("imported", "refused")
NO_NOTICE = "vendor"  # an email's events name a notice: this email is in no ledger
UNKNOWN = "unknown"  # the kind of a file whose name fits no kind


def tell(summary: Mapping[str, Any], settings: Settings, now: datetime) -> bool:
    """Email an import's mistakes to the vendor; return whether a provider was asked.

    Nothing is sent without mistakes, without an address in the settings, or within an hour (a day
    if every row was imported) of the last email about this kind of file. A failed email is not
    repeated.
    """
    sentences = summary.get("mistakes")
    if not sentences or not settings.vendor_email or summary["result"] not in ENDED:
        return False
    if summary.get("code") == REPLACED:  # nothing is wrong: the newer file has its own import
        return False
    whole = summary["result"] == "imported" and not summary.get("rejected")
    pause = PAUSE_OF_VALUES if whole else PAUSE
    if not markers.take_turn(_turn(summary.get("kind", UNKNOWN)), now, pause):
        return False
    said = mistake_words.words(settings)
    subject = said["desk_vendor_subject"].format(agency=settings.agency.short_name)
    lead = said["desk_vendor_lead"].format(agency=settings.agency.name)
    text = "\n\n".join([lead, *sentences, said["desk_vendor_end"]]) + "\n"
    message = OutgoingMessage(
        address=settings.vendor_email, subject=subject, text=text, notice=NO_NOTICE
    )
    try:
        sender.sender(Channel.EMAIL).send(message, SECONDS_NEEDED + 1)
    except HandOverError as error:
        logger.warning("vendor_email", extra={"error": error.reason})
    return True


def _turn(kind: str) -> str:
    return f"{markers.FEEDS}{kind}#vendor"
