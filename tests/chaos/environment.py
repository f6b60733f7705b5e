"""The world a run happens in: local AWS with the real template, behind the fault proxy.

The template, functions and layers are those of `sam build`. Only the settings differ. There are no
quiet hours, or a run at night would wait for the morning. A prosecutor confirms as soon as a jail,
or a run would last days. Rows are kept for long: a contact that was given before the service began
is counted for a day of then, and the id of that count must outlive the run. On request, one line is
broken in the copy that is deployed.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError

from infra.local.ops_command import go_live
from infra.local.sam_build import build, zip_folder
from infra.local.server import free_port
from infra.local.stack import PATIENCE, LocalAws, StackError, wait_for
from infra.repository import ROOT
from tests.rig.exchanged_lines import OF_LOCAL_AWS

HERE = Path(__file__).resolve().parent
FOLDER = ROOT / "build" / "chaos"
MEMORY = Path("/dev/shm")
SETTINGS = {
    "quiet_hours: true": "quiet_hours: false",
    "deadline: 2 days": "deadline: 4 hours",  # the prosecutor's
    "closed_cases: 365 ": "closed_cases: 3650 ",
    "audit: 400": "audit: 3650",
}
BATCH = "10"  # records at once, as on AWS
DIED = (StackError, BotoCoreError)  # what a function's caller gets when it died or was too slow


def prepare(break_it: str = "") -> Path:
    """Copy the build, give it the run's settings and its sabotage; return the template."""
    source = build().parent
    copy = FOLDER / "sam"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy, symlinks=True)
    layer = copy / "AvisoLayer" / "python"
    agency = FOLDER / "agency.yaml"
    settings = (ROOT / "infra/agency/sample.yaml").read_text(encoding="utf-8")
    for usual, here in SETTINGS.items():
        settings = settings.replace(usual, here)
    agency.write_text(settings, encoding="utf-8")
    command: list[str | Path] = [sys.executable, ROOT / "infra/compiler/compile.py"]
    command += ["--agency", agency, "--templates", ROOT / "templates", "--out", layer]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    changed = [layer / "aviso_compiled"]
    if break_it:
        OF_LOCAL_AWS[break_it].make(layer / "aviso")
        changed.append(layer / "aviso")
    # The build's bytecode is never held against its source: without this, no change would count.
    again: list[str | Path] = [sys.executable, "-m", "compileall", "-q", "-f"]
    again += ["--invalidation-mode", "unchecked-hash", *changed]
    subprocess.run(again, check=True)
    zip_folder(layer.parent)
    return copy / "template.yaml"


