"""Counters over the years: what stays true when days are sealed and their rows are gone."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso import addresses, tallies
from aviso.store import guards
from aviso.store import tallies as counters
from tests.builders import NOW
from tests.unit.test_tallies import PHONE, TODAY, Counted, provider
from tests.unit.test_tallies import world as _world

__all__ = ["_world", "provider"]  # fixtures

LATER = 400  # days, until when the first ones are sealed and their audit rows gone


@pytest.fixture
def world(_world: Counted) -> Counted:
    """The flow of an agency that went live today."""
    live = replace(_world.settings.agency, go_live=NOW)
    _world.settings = replace(_world.settings, agency=live)
    return _world


def years_on(world: Counted, days: int = LATER) -> None:
    """Let time pass, and the nights seal what is over."""
    world.now = NOW + timedelta(days=days)
    while tallies.seal_days(world.settings, TODAY + timedelta(days=days)):
        pass
    last = counters.last_sealed()
    assert last is not None
    assert last > TODAY


def stopped_by_day(world: Counted) -> dict[int, int]:
    """Return on which days, from the first, how many wanted no messages."""
    found = counters.read(TODAY, TODAY + timedelta(days=LATER + 9))
    totals = {(day - TODAY).days: c.get("opted_out", {}).get("all", 0) for day, c in found.items()}
    return {day: total for day, total in totals.items() if total}


def test_who_stops_again_after_that_day_is_sealed_counts_today_and_the_sealed_day_stays(
    world: Counted,
) -> None:
    guards.opt_out(addresses.key(PHONE), "reply", NOW)
    world.tally()
    years_on(world)
    guards.opt_out(addresses.key(PHONE), "reply", world.now)
    world.tally()
    assert stopped_by_day(world) == {0: 1, LATER: 1}
    assert world.differences() == []


def test_who_stops_again_while_that_day_is_open_counts_on_the_later_day_alone(
    world: Counted,
) -> None:
    guards.opt_out(addresses.key(PHONE), "reply", NOW)
    world.tally()
    guards.opt_out(addresses.key(PHONE), "reply", NOW + timedelta(days=3))
    world.tally()
    assert stopped_by_day(world) == {3: 1}
    assert world.differences() == []
