"""`python -m tests.permissions.recorded_calls`: what the tests did on local AWS, judged once more.

Local AWS enforces IAM by an engine of its own, and each call that it let a function make is in
its log. Here each must be allowed by another engine too, and so must be what AWS asks the stack's
key on the way: to open and to encrypt what the call reads and writes, through its service. A call
that only local AWS lets through would be denied in the city's account, after all tests had passed.
"""

import argparse
import fnmatch
import json
import re
import sys
import time
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.permissions.least_privilege import LOGS
from tests.permissions.policies import ACCOUNT, PARAMETERS, REGION, deployed
from tests.permissions.policy_engine import Call, Judge
from tests.permissions.powers import GUARDS, KEYS

# By what local AWS and the template name the same thing: made of its logical id, or of the stack's
# name; a bucket's in small letters. A pool's id holds nothing of either.
MADE = r"(?<=[:/]){stack}-(?:[^:/]*-)?{logical}-[^:/]*"
NAMED = {
    *("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"),
    *("AWS::Lambda::Function", "AWS::SNS::Topic", "AWS::SQS::Queue"),
}
LOCAL_STACK, LOCAL_ACCOUNT = r"aviso[\w-]*?", "000000000000"
SENDER = PARAMETERS.get("EmailFrom", "notices@example.org")  # the template's default
CONTEXT: Mapping[str, Mapping[str, Any]] = {"ses:SendEmail": {"ses:FromAddress": SENDER}}
BOUNDED = ("Guards", "Members")  # tables of which some roles may use some names alone
THROUGH_THE_KEY = ("dynamodb", "s3", "secretsmanager", "sqs")
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


def recorded(logs: Iterable[Path], judge: Judge) -> list[Call]:
    """Return each call that local AWS let a role make, as a call in the template's account.

    Args:
        logs: local AWS's decision logs.
        judge: whose roles and resources the calls are read as.
    """
    found: dict[tuple[str, str, str, str], Mapping[str, Any]] = {}
    arn_of = cache(partial(translated, judge=judge))  # thousands of calls, some hundred resources
    for log in logs:
        for line in log.read_text(encoding="utf-8").splitlines():
            decision = json.loads(line)
            who = next((role for role in judge.roles if f"-{role}-" in decision["role"]), None)
            if who and decision["allowed"]:
                arn = arn_of(decision["resource"])
                context = {**CONTEXT.get(decision["action"], {}), **_keys(decision, arn, judge)}
                found.setdefault((who, decision["action"], arn, str(context)), context)
    return [Call(who, action, arn, context) for (who, action, arn, _), context in found.items()]


def _keys(decision: Mapping[str, Any], arn: str, judge: Judge) -> dict[str, list[str]]:
    """Return the keys that a call on a table with bounded names named, each by its kind."""
    keys = decision.get("keys", ())
    if not keys or arn not in {judge.resources[name]["Arn"] for name in BOUNDED}:
        return {}
    return {KEYS: sorted({_kind(key) for key in keys})}


def _kind(key: str) -> str:
    """Return the example of the kind of name that a key is; a key of no kind stays itself."""
    kinds = (name for name in GUARDS if fnmatch.fnmatchcase(key, name))
    kind = max(kinds, key=len, default=None)
    return GUARDS[kind][1] if kind else key


def translated(arn: str, judge: Judge) -> str:
    """Return the ARN that a thing of local AWS's has in the template's account."""
    for logical, resource in judge.resources.items():
        if resource["Type"] in NAMED:
            pattern = MADE.format(stack=LOCAL_STACK, logical=re.escape(logical))
            name = resource["Name"]
            arn = re.sub(pattern, lambda _, name=name: name, arn, flags=re.IGNORECASE)  # type: ignore[misc]
    arn = re.sub(r"userpool/[^/]+", f"userpool/{judge.resources['Pool']['Name']}", arn)
    return arn.replace(LOCAL_ACCOUNT, ACCOUNT)


def asked_of_the_key(calls: Iterable[Call], judge: Judge) -> list[Call]:
    """Return what AWS asks the key while it carries these calls out."""
    key = judge.resources["Key"]["Arn"]
    users = dict.fromkeys((call.who, call.action.partition(":")[0]) for call in calls)
    return [
        Call(who, action, key, _through(service))
        for who, service in users
        if service in THROUGH_THE_KEY
        for action in KEY_ACTIONS
    ]


def _through(service: str) -> dict[str, str]:
    return {
        "kms:CallerAccount": ACCOUNT,
        "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
    }


def denied(calls: Iterable[Call], judge: Judge) -> list[Call]:
    """Return those of the calls, and of what they ask of the key, that the engine denies."""
    made = list(calls)
    asked = [*made, *asked_of_the_key(made, judge)]
    return [call for call, ok in zip(asked, judge.allowed(asked), strict=True) if not ok]


def main() -> int:
    """Judge the calls of the tests that ran since a moment; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--since", type=float, default=0, help="logs since then (epoch)")
    since = parser.parse_args().since
    logs = [log for log in LOGS.glob("*/access.jsonl") if log.stat().st_mtime >= since]
    judge, started = Judge(deployed()), time.monotonic()
    calls = recorded(logs, judge)
    if not calls:
        print("judged: no test on local AWS made a call; run 'make test' first", file=sys.stderr)
        return 1
    wrong = denied(calls, judge)
    for call in wrong:
        print(f"judged: local AWS allowed what another engine denies: {call}")
    print(
        f"judged: {len(calls):,} different calls that the tests made and what they ask of the key, "
        f"{len(wrong):,} denied by another engine, in {time.monotonic() - started:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
