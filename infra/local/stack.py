"""Local AWS with the real template on it: start, build, deploy, look inside, stop.

    with LocalAws() as aws:
        aws.deploy()
        aws.client("s3").upload_file(...)
        aws.sent_texts()

`make run`, `make demo` and the system tests use it. The template, `sam build` and `sam deploy` are
those of a real deployment. Local AWS is reached only through the standard endpoint variable, and
every function runs under its own role with IAM enforced (docs/rules.md#18).
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local import sent_messages, server
from infra.local.api_id import api_id
from infra.local.downloads import TOOLS
from infra.local.sam_build import build
from infra.local.sent_messages import SentEmail, Text
from infra.local.server import Decision, Server, free_port, listens
from infra.repository import ROOT, version

STACK = "aviso"
REGION = "us-west-2"
EMAIL_FROM = "notices@example.org"
ARTIFACTS = "aviso-artifacts"
LOOKS = 2  # the first may have begun before the last function ended
PATIENCE = 240.0  # seconds for what comes within some on a quiet machine
EXPIRING_TABLES = (  # local CloudFormation omits TTL
    *("AuditTable", "GuardsTable", "TalliesTable"),
    *("CasesTable", "NoticesTable", "ResponsesTable", "MembersTable"),
)


class StackError(Exception):
    """The laptop stack failed; the message says why, and what to do."""


@dataclass
class LocalAws:
    """Local AWS as a context: started on entry; nothing is left running on exit.

    Args:
        port: where it listens; a free port when None.
        env: variables added for local AWS and all functions, such as AWS_ENDPOINT_URL naming a
            proxy that functions call instead of local AWS itself.
    """

    port: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict, init=False)
    _server: Server = field(default_factory=Server, init=False)
    _secret: str = field(default_factory=lambda: secrets.token_hex(20), init=False)
    _seen: set[str] = field(default_factory=set, init=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False)

    def __enter__(self) -> Self:
        """Start local AWS, and wait until it answers.

        Raises:
            StackError: when the port is taken or it does not come up.
        """
        self.port = self.port or free_port()
        if listens(self.port):
            raise StackError(
                f"Port {self.port} is taken. Stop what listens there, or name another port: "
                f"'make run PORT={self.port + 1}'."
            )
        shutil.rmtree(self.folder, ignore_errors=True)  # the logs of the last run on this port
        server.scratch(self.folder).mkdir(parents=True)
        self._server.start(self.folder, self.port, self.credentials, self.env)
        try:
            wait_for(self._healthy, PATIENCE, "local AWS to start")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop local AWS and every function."""
        self.stop()

    @property
    def endpoint(self) -> str:
        """The address of local AWS itself."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        """The folder of this instance's logs."""
        return ROOT / "build" / "local" / str(self.port)

    @property
    def credentials(self) -> dict[str, str]:
        """Environment that makes any AWS tool call local AWS as its administrator."""
        return {
            "AWS_ACCESS_KEY_ID": "AKIALOCALADMINISTRAT",
            "AWS_SECRET_ACCESS_KEY": self._secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    @property
    def portal_url(self) -> str:
        """The portal's address, without a slash at the end; known before it is deployed."""
        return f"http://localhost:{self.port}/_aws/execute-api/{api_id(STACK, 'PortalApi')}/portal"

    @property
    def staff_url(self) -> str:
        """The staff desk's address, without a slash at the end; known before it is deployed."""
        return f"http://localhost:{self.port}/_aws/execute-api/{api_id(STACK, 'StaffApi')}/staff"

    def deploy(
        self,
        parameters: Mapping[str, str] | None = None,
        built: Path | None = None,
        stack: str = STACK,
    ) -> dict[str, str]:
        """Build and deploy the template; return the stack's outputs.

        Args:
            parameters: template parameters that differ from the laptop's usual ones.
            built: a built template to deploy instead of this tree's own.

        Raises:
            StackError: when building or deploying fails; the message names the log.
        """
        built = built or build()
        location = {"LocationConstraint": REGION}
        _once(self.client("s3").create_bucket, Bucket=ARTIFACTS, CreateBucketConfiguration=location)
        settings = {
            "Version": version(),
            "AgencyPhone": "520-555-0100",  # as in the sample
            "PortalUrl": self.portal_url,
            "EmailFrom": EMAIL_FROM,
            "StreamBatchSize": "1",  # local streams lose what a partial batch failure reports
            "KeepData": "false",
            "StaffUrl": self.staff_url,
            "SignInUrl": f"http://localhost:{self.port}",
            "IdentityEndpoint": self.endpoint,
            "MetricMath": "false",  # local alarms cannot compute
            "KeyRotation": "false",  # nor can secrets rotate on a schedule
            "PortalConcurrency": "0",
            "SmsPerSecond": "0",  # local AWS has no rate limits
            "EmailPerSecond": "0",
            **(parameters or {}),
        }
        what = f"{built} {sorted(settings.items())}"  # a build's folder is named by a hash of it
        settings["Release"] = hashlib.sha256(what.encode()).hexdigest()
        overrides = [f"{name}={value}" for name, value in settings.items()]
        self._sam(
            ["deploy", "--config-file", ROOT / "samconfig.toml", "--config-env", "local",
             "--template-file", built, "--stack-name", stack,
             "--s3-bucket", ARTIFACTS, "--region", REGION, "--parameter-overrides", *overrides]
        )  # fmt: skip
        self.outputs = self._read_outputs(stack)
        self._finish_what_cloudformation_left()
        return self.outputs

    def client(self, service: str) -> Any:
        """Return a boto3 client of local AWS as its administrator."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id=self.credentials["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self._secret,
                config=Config(retries={"total_max_attempts": 2}, read_timeout=70),
            )
        return self._clients[service]

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a function by its folder's name and return what it answers.

        Raises:
            StackError: when the function raised.
        """
        output = "".join(word.capitalize() for word in function.split("_")) + "Function"
        reply = self.client("lambda").invoke(
            FunctionName=self.outputs[output], Payload=json.dumps(event).encode()
        )
        payload = json.loads(reply["Payload"].read() or b"null")
        if "FunctionError" in reply:
            raise StackError(f"{function} failed: {payload}")
        return payload

    def sent_texts(self) -> list[Text]:
        """Return the texts accepted for delivery since the last `clear_sent`, oldest first."""
        found = sent_messages.texts(self._inspect(sent_messages.TEXTS))
        return [text for text in found if text.id not in self._seen]

    def sent_emails(self) -> list[SentEmail]:
        """Return the emails accepted for delivery since the last `clear_sent`, oldest first."""
        found = sent_messages.emails(self._inspect(sent_messages.EMAILS))
        return [email for email in found if email.id not in self._seen]

    def clear_sent(self) -> None:
        """Forget the messages sent so far."""
        self._seen.update(text.id for text in self.sent_texts())
        self._seen.update(email.id for email in self.sent_emails())

    def decisions(self) -> Iterator[Decision]:
        """Yield IAM's decision about each call of each function so far."""
        yield from server.decisions(self.folder)

    def access_denied(self) -> int:
        """Return how many calls by functions IAM has refused so far."""
        return sum(not decision.allowed for decision in self.decisions())

    def is_at_work(self) -> bool:
        """Whether a function is at work."""
        return server.work(self.folder).busy

    def wait_until_quiet(self, still: float = 2.2, at_most: float = 300) -> None:
        """Wait until no function is at work, and none starts for some seconds.

        Meanwhile local AWS must have looked for work twice, which takes longer on a busy machine.

        Args:
            still: seconds; local AWS waits up to 2 before it starts a function that failed again.

        Raises:
            StackError: when they still work after `at_most` seconds.
        """
        seen, since = 0, time.monotonic()

        def quiet() -> bool:
            nonlocal seen, since
            now = server.work(self.folder)
            if now.busy or now.steps != seen:
                seen, since = now.steps, time.monotonic()
            return now.looks >= LOOKS and time.monotonic() - since > still

        wait_for(quiet, at_most, "the functions to finish")

    def log_lines(self) -> list[str]:
        """Return every line that functions have logged so far."""
        pages = self.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=self.outputs["LogGroup"])
        return [event["message"] for page in found for event in page["events"]]

    def is_up(self) -> bool:
        """Whether local AWS still runs."""
        return self._server.is_up()

    def stop(self) -> None:
        """End local AWS and the functions that it started."""
        self._server.stop()
        shutil.rmtree(server.scratch(self.folder), ignore_errors=True)

    def _healthy(self) -> bool:
        if not self.is_up():
            raise StackError(f"Local AWS ended at once; see {_short(self.folder / 'aws.log')}.")
        try:
            return bool(self._inspect("/_ministack/health"))
        except OSError:
            return False

    def _inspect(self, path: str) -> Any:
        with urllib.request.urlopen(self.endpoint + path, timeout=10) as reply:  # noqa: S310
            return json.load(reply)

    def _sam(self, arguments: list[str | Path]) -> None:
        log = self.folder / "deploy.log"
        with log.open("wb") as log_file:
            done = subprocess.run(
                [TOOLS / "sam/bin/sam", *arguments],
                env={
                    **os.environ,
                    **self.credentials,
                    "TMPDIR": str(server.scratch(self.folder)),
                    "SAM_CLI_TELEMETRY": "0",
                    "SAM_CLI_POLL_DELAY": "1",  # local AWS is done at once
                },
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            tail = log.read_text(errors="replace").strip().splitlines()[-12:]
            raise StackError(f"'sam deploy' failed; {_short(log)} ends:\n" + "\n".join(tail))

    def _read_outputs(self, stack: str) -> dict[str, str]:
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}
        return {**outputs, "PortalUrl": self.portal_url, "StaffUrl": self.staff_url}

    def _finish_what_cloudformation_left(self) -> None:
        expire = self.client("dynamodb").update_time_to_live
        expiry = {"AttributeName": "expires", "Enabled": True}
        for name in EXPIRING_TABLES:
            _once(expire, TableName=self.outputs[name], TimeToLiveSpecification=expiry)
        _once(self.client("sesv2").create_email_identity, EmailIdentity=EMAIL_FROM)


def _once(call: Callable[..., Any], **arguments: Any) -> None:
    """Make a call that an earlier deployment may have made already."""
    try:
        call(**arguments)
    except ClientError as error:
        if not re.search(r"already|exists", str(error), re.IGNORECASE):
            raise


def wait_for(check: Callable[[], Any], seconds: float, what: str) -> Any:
    """Repeat a check until its result is true, and return it.

    A slow check is repeated less often, so that it takes little from what it waits for.

    Raises:
        StackError: when it is not true within these seconds.
    """
    began = time.monotonic()
    end = began + seconds
    while not (answer := check()):
        if (now := time.monotonic()) > end:
            raise StackError(f"Waited {seconds:.0f} s for {what}, which did not come.")
        time.sleep(min(max(0.1, 3 * (now - began)), 0.5))
        began = time.monotonic()
    return answer


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))
