"""Who may do what, as `forbidden_calls.yaml` says it, as calls that the engine judges one by one.

The table holds one line for a harm: the calls that would do it, on what, and who may make them all
the same. Every other role of the template is judged to be refused, one that is added later too.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from infra.local.nodejs import PACKAGES, node
from tests.permissions.policies import ACCOUNT
from tests.permissions.policy_engine import Call, Judge

TABLE = Path(__file__).with_name("forbidden_calls.yaml")
EACH = "each "  # before a type: every resource of it
EVERY = "every "  # before IAM's name of a type: every action on it
JUDGED = (  # what holds something, or passes it on
    *("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"),
    *("AWS::SecretsManager::Secret", "AWS::KMS::Key", "AWS::Cognito::UserPool"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    because: str
    do: tuple[str, ...]
    what: tuple[str, ...]
    may: tuple[str, ...] = ()
    who: tuple[str, ...] = ()  # whom it is about; none: every role of the template
    context: tuple[tuple[str, str | list[str]], ...] = ()  # a list where the key has many values


def lines(file: Path = TABLE) -> list[Line]:
    """Return the table's lines in its order."""
    raw: list[Mapping[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return [
        Line(
            because=row["because"],
            do=tuple(row["do"]),
            what=tuple(row["what"]),
            may=tuple(row.get("may", ())),
            who=tuple(row.get("who", ())),
            context=tuple(row.get("with", {}).items()),
        )
        for row in raw
    ]


def forbidden(line: Line, judge: Judge) -> list[Call]:
    """Return the calls of a line that must be refused."""
    return [call for call in _calls(line, judge) if call.who not in _roles(line.may, judge)]


def permitted(line: Line, judge: Judge) -> list[Call]:
    """Return the calls of a line that must be allowed."""
    return [call for call in _calls(line, judge) if call.who in _roles(line.may, judge)]


def named(line: Line, judge: Judge) -> set[str]:
    """Return the resources that a line names one by one."""
    return {on.partition("/")[0] for on in line.what} & judge.resources.keys()


def _calls(line: Line, judge: Judge) -> Iterator[Call]:
    everybody = line.who or tuple(judge.roles)
    who = dict.fromkeys((*_roles(everybody, judge), *_roles(line.may, judge)))
    context = {
        key: value if isinstance(value, list) else value.replace("ACCOUNT", ACCOUNT)
        for key, value in line.context
    }
    actions = [action for do in line.do for action in _actions(do)]
    for caller, action, on in product(who, actions, line.what):
        for arn in _arns(on, judge):
            yield Call(caller, action, arn, context)


@cache
def _actions(do: str) -> tuple[str, ...]:
    """Return the actions that a line names: one, or every one that IAM has for a type.

    Raises:
        ValueError: when IAM has no action for such a type.
    """
    if not do.startswith(EVERY):
        return (do,)
    kind = do.removeprefix(EVERY)
    done = subprocess.run(
        [node(), Path(__file__).with_name("actions.cjs")],
        cwd=PACKAGES,
        input=json.dumps([kind]),
        text=True,
        capture_output=True,
        check=True,
    )
    found = tuple(json.loads(done.stdout)[kind])
    if not found:
        raise ValueError(f"IAM has no action for {kind}")
    return found


def _roles(names: tuple[str, ...], judge: Judge) -> tuple[str, ...]:
    """Return roles by their logical ids: a function's is named after it."""
    return tuple(f"{n}Role" if f"{n}Role" in judge.roles else n for n in names)


def _arns(on: str, judge: Judge) -> Iterator[str]:
    if on.startswith(EACH):
        kind, _, rest = on.removeprefix(EACH).partition("/")
        for resource in judge.resources.values():
            if resource["Type"] == kind:
                yield resource["Arn"] + (f"/{rest}" if rest else "")
        return
    name, slash, rest = on.partition("/")
    found = judge.resources.get(name)
    yield found["Arn"] + slash + rest if found else on.replace("ACCOUNT", ACCOUNT)
