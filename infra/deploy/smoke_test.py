"""The last step of a deployment: a made-up case goes through everything.

The case is a permanent one under the settings' example number, which the records system never
uses; each run adds the next arrest. Where a real person has that number anyway, nothing is
sent. Its only victim is the person who deploys, by the phone and email of the answers. After a
first deployment trial mode is on and the operator is its only guest, so even a mistake in here
could write to nobody else.
"""

import io
import json
import time
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import urllib3

from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import was_told
from aviso.domain.settings import Settings
from aviso.letters.bucket import drop_letters, link, put_letters
from aviso.storage import markers, notices, sending_controls
from infra.deploy import receipt_checks
from infra.deploy.smoke_test_case import OURS, begun, somebodys
from infra.deploy.smoke_test_file_names import free_name, summary_of
from infra.deploy.smoke_test_rows import EARLIER, Operator, files

Clients = Callable[[str], Any]
HEADERS = ("strict-transport-security", "content-security-policy", "x-content-type-options")
WAIT_SECONDS = 300.0
NEW_GATEWAY_SECONDS = 1200.0  # AWS takes some 15 minutes to apply its TLS policy
GATEWAY_SECONDS = 60.0
RECEIPT_SECONDS = 600.0  # AWS promises no time for receipts; most arrive within a minute
FOR_EVER = timedelta(days=36_500)


class SmokeError(Exception):
    """The portal does not work; the message says which part, and where to look."""


def only_the_operator(operator: Operator) -> None:
    """Turn trial mode on with the operator as its only guest."""
    sending_controls.turn(trial=True, guests=[operator.phone, operator.email])


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
    gateway_seconds: float = GATEWAY_SECONDS,
) -> Iterator[str]:
    """Test every part of the portal in order; yield a line for each that works, or is not proved.

    Raises:
        SmokeError: at the first part that does not work.
    """
    yield released(clients("lambda"), outputs)
    yield page(outputs["PortalUrl"], gateway_seconds)
    yield letter()
    number = settings.agency.example_number
    if why := somebodys(clients("dynamodb"), outputs, number):
        raise SmokeError(why.removesuffix("."))
    markers.put_marker(begun(number), {}, now, FOR_EVER)
    for key in send_files(clients("s3"), outputs["FeedBucket"], settings, operator, now):
        yield until(
            lambda key=key: imported_by(  # type: ignore[misc]
                clients("s3"), outputs["FeedBucket"], key, summary_of(key)
            ),
            wait_seconds,
            f"{key} was not imported; look at the log of import_feed",
        )
    if why := owes_nothing(settings, now):
        yield f"notice: none was tried, since {why}; deploy again once one is owed"
    else:
        yield until(
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


def page(url: str, seconds: float) -> str:
    """Fetch the first page, again until it comes, and check its response.

    Raises:
        SmokeError: when it is wrong.
    """
    found = asked("GET", url, seconds, answers=(200,))
    if found.status != 200:
        raise SmokeError(f"the portal does not answer at {url}: {found.status}")
    missing = [name for name in HEADERS if name not in found.headers]
    if missing:
        raise SmokeError(f"the portal's page lacks the headers {', '.join(missing)}")
    return f"page: answers at {url}"


def letter() -> str:
    """Open a made-up letter by a link such as the desk gives, and delete it.

    Raises:
        SmokeError: when the link does not open.
    """
    run, body = f"{OURS}test", b"made up"
    put_letters(run, io.BytesIO(body))
    try:
        found = asked("GET", link(run, 60), 0)
    finally:
        drop_letters(run)
    if (found.status, found.data) != (200, body):
        raise SmokeError(f"the link of a printed letter does not open (answer {found.status})")
    return "letter: its link opens"


def asked(
    method: str,
    url: str,
    seconds: float,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    answers: Container[int] = range(500),
) -> urllib3.BaseHTTPResponse:
    """Return the answer to a request, asked again until the gateway is ready.

    Args:
        answers: the statuses of a gateway that is ready.

    Raises:
        SmokeError: when none came in time.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            found = urllib3.request(method, url, body=body, headers=headers, timeout=20)
            if found.status in answers or time.monotonic() > end:
                return found
        except urllib3.exceptions.HTTPError as error:
            if time.monotonic() > end:
                place, why = url.partition("?")[0], type(error).__name__
                raise SmokeError(f"no answer from {place}: {why}") from None
        time.sleep(1)


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


def imported_by(s3: Any, bucket: str, key: str, summary: str) -> str:
    """Return that a file was imported, empty while its summary is not there.

    Raises:
        SmokeError: when the file or a row of it was refused.
    """
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
    if notice.state is State.WAITING and notice.reason == "not_authorized":
        raise SmokeError(
            "AWS refuses to send for this stack (not_authorized). For a text, look in End User "
            "Messaging at the number's 'Resource policy', which must name sns.amazonaws.com, and "
            "whether your organization denies sms-voice:SendTextMessage. For an email, look at the "
            "identity in the SES console. Run the same command again"
        )
    return ""


def until(ask: Callable[[], str], seconds: float, otherwise: str) -> str:
    """Ask until there is an answer.

    Raises:
        SmokeError: with `otherwise`, when none came in time.
    """
    end = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > end:
            raise SmokeError(otherwise)
        time.sleep(1)
    return answer
