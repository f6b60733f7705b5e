"""What a feed file's name says: its kind, when it was exported, where its results go."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from aviso.domain.errors import FileRefused
from aviso.domain.settings import FeedFile
from aviso.domain.value import Frozen

INCOMING = "incoming/"
# Digits of a stamp in a file's name, by their number.
AHEAD = timedelta(days=1)  # no file is of a later time than it came; clocks may differ so far
STAMPS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


class Source(Frozen, frozen=True, kw_only=True):
    """One version of one object in the feed bucket."""

    bucket: str
    key: str
    etag: str
    size: int  # bytes
    modified: datetime
    part: bool = False  # put by hand: says nothing of rows it lacks, nor that the feed is alive

    @property
    def name(self) -> str:
        """The key under `incoming/`, without the ending: what results are named after."""
        return self.key.removeprefix(INCOMING).removesuffix(".csv")

    @property
    def id(self) -> str:
        """The same for every event about this upload, another for the next upload of the file."""
        return f"{self.key}@{self.etag}@{self.modified:%Y%m%dT%H%M%S}"

    @property
    def rejects_key(self) -> str:
        """Where the rows that could not be imported are listed."""
        return f"rejects/{self.name}.csv"

    @property
    def summary_key(self) -> str:
        """Where the import's figures go."""
        return f"summaries/{self.name}.json"


def described(
    source: Source, files: Iterable[FeedFile], zone: ZoneInfo, now: datetime | None = None
) -> tuple[FeedFile, datetime]:
    """Return the settings a file is read by, and when it was exported.

    The export time is the name's `stamp`, in the agency's zone, when the pattern has such a group
    and the name fills it; otherwise the time of the upload. A time after `now`, where that is
    given, is no export's: rows of it would be newer than everything after them.

    Raises:
        FileRefused: when the name fits no file of the settings.
    """
    base = source.key.rpartition("/")[2]
    for file in files:
        if match := taken(file.name_pattern, base):
            stamped = _stamped(match.groupdict().get("stamp"), zone)
            to_come = stamped and now and stamped > now + AHEAD
            return file, stamped if stamped and not to_come else source.modified
    raise FileRefused("no file of this name is expected; see `feed` in the settings", "name")


def taken(pattern: str, name: str) -> re.Match[str] | None:
    """Return how a pattern of the settings takes a file's name, None when it does not."""
    return re.fullmatch(pattern, name, re.IGNORECASE)


def name_at(at: datetime, pattern: str, example: str) -> str:
    """Return a file's name like an example, its stamp of another time.

    Args:
        at: the time, in the agency's zone.
        pattern: the one that takes the example; without a stamp in it, the name is the example.
        example: a name.
    """
    match = taken(pattern, example)
    stamp = match.groupdict().get("stamp") if match else None
    form = STAMPS.get(len(re.sub(r"\D", "", stamp or "")))
    if match is None or form is None:
        return example
    digits = iter(at.strftime(form))
    start, end = match.span("stamp")
    return (
        example[:start] + re.sub(r"\d", lambda _: next(digits), example[start:end]) + example[end:]
    )


def _stamped(stamp: str | None, zone: ZoneInfo) -> datetime | None:
    digits = re.sub(r"\D", "", stamp or "")
    form = STAMPS.get(len(digits))
    if form is None:
        return None
    try:
        return datetime.strptime(digits, form).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None
