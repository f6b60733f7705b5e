"""What must be right in an AWS account before anything is deployed; one function per check.

A check takes boto3 clients and answers, and returns findings: what is well, what should be put
right, and what stops the deployment, in words for a person who knows police work better than AWS.
Every check runs, so that everything missing is known at once; AWS takes days to grant most of it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from infra.deploy.cloudtrail_checks import data_events
from infra.deploy.existing_resources import domain, edge_state, stack_state, taken_back, text_logs
from infra.deploy.findings import Check, Clients, Finding, Severity, later, stops, well
from infra.deploy.release_identity import lineage
from infra.deploy.sending_rates import NEEDED_CONCURRENCY, TOLL_FREE, concurrency_limit, find_phone
from infra.deploy.ses_checks import email_identity, email_sandbox
from infra.deploy.smoke_test_case import standing_case

LOW_SPEND = 50  # dollars a month; a new account has 1
EXPIRED = "Your AWS sign-in has expired. Sign in again: 'aws sso login'."


def tools(root: Path) -> Iterator[Finding]:
    """Check that the tools for building and deploying are there."""
    for name, place in {"AWS SAM": ".tools/sam/bin/sam", "uv": ".tools/uv/bin/uv"}.items():
        if not (root / place).exists():
            yield stops("tools", f"{name} is missing. Run 'make setup', which fetches it.")
            return
    yield well("tools", "SAM and uv are here")


def credentials(clients: Clients, _answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that AWS accepts our credentials, and that they are not the account's root.

    Asked in a region that every account has, as the list of regions is: in a mistyped region nobody
    answers.
    """
    try:
        who = clients("sts").get_caller_identity()
    except NoCredentialsError:
        yield stops(
            "credentials",
            "No AWS credentials were found. Sign in with 'aws sso login' or 'aws configure', "
            "and name the profile in AWS_PROFILE.",
        )
        return
    except ProfileNotFound as error:
        yield stops(
            "credentials",
            f"{error}. 'aws configure list-profiles' lists those of this computer; name one of "
            "them in AWS_PROFILE.",
        )
        return
    except (SSOError, TokenRetrievalError):
        yield stops("credentials", EXPIRED)
        return
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired"):
            yield stops("credentials", EXPIRED)
        else:
            yield stops(
                "credentials",
                f"AWS does not accept these credentials ({code}): they were mistyped or deleted. "
                "Sign in with 'aws sso login' and name the profile in AWS_PROFILE; "
                "'aws sts get-caller-identity' shows who you are.",
            )
        return
    if who["Arn"].endswith(":root"):
        yield stops(
            "credentials",
            "These are the keys of the account's root user, which must not be used for work. "
            "Make an administrator in IAM Identity Center and sign in as that one.",
        )
        return
    yield well("credentials", f"account {who['Account']}")


