"""The letters bucket: each run's PDF and its manifest, which is the record of the run.

Both contain names and addresses: the desk gives them only to members who may see the cases, and the
bucket is encrypted.
"""

import csv
import io
from collections.abc import Iterable
from typing import IO, Any

from msgspec.structs import astuple

from aviso.domain.csv_text import spreadsheet
from aviso.domain.value import Frozen
from aviso.runtime import environment
from aviso.runtime.clients import client


class PrintedLetter(Frozen, frozen=True, kw_only=True):
    """One letter of a run."""

    run: str
    notice: str
    case: str  # the case's number when it was printed
    name: str
    address: str
    pages: int
    language: str
    mail: str = "yes"  # "no": remove it from the pile; its notice moved on


def put_letters(run: str, pdf: IO[bytes]) -> None:
    """Store a run's PDF."""
    pdf.seek(0)
    client("s3").put_object(
        Bucket=_bucket(), Key=_pdf(run), Body=pdf, ContentType="application/pdf"
    )


def put_manifest(run: str, rows: Iterable[PrintedLetter]) -> None:
    """Store a run's manifest: with it, the run has happened."""
    body = spreadsheet([PrintedLetter.__struct_fields__, *map(astuple, rows)]).encode()
    client("s3").put_object(Bucket=_bucket(), Key=_manifest(run), Body=body, ContentType="text/csv")


def manifest(run: str) -> list[PrintedLetter] | None:
    """Return a run's letters, None when the run has not happened."""
    s3 = client("s3")
    try:
        reply = s3.get_object(Bucket=_bucket(), Key=_manifest(run))
    except s3.exceptions.NoSuchKey:
        return None
    text = reply["Body"].read().decode("utf-8-sig")
    return [_row(values) for values in csv.DictReader(io.StringIO(text, newline=""))]


def link(run: str, seconds: int) -> str:
    """Return a URL of a run's PDF; anyone with the URL can read it for this many seconds."""
    address: str = client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": _bucket(), "Key": _pdf(run)}, ExpiresIn=seconds
    )
    return address


def runs() -> list[str]:
    """Return the runs that have happened, ordered by name."""
    found = client("s3").get_paginator("list_objects_v2").paginate(Bucket=_bucket(), Prefix="runs/")
    keys = (item["Key"] for page in found for item in page.get("Contents", ()))
    return sorted(k.split("/")[1] for k in keys if k.endswith("/manifest.csv"))


def drop_letters(run: str) -> None:
    """Delete the PDF of a run that did not happen, so that nobody posts it."""
    client("s3").delete_object(Bucket=_bucket(), Key=_pdf(run))


def _row(values: dict[str, Any]) -> PrintedLetter:
    return PrintedLetter(**values | {"pages": int(values["pages"])})


def _bucket() -> str:
    return environment.name("LETTERS_BUCKET")


def _pdf(run: str) -> str:
    return f"runs/{run}/letters.pdf"


def _manifest(run: str) -> str:
    return f"runs/{run}/manifest.csv"
