"""The two stacks that `make deploy` makes, the main one and the edge, and their parameters."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import click
import yaml
from botocore.exceptions import ClientError

from infra.deploy import sending_rates
from infra.deploy.existing_resources import makes_text_logs
from infra.deploy.release_identity import UNKNOWN
from infra.harness import cloudformation
from infra.repository import ROOT, version

PARAMETERS = ROOT / "build" / "deploy"
SAM = ROOT / ".tools/sam/bin/sam"
MAIN, EDGE = ROOT / "template.yaml", ROOT / "infra/stacks/edge.yaml"
SECOND = """
deploy: the addresses of portal and desk are known now. A second, smaller change gives them to the
functions and to the sign-in pages. Until it is finished, nobody can sign in at the desk, and
messages have no link.
"""
HALF = (
    "The first of two changes is made, so the pages exist. Until you run the same command again, "
    "nobody can sign in at the desk, messages have no link and the tables are not protected."
)
BARE = (
    "The firewall and the portal's own name are unchanged. After a first deployment there is "
    "neither. Nothing was connected or tested. Run the same command again."
)


# Lambda's Python 3.13 runs on Amazon Linux 2023, glibc 2.34; by the template's Architecture
# (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
PLATFORMS = {"arm64": "aarch64-manylinux_2_34", "x86_64": "x86_64-manylinux_2_34"}


class DeployError(click.ClickException):
    """The deployment stopped; the message says where, and what to do."""


def bind(outputs: Mapping[str, str]) -> None:
    """Name the stack's tables, buckets and functions for the modules that use them."""
    named = {
        "LETTERS_BUCKET": outputs.get("LettersBucket"),
        "FEED_BUCKET": outputs.get("FeedBucket"),
        "STAFF_POOL": outputs.get("StaffPool"),
        "IMPORT_FUNCTION": f"{outputs.get('ImportFeedFunction')}:live",
    }
    for output, value in outputs.items():
        if output.endswith("Table"):
            named[output.removesuffix("Table").upper() + "_TABLE"] = value
    os.environ.update({name: value for name, value in named.items() if value})


def clients_of(region: str) -> Callable[[str], Any]:
    """Return boto3 clients by service, in this region."""
    sessions: list[boto3.Session] = []  # made on use: a missing profile is reported
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if not sessions:
            sessions.append(boto3.Session(region_name=region))
        if service not in made:
            made[service] = sessions[0].client(service)  # type: ignore[call-overload]
        return made[service]

    return client


def home_of(region: str) -> str:
    """Return the region that every account of this one's partition has."""
    return "us-gov-west-1" if region.startswith("us-gov-") else "us-east-1"


def deploy_main(
    agency: Path,
    answers: Mapping[str, str],
    settings: Any,
    chosen: Mapping[str, str],
) -> dict[str, str]:
    """Build and deploy the main stack; SAM shows the change set and asks. Return its outputs.

    Args:
        agency: the settings' file.
        chosen: values for the templates' parameters, which win.
    """
    clients = clients_of(answers["region"])
    known: dict[str, str] = addresses(clients, answers)
    own = "true" if makes_text_logs(clients, answers) else "false"
    paced = sending_rates.parameters(clients, answers) | {"OwnSmsLogs": own}
    built = ROOT / "build" / "deploy" / "sam"
    stack, region = answers["stack"], answers["region"]
    build(built, region, agency, every(MAIN, {}, chosen)["Architecture"])
    content = hash_of(built)
    if "StaffUrl" not in known:  # nobody uses it yet: both changes at once, not in steps
        paced["Canary"] = "false"

    def deploy(known: Mapping[str, str]) -> None:
        values = every(MAIN, parameters_of(answers, settings, known, paced), chosen)
        release(clients, built / "template.yaml", stack, region, values, content=content)

    deploy(known)
    after = addresses(clients, answers)
    if after != known:
        print(SECOND, flush=True)
        try:
            deploy(after)
        except DeployError as error:
            raise DeployError(f"{error} {HALF}") from None
    return read_outputs(clients, stack) | {"Links": after["PortalUrl"]}


def build(folder: Path, region: str, agency: Path, architecture: str) -> None:
    """Build functions and layers for the processor that the functions will run on.

    Raises:
        DeployError: when it is not a processor of Lambda's, or the build fails.
    """
    if architecture not in PLATFORMS:
        raise DeployError(
            f"'{architecture}' is not a processor that Lambda has. Under 'parameters' in the "
            f"answers file give Architecture as {' or '.join(PLATFORMS)}, or leave it out. Nothing "
            "was changed."
        )
    sam(
        ["build", "--build-dir", folder, "--region", region,
         "--parameter-overrides", f"Architecture={architecture}"],
        {"AGENCY": str(agency.resolve()), "LAYER_PLATFORM": PLATFORMS[architecture]},
    )  # fmt: skip


def edge_of(stack: str) -> str:
    """Return the name of the stack with the firewall and domain of a main stack."""
    return f"{stack}-edge"