def region(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the region exists for this account and has what texts need."""
    known = clients("ec2").describe_regions(AllRegions=True)["Regions"]
    states = {r["RegionName"]: r["OptInStatus"] for r in known}
    wanted = answers["region"]
    if wanted not in states:
        yield stops(
            "region",
            f"'{wanted}' is not an AWS region. Correct 'region' in the "
            "answers file; near Arizona it is us-west-2, near Virginia us-east-1.",
        )
    elif states[wanted] == "not-opted-in":
        yield stops(
            "region",
            f"{wanted} is switched off for this account. Name another "
            "'region' in the answers file, or switch it on: 'aws account enable-region "
            f"--region-name {wanted}'.",
        )
    else:
        yield well("region", wanted)


def plan(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that AWS will not close the account by itself, as it does on the Free plan.

    Asked in a region that every account has; GovCloud has no such plan, and an account of before
    July 2025 has none.
    """
    if answers["region"].startswith("us-gov-"):
        yield well("plan", "GovCloud has no Free plan")
        return
    try:
        kind = clients("freetier").get_account_plan_state()["accountPlanType"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            yield well("plan", "an account without a Free plan")
        else:
            yield later(
                "plan",
                f"AWS does not say which plan this account has ({code}). See in the Billing "
                "console that it is not the Free plan, whose accounts AWS closes after six months.",
            )
        return
    if kind == "FREE":
        yield stops(
            "plan",
            "This account is on AWS's Free plan. AWS closes it after six months, or once $200 are "
            "used, with all that is in it. Choose 'Upgrade plan' in the Billing console, then run "
            "'make deploy' again.",
        )
    else:
        yield well("plan", "a paid account")


def concurrency(clients: Clients, _answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that enough functions may run at once: a new account has 10 (AWS Lambda quotas)."""
    limit = concurrency_limit(clients)
    if limit < NEEDED_CONCURRENCY:
        yield later(
            "concurrency",
            f"This account may run only {limit} functions at once, as new accounts do. None "
            "can be reserved, so a flood of visitors could keep messages waiting. Ask for 1,000, "
            "which costs nothing and takes AWS a day or two: 'aws service-quotas "
            "request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
            "--desired-value 1000'. Then deploy again.",
        )
    else:
        yield well("concurrency", f"{limit} functions at once")


def text_sandbox(clients: Clients, _answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that SNS may text anybody, not only ten verified numbers."""
    if clients("sns").get_sms_sandbox_account_status()["IsInSandbox"]:
        yield later(
            "texts",
            "Texts are in the SNS sandbox: ten verified numbers at most. In the SNS console choose "
            "'Exit SMS sandbox'; AWS answers within a day. Until then verify the operator's phone.",
        )
    else:
        yield well("texts", "out of the sandbox")


def text_spend(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check the monthly limit for texts: at it they stop without an error (SNS quotas)."""
    attributes = clients("sns").get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"]
    limit = float(attributes.get("MonthlySpendLimit", "1"))
    if limit < LOW_SPEND:
        yield later(
            "texts",
            f"This account may spend ${limit:g} a month on texts. Then texts stop without an "
            "error. Ask for more: Service Quotas, SNS, 'Account spend threshold for SMS'; then set "
            "it in the SNS console.",
        )
    elif float(answers["sms_spend_alarm"]) >= limit:
        yield later(
            "texts",
            f"The alarm for texts is at ${answers['sms_spend_alarm']} and texts stop at "
            f"${limit:g}: the alarm would be too late. Lower 'sms_spend_alarm' in the "
            "answers file.",
        )
    else:
        yield well("texts", f"up to ${limit:g} a month")


def text_number(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the number is registered and active, and that only one party answers a STOP.

    In the US, carriers block an unregistered number, and answer STOP to a toll-free one:
    https://docs.aws.amazon.com/sms-voice/latest/userguide/opt-out-list-keywords.html
    """
    number = answers["sms_number"]
    if number == "none":
        yield later(
            "number",
            "The answers name no number that texts come from. US carriers accept texts only from a "
            "registered one: request a toll-free number or 10DLC in AWS End User Messaging; "
            "registration takes one to three weeks. Then write it into the answers as sms_number.",
        )
        return
    phone = find_phone(clients, number)
    if phone is None:
        yield stops(
            "number",
            f"{number} is not among this account's numbers in this region. Check the digits, or "
            "request it in AWS End User Messaging.",
        )
    elif phone["Status"] != "ACTIVE":
        yield later(
            "number",
            f"{number} is not active yet (it is {phone['Status']}); texts from "
            "it fail until its registration is done. Its state: AWS End User "
            "Messaging, 'Registrations'.",
        )
    elif "SMS" not in phone["NumberCapabilities"]:
        yield stops(
            "number",
            f"{number} cannot send texts. Request one with the capability SMS in "
            "AWS End User Messaging, and name it as 'sms_number' in the answers file.",
        )
    elif phone["NumberType"] == TOLL_FREE and answers["carrier_answers_stop"] != "yes":
        yield stops(
            "number",
            f"{number} is toll-free. There the carrier answers STOP and blocks us, whatever AWS is "
            "told, and we would answer a second time. Write 'carrier_answers_stop: true' in your "
            "settings, under 'messages', and run 'make deploy' again.",
        )
    else:
        yield well("number", f"{number} is active")


FIRST: tuple[Check, ...] = (credentials, region, plan)
ACCOUNT: tuple[Check, ...] = (
    concurrency,
    stack_state,
    edge_state,
    lineage,
    taken_back,
    standing_case,
    email_identity,
    email_sandbox,
    text_sandbox,
    text_spend,
    text_number,
    text_logs,
    domain,
    data_events,
)


def account(clients: Clients, home: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Run every check; the first ones run at `home`, a region of every account, and may end it."""
    for check in FIRST:
        found = list(ask(check, home, answers))
        yield from found
        if any(f.level is Severity.STOPS for f in found):
            return
    for check in ACCOUNT:
        yield from ask(check, clients, answers)


def ask(check: Check, clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Run a check; a missing answer from AWS is a finding too."""
    try:
        yield from check(clients, answers)
    except ClientError as error:
        yield _refused(check.__name__, error)
    except BotoCoreError as error:
        yield stops(
            check.__name__,
            f"AWS could not be asked: {error}. See that this computer reaches the internet and "
            "that no proxy keeps it from AWS, then run 'make deploy' again.",
        )


def _refused(check: str, error: ClientError) -> Finding:
    code = error.response["Error"]["Code"]
    if code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"):
        return stops(
            check,
            f"You may not ask AWS for this ({error.operation_name}). Sign in as an administrator "
            "of the account; 'aws sts get-caller-identity' shows who you are.",
        )
    return stops(
        check,
        f"AWS could not be asked for this ({error.operation_name}: {code}). Wait a minute and run "
        "'make deploy' again; if it says so again, the AWS Health Dashboard in the console may "
        "know why.",
    )
