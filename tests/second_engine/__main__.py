"""`make second-engine`: play parts of the template on LocalStack and moto; exit 1 on a difference.

Writes build/second-engine.json. A difference that is the engine's own is in KNOWN, with its reason.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import requests

from infra.compiler.kept import folder_of
from infra.harness.cloudformation import table_definitions
from infra.local import bootstrap
from infra.local.downloads import TOOLS
from infra.local.server import free_port
from infra.local.stack import wait_for
from infra.repository import ROOT
from tests.permissions import policies
from tests.permissions.state_machine import definitions
from tests.support import backfill_run

LOCALSTACK, PINS = TOOLS / "localstack", ROOT / "infra/local/requirements-localstack.txt"
HERE, REPORT = Path(__file__).parent, ROOT / "build/second-engine.json"
ROWS, RUN = 1_000, "second-engine"
NDJSON = "application/x-ndjson"
PERCENTAGE, AS_WRITTEN = "ToleratedFailurePercentage", "as in the template"
# What LocalStack cannot make of the feed's bucket.
LEFT_OUT = {
    "BucketEncryption": "LocalStack cannot encrypt by the stack's key",
    "NotificationConfiguration": "LocalStack cannot call the function",
}
KNOWN = LEFT_OUT | {
    PERCENTAGE: "LocalStack's parser takes a decimal number only; AWS takes both",
    "unsigned": "LocalStack's open edition does not read awsSigv4: every push is taken",
    "more than 10 MB": "LocalStack has no limit of size",
}
Row = tuple[str, Any, Any]  # what was tried, what AWS should do, what the engine did


class Engine:
    """LocalStack with moto's DynamoDB beside it, and clients for both."""

    def __init__(self, address: str, tables: str) -> None:
        self.address, self._tables = address, tables
        self.stack = policies.deployed()
        self.resources = self.stack.resources()

    def client(self, service: str) -> Any:
        """Return a client; DynamoDB's speaks to moto."""
        address = self._tables if service == "dynamodb" else self.address
        return AWS.client(service, endpoint_url=address)

    def create(self, service: str, name: str, template: str, values: Mapping[str, str]) -> str:
        """Make a stack with CloudFormation; return how that ended."""
        address = self._tables if service == "moto" else self.address
        cloud: Any = AWS.client("cloudformation", endpoint_url=address)
        given = [{"ParameterKey": k, "ParameterValue": str(v)} for k, v in values.items()]
        cloud.create_stack(
            StackName=name,
            TemplateBody=template,
            Parameters=given,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )

        def ended() -> str | None:
            (found,) = cloud.describe_stacks(StackName=name)["Stacks"]
            status = str(found["StackStatus"])
            return None if status.endswith("IN_PROGRESS") else status

        return str(wait_for(ended, 300, f"the stack {name}"))


AWS: Any = boto3.Session(
    region_name=policies.REGION,
    aws_access_key_id=policies.ACCOUNT,  # LocalStack takes the account from here
    aws_secret_access_key="local",
)


