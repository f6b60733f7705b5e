"""Visitors of the same moment count in the same rows: nobody who is right is refused for that.

DynamoDB cancels a transaction at once while another one has one of its rows in hand; moto does not.
So these tests hold each transaction's rows for some milliseconds, and cancel as DynamoDB would.
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from msgspec.structs import replace

from aviso.storage import limits, sessions
from aviso.storage.operations import client
from aviso.victims import rate_limits, verification, visits
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import store

HELD_FOR = 0.005  # seconds that a transaction has its rows in hand; AWS's take about as long
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


@contextmanager
def rows_in_hand():
    """Cancel every transaction that wants a row which another one has in hand."""
    lock, mine = threading.Lock(), threading.local()
    busy: set[str] = set()
    collisions: list[int] = []

    def before(params, **_):
        items = json.loads(params["body"])["TransactItems"]
        rows = {
            json.dumps(one.get("Key") or {"pk": one["Item"]["pk"]})
            for (one,) in map(dict.values, items)
        }
        with lock:
            if rows & busy:
                collisions.append(1)
                return conflict()
            busy.update(rows)
            mine.rows = rows
        time.sleep(HELD_FOR)
        return None

    def after(**_):
        with lock:
            busy.difference_update(getattr(mine, "rows", set()))
        mine.rows = set()

    with hooked(before, after):
        yield collisions


def reserve_at_once(how_many, settings):
    """Let so many visitors, each of a network of their own, try at the same moment."""
    barrier = threading.Barrier(how_many)

    def visit(n):
        counted = rate_limits.limits(f"26112400{n:02}", f"198.51.100.{n}", settings, NOW)
        barrier.wait()
        return sessions.reserve(counted)

    with ThreadPoolExecutor(how_many) as threads:
        return list(threads.map(visit, range(how_many)))


def test_visitors_of_one_moment_are_all_let_in(aws, settings):
    with rows_in_hand() as collisions:
        assert all(reserve_at_once(12, settings))
    assert collisions, "the test shows nothing when none collided"


def test_the_overall_count_is_spread_and_still_holds(aws, settings):
    most = 90
    names = {limits.overall("ALL", most, NOW).name for _ in range(200)}
    assert len(names) == most // limits.TRIES_A_SHARD
    let_in = sum(sessions.reserve([limits.overall("ALL", most, NOW)]) for _ in range(most + 40))
    assert most * 0.8 <= let_in <= most


def test_who_proves_who_they_are_gets_in_though_the_refund_collides(aws, settings):
    store(a_case().with_victim("v1").case)
    calls = []

    def second_and_third_collide(**_):
        calls.append(1)
        return conflict() if len(calls) in (2, 3) else None

    with hooked(second_and_third_collide):
        assert visits.open_case(right(), settings, NOW) is not None
    assert len(calls) == 4


def test_what_collides_on_and_on_is_refused(aws, settings):
    store(a_case().with_victim("v1").case)
    with hooked(lambda **_: conflict()):
        assert visits.open_case(right(), settings, NOW) is None


def test_a_count_of_several_fits_whole_or_not_at_all(aws):
    limit = replace(limits.a_day("CHANGED", "v1", 6, NOW), count=4)
    assert sessions.reserve([limit])
    assert not sessions.reserve([limit])
    assert sessions.reserve([replace(limit, count=2)])
