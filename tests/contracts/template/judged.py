"""The policies of the template, judged by an engine that is not local AWS's."""

import copy
from collections.abc import Callable
from typing import Any

from tests.permissions.policies import deployed
from tests.permissions.policy_engine import Call, Judge

JUDGE = Judge(deployed())


def allowed(calls: list[Call], judge: Judge = JUDGE) -> list[Call]:
    return [call for call, ok in zip(calls, judge.allowed(calls), strict=True) if ok]


def widened(change: Callable[[dict[str, Any]], None]) -> Judge:
    """Return a judge of the template with one thing in it changed."""
    judge = copy.copy(JUDGE)
    judge.resources = copy.deepcopy(JUDGE.resources)
    judge.roles = {n: r for n, r in judge.resources.items() if r["Type"] == "AWS::IAM::Role"}
    change(judge.resources)
    return judge
