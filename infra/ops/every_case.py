"""Have every case planned again, as an operator's command needs it."""

import json
from collections.abc import Mapping
from datetime import datetime

import boto3


def plan(outputs: Mapping[str, str], at: datetime) -> None:
    """Start the state machine of the night, which plans many cases at once.

    It asks nobody to answer a survey, unless `at` is in the hour of the night.

    Args:
        outputs: of the stack.
        at: the present time.
    """
    boto3.client("stepfunctions").start_execution(
        stateMachineArn=outputs["NightlyMachine"], input=json.dumps({"time": at.isoformat()})
    )
