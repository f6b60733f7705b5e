"""That a victim wants no news, as a file of the records system says it, and when that is news."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.model import Enrollment, Kind
from aviso.domain.notice import State
from aviso.domain.requests import Rights
from aviso.feed.backfill_history import is_history
from aviso.feed.marks import AGAIN, first_said
from aviso.notices import planning
from aviso.storage import enrollments, notices
from infra.harness.builders import NOW, NUMBER, STALKING, ZONE, a_case, an_answer, case_at
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, stored
from infra.harness.feed_files import local

HOUR = timedelta(hours=1)
TOLD = "waived_in_file"
# The answer in each file, one an hour, and the hour of the one that is news after the last of them.
COURSES: dict[str, tuple[Sequence[str], int | None]] = {
    "in the first file": (["W"], None),
    "in the first file and as before": (["W", "W"], None),
    "in a later file": (["", "W"], 1),
    "after a request": (["R", "W"], 1),
    "in a later file and as before": (["", "W", "W"], 1),
    "taken back": (["", "W", "R"], None),
    "of the first file that comes back": (["W", "", "W"], 2),
    "unreadable": (["", "?"], None),
}


def bring(feed: Feed, answers: Sequence[str], step: timedelta = HOUR) -> list[str]:
    """Import a file for each answer; return the facts that are owed after each."""
    feed.drop("cases", a_case_row())
    found = []
    for n, answer in enumerate(answers):
        at = feed.now = NOW + n * step
        row = a_person_row(rights=answer, street=f"{n + 1} Elm St", row_time=local(at))
        feed.drop("people", row, at=at)
        found.append(news(feed))
    return found


def news(feed: Feed) -> str:
    """Return the fact of a waiver that a case owes now."""
    duties = owed(case_at(stored(), feed.settings, feed.now))
    found = [d for d in duties if TOLD in d.fact]
    assert {d.kind for d in found} <= {Kind.CONTACT_CHANGED}
    return next((str(d.fact) for d in found), "")


def of(at: datetime) -> str:
    return f"{TOLD}:@{at:%Y-%m-%dT%H:%M:%SZ}"


class TestWaiver:
    @pytest.mark.parametrize(("answers", "hour"), COURSES.values(), ids=list(COURSES))
    def test_is_news_of_who_was_known_before(self, feed, answers, hour):
        expected = "" if hour is None else of(NOW + hour * HOUR)
        assert bring(feed, answers)[-1] == expected

    @pytest.mark.parametrize(("step", "times"), [(AGAIN / 3, 1), (AGAIN / 2, 2)])
    def test_that_comes_and_goes_is_one(self, feed, step, times):
        found = bring(feed, ["", "W", "", "W", ""], step)
        assert found[-1] == ""
        assert len(set(found) - {""}) == times

    @pytest.mark.parametrize("days", [1, 1.9, 3, 6])
    def test_taken_back_unheard_is_news_again(self, feed, days):
        """Two files at once bring and take back a waiver, before anything is planned."""
        bring(feed, ["", "W", ""], timedelta(seconds=5))
        at = feed.now = NOW + timedelta(days=days)
        feed.drop("people", a_person_row(rights="W", row_time=local(at)), at=at)
        feed.now += timedelta(hours=12)  # the case may be planned much later
        assert news(feed)

    @pytest.mark.parametrize("days", [0.5, 3])
    def test_taken_back_makes_its_tasks_again(self, feed, days):
        feed.drop("cases", a_case_row(offense=STALKING))
        for n, answer in enumerate(["", "W", "", "W"]):
            at = feed.now = NOW + n * HOUR if n < 3 else NOW + timedelta(days=days)
            feed.drop("people", a_person_row(rights=answer, row_time=local(at)), at=at)
            planning.plan(NUMBER, feed.settings, feed.now)
        planned = [n for n in notices.of_case(NUMBER) if TOLD in n.fact]
        assert State.PLANNED in {n.state for n in planned}

    def test_in_a_file_that_comes_twice_is_announced_once(self, feed):
        bring(feed, [""])
        at = feed.now = NOW + HOUR
        for _ in range(2):
            feed.drop("people", a_person_row(rights="W", row_time=local(at)), at=at)
            planning.plan(NUMBER, feed.settings, feed.now)
        assert [TOLD in n.fact for n in notices.of_case(NUMBER)].count(True) == 1

    @pytest.mark.parametrize("answer", [Rights.REQUESTED, Rights.WAIVED])
    def test_does_not_count_after_an_answer_here(self, feed, answer):
        bring(feed, [""])
        mine = an_answer(answer, NOW)
        enrollments.write_enrollment(NUMBER, Enrollment(victim="P1", requests=(mine,)))
        assert bring(feed, ["", "W"])[-1] == ""
        assert stored().victims[0].rights is Rights.WAIVED

    def test_from_before_moments_were_kept_is_no_news(self):
        """An upgrade announces nothing old."""
        (before,) = a_case().with_victim(rights=Rights.WAIVED).case.victims
        row = first_said(replace(before, street="1 Elm St"), before, NOW, ZONE)
        assert row.waived_at is None

    def test_under_a_new_id_is_news(self, feed):
        bring(feed, [""])
        at = feed.now = NOW + HOUR
        row = a_person_row(id="P9", former_id="P1", rights="W", row_time=local(at))
        feed.drop("people", row, at=at, part=True)
        assert [victim.id for victim in stored().victims] == ["P1"]
        assert news(feed) == of(at)

    @pytest.mark.parametrize("known", [True, False])
    def test_in_a_backfill_is_news_of_a_known_victim(self, feed, known):
        (before,) = a_case().with_victim().case.victims
        waived = replace(before, rights=Rights.WAIVED)
        row = first_said(waived, before if known else None, NOW, ZONE)
        assert is_history(row, feed.settings) is not known
