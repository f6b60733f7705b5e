"""What a backfill's rows say happened long ago: it is marked as seen before anybody was to be told.

Pure. A dated fact from before go-live owes nothing by its date (docs/rules.md#9). One that nothing
dates would seem to have happened when its file was written; in a backfill it is history as well.
What happened since go-live is no history: it is owed like any other, so it is left as it is.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.domain.fact_keys import (
    arrest_fact_keys,
    fact_keys,
)
from aviso.domain.model import Arrest, Report
from aviso.domain.settings import Settings
from aviso.storage.cases import Row

BEFORE = timedelta(seconds=1)


def as_history(row: Row, now: datetime, settings: Settings) -> Row:
    """Return a row about to be written, its old facts first seen before go-live.

    People state no facts. They are first seen when they come: whoever joins a case on which
    something happened since go-live is to be told of that.

    Args:
        row: merged with what was stored.
        now: when facts not seen before were said to be first seen; earlier ones stay.
        settings: the agency's.
    """
    if not isinstance(row, Report | Arrest):
        return row
    go_live = settings.agency.go_live
    # Without its file's time, which says nothing of when things happened.
    dated = _dates(replace(row, export_time=None), settings)
    old = {key for key in _dates(row, settings) if key not in dated or dated[key] < go_live}
    seen = {
        key: go_live - BEFORE if at == now and key in old else at
        for key, at in row.first_seen.items()
    }
    return replace(row, first_seen=seen)


def is_history(row: Row, settings: Settings) -> bool:
    """Say whether nothing a row states is news: then no notice can follow from it alone."""
    if not isinstance(row, Report | Arrest):
        return True
    go_live = settings.agency.go_live
    return all(row.first_seen.get(key, go_live) < go_live for key in _dates(row, settings))


def _dates(row: Report | Arrest, settings: Settings) -> dict[str, datetime]:
    if isinstance(row, Report):
        return fact_keys(row, settings.agency.zone)
    return arrest_fact_keys(row)
