"""Counted rows of every table, from stream records and scans; `tally` and recount read them."""

from collections.abc import Callable, Iterator

from aviso.domain.guards import AddressMark
from aviso.domain.hand_offs import HandOff
from aviso.domain.model import AuditEntry, Enrollment
from aviso.domain.notice import Notice
from aviso.domain.survey_response import SurveyResponse
from aviso.storage.audit import AuditItem, entry_of
from aviso.storage.case_items import CaseItem, EnrollmentItem
from aviso.storage.codec import Image, plain
from aviso.storage.enrollments import enrollment_of
from aviso.storage.guard_items import GuardItem
from aviso.storage.hand_off_rows import HandOffItem, hand_off_of
from aviso.storage.model_calls import client
from aviso.storage.notice_items import NoticeItem, is_known, notice_of
from aviso.storage.survey_responses import ResponseItem, response_of
from aviso.storage.tables import Table

Row = Enrollment | Notice | HandOff | SurveyResponse | AuditEntry | AddressMark

MARKS = {"OPTOUT#": "opted_out", "BOUNCE#": "bounced"}


def _enrollment(image: Image) -> Row | None:
    if not EnrollmentItem.knows(image):
        return None
    return enrollment_of(plain(image))


def _ledger(image: Image) -> Row | None:
    if HandOffItem.knows(image):
        return hand_off_of(HandOffItem.from_raw_data(dict(image)))
    if not NoticeItem.knows(image):
        return None
    item = NoticeItem.from_raw_data(dict(image))
    return notice_of(item) if is_known(item) else None


def _response(image: Image) -> Row | None:
    return response_of(ResponseItem.from_raw_data(dict(image)))


def _audit(image: Image) -> Row | None:
    return entry_of(AuditItem.from_raw_data(dict(image)))


def _mark(image: Image) -> Row | None:
    word = next((w for p, w in MARKS.items() if _text(image, "pk").startswith(p)), None)
    if word is None:
        return None
    item = GuardItem.from_raw_data(dict(image))
    return AddressMark(word=word, at=item.at, source=item.source or "")


TABLES: tuple[tuple[type[Table], Callable[[Image], Row | None]], ...] = (
    (CaseItem, _enrollment),
    (NoticeItem, _ledger),
    (ResponseItem, _response),
    (AuditItem, _audit),
    (GuardItem, _mark),
)


def row_of(table: str, image: Image) -> Row | None:
    """Return the counted row in this table's image; None when it counts nothing.

    A row of a newer release counts nothing here: that release counts it (`aviso data recount`).
    """
    for model, read in TABLES:
        if model.Meta.table_name == table:
            return read(image) if image else None
    raise LookupError("a stream of a table that nothing is counted from")


def key_of(image: Image) -> str:
    """Return a row's key as one text."""
    return "|".join(_text(image, name) for name in ("pk", "sk") if name in image)


def every_row() -> Iterator[tuple[str, Row]]:
    """Yield every counted row with its key: whole scans, for a recount only."""
    for table, image in every_image():
        row = row_of(table, image)
        if row is not None:
            yield key_of(image), row


def every_image() -> Iterator[tuple[str, Image]]:
    """Yield table and image of every item in the tables that have counted rows."""
    for model, _ in TABLES:
        scan = client().get_paginator("scan")
        name = model.Meta.table_name
        for page in scan.paginate(TableName=name, ConsistentRead=True):
            yield from ((name, image) for image in page["Items"])


def _text(image: Image, name: str) -> str:
    return str(image.get(name, {}).get("S", ""))
