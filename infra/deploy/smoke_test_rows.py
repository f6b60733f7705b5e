"""The rows of the deployment's made-up case, and its files as the records system writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aviso.domain.csv_text import csv_text
from aviso.domain.settings import FeedFile, Settings
from aviso.feed.cells import has_hours, written_date
from infra.deploy.smoke_test_case import OURS

OPERATOR, SUSPECT = f"{OURS}OPERATOR", f"{OURS}NOBODY"
NAME = ("Operator", "Test")  # first, last
BIRTH_DATE = "1980-01-01"
EARLIER = timedelta(hours=1)  # when the made-up case happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The person who deploys, and gets the test's messages."""

    phone: str
    email: str
    texts_from: str  # the registered number, or empty


def files(settings: Settings, operator: Operator, now: datetime) -> dict[str, bytes]:
    """Return the made-up case as the agency's own records system would write it, by file kind."""
    rows = rows_of(settings, operator, now)
    return {file.kind: _csv(file, rows[file.kind], settings) for file in settings.feed}


def rows_of(
    settings: Settings, operator: Operator, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the made-up case by file kind, with our names of the fields."""
    number = settings.agency.example_number
    open_status = next(code for code, s in settings.statuses.items() if not s.closed)
    groups = settings.offense_groups
    offense = next(o for o, g in settings.offenses.items() if not groups[g].restricted)
    earlier = now - EARLIER
    rows: dict[str, list[dict[str, Any]]] = {
        "cases": [
            {
                "number": number,
                "offense": offense,
                "status": open_status,
                "status_at": earlier,
                "reported_at": earlier,
            }
        ],
        "people": [
            {
                "number": number,
                "id": OPERATOR,
                "role": "victim",
                "first_name": NAME[0],
                "last_name": NAME[1],
                "birth_date": datetime.fromisoformat(BIRTH_DATE),
                "phone": operator.phone,
                "phone_type": "mobile",
                "email": operator.email,
                "language": settings.agency.languages[0],
                "rights": "requested",
            },
            {
                "number": number,
                "id": SUSPECT,
                "role": "suspect",
                "first_name": "Nobody",
                "last_name": "Nobody",
            },
        ],
        "arrests": [
            {
                "number": number,
                "id": f"{OURS}{now:%Y%m%d%H%M%S}",
                "suspect": SUSPECT,
                "arrested_at": earlier,
            }
        ],
    }
    return {kind: [row | {"row_time": now} for row in found] for kind, found in rows.items()}


def _csv(file: FeedFile, rows: Sequence[Mapping[str, Any]], settings: Settings) -> bytes:
    theirs = codes_of(file)
    lines = [
        [
            _cell(row.get(name, ""), theirs.get(name, {}), file.date_formats, settings)
            for name in file.columns
        ]
        for row in rows
    ]
    return csv_text([file.columns.values(), *lines], delimiter=file.delimiter).encode()


def codes_of(file: FeedFile) -> dict[str, dict[str, str]]:
    """Return the records system's codes by field and our value."""
    return {
        name: {ours: code for code, ours in values.items()} for name, values in file.values.items()
    }


def _cell(value: Any, codes: Mapping[str, str], formats: Sequence[str], settings: Settings) -> str:
    """Write a value as the records system does, dates in the first format that keeps minutes."""
    if isinstance(value, datetime):
        day_only = value.tzinfo is None
        wanted = [f for f in formats if has_hours(f) != day_only] or list(formats)
        local = value if day_only else value.astimezone(settings.agency.zone)
        return written_date(local, wanted[0])
    return codes.get(str(value), str(value))
