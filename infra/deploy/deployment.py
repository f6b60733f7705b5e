"""`make deploy`: from an AWS account to a portal that has sent its first message to the operator.

Every step can be repeated: completed steps are recognized.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.compiler import approvals, sample_values, state_law
from infra.compiler.compile import load, places
from infra.deploy import (
    account_checks,
    answers,
    post_deploy,
    release_identity,
    stack_policy,
    stacks,
)
from infra.deploy.agency_settings import compile_settings
from infra.deploy.findings import Severity
from infra.deploy.progress import say
from infra.deploy.smoke_test_rows import Operator
from infra.deploy.stacks import EDGE, MAIN, DeployError
from infra.repository import ROOT


def deploy(agency: Path, *, dry_run: bool) -> None:
    """Deploy.

    Args:
        dry_run: whether to check and report, and change nothing.

    Raises:
        DeployError: when something must be fixed first, or the smoke test failed.
    """
    settings = compile_settings(agency)
    file = answers.file_for(agency)
    given = answers.read(file)
    given["accepted_texts"] = accept_texts(agency, given, answers.person(), dry_run=dry_run)
    given = answers.complete(given, answers.person())
    chosen = answers.chosen(file, {*stacks.parameters(MAIN), *stacks.parameters(EDGE)})
    answers.save(file, given, chosen)
    given["email_from"] = settings.messages.email_from
    given["agency"] = chosen.get("Agency", settings.agency.name)
    carrier = settings.messages.carrier_answers_stop
    given["carrier_answers_stop"] = "yes" if carrier else "no"
    given["built"] = release_identity.built()
    given["standing_case"] = settings.agency.example_number
    given["alarm_email"] = chosen.get("AlarmEmail", given["alarm_email"])
    clients = stacks.clients_of(given["region"])
    later = [*look(clients, given), *untried(settings, datetime.now(UTC))]
    later += open_settings(agency)
    if dry_run:
        tell_steps(clients, given, settings)
        return
    outputs = stacks.deploy_main(agency, given, settings, chosen)
    for stack in stack_policy.protect(clients, given["stack"]):
        say(f"protected from replacing and deleting its data: {stack.rpartition('stack/')[2]}")
    stack_policy.termination(clients, given["stack"], protected=True)
    outputs = stacks.deploy_edge(clients, given, outputs, chosen)
    stack_policy.termination(clients, stacks.edge_of(given["stack"]), protected=True)
    for step in to_wire(clients, outputs, given, settings):
        say(f"wiring: {step.what}")
        step.take(clients)
    failed: DeployError | None = None
    try:
        later += run_smoke_test(clients, given, settings, outputs)
    except DeployError as error:
        failed = error
        later.append(f"smoke test: {error}")
    later += unheard(clients, given, outputs)
    tell_the_end(outputs, given["domain"], later, agency)
    if failed:
        raise failed


def unheard(
    clients: Callable[[str], Any], given: Mapping[str, str], outputs: Mapping[str, str]
) -> list[str]:
    """Return how each alarm address that has not agreed yet will be asked."""
    return [
        f"alarms: AWS sent 'Subscription Confirmation' to {address}, and nobody has confirmed it. "
        "Until then no alarm reaches anybody. After 48 hours AWS forgets that it asked, and this "
        "command asks again (administrator's guide, 4)."
        for address in post_deploy.unconfirmed(clients, outputs["AlarmTopic"], given["alarm_email"])
    ]


def look(clients: Callable[[str], Any], given: Mapping[str, str]) -> list[str]:
    """Run the checks and print their findings; return what must be put right later.

    Raises:
        DeployError: when something stops the deployment.
    """
    home = stacks.clients_of(stacks.home_of(given["region"]))
    findings = [*account_checks.tools(ROOT), *account_checks.account(clients, home, given)]
    for finding in findings:
        say(f"{finding.level.value:>5}  {finding.check}: {finding.message}")
    stopping = sum(f.level is Severity.STOPS for f in findings)
    if stopping:
        raise DeployError(f"{stopping} of the above must be fixed first; nothing was changed.")
    return [f"{f.check}: {f.message}" for f in findings if f.level is Severity.LATER]


def untried(settings: Any, now: datetime) -> list[str]:
    """Print, and return for the end, that the deployment can send no message, where that is so."""
    from infra.deploy import smoke_test

    lines = []
    if why := smoke_test.owes_nothing(settings, now):
        lines.append(
            f"smoke test: {why}, so this deployment sends no text and no email to prove that "
            "messages are sent. Once an arrest notice is owed, run 'make deploy' again before you "
            "go live."
        )
    for line in lines:
        say(f"{Severity.LATER.value:>5}  {line}")
    return lines


def tell_steps(clients: Callable[[str], Any], given: Mapping[str, str], settings: Any) -> None:
    """Print what would be set; change nothing."""
    try:
        outputs = stacks.read_outputs(clients, given["stack"])
    except ClientError:
        say("dry run: the stack is not there yet; its change set would be shown before it is made")
        return
    for step in to_wire(clients, outputs, given, settings):
        say(f"dry run: would {step}")


def to_wire(
    clients: Callable[[str], Any],
    outputs: Mapping[str, str],
    given: Mapping[str, str],
    settings: Any,
) -> Iterator[post_deploy.SettingFix]:
    """Yield the calls still to be made for what CloudFormation cannot set or see."""
    from aviso.content import messages  # compiled by now

    number, carrier = given["sms_number"], settings.messages.carrier_answers_stop
    back = [
        messages.reply("start", language, settings, outputs["PortalUrl"]).body
        for language in settings.agency.languages
    ]
    yield from post_deploy.steps(clients, outputs, number, carrier, "\n".join(back))
    yield from post_deploy.alarms(clients, outputs["AlarmTopic"], given["alarm_email"])


def operator_of(given: Mapping[str, str]) -> Operator:
    """Return the person who deploys, and gets the smoke test's messages."""
    return Operator(
        phone=given["operator_phone"],
        email=given["operator_email"],
        texts_from=given["sms_number"],
    )


