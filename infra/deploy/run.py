"""`make deploy`: from an AWS account to a portal that has sent its first message to the operator.

    make deploy AGENCY=police.yaml          everything, with a question before each change
    make deploy AGENCY=police.yaml DRY=1    the checks alone, and what would be wired

Every step can be repeated: what is done already is found done.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.exceptions import ClientError

from infra.deploy import answers as asked
from infra.deploy import checks, pace, wiring
from infra.deploy.checks import Level
from infra.local.build import ROOT

sys.path[:0] = [str(ROOT / "layers" / "aviso"), str(ROOT / "infra" / "agency")]
COMPILED = ROOT / "build" / "deploy"
SAM = ROOT / ".tools/sam/bin/sam"
FOR_EVER = timedelta(days=36_500)


class DeployError(Exception):
    """The deployment stopped; the message says where, and what to do."""


def say(text: str = "") -> None:
    """Print one line at once."""
    print(text, flush=True)


def main() -> int:
    """Deploy; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", type=Path, default=ROOT / "infra/agency/sample.yaml")
    parser.add_argument("--dry-run", action="store_true", help="check and tell, change nothing")
    options = parser.parse_args()
    settings = compile_settings(options.agency)
    file = asked.file_for(options.agency)
    answers = asked.complete(asked.read(file), asked.person())
    asked.save(file, answers)
    answers["email_from"] = settings.messages.email_from
    clients = clients_of(answers["region"])
    later = look(clients, answers)
    if options.dry_run:
        return dry_run(clients, answers, settings)
    outputs = deploy_main(options.agency, answers, settings)
    outputs = deploy_edge(clients, answers, outputs)
    for step in wiring.steps(
        clients, outputs, answers["sms_number"], settings.messages.carrier_answers_stop
    ):
        say(f"wiring: {step.what}")
        step.take(clients)
    smoke_test(clients, answers, settings, outputs)
    tell_the_end(outputs, answers["domain"], later)
    return 0


def compile_settings(agency: Path) -> Any:
    """Compile the agency's settings, and return them.

    Raises:
        DeployError: with each mistake on a line.
    """
    from compile import RefusedError, compile_agency

    say(f"settings: checking {agency}")
    try:
        compile_agency(agency, ROOT / "templates", COMPILED)
    except RefusedError as error:
        raise DeployError(f"the settings have mistakes:\n{error}") from None
    sys.path.insert(0, str(COMPILED))
    from aviso import settings

    return settings.current()


def clients_of(region: str) -> Callable[[str], Any]:
    """Return boto3 clients by service, in this region."""
    session = boto3.Session(region_name=region)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service)  # type: ignore[call-overload]
        return made[service]

    return client


def look(clients: Callable[[str], Any], answers: Mapping[str, str]) -> list[str]:
    """Run the checks and print what they found; return what is to be put right later.

    Raises:
        DeployError: when something stops the deployment.
    """
    findings = [*checks.tools(ROOT), *checks.account(clients, answers)]
    for finding in findings:
        say(f"{finding.level.value:>5}  {finding.check}: {finding.message}")
    stopping = sum(f.level is Level.STOPS for f in findings)
    if stopping:
        raise DeployError(f"{stopping} of the above must be put right first; nothing was changed.")
    return [f"{f.check}: {f.message}" for f in findings if f.level is Level.LATER]


def dry_run(clients: Callable[[str], Any], answers: Mapping[str, str], settings: Any) -> int:
    """Say what would be wired; change nothing."""
    try:
        outputs = read_outputs(clients, answers["stack"])
    except ClientError:
        say("dry run: the stack is not there yet; its change set would be shown before it is made")
        return 0
    number, carrier = answers["sms_number"], settings.messages.carrier_answers_stop
    for step in wiring.steps(clients, outputs, number, carrier):
        say(f"dry run: would {step}")
    return 0


def parameters_of(
    answers: Mapping[str, str],
    settings: Any,
    known: Mapping[str, str],
    paced: Mapping[str, str],
) -> dict[str, str]:
    """Return the main template's parameters.

    Args:
        answers: what was asked.
        settings: the agency's.
        known: the addresses known so far, PortalUrl and StaffUrl: a first deployment knows none.
        paced: what keeps to the account's rates and limits; see `pace.parameters`.
    """
    number = answers["sms_number"]
    return {
        "EmailFrom": settings.messages.email_from,
        "SmsOrigination": "" if number == "none" else number,
        "PortalUrl": known.get("PortalUrl", ""),
        "StaffUrl": known.get("StaffUrl", ""),
        "TimeZone": settings.agency.time_zone,
        "FeedFileDays": str(settings.retention.feed_files),
        "AlarmEmail": answers["alarm_email"],
        "SmsSpendAlarm": answers["sms_spend_alarm"],
        "AccessLogs": "true",
        "Canary": "true" if answers["canary"] == "yes" else "false",
        **paced,
    }


