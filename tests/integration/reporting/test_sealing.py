"""Counters over the years: what stays true when days are sealed and their rows are gone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from aviso import reporting
from aviso.compliance import retention
from aviso.runtime import hashing
from aviso.storage import cases, counters, suppressions
from infra.deploy import adopt
from infra.harness.builders import NOW, NUMBER
from infra.ops.rebuild_counters import rebuild
from tests.conftest import REGION
from tests.integration.reporting.test_counters import PHONE, TODAY, Counted, arrested

LATER = 402  # days, until when the first ones are sealed and their audit rows gone


@pytest.fixture
def world(world: Counted) -> Counted:
    """The flow of an agency that went live today."""
    live = replace(world.settings.agency, go_live=NOW)
    world.settings = replace(world.settings, agency=live)
    return world


def years_on(world: Counted, days: int = LATER) -> None:
    """Let time pass, and the nights seal what is over."""
    world.now = NOW + timedelta(days=days)
    while reporting.seal_days(world.settings, TODAY + timedelta(days=days)):
        pass
    last = counters.last_sealed()
    assert last is not None
    assert last > TODAY


def rows(table: str) -> Iterator[dict[str, Any]]:
    """Yield a table's items."""
    client = boto3.client("dynamodb", region_name=REGION)
    yield from client.scan(TableName=table)["Items"]


def key_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return an item's key."""
    return {name: row[name] for name in ("pk", "sk") if name in row}


def let_expire(world: Counted) -> None:
    """Delete what DynamoDB would have deleted by now."""
    client = boto3.client("dynamodb", region_name=REGION)
    for table in ("Tallies", "Audit", "Notices", "Guards"):
        for row in rows(table):
            if "expires" in row and int(row["expires"]["N"]) < world.now.timestamp():
                client.delete_item(TableName=table, Key=key_of(row))
    world.streams.records()


def by_day(metric: str) -> dict[int, int]:
    """Return on which days, from the first, how many counted."""
    found = counters.read(TODAY, TODAY + timedelta(days=LATER + 9))
    totals = {(day - TODAY).days: c.get(metric, {}).get("all", 0) for day, c in found.items()}
    return {day: total for day, total in totals.items() if total}


def test_who_stops_again_after_that_day_is_sealed_counts_today_and_the_sealed_day_stays(
    world: Counted,
) -> None:
    suppressions.opt_out(hashing.address_key(PHONE), "reply", NOW)
    world.tally()
    years_on(world)
    suppressions.opt_out(hashing.address_key(PHONE), "reply", world.now)
    world.tally()
    assert by_day("opted_out") == {0: 1, LATER: 1}
    assert world.differences() == []


def test_who_stops_again_while_that_day_is_open_counts_on_the_later_day_alone(
    world: Counted,
) -> None:
    suppressions.opt_out(hashing.address_key(PHONE), "reply", NOW)
    world.tally()
    suppressions.opt_out(hashing.address_key(PHONE), "reply", NOW + timedelta(days=3))
    world.tally()
    assert by_day("opted_out") == {3: 1}
    assert world.differences() == []


def told_of_an_arrest(world: Counted) -> None:
    """Let another arrest be made, told and counted, and the victim look."""
    made = len(cases.read_case(NUMBER).arrests)
    arrest = arrested().with_arrest(id=f"a{made}9", arrested_at=world.now, export_time=world.now)
    cases.write_row(NUMBER, arrest.case.arrests[-1], None)
    world.plan()
    world.send()
    world.tally()
    world.log_in()


def test_a_victim_counts_once_though_all_that_said_so_is_sealed_and_gone(world: Counted) -> None:
    world.store(arrested().but(arrests=()))
    told_of_an_arrest(world)
    years_on(world)
    let_expire(world)
    told_of_an_arrest(world)
    assert by_day("logins") == {0: 1, LATER: 1}
    assert by_day("arrests_told") == {0: 1, LATER: 1}
    assert by_day("visitors") == by_day("victims_notified") == {0: 1}
    assert world.differences() == []


def test_a_recount_finds_a_first_visit_that_was_never_counted_after_days_were_sealed(
    world: Counted,
) -> None:
    years_on(world)
    world.store(arrested().case)
    world.log_in()
    client = boto3.client("dynamodb", region_name=REGION)
    for row in rows("Tallies"):
        if row["sk"]["S"].endswith("#visitors"):
            client.delete_item(TableName="Tallies", Key=key_of(row))
    assert {d.metric for d in world.differences()} == {"visitors"}


def test_an_erased_victim_who_comes_again_is_no_new_one(world: Counted) -> None:
    world.store(arrested().case)
    world.log_in()
    retention.erase(NUMBER, "v1", "records", world.settings, world.now)
    years_on(world)
    let_expire(world)
    cases.write_row(NUMBER, arrested().case.victims[0], None)
    world.log_in()
    assert by_day("visitors") == {0: 1}
    assert world.differences() == []


def test_a_stack_that_takes_over_knows_who_counted_on_sealed_days(world: Counted) -> None:
    world.store(arrested().case)
    world.log_in()
    years_on(world)
    world.log_in(name="Muñoz-v1")
    taken = list(adopt.sealed(rows("Tallies")))
    (once,) = [row for row in taken if row["pk"]["S"].startswith("EVENT#")]
    assert once["pk"]["S"].startswith("EVENT#visitor:")
    assert once["note"]["S"].startswith(str(TODAY))


def test_a_table_restored_and_rebuilt_knows_who_counted_on_sealed_days(world: Counted) -> None:
    world.store(arrested().case)
    world.log_in()
    years_on(world)
    let_expire(world)
    world.log_in()
    before = counters.read(TODAY, TODAY + timedelta(days=LATER))
    restored = list(adopt.sealed(rows("Tallies")))
    client = boto3.client("dynamodb", region_name=REGION)
    for row in rows("Tallies"):
        client.delete_item(TableName="Tallies", Key=key_of(row))
    for kept in restored:
        client.put_item(TableName="Tallies", Item=kept)
    rebuild(world.settings)
    assert counters.read(TODAY, TODAY + timedelta(days=LATER)) == before
    assert world.differences() == []


def test_what_happens_in_trial_mode_before_the_go_live_is_counted_and_sealed(
    world: Counted,
) -> None:
    live = replace(world.settings.agency, go_live=NOW + timedelta(days=7))
    world.settings = replace(world.settings, agency=live)
    world.store(arrested().case)
    world.log_in()
    assert world.differences() == []
    years_on(world)
    assert TODAY in dict(counters.seals())
    assert world.differences() == []


def test_a_recount_finds_a_counter_of_a_day_before_all_others(world: Counted) -> None:
    before = TODAY - timedelta(days=30)
    counters.count("broken", {(before, "logins"): {"all": 1}}, "", TODAY)
    assert [(d.day, d.counted) for d in world.differences()] == [(before, 1)]
