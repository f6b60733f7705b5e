"""Mark old facts of a backfill as seen before go-live, so that nobody is told of them.

Pure. A dated fact from before go-live owes nothing because of its date (docs/rules.md#9). A fact
without a date would get its file's time; in a backfill it counts as old too. A fact since go-live
is not old: it is owed like any other and is not changed.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.domain.fact_keys import arrest_fact_keys, fact_keys
from aviso.domain.model import Arrest, Report
from aviso.domain.settings import Settings
from aviso.storage.cases import Row

BEFORE = timedelta(seconds=1)


def as_history(row: Row, now: datetime, settings: Settings) -> Row:
    """Return a row to write, with its old facts first seen before go-live.

    People are first seen when they come: a person who joins a case must be told what happened on it
    since go-live.

    Args:
        row: merged with the stored row.
        now: the first-seen time of facts not seen before; earlier times stay.
    """
    go_live = settings.agency.go_live
    if not isinstance(row, Report | Arrest):
        return row
    # Without the file's time, which is not when things happened.
    dated = _dates(replace(row, export_time=None), settings)
    old = {key for key in _dates(row, settings) if key not in dated or dated[key] < go_live}
    seen = {
        key: go_live - BEFORE if at == now and key in old else at
        for key, at in row.first_seen.items()
    }
    return replace(row, first_seen=seen)


def is_history(row: Row, settings: Settings) -> bool:
    """Whether a row states no news, so that no notice can follow from it alone."""
    go_live = settings.agency.go_live
    if not isinstance(row, Report | Arrest):
        return True
    return all(row.first_seen.get(key, go_live) < go_live for key in _dates(row, settings))


def _dates(row: Report | Arrest, settings: Settings) -> dict[str, datetime]:
    if isinstance(row, Report):
        return fact_keys(row, settings.agency.zone)
    return arrest_fact_keys(row)
