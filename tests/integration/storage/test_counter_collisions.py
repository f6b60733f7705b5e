"""Visitors of the same moment count in the same rows: nobody who is right is refused for that.

DynamoDB cancels a transaction at once while another one has one of its rows in hand; moto does not.
So these tests keep each transaction's rows in hand, and cancel as DynamoDB would. What happens in
which order is fixed: all first tries come at the same moment, rows are drawn in turn, and a pause
ends when the row is free. moto itself copies its tables for each transaction and is not safe for
threads, so one transaction at a time reaches it.
"""

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from msgspec.structs import replace

from aviso.storage import limits, sessions
from aviso.storage.model_calls import client
from aviso.victims import rate_limits, verification, visits
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import store

VISITORS = 12
LONGEST = 30  # seconds that anything here waits; only a broken test waits that long
CONFLICT = {
    "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
    "CancellationReasons": [{"Code": "TransactionConflict"}],
    "ResponseMetadata": {"HTTPStatusCode": 400},
}


def right():
    """Return what opens the ordinary case."""
    born = [date(1985, 4, 12)]
    return verification.Claim(
        number=NUMBER, last_name="munoz v1", birth_dates=born, source="192.0.2.7"
    )


def conflict():
    return AWSResponse("https://dynamodb.example.org", 400, HTTPHeaders(), None), CONFLICT


@contextmanager
def hooked(before, after=None):
    events = client().meta.events
    events.register("before-call.dynamodb.TransactWriteItems", before)
    if after:
        events.register("after-call.dynamodb.TransactWriteItems", after)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", before)
        if after:
            events.unregister("after-call.dynamodb.TransactWriteItems", after)


class RowsInHand:
    """Cancels every transaction that wants a row which another one has in hand."""

    def __init__(self, visitors):
        self.together = threading.Barrier(visitors)
        self.changed, self.moto = threading.Condition(), threading.Lock()
        self.busy: set[str] = set()
        self.collisions = 0
        self.mine = threading.local()

    def before(self, params, **_):
        wanted = {
            json.dumps(one.get("Key") or {"pk": one["Item"]["pk"]})
            for of in json.loads(params["body"])["TransactItems"]
            for one in of.values()
        }
        with self.changed:
            self.mine.rows, self.mine.holds = wanted, self.busy.isdisjoint(wanted)
            self.collisions += not self.mine.holds
            self.busy |= wanted if self.mine.holds else set()
        if not getattr(self.mine, "came", False):
            self.mine.came = True
            self.together.wait(LONGEST)
        if not self.mine.holds:
            return conflict()
        self.moto.acquire()
        return None

    def after(self, **_):
        if self.mine.holds:
            self.moto.release()
            with self.changed:
                self.busy -= self.mine.rows
                self.changed.notify_all()

    def pause(self, _seconds):
        """Wait until the rows that this thread wants are free."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.busy.isdisjoint(self.mine.rows), LONGEST)


class TestVisitors:
    def test_of_one_moment_are_all_let_in(self, aws, settings, monkeypatch):
        """Each is of a network of its own, so the row of all sources is the one they share."""
        hand, turns = RowsInHand(VISITORS), itertools.count()
        in_turn = SimpleNamespace(randbelow=lambda below: next(turns) % below)
        monkeypatch.setattr(limits, "secrets", in_turn)
        monkeypatch.setattr(sessions, "time", SimpleNamespace(sleep=hand.pause))
        counted = [
            rate_limits.limits(f"26112400{n:02}", f"198.51.100.{n}", settings, NOW)
            for n in range(VISITORS)
        ]
        with hooked(hand.before, hand.after), ThreadPoolExecutor(VISITORS) as threads:
            assert all(threads.map(sessions.reserve, counted))
        assert hand.collisions == VISITORS - limits.MOST_SHARDS
        rows = {limit.name for limits_of_one in counted for limit in limits_of_one}
        assert sum(sessions.CounterItem.get(f"FAILS#{row}").tries for row in rows) == 3 * VISITORS

    def test_are_held_by_a_count_that_is_spread(self, aws, settings):
        most = 90
        names = {limits.overall("ALL", most, NOW).name for _ in range(200)}
        assert len(names) == most // limits.TRIES_A_SHARD
        let_in = sum(sessions.reserve([limits.overall("ALL", most, NOW)]) for _ in range(most + 40))
        assert most * 0.8 <= let_in <= most

    def test_get_in_though_the_refund_collides(self, aws, settings):
        store(a_case().with_victim("v1").case)
        calls = []

        def second_and_third_collide(**_):
            calls.append(1)
            return conflict() if len(calls) in (2, 3) else None

        with hooked(second_and_third_collide):
            assert visits.open_case(right(), settings, NOW) is not None
        assert len(calls) == 4

    def test_that_collide_on_and_on_are_refused(self, aws, settings):
        store(a_case().with_victim("v1").case)
        with hooked(lambda **_: conflict()):
            assert visits.open_case(right(), settings, NOW) is None

    def test_in_a_group_fit_whole_or_not(self, aws):
        limit = replace(limits.a_day(limits.DayLimit("CHANGED", "v1", 6), NOW), count=4)
        assert sessions.reserve([limit])
        assert not sessions.reserve([limit])
        assert sessions.reserve([replace(limit, count=2)])
