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
from tests.conftest import REGION
from tests.support.counted import TODAY, Counted, arrested
from tests.support.sending import PHONE

LATER = 402  # days, until when the first ones are sealed and their audit rows gone


@pytest.fixture
def world(world: Counted) -> Iterator[Counted]:
    """The flow of an agency that went live today; a recount has the same figures in the end."""
    live = replace(world.settings.agency, go_live=NOW)
    world.settings = replace(world.settings, agency=live)
    yield world
    assert world.differences() == []


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


def told_of_an_arrest(world: Counted) -> None:
    """Let another arrest be made, told and counted, and the victim look."""
    made = len(cases.read_case(NUMBER).arrests)
    arrest = arrested().with_arrest(id=f"a{made}9", arrested_at=world.now, export_time=world.now)
    cases.write_row(NUMBER, arrest.case.arrests[-1], None)
    world.deliver()
    world.tally()
    world.log_in()


class TestSealedDay:
    def test_stays_when_somebody_stops_again_later(self, world: Counted) -> None:
        suppressions.opt_out(hashing.address_key(PHONE), "reply", NOW)
        world.tally()
        years_on(world)
        suppressions.opt_out(hashing.address_key(PHONE), "reply", world.now)
        world.tally()
        assert by_day("opted_out") == {0: 1, LATER: 1}

    def test_counts_a_victim_once_for_good(self, world: Counted) -> None:
        world.store(arrested().but(arrests=()))
        told_of_an_arrest(world)
        years_on(world)
        let_expire(world)
        told_of_an_arrest(world)
        assert by_day("logins") == {0: 1, LATER: 1}
        assert by_day("arrests_told") == {0: 1, LATER: 1}
        assert by_day("visitors") == by_day("victims_notified") == {0: 1}

    def test_makes_no_new_one_of_an_erased_victim(self, world: Counted) -> None:
        world.store(arrested().case)
        world.log_in()
        retention.erase(NUMBER, "v1", "records", world.settings, world.now)
        years_on(world)
        let_expire(world)
        cases.write_row(NUMBER, arrested().case.victims[0], None)
        world.log_in()
        assert by_day("visitors") == {0: 1}

    def test_is_known_to_a_stack_that_takes_over(self, world: Counted) -> None:
        world.store(arrested().case)
        world.log_in()
        years_on(world)
        world.log_in(name="Muñoz-v1")
        taken = list(adopt.sealed(rows("Tallies")))
        (once,) = [row for row in taken if row["pk"]["S"].startswith("EVENT#")]
        assert once["pk"]["S"].startswith("EVENT#visitor:")
        assert once["note"]["S"].startswith(str(TODAY))
