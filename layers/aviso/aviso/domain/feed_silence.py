"""When the records system is silent, or sends nothing new (docs/rules.md#7). Pure.

The alarm (`notices/monitoring.py`) and the desk's page (`reporting/health.py`) both ask here.
"""

from collections.abc import Mapping
from datetime import datetime

from aviso.domain.settings import Settings

# Kind of feed file -> when the last one came, and when one last brought a change.
LastNews = Mapping[str, tuple[datetime | None, datetime | None]]


def silent(news: LastNews, settings: Settings, now: datetime) -> list[str]:
    """Return the kinds of feed file that are later than usual, or never came."""
    return [
        kind for kind, (at, _) in news.items() if at is None or at + settings.feed_silence < now
    ]


def still(news: LastNews, settings: Settings, now: datetime) -> dict[str, datetime]:
    """Return the kinds whose files come without a change for longer than usual, and the last one.

    Somebody may send the same file again and again, or one that has a header alone.
    """
    return {
        file.kind: changed
        for file in settings.feed
        if (changed := news[file.kind][1]) and changed + file.still_after < now
    }
