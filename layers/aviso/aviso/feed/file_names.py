"""A feed file's name: its kind, its export time, and where its results go."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from aviso.domain.errors import FileRefused
from aviso.domain.settings import FeedFile
from aviso.domain.value import Frozen
from aviso.feed import local_time
from aviso.feed.cells import read_date
from aviso.feed.ndjson_fields import as_ndjson

INCOMING = "incoming/"
PUSHED = INCOMING + "push/"  # what comes through the API
# An NDJSON file's name says its kind, whatever the settings say of CSV files.
NDJSON = re.compile(
    r"(?P<kind>cases|people|arrests)"
    r"(?:_(?P<stamp>\d{8}(?:T?\d{4}(?:\d{2})?)?)|-[\w.-]*)?\.ndjson",
    re.IGNORECASE,
)
# A list of the numbers of deleted and sealed cases.
REMOVED_CASES = re.compile(
    r"removed_cases(?:_(?P<stamp>\d{8}(?:T?\d{4}(?:\d{2})?)?))?\.csv", re.IGNORECASE
)
JUST_BEFORE = timedelta(microseconds=1)
AHEAD = timedelta(days=1)  # no export is later than its arrival; clocks may differ this much
DATE = 8  # digits of a stamp without a time
# The form of a stamp in a file's name, by its number of digits.
STAMPS = {DATE: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


class Upload(Frozen, frozen=True, kw_only=True):
    """What is known of an uploaded file before it is looked at."""

    bucket: str
    key: str  # not URL-encoded
    version: str = ""  # S3's id of the version that the event is about, if it says so
    arrived: datetime | None = None  # as S3's event says it
    accepted: str = ""  # of a version that waited: see `RejectedRows.acceptance`


class Source(Frozen, frozen=True, kw_only=True):
    """One version of one object in the feed bucket."""

    bucket: str
    key: str
    etag: str
    size: int  # bytes
    modified: datetime
    part: bool = False  # put by hand: not proof of absence, nor that the feed is alive
    accepted: tuple[str, ...] = ()  # for which of `errors.WAITS` a person accepted it
    arrived: datetime | None = None  # as S3's event says it: `modified` has no parts of a second
    version: str = ""  # S3's id of it, if the event named one
    replaced: bool = False  # another file of its name came before it was read

    @property
    def name(self) -> str:
        """The key under `incoming/` without its ending; results are named after it.

        A replaced version has results of its own, beside those of the file that replaced it.
        """
        return name_of(self.key) + (f".{self.etag[:8]}" if self.replaced else "")

    @property
    def ndjson(self) -> bool:
        """Whether it is NDJSON, not CSV."""
        return self.key.casefold().endswith(".ndjson")

    @property
    def pushed(self) -> bool:
        """Whether it came through the API: some changes, never every row."""
        return self.key.startswith(PUSHED)

    @property
    def id(self) -> str:
        """An id that is the same for every event of one upload, and new for the next upload."""
        accepted = "".join(f"@{reason}" for reason in self.accepted)  # refused before
        return f"{self.key}@{self.etag}@{self.modified:%Y%m%dT%H%M%S}{accepted}"

    @property
    def rejects_key(self) -> str:
        """The key of the list of rows that could not be imported."""
        return f"rejects/{self.name}.csv"

    @property
    def summary_key(self) -> str:
        """The key of the import's summary."""
        return f"summaries/{self.name}.json"


def described(
    source: Source, files: Iterable[FeedFile], zone: ZoneInfo, now: datetime | None = None
) -> tuple[FeedFile, datetime]:
    """Return a file's settings and its export time.

    The export time is the name's `stamp`, in the agency's zone, if the pattern has that group and
    the name fills it. Otherwise it is the time of the upload. A stamp more than a day after
    `now` is not used: its rows would be newer than everything after them. A list of removed cases
    whose stamp is a date alone has the time of its upload, at the latest the end of that day:
    from the day's beginning, every row of the day would be newer than the list.
    A replaced version is older than the file that replaced it, even if both have the same stamp.

    Raises:
        FileRefused: when no file of the settings has such a name.
    """
    base = source.key.rpartition("/")[2]
    if source.ndjson:
        files = _ndjson_files(base, files)
    elif REMOVED_CASES.fullmatch(base):
        files = [as_list(file) for file in files if file.kind == "cases"]
    for file in files:
        if match := taken(file.name_pattern, base):
            stamp = match.groupdict().get("stamp")
            uploaded = source.arrived or source.modified
            stamped = _stamped(stamp, zone, uploaded)
            to_come = stamped and now and stamped > now + AHEAD
            if file.removes and stamp and len(stamp) == DATE:
                stamped = min(uploaded, _stamped(stamp, zone, uploaded, days=1) or uploaded)
            exported = stamped if stamped and not to_come else uploaded
            return file, exported - JUST_BEFORE if source.replaced else exported
    raise FileRefused("no file of this name is expected; see `feed` in the settings", "name")


def _ndjson_files(base: str, files: Iterable[FeedFile]) -> Iterator[FeedFile]:
    """Yield the settings of an NDJSON file of this name."""
    match = NDJSON.fullmatch(base)
    for file in files:
        if match and match["kind"].casefold() == file.kind:
            yield replace(as_ndjson(file), name_pattern=NDJSON.pattern)


def as_list(file: FeedFile) -> FeedFile:
    """Return the settings of a list of removed cases: a header and a number on each line."""
    return replace(
        file,
        name_pattern=REMOVED_CASES.pattern,
        full=False,
        columns={"number": file.columns["number"]},
        required=("number",),
        optional=(),
        values={},
        trailer="",
        removes=True,
    )


def name_of(key: str) -> str:
    """Return a file's name without folder and ending, as its results have it."""
    return re.sub(r"\.(csv|ndjson)$", "", key.removeprefix(INCOMING))


def taken(pattern: str, name: str) -> re.Match[str] | None:
    """Return the match of a file's name with a pattern of the settings, or None."""
    return re.fullmatch(pattern, name, re.IGNORECASE)


def name_at(at: datetime, pattern: str, example: str) -> str:
    """Return a file name like an example, with the stamp of another time.

    Args:
        at: the time, in the agency's zone.
        pattern: a pattern that matches the example; without a stamp, the name is the example.
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


def _stamped(
    stamp: str | None, zone: ZoneInfo, uploaded: datetime, days: int = 0
) -> datetime | None:
    """Return a stamp's time in UTC, this many days later on the agency's clocks."""
    digits = re.sub(r"\D", "", stamp or "")
    form = STAMPS.get(len(digits))
    local = read_date(digits, form) if form else None
    if local is None:
        return None
    try:
        return local_time.instant(local + timedelta(days=days), zone, uploaded)
    except OverflowError:
        return None
