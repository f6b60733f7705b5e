"""The state machine of the night on local AWS, started by what a person types."""

from datetime import datetime

from infra.local.stack import PATIENCE, LocalAws
from tests.support import backfill_run


def finish(aws: LocalAws, since: datetime) -> int:
    """Wait until each night that began since a moment has ended well; return how many did."""
    machine = {"stateMachineArn": aws.outputs["NightlyMachine"]}
    found = aws.client("stepfunctions").list_executions(**machine)["executions"]
    begun = [run["executionArn"] for run in found if run["startDate"] >= since]
    for execution in begun:
        backfill_run.finish(aws, execution, PATIENCE)
    aws.wait_until_quiet()
    return len(begun)