def push(engine: Engine) -> Iterator[Row]:
    """Yield what becomes of pushes, and whether the same bytes are in the bucket."""
    names = [n for n in engine.resources if n.startswith("FeedApi")]
    kept = {}
    for name in ("FeedBucket", "PushRole", *names):
        found = engine.resources[name]
        properties = {k: v for k, v in found["Properties"].items() if k not in LEFT_OUT}
        for left_out in sorted(found["Properties"].keys() & LEFT_OUT.keys()):
            yield left_out, AS_WRITTEN, "left out"
        if "RestApiId" in properties:
            properties["RestApiId"] = {"Ref": "FeedApi"}
        if "DeploymentId" in properties:
            properties["DeploymentId"] = {"Ref": next(n for n in names if "Deployment" in n)}
            properties.pop("AccessLogSetting", None)
        kept[name] = {"Type": found["Type"], "Properties": properties}
    body = json.dumps({"Resources": kept, "Outputs": {"Api": {"Value": {"Ref": "FeedApi"}}}})
    yield "push API", "CREATE_COMPLETE", engine.create("localstack", "push", body, {})
    (api,) = engine.client("apigateway").get_rest_apis()["items"]
    bucket = engine.resources["FeedBucket"]["Name"]
    address = f"{engine.address}/_aws/execute-api/{api['id']}/feed"

    def send(path: str, data: bytes, kind: str = NDJSON, sum_of: bytes | None = None) -> Any:
        digest = base64.b64encode(hashlib.sha256(data if sum_of is None else sum_of).digest())
        headers = {"Content-Type": kind, "x-amz-checksum-sha256": digest.decode()}
        return requests.post(f"{address}/{path}", data=data, headers=headers, timeout=60)

    line = '{"number": "2611230001", "note": "#set($x) ñ"}\r\n'.encode()
    bodies = {"UTF-8 with Velocity's words": line, "BOM": b"\xef\xbb\xbf" + line, "no end": b"{}"}
    for kind in ("cases", "people", "arrests"):
        for what, data in bodies.items():
            answer = send(kind, data)
            said = answer.json()
            yield f"{kind}: {what}", 202, answer.status_code
            key = f"incoming/push/{kind}-{said['id']}.ndjson"
            stored = engine.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
            yield f"{kind}: the same bytes ({what})", True, stored == data
            wanted = f"summaries/push/{kind}-{said['id']}.json"
            yield f"{kind}: summary ({what})", wanted, said["summary"]
    yield "wrong checksum", 400, send("cases", line, sum_of=b"other").status_code
    yield "another content type", 415, send("cases", line, kind="text/csv").status_code
    yield (
        "content type with charset",
        415,
        send("cases", line, kind=f"{NDJSON}; charset=utf-8").status_code,
    )
    bare = {"Content-Type": NDJSON}
    yield (
        "no checksum",
        400,
        requests.post(f"{address}/cases", data=line, headers=bare, timeout=60).status_code,
    )
    yield "unknown path", 403, send("other", line).status_code
    yield "unsigned", 403, send("cases", line).status_code
    yield "more than 10 MB", 413, send("cases", b"x" * 10_600_000).status_code


def machines(engine: Engine) -> Iterator[Row]:
    """Yield how both state machines end with the real handlers, from a first load to its night."""
    states, store = engine.client("stepfunctions"), engine.client("s3")
    bucket = engine.resources["FeedBucket"]["Name"]
    made = {}
    for name, definition in definitions(engine.stack).items():
        text = json.dumps(definition)
        if (percentage := f'"{PERCENTAGE}": 100') in text:
            text = text.replace(percentage, f"{percentage}.0")
            yield PERCENTAGE, AS_WRITTEN, "100.0"
        role = f"arn:aws:iam::{policies.ACCOUNT}:role/any"
        named = engine.resources[name]["Name"]
        reply = states.create_state_machine(name=named, definition=text, roleArn=role)
        made[name] = reply["stateMachineArn"]
    with TemporaryDirectory() as folder:
        rows = backfill_run.make(Path(folder), ROWS)
        for file in backfill_run.FILES:
            store.upload_file(str(Path(folder) / file), bucket, f"backfill/{file}")
    started = states.start_execution(stateMachineArn=made["Backfill"], name=RUN)
    yield "Backfill", "SUCCEEDED", _ended(states, started["executionArn"])
    key = f"summaries/backfill/{RUN}.json"
    summary = json.load(store.get_object(Bucket=bucket, Key=key)["Body"])
    yield "rows read by Backfill", rows, summary["read"]
    (night,) = states.list_executions(stateMachineArn=made["Nightly"])["executions"]
    yield "Nightly, started by it", "SUCCEEDED", _ended(states, night["executionArn"])
    output = json.loads(states.describe_execution(executionArn=night["executionArn"])["output"])
    table = _environment(engine, "Reconcile")["CASES_TABLE"]
    pages = engine.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    cases = sum(item["sk"]["S"] == "CASE" for page in pages for item in page["Items"])
    yield "cases that Nightly planned", cases, output["cases"]
    yield "cases that it failed to plan", 0, output["failed"]


