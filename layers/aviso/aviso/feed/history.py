"""What a backfill's rows say happened long ago: it is marked as seen before anybody was to be told.

Pure. A dated fact from before go-live owes nothing by its date (rule 9). One that nothing dates
would seem to have happened when its file was written; in a backfill it is history as well. What
happened since go-live is no history: it is owed like any other, so it is left as it is.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from aviso.facts import arrest_fact_keys, fact_keys
from aviso.models import Arrest, Report
from aviso.store.cases import Row

BEFORE = timedelta(seconds=1)


def as_history(row: Row, go_live: datetime) -> Row:
    """Return a row with its old facts first seen before go-live.

    People state no facts. They are first seen when they come: whoever joins a case on which
    something happened since go-live is to be told of that.

    Args:
        row: as the file states it.
        go_live: the moment since which the agency tells.
    """
    if isinstance(row, Report):
        return replace(row, first_seen=_seen(_dates(row), _dates(_undated(row)), go_live))
    if isinstance(row, Arrest):
        return replace(row, first_seen=_seen(_dates(row), _dates(_undated(row)), go_live))
    return row


def is_history(row: Row, go_live: datetime) -> bool:
    """Say whether nothing a row states is news: then no notice can follow from it alone."""
    if isinstance(row, Report | Arrest):
        return all(row.first_seen.get(key, go_live) < go_live for key in _dates(row))
    return True


def _dates(row: Report | Arrest) -> dict[str, datetime]:
    return fact_keys(row) if isinstance(row, Report) else arrest_fact_keys(row)


def _undated[R: Report | Arrest](row: R) -> R:
    """Return a row without the one time that says nothing of when things happened: its file's."""
    return replace(row, export_time=None)


def _seen(
    facts: dict[str, datetime], dated: dict[str, datetime], go_live: datetime
) -> dict[str, datetime]:
    return {key: go_live - BEFORE for key in facts if dated.get(key, go_live - BEFORE) < go_live}