def deploy_main(agency: Path, answers: Mapping[str, str], settings: Any) -> dict[str, str]:
    """Build and deploy the main stack; SAM shows the change set and asks. Return its outputs."""
    clients = clients_of(answers["region"])
    known: dict[str, str] = addresses(clients, answers)
    paced = pace.parameters(clients, answers)
    built = ROOT / "build" / "deploy" / "sam"
    sam(["build", "--build-dir", built, "--region", answers["region"]], {"AGENCY": str(agency)})
    template, stack, region = built / "template.yaml", answers["stack"], answers["region"]
    deploy_stack(template, stack, region, parameters_of(answers, settings, known, paced))
    after = addresses(clients, answers)
    if after != known:  # only now the addresses are known that messages and sign-in lead to
        deploy_stack(template, stack, region, parameters_of(answers, settings, after, paced))
    return read_outputs(clients, stack)


def addresses(clients: Callable[[str], Any], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses of portal and desk as far as they are known by now."""
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


def deploy_edge(
    clients: Callable[[str], Any], answers: Mapping[str, str], outputs: dict[str, str]
) -> dict[str, str]:
    """Deploy the firewall and the domain before the main stack; return all outputs."""
    name = f"{answers['stack']}-edge"
    given = {"domain": "DomainName", "hosted_zone": "HostedZoneId", "certificate": "CertificateArn"}
    parameters = {
        "Name": answers["stack"],
        "PortalApi": outputs["PortalApi"],
        "StaffApi": outputs.get("StaffApi", ""),
        "KeyArn": outputs["KeyArn"],
        "AlarmTopic": outputs["AlarmTopic"],
        **{parameter: answers[key].replace("none", "") for key, parameter in given.items()},
    }
    deploy_stack(ROOT / "infra/edge.yaml", name, answers["region"], parameters)
    edge = read_outputs(clients, name)
    # The address that AWS gave answers at once; the agency's own may wait for its DNS.
    return {**edge, **outputs, "Name": answers["stack"]}


def deploy_stack(template: Path, name: str, region: str, parameters: Mapping[str, str]) -> None:
    """Deploy one template; SAM shows the change set and asks before it is carried out."""
    overrides = [f"{key}={value}" for key, value in parameters.items() if value]
    sam(["deploy", "--config-file", ROOT / "samconfig.toml", "--template-file", template,
         "--stack-name", name, "--region", region,
         "--parameter-overrides", *overrides])  # fmt: skip


def sam(arguments: list[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Run SAM at this terminal.

    Raises:
        DeployError: when it fails or the person said no.
    """
    done = subprocess.run(
        [SAM, *arguments],
        cwd=ROOT,
        env={**os.environ, "SAM_CLI_TELEMETRY": "0", **(env or {})},
        check=False,
    )
    if done.returncode:
        raise DeployError(f"'sam {arguments[0]}' did not finish; what it says stands above.")


def read_outputs(clients: Callable[[str], Any], stack: str) -> dict[str, str]:
    """Return a stack's outputs."""
    found = clients("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {row["OutputKey"]: row["OutputValue"] for row in found.get("Outputs", ())}


def smoke_test(
    clients: Callable[[str], Any],
    answers: Mapping[str, str],
    settings: Any,
    outputs: Mapping[str, str],
) -> None:
    """Send the made-up case through; the first time, in trial mode.

    Raises:
        DeployError: when the portal does not work.
    """
    os.environ["AWS_REGION"] = answers["region"]
    for output, value in outputs.items():
        if output.endswith("Table"):
            os.environ[output.removesuffix("Table").upper() + "_TABLE"] = value
    from aviso.store import guards  # bound to the tables just named
    from infra.deploy import smoke

    operator = smoke.Operator(phone=answers["operator_phone"], email=answers["operator_email"])
    if guards.marker("DEPLOYED") is None:
        smoke.only_the_operator(operator)
        say("trial mode is on: only the operator is written to, until you turn it off")
    try:
        for line in smoke.walk(clients, outputs, settings, operator, datetime.now(UTC)):
            say(f"smoke test: {line}")
    except smoke.SmokeError as error:
        raise DeployError(f"deployed, but the smoke test failed: {error}.") from None
    guards.put_marker("DEPLOYED", {}, datetime.now(UTC), FOR_EVER)


def tell_the_end(outputs: Mapping[str, str], domain: str, later: list[str]) -> None:
    """Print where the portal is, and what is left to do."""
    say()
    say(f"  The portal    {outputs['PortalUrl'] if domain == 'none' else 'https://' + domain}")
    say(f"  The desk      {outputs['StaffUrl']} (its first account: administrator's guide, 4)")
    if target := outputs.get("DnsTarget"):
        say(f"  DNS           point your name to {target} (CNAME), unless Route 53 did")
    say(f"  Drop exports  s3://{outputs['FeedBucket']}/incoming/")
    for line in later:
        say(f"  Before you go live  {line}")
    say("  Go live       make switch TRIAL=off (administrator's guide, 'Going live')")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (DeployError, asked.AnswersError) as error:
        sys.exit(f"deploy: {error}")
    except yaml.YAMLError as error:
        sys.exit(f"deploy: the answers file cannot be read: {error}")
    except (KeyboardInterrupt, EOFError):
        sys.exit("\ndeploy: stopped; run the same command again to go on")