def nested(engine: Engine) -> Iterator[Row]:
    """Yield how the nested stacks end that an engine can make."""
    for name, by in (("Messaging", "localstack"), ("Monitoring", "localstack"), ("Tables", "moto")):
        given = engine.stack.raw[name]["Properties"]
        template = (ROOT / given["TemplateURL"]).read_text(encoding="utf-8")
        values = engine.stack.filled(given.get("Parameters", {}))
        ended = engine.create(by, f"nested-{name}", template, values)
        yield f"{name} ({by})", "CREATE_COMPLETE", ended


def _ended(states: Any, execution: str) -> str:
    def over() -> str | None:
        status = str(states.describe_execution(executionArn=execution)["status"])
        return None if status == "RUNNING" else status

    return str(wait_for(over, 600, execution))


def _environment(engine: Engine, function: str) -> dict[str, str]:
    found = engine.resources[function]["Properties"]["Environment"]["Variables"]
    return {name: str(value) for name, value in found.items()}


@contextmanager
def process(command: list[Any], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """Run a program meanwhile; its output goes to a file."""
    with log.open("wb") as out:
        running = subprocess.Popen(
            list(map(str, command)), env=dict(environment), cwd=ROOT, stdout=out, stderr=out
        )
        try:
            yield
        finally:
            running.terminate()
            try:
                running.wait(30)
            except subprocess.TimeoutExpired:  # LocalStack's own end can take longer
                running.kill()
                running.wait()


@contextmanager
def engines() -> Iterator[Engine]:
    """Start LocalStack, moto and the functions; stop them at the end."""
    if not bootstrap.is_done(LOCALSTACK, PINS):
        print("second-engine: fetching LocalStack into .tools/localstack", flush=True)
        bootstrap.make_environment(bootstrap.fetch_uv(), LOCALSTACK, PINS)
    port, functions, moto = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        home = stack.enter_context(TemporaryDirectory())
        address = f"http://127.0.0.1:{port}"
        own = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LOCALSTACK_VOLUME_DIR": home,
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "FUNCTIONS": f"http://127.0.0.1:{functions}",
            "DNS_ADDRESS": "0",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
        }
        log = REPORT.with_suffix(".log")
        log.parent.mkdir(exist_ok=True)
        tables, programs = f"http://127.0.0.1:{moto}", LOCALSTACK / "bin"
        stack.enter_context(process([programs / "python", HERE / "engine.py"], own, log))
        server = [programs / "moto_server", "-H", "127.0.0.1", "-p", moto]
        stack.enter_context(process(server, own, log.with_suffix(".moto.log")))
        engine = Engine(address, tables)
        stack.enter_context(
            process(
                [sys.executable, "-m", "tests.second_engine.functions", functions],
                _for_handlers(engine, address, tables),
                log.with_suffix(".functions.log"),
            )
        )
        wait_for(lambda: _answers(f"{address}/_localstack/health"), 180, "LocalStack to start")
        wait_for(lambda: _answers(f"{tables}/moto-api/data.json"), 60, "moto to start")
        for name, definition in table_definitions().items():
            table = engine.stack.nested("Tables").name_of(name)
            engine.client("dynamodb").create_table(TableName=table, **definition)
        yield engine


def _for_handlers(engine: Engine, address: str, tables: str) -> dict[str, str]:
    settings = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    search = (settings, ROOT, ROOT / "layers/aviso", ROOT / "layers/letters")
    return {
        **_environment(engine, "ImportFeed"),
        **_environment(engine, "Reconcile"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": ":".join(map(str, search)),
        "AWS_REGION": policies.REGION,
        "AWS_DEFAULT_REGION": policies.REGION,
        "AWS_ACCESS_KEY_ID": policies.ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": address,
        "AWS_ENDPOINT_URL_DYNAMODB": tables,
    }


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False


def main() -> int:
    """Play each part; return 1 if something differs that KNOWN does not explain."""
    found = []
    parts: tuple[Callable[[Engine], Iterator[Row]], ...] = (push, machines, nested)
    with engines() as engine:
        for part in parts:
            for what, wanted, got in part(engine):
                same = "same" if got == wanted else KNOWN.get(what, "DIFFERS")
                found.append({"what": what, "wanted": wanted, "got": got, "result": same})
                print(f"second-engine: {what}: {got}; {same}", flush=True)
    REPORT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return int(any(row["result"] == "DIFFERS" for row in found))


if __name__ == "__main__":
    sys.exit(main())