def run_smoke_test(
    clients: Callable[[str], Any],
    given: Mapping[str, str],
    settings: Any,
    outputs: Mapping[str, str],
) -> list[str]:
    """Run the smoke test; return what is not proved yet.

    While nobody has set trial mode, the stack is new: its gateways take long to be ready, and the
    operator becomes the only guest, because the test needs one.

    Raises:
        DeployError: when the portal does not work.
    """
    os.environ["AWS_REGION"] = given["region"]
    stacks.bind(outputs)
    from aviso.storage import sending_controls  # reads the tables just named
    from infra.deploy import receipt_checks, smoke_test, smoke_test_push, smoke_test_reply

    operator, now, unproved = operator_of(given), datetime.now(UTC), list[str]()
    wait = smoke_test.GATEWAY_SECONDS
    if sending_controls.never_set():
        wait = smoke_test.NEW_GATEWAY_SECONDS
        smoke_test.only_the_operator(operator)
        say("trial mode is on: only the operator is written to, until you turn it off")
    lines = chain(
        smoke_test.walk(clients, outputs, settings, operator, now, gateway_seconds=wait),
        smoke_test_push.walk(clients, outputs, settings, operator, now, gateway_seconds=wait),
        smoke_test_reply.walk(operator, now),
    )
    try:
        for line in lines:
            say(f"smoke test: {line}")
            unproved += [f"smoke test: {line}"] if receipt_checks.NOT_PROVED in line else []
    except smoke_test.SmokeError as error:
        raise DeployError(f"deployed, but the smoke test failed: {error}.") from None
    return unproved


def open_settings(agency: Path) -> list[str]:
    """Print, and return for the end, what a person must still look at in the settings.

    Values that the sample made up, and what does less than the law asks for.
    """
    raw = load(agency)
    _, law = places(ROOT / "templates", raw)
    lines = [*state_law.below_the_law(raw, law)]
    if names := sample_values.left(raw):
        lines.append(
            f"settings: {', '.join(names)} still have made-up values of the sample agency, and "
            f"victims would read them. Write yours into {agency.name}, then run 'make deploy' "
            "again."
        )
    for line in lines:
        say(f"{Severity.LATER.value:>5}  {line}")
    return lines


def accept_texts(
    agency: Path, given: Mapping[str, str], ask: Callable[[str], str] | None, *, dry_run: bool
) -> str:
    """Print who vouches for the texts; return the mark of those that are accepted as they are.

    Args:
        ask: puts a question to a person; None without a terminal.

    Raises:
        AnswersError: when it does not accept what no certified translator approved.
    """
    raw = load(agency)
    known = approvals.translated(places(ROOT / "templates", raw), raw["agency"]["languages"])
    for line in approvals.sentences(known):
        say(line)
    wanted, before = approvals.not_certified(known) or "none", given.get("accepted_texts", "none")
    if dry_run or wanted in ("none", before):
        return before
    if ask and ask("Send what is not certified to victims as it is? (accept): ") == "accept":
        return wanted
    raise answers.AnswersError(
        "A certified translator has not approved every text. To send them as they are, write "
        f"'accepted_texts: {wanted}' into {answers.file_for(agency).name}. To have them read: "
        "./aviso texts sheet --help."
    )


def tell_the_end(outputs: Mapping[str, str], domain: str, later: list[str], agency: Path) -> None:
    """Print where the portal is, and what is left to do."""
    say()
    say(f"  The portal    {outputs['PortalUrl'] if domain == 'none' else 'https://' + domain}")
    say(f"  The desk      {outputs['StaffUrl']} (its first account: administrator's guide, 4)")
    if target := outputs.get("DnsTarget"):
        say(f"  DNS           point your name to {target} (CNAME), unless Route 53 did")
    say(f"  Drop exports  s3://{outputs['FeedBucket']}/incoming/")
    for line in later:
        say(f"  Before you go live  {line}")
    say(f"  Go live       ./aviso switch --trial off --agency {agency} (administrator's guide, 6)")
