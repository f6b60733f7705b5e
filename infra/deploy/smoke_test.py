"""The last step of a deployment: a made-up case goes through everything.

The case is a permanent one under the settings' example number, which the records system never
uses; each run adds the next arrest. Where a real person has that number anyway, nothing is
sent. Its only victim is the person who deploys, by the phone and email of the answers. After a
first deployment trial mode is on and the operator is its only guest, so even a mistake in here
could write to nobody else.
"""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aviso.domain.csv_text import csv_text
from aviso.domain.feed_settings import FeedFile
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import was_told
from aviso.domain.settings import Settings
from aviso.feed.cells import has_hours, written_date
from aviso.storage import markers, notices, sending_controls
from infra.deploy import receipt_checks
from infra.deploy.smoke_test_case import OURS, begun, somebodys
from infra.deploy.smoke_test_file_names import free_name, summary_of

Clients = Callable[[str], Any]
OPERATOR, SUSPECT = f"{OURS}OPERATOR", f"{OURS}NOBODY"
NAME = ("Operator", "Test")  # first, last
BIRTH_DATE = "1980-01-01"
HEADERS = ("strict-transport-security", "content-security-policy", "x-content-type-options")
WAIT_SECONDS = 300.0
RECEIPT_SECONDS = 600.0  # AWS promises no time for receipts; most arrive within a minute
EARLIER = timedelta(hours=1)  # when the made-up case happened
FOR_EVER = timedelta(days=36_500)


class SmokeError(Exception):
    """The portal does not work; the message says which part, and where to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The person who deploys, and gets the test's messages."""

    phone: str
    email: str
    texts_from: str  # the registered number, or empty


def only_the_operator(operator: Operator) -> None:
    """Turn trial mode on with the operator as its only guest."""
    sending_controls.turn(trial=True, guests=[operator.phone, operator.email])


def files(settings: Settings, operator: Operator, now: datetime) -> dict[str, bytes]:
    """Return the made-up case as the agency's own records system would write it, by file kind."""
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
    return {
        file.kind: _csv(file, [row | {"row_time": now} for row in rows[file.kind]], settings)
        for file in settings.feed
    }


def _csv(file: FeedFile, rows: Sequence[Mapping[str, Any]], settings: Settings) -> bytes:
    theirs = {
        name: {ours: code for code, ours in values.items()} for name, values in file.values.items()
    }
    lines = [
        [
            _cell(row.get(name, ""), theirs.get(name, {}), file.date_formats, settings)
            for name in file.columns
        ]
        for row in rows
    ]
    return csv_text([file.columns.values(), *lines], delimiter=file.delimiter).encode()


def _cell(value: Any, codes: Mapping[str, str], formats: Sequence[str], settings: Settings) -> str:
    """Write a value as the records system does, dates in the first format that keeps minutes."""
    if isinstance(value, datetime):
        day_only = value.tzinfo is None
        wanted = [f for f in formats if has_hours(f) != day_only] or list(formats)
        local = value if day_only else value.astimezone(settings.agency.zone)
        return written_date(local, wanted[0])
    return codes.get(str(value), str(value))


def owes_nothing(settings: Settings, now: datetime) -> str:
    """Return why these settings tell nobody about the made-up arrest, empty where they do."""
    kind, live = settings.kinds[Kind.ARREST], settings.agency.go_live
    if not kind.on:
        return "the settings turn the kind of notice 'arrest' off"
    if now - EARLIER < live:
        return f"facts from before go_live ({live:%Y-%m-%d %H:%M}) are told to nobody"
    if kind.since and now < kind.since:
        return f"the kind of notice 'arrest' begins on {kind.since:%Y-%m-%d %H:%M}"
    return ""


