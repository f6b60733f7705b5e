"""Feed and ledger can rebuild the tallies: a lost table is counted again, each figure as it was."""

from datetime import timedelta

import boto3
import pytest

from aviso.reporting import sealing
from aviso.storage import counters
from infra.deploy.adopt import sealed
from infra.harness.builders import NOW
from infra.ops.rebuild_counters import NotEmptyError, rebuild
from tests.conftest import REGION
from tests.support.counted import TODAY, Counted, arrested


def lose_the_table() -> None:
    """Empty the tallies, as after a loss."""
    database = boto3.client("dynamodb", region_name=REGION)
    for item in database.scan(TableName="Tallies")["Items"]:
        key = {name: item[name] for name in ("pk", "sk")}
        database.delete_item(TableName="Tallies", Key=key)


def some_days(world: Counted) -> None:
    """Let a case be looked at, enrolled and told."""
    world.store(arrested().case)
    session = world.log_in()
    world.enroll(session, "ana2@example.com")
    world.deliver()
    world.tally()
    world.log_in()


class TestRebuild:
    def test_counts_a_lost_table_as_it_was(self, world: Counted) -> None:
        some_days(world)
        before = world.figures()
        assert before.total("logins") == 2
        assert before.total("told") > 0
        lose_the_table()
        assert world.figures() != before
        rebuild(world.settings)
        assert world.figures() == before
        assert world.differences() == []

    def test_keeps_sealed_days_that_were_restored(self, world: Counted) -> None:
        some_days(world)
        sealing.seal_days(world.settings, TODAY + timedelta(days=400))
        world.now = NOW + timedelta(days=20)
        world.log_in()
        days = TODAY - timedelta(days=9), TODAY + timedelta(days=30)
        before = counters.read(*days)
        assert counters.last_sealed() < world.now.date()
        database = boto3.client("dynamodb", region_name=REGION)
        restored = list(sealed(database.scan(TableName="Tallies")["Items"]))
        lose_the_table()
        for row in restored:
            database.put_item(TableName="Tallies", Item=row)
        rebuild(world.settings)
        assert counters.read(*days) == before
        assert world.differences() == []

    def test_never_doubles_a_counter(self, world: Counted) -> None:
        some_days(world)
        with pytest.raises(NotEmptyError):
            rebuild(world.settings)