def deploy_edge(
    clients: Callable[[str], Any],
    answers: Mapping[str, str],
    outputs: dict[str, str],
    chosen: Mapping[str, str],
) -> dict[str, str]:
    """Deploy the firewall and the domain of the main stack; return all outputs."""
    name = edge_of(answers["stack"])
    given = {"domain": "DomainName", "hosted_zone": "HostedZoneId", "certificate": "CertificateArn"}
    wanted = {
        "Name": answers["stack"],
        "PortalApi": outputs["PortalApi"],
        "StaffApi": outputs.get("StaffApi", ""),
        "StaffPool": outputs.get("StaffPool", ""),
        "KeyArn": outputs["KeyArn"],
        "AlarmTopic": outputs["AlarmTopic"],
        **{parameter: answers[key].replace("none", "") for key, parameter in given.items()},
    }
    values, content = every(EDGE, wanted, chosen), EDGE.read_text(encoding="utf-8")
    try:
        release(clients, EDGE, name, answers["region"], values, content=content)
    except DeployError as error:
        raise DeployError(f"{error} {BARE}") from None
    edge = read_outputs(clients, name)
    # AWS's address works at once; the agency's own may wait for its DNS.
    return {**edge, **outputs, "Name": answers["stack"]}


def addresses(clients: Callable[[str], Any], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses of portal and desk, as far as they are known now."""
    try:
        outputs = read_outputs(clients, answers["stack"])
    except ClientError:
        outputs = {}
    known: dict[str, str] = {
        name: outputs[name] for name in ("PortalUrl", "StaffUrl") if name in outputs
    }
    if answers["domain"] != "none":
        known["PortalUrl"] = f"https://{answers['domain']}"
    return known


def parameters_of(
    answers: Mapping[str, str],
    settings: Any,
    known: Mapping[str, str],
    paced: Mapping[str, str],
) -> dict[str, str]:
    """Return the main template's parameters.

    Args:
        known: the addresses known so far, PortalUrl and StaffUrl: a first deployment has none.
        paced: what keeps within the account's limits: rates, concurrency, and its existing logs.
    """
    number = answers["sms_number"]
    return {
        "Agency": settings.agency.name,
        "AgencyPhone": settings.agency.phone,
        "Built": answers.get("built", UNKNOWN),
        "Version": version(),
        "EmailFrom": settings.messages.email_from,
        "SmsOrigination": "" if number == "none" else number,
        **known,
        # A failed first deployment must delete what it made; the second one turns protection on.
        "KeepData": "true" if "StaffUrl" in known else "false",
        "TimeZone": settings.agency.time_zone,
        "FeedFileDays": str(settings.retention.feed_files),
        "AuditDays": str(settings.retention.audit),
        "AlarmEmail": answers["alarm_email"],
        "SmsSpendAlarm": answers["sms_spend_alarm"],
        "AccessLogs": "true",
        "Canary": "true" if answers["canary"] == "yes" else "false",
        **paced,
    }


def parameters(template: Path) -> dict[str, str]:
    """Return a template's parameters with their defaults, empty without one."""
    declared = cloudformation.read(template)["Parameters"]
    return {name: str(p.get("Default", "")) for name, p in declared.items()}


def every(template: Path, given: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return a value for every parameter of a template: the chosen, given or default one.

    All are passed each time. For one left out, AWS would keep the last deployment's value, although
    the answer was taken back or a new release has a new default.
    """
    values = {**parameters(template), **given}
    return values | {name: value for name, value in chosen.items() if name in values}


def hash_of(folder: Path) -> str:
    """Return a hash of all files under a folder, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def release(
    clients: Callable[[str], Any],
    template: Path,
    name: str,
    region: str,
    values: Mapping[str, str],
    *,
    content: str,
) -> None:
    """Deploy one template under a hash of its inputs, and check that the stack has that release.

    Raises:
        DeployError: when it has not: SAM succeeds, too, when the person says no.
    """
    deployed = sorted((name, value) for name, value in values.items() if name != "Built")
    hashed = hashlib.sha256(f"{content} {deployed}".encode()).hexdigest()
    deploy_stack(template, name, region, {**values, "Release": hashed})
    if read_outputs(clients, name).get("Release") != hashed:
        raise DeployError(
            f"The change set of '{name}' was not carried out; that stack is as it was."
        )


def deploy_stack(template: Path, name: str, region: str, values: Mapping[str, str]) -> None:
    """Deploy one template; SAM shows the change set and asks before it runs it."""
    PARAMETERS.mkdir(parents=True, exist_ok=True)
    file = PARAMETERS / f"{name}.parameters.yaml"  # on the command line SAM accepts no empty value
    file.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    sam(["deploy", "--config-file", ROOT / "samconfig.toml", "--template-file", template,
         "--stack-name", name, "--region", region,
         "--parameter-overrides", f"file://{file}"])  # fmt: skip


def sam(arguments: list[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Run SAM at this terminal.

    Raises:
        DeployError: when it fails.
    """
    done = subprocess.run(
        [SAM, *arguments],
        cwd=ROOT,
        env={**os.environ, "SAM_CLI_TELEMETRY": "0", **(env or {})},
        check=False,
    )
    if done.returncode:
        raise DeployError(f"'sam {arguments[0]}' did not finish; its message is above.")


def read_outputs(clients: Callable[[str], Any], stack: str) -> dict[str, str]:
    """Return a stack's outputs."""
    found = clients("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {row["OutputKey"]: row["OutputValue"] for row in found.get("Outputs", ())}