def walk(
    clients: Clients,
    outputs: Mapping[str, str],
    settings: Settings,
    operator: Operator,
    now: datetime,
    *,
    wait_seconds: float = WAIT_SECONDS,
    receipt_seconds: float = RECEIPT_SECONDS,
) -> Iterator[str]:
    """Test every part of the portal in order; yield a line for each that works, or is not proved.

    Raises:
        SmokeError: at the first part that does not work.
    """
    yield released(clients("lambda"), outputs)
    yield page(outputs["PortalUrl"])
    number = settings.agency.example_number
    if why := somebodys(clients("dynamodb"), outputs, number):
        raise SmokeError(why.removesuffix("."))
    markers.put_marker(begun(number), {}, now, FOR_EVER)
    imported = send_files(clients("s3"), outputs["FeedBucket"], settings, operator, now)
    for key in imported:
        yield _until(
            lambda key=key: _summary(clients("s3"), outputs["FeedBucket"], key),  # type: ignore[misc]
            wait_seconds,
            f"{key} was not imported; look at the log of import_feed",
        )
    if why := owes_nothing(settings, now):
        yield f"notice: none was tried, since {why}; deploy again once one is owed"
    else:
        yield _until(
            lambda: _told(number, now),
            wait_seconds,
            "no arrest notice went out; look at the logs of plan_notices and send_notice",
        )
        yield from receipts(outputs, settings, operator, now, receipt_seconds)
    ringing = clients("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
    names = [a["AlarmName"] for a in ringing if a["AlarmName"].startswith(outputs["Name"])]
    yield "alarms: " + (", ".join(names) + " (see docs/runbook.md)" if names else "all quiet")


def released(functions: Any, outputs: Mapping[str, str]) -> str:
    """Check that callers reach this release, and that it has the current addresses.

    Raises:
        SmokeError: when a function's alias still points to an earlier version.
    """
    wanted = {
        "PORTAL_URL": outputs.get("Links", outputs["PortalUrl"]),
        "STAFF_URL": outputs["StaffUrl"],
    }
    names = [name for output, name in outputs.items() if output.endswith("Function")]
    for name in names:
        found = functions.get_function_configuration(FunctionName=name, Qualifier="live")
        if not found["Description"].endswith(outputs["Release"]):
            raise SmokeError(f"{name} still answers with an earlier release")
        variables = found["Environment"]["Variables"]
        for key, value in wanted.items():
            if variables.get(key, value) != value:
                raise SmokeError(f"{name} has {variables[key]} for {key}, not {value}")
    return f"release: {outputs['Release'][:12]} answers in all {len(names)} functions"


def page(url: str) -> str:
    """Fetch the first page, and check its response.

    Raises:
        SmokeError: when it is wrong.
    """
    try:
        with urllib.request.urlopen(url, timeout=20) as reply:  # noqa: S310 - the portal's own
            headers = {name.lower() for name, _ in reply.getheaders()}
    except OSError as error:
        raise SmokeError(f"the portal does not answer at {url}: {error}") from None
    missing = [name for name in HEADERS if name not in headers]
    if missing:
        raise SmokeError(f"the portal's page lacks the headers {', '.join(missing)}")
    return f"page: answers at {url}"


def send_files(
    s3: Any, bucket: str, settings: Settings, operator: Operator, now: datetime
) -> list[str]:
    """Put the made-up case's files into the feed bucket; return their keys.

    Each is marked as a part. Otherwise, where files are full, one with a single row would mean that
    every other arrest is withdrawn, and a silent feed would seem active.
    """
    keys = []
    bodies = files(settings, operator, now)
    for file in settings.feed:
        try:
            key = f"incoming/{free_name(s3, bucket, file, settings, now)}"
        except LookupError as error:
            raise SmokeError(str(error)) from None
        s3.put_object(Bucket=bucket, Key=key, Body=bodies[file.kind], Metadata={"part": "yes"})
        keys.append(key)
    return keys


def _summary(s3: Any, bucket: str, key: str) -> str:
    summary = summary_of(key.removeprefix("incoming/"))
    try:
        found = json.load(s3.get_object(Bucket=bucket, Key=summary)["Body"])
    except s3.exceptions.NoSuchKey:
        return ""
    if found["result"] == "refused":
        raise SmokeError(f"{key} was refused: {found['reason']}")
    if found["rejected"]:
        raise SmokeError(f"{key}: {found['rejected']} rows were rejected; see rejects/")
    return f"feed: {key} imported"


def receipts(
    outputs: Mapping[str, str],
    settings: Settings,
    operator: Operator,
    since: datetime,
    seconds: float,
) -> Iterator[str]:
    """Wait for one receipt of a text and one of an email; yield the result of each.

    Raises:
        SmokeError: when one did not arrive, or no receipt says so.
    """
    number = settings.agency.case_number_example
    end = time.monotonic() + seconds
    for channel in receipt_checks.WORDS:
        if not receipt_checks.expected(settings, channel):
            yield receipt_checks.not_expected(channel)
            continue
        while (found := _arrived(number, since, channel, operator)) is None:
            if time.monotonic() > end:
                found = receipt_checks.unanswered(channel, operator.texts_from, outputs)
                break
            time.sleep(1)
        if found.fault:
            raise SmokeError(found.said)
        yield found.said


def _arrived(
    number: str, since: datetime, channel: Channel, operator: Operator
) -> receipt_checks.Verdict | None:
    newest = _newest(number, since)
    notice = notices.read(newest.id) if newest else None  # with its attempts
    return receipt_checks.verdict(notice, channel, operator.texts_from) if notice else None


def _newest(number: str, since: datetime) -> Notice | None:
    arrests = [n for n in notices.of_case(number) if n.kind is Kind.ARREST]
    newest = max(arrests, key=lambda n: n.created_at, default=None)
    return None if newest is None or newest.created_at < since else newest


def _told(number: str, since: datetime) -> str:
    newest = _newest(number, since)
    return _outcome(newest) if newest else ""


def _outcome(notice: Notice) -> str:
    if was_told(notice):
        return f"notice: {notice.id} is handed over; now for its receipts"
    if notice.state is State.HELD:
        raise SmokeError(f"the arrest notice is held: {notice.reason}")
    if notice.state is State.WAITING and notice.reason == "account_sandbox":
        return f"notice: {notice.id} waits, since this account may not write to everybody yet"
    if notice.state is State.WAITING and notice.reason.startswith("account_"):
        raise SmokeError(f"the account may not send: {notice.reason} (see docs/runbook.md)")
    return ""


def _until(ask: Callable[[], str], seconds: float, otherwise: str) -> str:
    end = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > end:
            raise SmokeError(otherwise)
        time.sleep(1)
    return answer