@dataclass
class World:
    """Local AWS and the proxy as a context."""

    seed: int
    duties: int  # about how many are expected
    aws: LocalAws = field(init=False)
    _port: int = field(init=False)
    _scratch: str = field(default="", init=False)
    _proxy: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        """Start the proxy, then local AWS, whose functions inherit the proxy's address."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        upstream, self._port = free_port(), free_port()
        self._scratch = tempfile.mkdtemp(
            prefix="aviso-chaos-", dir=MEMORY if MEMORY.is_dir() else None
        )
        env = {"AWS_ENDPOINT_URL": self._url(""), "TMPDIR": self._scratch}
        self.aws = LocalAws(port=upstream, env=env)
        with (FOLDER / f"proxy-{self.seed}.log").open("wb") as log:
            self._proxy = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_for(self._answers, PATIENCE, "the fault proxy to start")
            self.aws.__enter__()
        except BaseException:
            self._stop_proxy()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        try:
            self.aws.__exit__(kind, error, trace)
        finally:
            self._stop_proxy()
            shutil.rmtree(self._scratch, ignore_errors=True)

    def deploy(self, template: Path) -> None:
        """Deploy a built template.

        Local AWS gives all streams from one thread, so counting for the dashboard, which decides
        nothing about a notice, is switched off: it would only make the run longer.
        """
        self.aws.deploy({"StreamBatchSize": BATCH}, built=template)
        go_live(self.aws)
        needed = [t for f in ("PlanNotices", "SendNotice") for t in self.triggers(f)]
        for trigger in self.triggers():
            if trigger not in needed:
                self.aws.client("lambda").update_event_source_mapping(
                    UUID=trigger["UUID"], Enabled=False
                )

    def triggers(self, function: str = "") -> list[dict[str, Any]]:
        """Return the stream triggers of a function, named as in the template, or of all."""
        name = self.aws.outputs[f"{function}Function"] if function else ""
        found = self.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        return [t for t in found if f":{name}:" in t["FunctionArn"] + ":" or not function]

    def faults(self, *, on: bool) -> None:
        """Let calls fail, or not."""
        self._ask(f"/_chaos/turn?faults={'on' if on else 'off'}", method="POST")

    def status(self) -> dict[str, Any]:
        """Return what the proxy sees and has done."""
        found: dict[str, Any] = self._ask("/_chaos/status")
        return found

    def journal(self) -> dict[str, Any]:
        """Return every hand-over that reached local AWS, and whose hand-over was disturbed."""
        found: dict[str, Any] = self._ask("/_chaos/journal")
        return found

    def ledger(self, kind: str = "NOTICE") -> list[dict[str, str]]:
        """Return what is text, or true, in every row of a kind in the ledger."""
        scan = self.aws.client("dynamodb").get_paginator("scan")
        pages = scan.paginate(
            TableName=self.aws.outputs["NoticesTable"],
            FilterExpression="sk = :kind",
            ExpressionAttributeValues={":kind": {"S": kind}},
        )
        rows = (item for page in pages for item in page["Items"])
        return [
            {k: v.get("S", "yes") for k, v in row.items() if "S" in v or v.get("BOOL")}
            for row in rows
        ]

    def is_braked(self) -> bool:
        """Whether the brake has stopped all messages."""
        item = self.aws.client("dynamodb").get_item(
            TableName=self.aws.outputs["GuardsTable"], Key={"pk": {"S": "SWITCHES"}}
        )
        return "brake" in item.get("Item", {})

    def switch(self, expression: str, values: Mapping[str, Any] | None = None) -> None:
        """Change the switches of all messages by an update expression."""
        self.aws.client("dynamodb").update_item(
            TableName=self.aws.outputs["GuardsTable"],
            Key={"pk": {"S": "SWITCHES"}},
            UpdateExpression=expression,
            **({"ExpressionAttributeValues": dict(values)} if values else {}),
        )

    def settle(self, seconds: float = 1.5, limit: float = 180) -> None:
        """Wait until no function calls anything, nor is about to try again."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            status = self.status()
            idle = status["quiet"] > seconds and not status["retrying"]
            if idle and not self.aws.is_at_work():  # one may start, or compute, for seconds
                return
            time.sleep(0.1)

    def idle(self) -> None:
        """Wait until few calls are open, so that a busy machine is not buried."""
        while self.status()["open"] > 3:
            time.sleep(0.02)

    def _command(self) -> list[str | Path]:
        return [
            *("env", f"PYTHONPATH={HERE}:{ROOT / 'tests/rig'}"),  # where the proxies' parts are
            *(ROOT / ".tools/ministack/bin/python", HERE / "fault_proxy.py"),
            *("--port", str(self._port), "--upstream", self.aws.endpoint),
            *("--seed", str(self.seed), "--duties", str(self.duties)),
        ]

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"

    def _ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(self._url(path), method=method)
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def _answers(self) -> bool:
        try:
            return bool(self.status())
        except OSError:
            return False

    def _stop_proxy(self) -> None:
        proxy, self._proxy = self._proxy, None
        if proxy is None:
            return
        proxy.send_signal(signal.SIGTERM)
        try:
            proxy.wait(5)
        except subprocess.TimeoutExpired:
            proxy.kill()
            proxy.wait()
