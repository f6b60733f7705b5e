"""Changes that an agent by row time could lose: one moment, shifted clocks, a late commit."""

import time
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy

from tests.integration.agent.conftest import LOCAL, NOW, as_the_feed_reads, now

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MOMENT = LOCAL - MINUTE + timedelta(microseconds=123_456)


def versions(feed):
    """Return how often each version of a row was sent, by id and name."""
    return Counter((row["id"], row["name"]) for row in feed.rows())


class TestSameMicrosecond:
    def test_a_row_added_at_that_moment_arrives_once(self, agent, records, feed):
        records.put(1, "First", MOMENT)
        agent().run()
        records.put(2, "Second", MOMENT)
        assert agent().run(NOW + MINUTE) == 1
        assert agent().run(NOW + 2 * MINUTE) == 0
        assert versions(feed) == {("1", "First"): 1, ("2", "Second"): 1}

    def test_a_row_changed_at_that_moment_arrives_once(self, agent, records, feed):
        records.put(1, "First", MOMENT)
        agent().run()
        records.put(1, "Second", MOMENT)
        assert agent().run(NOW + MINUTE) == 1
        assert agent().run(NOW + 2 * MINUTE) == 0
        assert feed.people() == records.people()
        assert versions(feed) == {("1", "First"): 1, ("1", "Second"): 1}

    def test_a_row_deleted_and_added_again_is_not_news(self, agent, records, feed):
        records.put(1, "First", MOMENT)
        agent().run()
        records.execute("DELETE FROM people")
        assert agent().run(NOW + MINUTE) == 0
        records.put(1, "First", MOMENT)
        assert agent().run(NOW + 2 * MINUTE) == 0


class TestClocks:
    @pytest.mark.parametrize("shift", [-2 * HOUR, -MINUTE, MINUTE, 2 * HOUR])
    def test_the_agents_clock_may_jump(self, agent, records, feed, shift):
        for n in range(6):
            records.put(n, "Before", LOCAL + n * MINUTE)
            agent().run(NOW + n * MINUTE)
        for n in range(6, 12):
            records.put(n, "After", LOCAL + n * MINUTE)
            agent().run(NOW + n * MINUTE + shift)
        agent().run(NOW + 13 * MINUTE)
        assert feed.people() == records.people()
        assert set(versions(feed).values()) == {1}

    @pytest.mark.parametrize("ahead", [10 * MINUTE, HOUR, 400 * 24 * HOUR])
    def test_a_database_clock_that_was_ahead(self, agent, records, feed, ahead):
        records.put(1, "While ahead", LOCAL + ahead)
        agent().run()
        records.put(2, "Set right", LOCAL + MINUTE)
        agent().run(NOW + 2 * MINUTE)
        assert feed.people() == records.people()

    def test_a_database_clock_set_back_within_the_overlap(self, agent, records, feed):
        records.put(1, "Before", LOCAL)
        agent().run()
        records.put(2, "Set back", LOCAL - 14 * MINUTE)
        assert agent().run(NOW + MINUTE) == 1
        assert feed.people() == records.people()

    def test_set_back_further_it_needs_since(self, agent, records, feed):
        """The README says so: nothing tells such a row from one that was always there."""
        records.put(1, "Before", LOCAL)
        agent().run()
        records.put(2, "Set back", LOCAL - HOUR)
        assert agent().run(NOW + MINUTE) == 0
        assert agent().run(NOW + 2 * MINUTE, since=LOCAL - 2 * HOUR) == 2
        assert feed.people() == records.people()


class TestLateCommitWhileItRuns:
    def wait(self, process, bucket, feed, wanted):
        until = time.monotonic() + 60
        while wanted not in as_the_feed_reads(bucket, feed).values():
            assert process.poll() is None
            assert time.monotonic() < until, wanted
            time.sleep(0.1)

    def test_an_open_transaction_is_found(
        self, postgres, records, start, settings_file, bucket, feed
    ):
        process = start(str(settings_file()))
        try:
            with records.engine.begin() as slow:
                slow.execute(
                    sqlalchemy.text("INSERT INTO people VALUES ('26-9', 9, 'Late', :at)"),
                    {"at": now() - 5 * MINUTE},
                )
                for n in range(3):  # each is read and put before the next is written
                    records.put(n, f"Newer {n}", now())
                    self.wait(process, bucket, feed, f"Newer {n}")
                assert "Late" not in as_the_feed_reads(bucket, feed).values()
            self.wait(process, bucket, feed, "Late")
            postgres.kill()
            postgres.start()
            records.put(1, "After the restart", now())
            self.wait(process, bucket, feed, "After the restart")
        finally:
            process.terminate()
            process.communicate(timeout=60)
        assert as_the_feed_reads(bucket, feed) == records.people()
        feed.files = list(dict(feed.files).items())  # an object that was put again is the same
        assert set(versions(feed).values()) == {1}
