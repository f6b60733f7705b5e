"""An arrest that was first imported under another case: a slip in its number was mended.

The old case still shows an arrest that is none of its own. A full file withdraws it there; a file
of changes cannot, so a person is told.
"""

from datetime import datetime, timedelta

from aviso.feed.renumbering import current_numbers
from aviso.models import Arrest
from aviso.store import guards
from aviso.store.cases import read_rows

KEEP = timedelta(days=400)


def elsewhere(number: str, arrest: Arrest, now: datetime) -> bool:
    """Say whether a new arrest stands under another case too, and remember where it is.

    Args:
        number: the case it is imported under.
        arrest: its row, not seen under this case before.
        now: when it is imported.
    """
    name = f"ARREST#{arrest.id}"
    found = guards.marker(name)
    guards.put_marker(name, {"number": number, "suspect": arrest.suspect}, now, KEEP)
    if found is None or found[1].get("suspect") != arrest.suspect:
        return False
    before = str(found[1]["number"])
    before = current_numbers({before}).get(before, before)
    if before == number:
        return False
    key = (before, f"ARREST#{arrest.id}")
    there = read_rows([key]).get(key)
    return isinstance(there, Arrest) and there.withdrawn_at is None
