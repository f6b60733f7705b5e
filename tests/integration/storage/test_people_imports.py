"""Imports of people delay messages each by itself, and for a bounded time."""

import json
from datetime import datetime, timedelta
from itertools import count

import pytest

from aviso.domain.notice import State
from aviso.domain.reasons import WaitReason
from aviso.notices import monitoring
from aviso.storage import guard_items, guards, people_imports
from aviso.storage.guard_items import GuardItem
from infra.harness.builders import NOW, NUMBER, a_notice

MINUTE = timedelta(minutes=1)
LASTS = 20 * MINUTE  # the longest time that the importer asks for


def begin(source: str, at: datetime = NOW, *, pushed: bool = True) -> None:
    people_imports.begin(source, at + LASTS, at, pushed=pushed)


def end(source: str, *, pushed: bool = True) -> None:
    people_imports.end(source, pushed=pushed)


def waits(at: datetime) -> bool:
    until = guards.read(NUMBER, {}).importing_until
    return until is not None and until > at


@pytest.mark.usefixtures("aws")
class TestDelay:
    def test_nothing_waits_without_an_import(self):
        end("never-begun")
        assert not waits(NOW)

    def test_messages_wait_until_the_last_import_ended(self):
        begin("a")
        begin("b")
        end("a")
        assert waits(NOW)
        end("b")
        assert not waits(NOW)

    def test_ending_twice_ends_no_other_import(self):
        begin("a")
        begin("b")
        end("a")
        end("a")
        assert waits(NOW)

    def test_a_crashed_import_does_not_extend_by_others(self):
        begin("crashed", pushed=False)
        for minute in range(1, 25):
            begin(f"push-{minute}", NOW + minute * MINUTE)
            end(f"push-{minute}")
            assert waits(NOW + minute * MINUTE) is (minute < 20)

    @pytest.mark.parametrize("crashes", [{3}, {0, 49}, set(range(0, 50, 5)), set(range(50))])
    def test_fifty_overlapping_pushes_delay_for_a_bound(self, crashes: set[int]):
        for n in range(50):
            begin(f"push-{n}", NOW + n * MINUTE / 10)
            if n > 2 and n - 3 not in crashes:
                end(f"push-{n - 3}")
        assert waits(NOW + 5 * MINUTE)
        for n in range(50):
            if n not in crashes:
                end(f"push-{n}")
        last = NOW + max(crashes) * MINUTE / 10
        assert waits(last + LASTS - MINUTE / 60)
        assert not waits(last + LASTS)

    def test_a_push_without_a_pause_delays_for_half_an_hour(self):
        for minute in range(60):
            at = NOW + minute * MINUTE
            begin(f"push-{minute}", at)
            if minute:
                end(f"push-{minute - 1}")
            assert waits(at) is (at < NOW + people_imports.PUSHES_DELAY)
        end("push-59")
        begin("after-a-pause", NOW + 60 * MINUTE)
        assert waits(NOW + 60 * MINUTE)

    def test_a_file_delays_for_as_long_as_it_is_read(self):
        for minute in range(0, 240, 15):
            begin("file", NOW + minute * MINUTE, pushed=False)
            assert waits(NOW + minute * MINUTE)
        end("file", pushed=False)
        assert not waits(NOW + 226 * MINUTE)

    def test_a_file_and_a_push_of_one_name_are_two(self):
        begin("same", pushed=True)
        begin("same", pushed=False)
        end("same", pushed=True)
        assert waits(NOW)


@pytest.mark.usefixtures("aws")
class TestRow:
    def test_imports_whose_time_is_over_leave_the_row(self):
        for n in range(50):
            begin(f"people-{n}", NOW + n * 60 * MINUTE)
        assert len(GuardItem.get(people_imports.PEOPLE_IMPORT).imports) == 1

    def test_a_storm_of_failing_pushes_has_room(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(people_imports, "ROOM", 10)
        for n in range(40):
            begin(f"push-{n}", NOW + n * MINUTE / 60)
        item = GuardItem.get(people_imports.PEOPLE_IMPORT)
        assert len(item.imports) == 11
        assert item.imports[people_imports.REST] == NOW + 39 * MINUTE / 60 + LASTS

    def test_a_full_row_is_far_below_the_limit(self):
        names = {people_imports._key(str(n), pushed=True): NOW for n in range(501)}
        item = GuardItem(people_imports.PEOPLE_IMPORT, imports=names, since=NOW)
        assert len(json.dumps(item.to_dynamodb_dict())) < 50_000

    def test_a_renewal_survives_a_removal_at_once(self, monkeypatch: pytest.MonkeyPatch):
        begin("late")
        read, turns = guard_items.get, count()

        def renewed_after_the_read(pk: str) -> GuardItem | None:
            item = read(pk)
            if next(turns) == 0:  # another worker's: read by the next call
                begin("late", NOW + 30 * MINUTE)
            return item

        monkeypatch.setattr(people_imports, "get", renewed_after_the_read)
        begin("other", NOW + 30 * MINUTE)
        end("other")
        assert waits(NOW + 49 * MINUTE)

    def test_a_row_of_the_last_release_is_no_obstacle(self):
        GuardItem(people_imports.PEOPLE_IMPORT, until=NOW + LASTS).save()
        end("a")
        begin("a")
        assert waits(NOW)


@pytest.mark.usefixtures("aws")
class TestAlarm:
    def waiting(self):
        return a_notice(state=State.WAITING, reason=WaitReason.IMPORT_UNDER_WAY)

    def test_an_hour_of_imports_is_told(self):
        for minute in range(0, 75, 15):
            begin("file", NOW + minute * MINUTE, pushed=False)
        at = NOW + 61 * MINUTE
        since = people_imports.under_way_since(at)
        assert monitoring.waits_for_imports(self.waiting(), since, at)
        before = NOW + 59 * MINUTE
        assert not monitoring.waits_for_imports(self.waiting(), since, before)

    def test_only_notices_that_wait_for_imports_count(self):
        other = a_notice(state=State.WAITING, reason=WaitReason.QUIET_HOURS)
        assert not monitoring.waits_for_imports(other, NOW, NOW + 61 * MINUTE)

    def test_nothing_is_told_after_the_last_import(self):
        begin("file", pushed=False)
        end("file", pushed=False)
        assert people_imports.under_way_since(NOW) is None
