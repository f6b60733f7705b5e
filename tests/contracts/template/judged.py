"""The policies of the template, judged by an engine that is not local AWS's."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

from tests.permissions.policies import deployed
from tests.permissions.policy_engine import Call, Judge


@cache
def ours() -> Judge:
    """Return a judge of the template as it is; to translate it takes seconds."""
    return Judge(deployed())


def allowed(calls: list[Call], judge: Judge | None = None) -> list[Call]:
    """Return those of the calls that the judge allows."""
    judge = judge or ours()
    return [call for call, ok in zip(calls, judge.allowed(calls), strict=True) if ok]


def widened(change: Callable[[dict[str, Any]], None]) -> Judge:
    """Return a judge of the template with one thing in it changed."""
    judge = copy.copy(ours())
    judge.resources = copy.deepcopy(judge.resources)
    judge.roles = {n: r for n, r in judge.resources.items() if r["Type"] == "AWS::IAM::Role"}
    change(judge.resources)
    return judge
