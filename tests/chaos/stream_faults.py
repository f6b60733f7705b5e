"""Delivers stream records again, as AWS may, and loses some, as AWS does when they age out."""

import contextlib
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from tests.chaos.environment import World

BATCH = 25
AT_ONCE = 2


def lose_from_here(world: World) -> dict[str, Any]:
    """Stop giving records of the Cases stream to the planner; return what `resume` needs."""
    (trigger,) = world.triggers("PlanNotices")
    world.aws.client("lambda").delete_event_source_mapping(UUID=trigger["UUID"])
    return trigger


def resume(world: World, trigger: dict[str, Any]) -> None:
    """Go on with what comes from now on: the records between are never seen by the trigger."""
    world.aws.client("lambda").create_event_source_mapping(
        FunctionName=trigger["FunctionArn"],
        EventSourceArn=trigger["EventSourceArn"],
        StartingPosition="LATEST",
        BatchSize=trigger["BatchSize"],
        FunctionResponseTypes=trigger["FunctionResponseTypes"],
    )


def length(world: World, table: str) -> int:
    """Return how many records a table's stream has had."""
    return sum(1 for _ in read(world, table))


def redeliver(
    world: World, table: str, function: str, seed: int, *, skip: int, unseen: range
) -> tuple[int, int]:
    """Give a stream's records to a function once more, in random order; return (place, records).

    Args:
        table: the output that names the table.
        skip: the place up to which records were delivered before.
        unseen: the places of records that aged out: these no function ever sees.
    """
    records = list(read(world, table))
    places = [n for n in range(skip, len(records)) if n not in unseen]
    fresh = [records[n] for n in places if _wanted(records[n], table)]
    fresh = _shuffled(fresh, random.Random(seed))
    batches = [fresh[i : i + BATCH] for i in range(0, len(fresh), BATCH)]

    def give(batch: list[dict[str, Any]]) -> None:
        # One that fails or is killed was delivered anyway.
        with contextlib.suppress(Exception):
            world.aws.invoke(function, {"Records": batch})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(give, batches))
    return len(records), len(fresh)


def _shuffled(records: list[dict[str, Any]], dice: random.Random) -> list[dict[str, Any]]:
    """Return records in random order, those of one key side by side, as in a shard they are."""
    by_key: dict[str, list[dict[str, Any]]] = {}
    for record in dice.sample(records, len(records)):
        by_key.setdefault(record["dynamodb"]["Keys"]["pk"]["S"], []).append(record)
    return [record for group in by_key.values() for record in group]


def _wanted(record: dict[str, Any], table: str) -> bool:
    """Apply the filter of the real trigger."""
    if table != "NoticesTable":
        return True
    image = record["dynamodb"].get("NewImage", {})
    return bool(image.get("sk") == {"S": "NOTICE"} and image.get("state") == {"S": "planned"})


def read(world: World, table: str) -> Iterator[dict[str, Any]]:
    """Yield every record of a table's stream, as a function gets it."""
    name = world.aws.outputs[table]
    streams = world.aws.client("dynamodbstreams")
    arn = world.aws.client("dynamodb").describe_table(TableName=name)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    place = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    while place:
        try:
            page = streams.get_records(ShardIterator=place, Limit=1000)
        except ClientError:
            return
        if not page["Records"]:
            return
        for record in page["Records"]:
            plain = json.loads(json.dumps(record, default=lambda at: at.timestamp()))
            yield {**plain, "eventSourceARN": arn}
        place = page.get("NextShardIterator")
