"""The run that is counted: some victims from export to receipt, on the product's own code.

Each step runs as its function does, on an imitation of AWS in memory (moto) with the tables of
`infra/stacks/tables.yaml`. Nothing leaves this machine.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws
from msgspec.structs import replace

from infra.compiler.search_path import importable
from infra.cost.metering import counted
from infra.cost.write_units import tables
from infra.harness.cloudformation import table_definitions

REGION, BUCKET = "us-west-2", "feed"
VICTIMS = 10
ENVIRONMENT = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "KEYS_SECRET": "keys",
    "OPTOUT_SECRET": "optout",
    "EMAIL_FROM": "notices@example.org",
    "EMAIL_CONFIGURATION_SET": "",
    "PORTAL_URL": "https://portal.example.org",
    "POWERTOOLS_TRACE_DISABLED": "1",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}
NOW = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


@dataclass
class Counted:
    """Units by step, for all victims together, and how often each step was called."""

    victims: int
    units: dict[str, Counter[str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)


@contextmanager
def imitation(settings_folder: str) -> Iterator[None]:
    """Give the run its tables, bucket, secrets and sender, in memory."""
    os.environ.update(ENVIRONMENT)
    importable(Path(settings_folder))
    with mock_aws():
        database = boto3.client("dynamodb", region_name=REGION)
        for name, properties in table_definitions().items():
            database.create_table(TableName=name, **properties)
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        vault = boto3.client("secretsmanager", region_name=REGION)
        vault.create_secret(Name="keys", SecretString='{"current": "counted-run-key-0001"}')
        vault.create_secret(Name="optout", SecretString='{"key": "counted-run-key-0002"}')
        sender = boto3.client("ses", region_name=REGION)
        sender.verify_email_identity(EmailAddress=ENVIRONMENT["EMAIL_FROM"])
        from aviso.storage import sending_controls

        sending_controls.turn(trial=False)
        yield


def run(victims: int = VICTIMS) -> Counted:
    """Walk the whole way with these many victims; return what it took.

    Must be called inside `imitation`.
    """
    return _Run(Counted(victims)).walk()


class _Run:
    def __init__(self, counted_: Counted) -> None:
        from aviso.domain.settings import Settings

        self.counted = counted_
        self.settings = Settings.current()
        self.tables = tables(table_definitions())
        base = int(self.settings.agency.case_number_example)
        self.numbers = [str(base + n) for n in range(counted_.victims)]

    @contextmanager
    def step(self, name: str, calls: int) -> Iterator[None]:
        self.counted.calls[name] += calls
        with counted(self.tables) as units:
            yield
        self.counted.units.setdefault(name, Counter()).update(units)

    def walk(self) -> Counted:
        files = self._files(NOW)
        with self.step("import_feed", len(files)):
            self._import(files, NOW)
        with self.step("import_again", len(files)):
            self._import(self._files(NOW, again=True), NOW + timedelta(hours=1))
        self._plan(rows=4)
        self._send()
        self._receive()
        self._visit()
        self._look_after()
        return self.counted

    def _files(self, now: datetime, again: bool = False) -> Mapping[str, bytes]:
        """Return one export of all cases: a report, a victim, a suspect and an arrest each."""
        from infra.deploy import smoke_test_rows

        whole: dict[str, bytes] = {}
        for n, number in enumerate(self.numbers):
            operator = smoke_test_rows.Operator(
                phone=f"+1520555{100 + n:04d}", email=f"victim{n}@example.com", texts_from="none"
            )
            agency = replace(self.settings.agency, case_number_example=number)
            for kind, body in smoke_test_rows.files(
                replace(self.settings, agency=agency), operator, now
            ).items():
                head, _, rest = body.partition(b"\n")
                whole[kind] = whole.get(kind, head + b"\n") + rest
        stamp = "20261124_130000" if again else "20261124_120000"
        return {f"{kind}_{stamp}.csv": body for kind, body in whole.items()}

    def _import(self, files: Mapping[str, bytes], now: datetime) -> None:
        from aviso.feed.file_names import Upload
        from aviso.feed.importer import import_object

        s3 = boto3.client("s3", region_name=REGION)
        for name, body in files.items():
            s3.put_object(Bucket=BUCKET, Key=f"incoming/{name}", Body=body)
            done = import_object(
                Upload(bucket=BUCKET, key=f"incoming/{name}"),
                self.settings,
                now,
                lambda: 900_000,
                lambda: None,
            )
            if done["rejected"]:
                raise RuntimeError("the counted run's own rows were rejected")

    def _plan(self, rows: int) -> None:
        from aviso.notices import planning

        with self.step("plan_notices", rows * len(self.numbers)):
            for number in self.numbers:
                for _ in range(rows):  # each row's change asks, as if no two shared a batch
                    planning.plan(number, self.settings, NOW)

    def _notices(self) -> list[Any]:
        from aviso.storage import notices

        return [n for number in self.numbers for n in notices.of_case(number)]

    def _send(self) -> None:
        from aviso.domain.notice import State
        from aviso.notices import sending
        from infra.harness.builders import an_invocation

        planned = [n for n in self._notices() if n.state is State.PLANNED]
        with self.step("send_notice", len(planned)):
            for notice in planned:
                sending.send(notice.id, an_invocation(self.settings, token=notice.id))

    def _receive(self) -> None:
        from aviso.notices import receipts
        from aviso.providers.receipts import Outcome, Receipt
        from aviso.storage import notices

        read = [notices.read(n.id) for n in self._notices()]
        attempts = [(n, a) for n in read if n for a in n.attempts]
        with self.step("record_receipt", len(attempts)):
            for notice, attempt in attempts:
                receipt = Receipt(
                    channel=attempt.channel,
                    outcome=Outcome.DELIVERED,
                    provider_id=attempt.provider_id,
                    at=NOW,
                    notice_id=notice.id if attempt.channel == "email" else "",
                    attempt=attempt.n if attempt.channel == "email" else 0,
                )
                receipts.record(receipt, NOW)
        self.counted.units["send_notice"]["text_parts"] += sum(
            a.segments for _, a in attempts if a.channel == "sms"
        )

    def _visit(self) -> None:
        """Find, verify, read the status; and one in the run enrolls."""
        from infra.deploy import smoke_test_rows
        from infra.harness.portal_browser import Visitor

        last_name, born = smoke_test_rows.NAME[1], smoke_test_rows.BIRTH_DATE
        pages = 5
        with self.step("portal_visit", pages):
            visitor = Visitor()
            bodies = [
                visitor.get("/"),
                visitor.post("/find", number=self.numbers[0]),
                visitor.verify(self.numbers[0], last_name, f"{born[5:7]}/{born[8:]}/{born[:4]}"),
                visitor.get("/status"),
                visitor.get("/enroll"),
            ]
        self.counted.units["portal_visit"]["egress_bytes"] += sum(len(p.body) for p in bodies)

    def _look_after(self) -> None:
        from aviso.notices import monitoring, overdue, reconciliation
        from infra.harness.builders import an_invocation

        with self.step("chase", 1):
            overdue.chase(an_invocation(self.settings, lambda: NOW + timedelta(minutes=1)))
        with self.step("watch", 1):
            monitoring.watch(self.settings, NOW)
        with self.step("reconcile_case", len(self.numbers)):
            reconciliation.reconcile(self.numbers, self.settings, NOW)
        night = (NOW + timedelta(days=1)).astimezone(self.settings.agency.zone).replace(hour=3)
        with self.step("night_case", len(self.numbers)):
            reconciliation.reconcile_all(an_invocation(self.settings, lambda: night))
