"""What the dashboard counted of a run, held against its rows: `aviso data recount` after the storm.

Local AWS gives all streams from one thread and drops what a partial batch failure reports, so
`tally` is not triggered during a run. Here it gets every record of its triggers as on AWS: shard
by shard in order, the shards side by side, again until taken, and many once more in random order,
while calls fail.
"""

import os
import random
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.harness.stream_triggers import matches, triggers
from infra.local.stack import StackError
from tests.chaos import stream_faults
from tests.chaos.environment import FOLDER, World
from tests.rig import figures

SHARDS = 2  # of each trigger
AT_ONCE = 4  # shards
BATCH = 25
AGAIN = 0.25  # share of the records that come once more
TRIES = 10  # MaximumRetryAttempts of the triggers

Record = dict[str, Any]


def count(world: World, seed: int) -> int:
    """Give every record to `tally`, and many twice; return how many were given up."""
    dice = random.Random(seed)
    shards: list[list[Record]] = []
    for trigger in (t for t in triggers() if t.function == "tally"):
        of_trigger: list[list[Record]] = [[] for _ in range(SHARDS)]
        for record in stream_faults.read(world, f"{trigger.table}Table"):
            if matches(trigger.pattern, record):
                of_trigger[zlib.crc32(_key(record, "pk").encode()) % SHARDS].append(record)
        shards += of_trigger
    shards.sort(key=len, reverse=True)  # the longest begin first
    again = [dice.sample(shard, round(AGAIN * len(shard))) for shard in shards]

    def give(shard: list[Record], repeated: list[Record]) -> int:
        return _deliver(world, shard) + _deliver(world, repeated)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(give, shards, again))


def differences(world: World) -> list[str]:
    """Compare every counter with its rows, as `aviso data recount` does; return what differs."""
    os.environ.update(world.aws.credentials)
    for output, value in world.aws.outputs.items():
        if output.endswith("Table"):
            os.environ[output.removesuffix("Table").upper() + "_TABLE"] = value
    # What names the tables is known now: what reads them is imported after.
    from aviso.domain.settings import build
    from infra.compiler.compile import load

    return figures.recounted(build(load(FOLDER / "agency.yaml")))


def _deliver(world: World, shard: Sequence[Record]) -> int:
    """Deliver records in their order; return how many were given up."""
    given_up = 0
    for start in range(0, len(shard), BATCH):
        left = list(shard[start : start + BATCH])
        for _ in range(TRIES):
            left = _left(world, left)
            if not left:
                break
        given_up += len(left)
    return given_up


def _left(world: World, batch: list[Record]) -> list[Record]:
    """Deliver a batch once; return what AWS would deliver again: from the first failure on."""
    try:
        answer = world.aws.invoke("tally", {"Records": batch})
    except StackError:
        return batch
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    places = [n for n, r in enumerate(batch) if r["dynamodb"]["SequenceNumber"] in failed]
    return batch[places[0] :] if places else []


def _key(record: Record, name: str) -> str:
    return str(record["dynamodb"]["Keys"].get(name, {}).get("S", ""))
