"""A case that the records system deletes or seals: off the portal at once, and nobody is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain.duties import owed
from aviso.domain.guards import Guards
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.restriction import restriction_of
from aviso.domain.routing import Situation, Suppress, route
from aviso.domain.session import Session
from aviso.notices import planning
from aviso.storage import cases, notices
from aviso.victims import visits
from aviso.victims.verification import Claim, may_see
from infra.harness.builders import LIFTED, NOW, NUMBER, case_at
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local

HOUR = timedelta(hours=1)
COLUMN = "SEALED_FLAG"


@pytest.fixture
def feed(feed: Feed) -> Feed:
    files = tuple(
        replace(f, columns={**f.columns, "removed": COLUMN}) if f.kind == "cases" else f
        for f in feed.settings.feed
    )
    feed.settings = replace(feed.settings, feed=files)
    feed.drop("cases", a_case_row())
    feed.drop("people", a_person_row(), a_suspect_row())
    feed.drop("arrests", an_arrest_row())
    planning.plan(NUMBER, feed.settings, NOW)
    return feed


def seal(feed: Feed, word: str = "Y", hours: int = 1) -> list[Notice]:
    """Drop the sealed row twice, plan the case twice, and return its notices."""
    at = NOW + hours * HOUR
    for _ in range(2):
        feed.drop("cases", a_case_row(removed=word, row_time=local(at)), at=at)
        planning.plan(NUMBER, feed.settings, at)
    return notices.list_notices(stored())


def a_visit(feed: Feed) -> Session | None:
    claim = Claim(
        number=NUMBER, last_name="Muñoz", birth_dates=[date(1985, 4, 12)], source="192.0.2.1"
    )
    opened = visits.open_case(claim, feed.settings, datetime.now(UTC))
    return opened[1] if opened else None


class TestRemovedCase:
    def test_stops_what_is_planned_or_held(self, feed: Feed) -> None:
        before = notices.list_notices(stored())
        assert before
        notices.move(
            before[0], State.HELD, due_at=NOW, only_from=[before[0].state], reason=HoldReason.OLD
        )
        after = seal(feed)
        assert {n.id for n in after} == {n.id for n in before}
        assert {(n.state, n.reason) for n in after} == {(State.SUPPRESSED, "case_removed")}
        assert not owed(case_at(stored(), feed.settings, told=after))

    def test_stops_a_claimed_notice(self, feed: Feed) -> None:
        (notice, *_) = notices.list_notices(stored())
        feed.drop("cases", a_case_row(removed="Y", row_time=local(NOW)))
        situation = Situation(
            case=stored(),
            notice=notice,
            told=[notice],
            guards=Guards(),
            settings=feed.settings,
            now=NOW,
        )
        assert route(situation) == Suppress(reason=StopReason.CASE_REMOVED)

    def test_tells_nobody_what_comes_later(self, feed: Feed) -> None:
        known = len(seal(feed))
        feed.drop("arrests", an_arrest_row(withdrawn="Y", row_time=local(NOW + 2 * HOUR)))
        feed.drop(
            "arrests", an_arrest_row(id="A2", row_time=local(NOW + 2 * HOUR)), at=NOW + 2 * HOUR
        )
        planning.plan(NUMBER, feed.settings, NOW + 2 * HOUR)
        assert len(notices.list_notices(stored())) == known

    def test_ends_visits_and_begins_none(self, feed: Feed) -> None:
        visit = a_visit(feed)
        assert visit
        assert visits.visited_case(visit, feed.settings, datetime.now(UTC))
        seal(feed)
        assert visits.visited_case(visit, feed.settings, datetime.now(UTC)) is None
        assert a_visit(feed) is None

    @pytest.mark.parametrize("level", ["knowledge", "code", "restricted_code"])
    def test_opens_to_no_proof(self, feed: Feed, level: str) -> None:
        seal(feed)
        policy = replace(feed.settings.verification, restricted_by_code=True)
        loose = replace(feed.settings, verification=policy)
        assert not may_see(stored(), stored().victims[0], level, loose)

    def test_stays_hidden_after_a_lifted_restriction(self, feed: Feed) -> None:
        report = stored().report
        assert report
        cases.write_row(NUMBER, replace(report, desk_restriction=LIFTED), report)
        seal(feed)
        assert restriction_of(stored(), feed.settings) == "removed"

    def test_keeps_its_rows_and_what_was_told(self, feed: Feed) -> None:
        (notice, *_) = notices.list_notices(stored())
        now = NOW + timedelta(minutes=1)
        claimed = notices.move(notice, State.CLAIMED, due_at=now, only_from=[notice.state])
        notices.move(claimed, State.SENT, due_at=now, only_from=[State.CLAIMED], told_at=now)
        after = seal(feed)
        assert next(n for n in after if n.id == notice.id).state is State.SENT
        assert [v.id for v in stored().victims] == ["P1"]
        assert retention.due(stored(), feed.settings) == (
            NOW + HOUR + timedelta(days=feed.settings.retention.closed_cases)
        )

    def test_is_told_again_when_restored(self, feed: Feed) -> None:
        seal(feed)
        again = seal(feed, "N", hours=2)
        assert {n.state for n in again} == {State.PLANNED}
        assert a_visit(feed)

    def test_is_restricted_by_a_doubtful_flag(self, feed: Feed) -> None:
        after = seal(feed, "PERHAPS")
        assert restriction_of(stored(), feed.settings) == "feed"
        assert {n.state for n in after} == {State.HELD}

    def test_disputed_at_one_moment_is_for_a_person(self, feed: Feed) -> None:
        rows = [a_case_row(removed=word, row_time=local(NOW)) for word in ("Y", "N")]
        for order in (rows, rows[::-1]):
            feed.drop("cases", *order, at=NOW)
            report = stored().report
            assert report
            assert (report.removed, restriction_of(stored(), feed.settings)) == (False, "feed")
        feed.drop("cases", a_case_row(removed="Y", row_time=local(NOW + HOUR)), at=NOW + HOUR)
        assert restriction_of(stored(), feed.settings) == "removed"

    def test_merged_is_found_under_its_new_number(self, feed: Feed) -> None:
        merged = a_case_row(number="2611240999", former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", merged, at=NOW + HOUR)
        feed.drop("people", a_person_row(number="2611240999"), at=NOW + HOUR)
        feed.drop("cases", a_case_row(removed="Y", row_time=local(NOW + HOUR)), at=NOW + 2 * HOUR)
        case = stored("2611240999")
        assert not restriction_of(case, feed.settings)
        assert [v.id for v in case.victims] == ["P1"]
