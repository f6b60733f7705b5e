"""A moment in which nothing happens on local AWS, however long it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.stack import LocalAws

GIVEN = (
    *("Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone"),
    *("FlexibleTimeWindow", "Target"),
)


@contextmanager
def standing_still(aws: LocalAws) -> Iterator[None]:
    """Let no schedule and no stream start anything; nothing was told in the 2 seconds before."""
    schedules, functions = aws.client("scheduler"), aws.client("lambda")
    every = [
        {name: found[name] for name in GIVEN}
        for one in schedules.list_schedules()["Schedules"]
        for found in [schedules.get_schedule(Name=one["Name"], GroupName=one["GroupName"])]
    ]
    triggers = functions.list_event_source_mappings()["EventSourceMappings"]

    def turn(*, on: bool) -> None:
        for schedule in every:
            schedules.update_schedule(**schedule, State="ENABLED" if on else "DISABLED")
        for trigger in triggers:
            functions.update_event_source_mapping(UUID=trigger["UUID"], Enabled=on)

    aws.wait_until_quiet()
    turn(on=False)
    try:
        aws.wait_until_quiet()
        yield
    finally:
        turn(on=True)
    aws.wait_until_quiet()
