"""Which stack an operator's command acts on, and with which settings.

With --agency, --stack or --region, it acts on the AWS account of the usual AWS variables. Stack
and region are then those of the answers beside the settings, unless --stack and --region say
otherwise (default: aviso in the shell's AWS_REGION, or us-west-2). With none of them, it acts on
the portal of `make run`, if one is running. The first line printed says which one it is.
"""

import json
import os
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import boto3

from aviso.staff.actor import Actor
from infra.deploy import answers
from infra.deploy.agency_settings import compile_settings
from infra.deploy.stacks import bind
from infra.local.run import RUN_FILE
from infra.repository import SAMPLE


def connect(agency: Path = SAMPLE, own_settings: bool = False) -> dict[str, str]:
    """Point this process at the running stack; return its outputs.

    Args:
        agency: the settings that the stack was deployed with; stack and region are those of the
            answers beside them, unless STACK and REGION say otherwise.
        own_settings: whether what follows uses the settings, so that the sample's would be wrong
            for a stack in an AWS account.

    Raises:
        SystemExit: when no stack is found, or it needs its own settings.
    """
    named = agency != SAMPLE or any(os.environ.get(name) for name in ("STACK", "REGION"))
    outputs = (None if named else _local()) or _deployed(agency, own_settings)
    bind(outputs)
    return outputs


def begun(agency: Path, by: str, own_settings: bool = False) -> tuple[dict[str, str], Actor]:
    """Compile the settings and connect; return the stack's outputs, and the person who acts.

    Raises:
        SystemExit: when the settings have mistakes, or no stack is found.
    """
    compile_settings(agency)
    return connect(agency, own_settings), operator(by)


def _local() -> dict[str, str] | None:
    if not RUN_FILE.exists():
        return None
    run = json.loads(RUN_FILE.read_text(encoding="utf-8"))
    health = run["aws"]["AWS_ENDPOINT_URL"] + "/_ministack/health"
    try:
        with urllib.request.urlopen(health, timeout=5):  # noqa: S310 - this machine
            os.environ.update(run["aws"])
    except OSError:
        return None
    _meant("the portal of 'make run' on this computer; --agency, --stack or --region name another")
    outputs: dict[str, str] = run["outputs"]
    return outputs


def _meant(what: str) -> None:
    """Print to standard error which stack is acted on."""
    print(f"On {what}.", file=sys.stderr, flush=True)


def _deployed(agency: Path, own_settings: bool) -> dict[str, str]:
    if own_settings and agency == SAMPLE and "AWS_ENDPOINT_URL" not in os.environ:
        raise SystemExit(
            "This command needs your agency's settings, not the sample's: its time zone and how "
            "long things are kept. Name the file that the stack was deployed with: "
            "--agency police.yaml"
        )
    named = None if agency == SAMPLE and not answers.file_for(agency).exists() else agency
    stack, region = answers.which(named, os.environ.get("STACK", ""), os.environ.get("REGION", ""))
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except Exception as error:
        raise SystemExit(
            f"AWS did not describe the stack '{stack}' in {region}: {error} (Without --agency, "
            "--stack and --region, the command acts on the portal of 'make run' if it runs.)"
        ) from None
    account = found["StackId"].split(":")[4]
    place = os.environ.get("AWS_ENDPOINT_URL", "AWS")
    _meant(f"the stack '{stack}' in account {account}, {region}, at {place}")
    return {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}


def operator(by: str) -> Actor:
    """Return the person at the shell, who acts now, under the settings that were compiled."""
    return Actor.operator(by, datetime.now(UTC))
