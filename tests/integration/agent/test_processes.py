"""The agent as a process that is killed, against a PostgreSQL that is killed while rows change."""

import random
import signal
import time
from datetime import timedelta

import pytest

from tests.integration.agent.conftest import as_the_feed_reads, now
from tests.support.put_receiver import BUSY, DENIED, LOST

STEPS = [
    ("Reader", "table"), ("Reader", "statement"), ("pull", "as_file"), ("Upload", "put"),
    ("Places", "advance"), ("Places", "complete"),
]  # fmt: skip


@pytest.fixture
def run(fork, settings_file):
    """Return a function that lets the agent run once and gives its exit code and what it said."""
    return lambda **how: fork(str(settings_file()), "--once", **how).ended()


def put_rows(records, count=8):
    for number in range(count):
        records.put(number, f"Secret {number}", now() - timedelta(minutes=count - number))


class TestRun:
    def test_files_arrive_with_checksum_and_owner(
        self, records, start, settings_file, bucket, feed
    ):
        put_rows(records)
        process = start(str(settings_file()), "--once")
        out, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert as_the_feed_reads(bucket, feed) == records.people()
        assert {key.split("/")[0] for key, _ in bucket.files} == {"incoming"}
        assert bucket.headers[0]["x-amz-expected-bucket-owner"] == "123456789012"
        assert "Secret" not in out + said

    def test_a_missing_permission_is_a_sentence(self, records, run, bucket):
        put_rows(records)
        bucket.faults = [DENIED] * 9
        code, said = run()
        assert code == 1
        assert "retry=no AWS refused the upload. The role needs s3:PutObject" in said
        assert bucket.files == []

    def test_a_lost_answer_repeats_the_same_file(self, records, run, bucket, feed):
        put_rows(records, 3)
        bucket.faults = [LOST, BUSY]
        assert run()[0] == 0
        assert len(bucket.files) == 2
        assert bucket.files[0] == bucket.files[1]
        assert as_the_feed_reads(bucket, feed) == records.people()

    def test_a_dry_run_sends_and_shows_nothing(self, records, start, settings_file, bucket):
        put_rows(records)
        process = start(str(settings_file()), "--dry-run")
        out, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert "people: columns num, id, name, upd" in out
        assert "Secret" not in out + said
        assert bucket.files == []

    def test_wrong_settings_end_it_with_a_sentence(self, start, settings_file, records):
        process = start(str(settings_file("every: 1 second", "every: never")))
        _, said = process.communicate(timeout=120)
        assert process.returncode == 2
        assert "every must be a time such as" in said
        assert "Traceback" not in said

    def test_a_database_that_is_down_is_waited_for(
        self, postgres, records, start, settings_file, bucket, feed
    ):
        put_rows(records)
        postgres.kill()
        process = start(str(settings_file()), "--once")
        assert "retry=in " in process.stderr.readline()
        postgres.start()
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert as_the_feed_reads(bucket, feed) == records.people()


class TestKilledAtAStep:
    @pytest.mark.parametrize(("owner", "step"), STEPS)
    def test_nothing_is_lost(self, records, run, bucket, feed, owner, step):
        put_rows(records)
        assert run(killed_after=(owner, step))[0] == -signal.SIGKILL
        records.put(2, "Changed", now())
        assert run()[0] == 0
        assert as_the_feed_reads(bucket, feed) == records.people()
        before = len(bucket.files)
        assert run()[0] == 0
        assert len(bucket.files) == before  # nothing more is sent


class TestKilledAnywhere:
    def test_nothing_is_lost_while_rows_change(
        self, postgres, records, fork, settings_file, bucket, feed
    ):
        chance = random.Random(16)
        file = str(settings_file())
        for turn in range(6):
            agent = fork(file)
            for _ in range(8):
                records.put(chance.randrange(40), f"Secret {chance.random()}", now())
                time.sleep(chance.random() / 5)
            if turn % 2:
                postgres.kill()
                postgres.start()
                records.put(chance.randrange(40), "After the restart", now())
            time.sleep(chance.random() * 2)
            agent.kill()
            _, said = agent.ended()
            assert "Secret" not in said
            assert "Traceback" not in said
        records.put(50, "Last", now())
        code, said = fork(file, "--once").ended()
        assert code == 0, said
        assert len(bucket.files) > 2
        assert as_the_feed_reads(bucket, feed) == records.people()

    def test_a_stop_ends_it_cleanly(self, records, start, settings_file, bucket):
        put_rows(records)
        agent = start(str(settings_file()))
        until = time.monotonic() + 60
        while not bucket.files and time.monotonic() < until:
            time.sleep(0.1)
        agent.terminate()
        _, said = agent.communicate(timeout=60)
        assert agent.returncode == 0
        assert said.rstrip().endswith("stopped")
