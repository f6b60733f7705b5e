"""The steps that the status page shows: their order, and what they never say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aviso.domain.case_steps import Step, case_steps
from aviso.domain.model import Arrest, Kind, Report
from aviso.domain.settings import Status

NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)


def day(n: int) -> datetime:
    return datetime(2026, 11, n, 17, tzinfo=UTC)


def report(**more: Any) -> Report:
    return Report(number="1", origin="1", offense="13-1204", reported_at=day(2), **more)


def arrest(**more: Any) -> Arrest:
    return Arrest(**{"id": "a", "origin": "a", "suspect": "s", "arrested_at": day(20), **more})


def status(*, tells: Kind | None = None, closed: bool = False) -> Status:
    words = {"en": "Words"}
    return Status(
        code="X", label=words, meaning=words, next_step=words,
        tells=tells, closed=closed, suspended=False,
    )  # fmt: skip


def names(case: Report, arrests: list[Arrest], known: Status | None) -> list[tuple[str, str]]:
    return [(step.name.value, step.when) for step in steps_of(case, arrests, known)]


def steps_of(case: Report, arrests: list[Arrest], *known: Status | None) -> list[Step]:
    """Give the steps of a report whose status is the first of these."""
    statuses = {(s.code if n else case.status): s for n, s in enumerate(known) if s}
    return case_steps(case, arrests, statuses, NOW)


class TestPastSteps:
    def test_are_in_the_order_of_their_dates(self) -> None:
        case = report(assigned="Det. Ibarra", assigned_at=day(22), prosecutor_at=day(24))
        assert names(case, [arrest()], status()) == [
            ("received", "done"),
            ("arrest", "done"),
            ("assigned", "done"),
            ("prosecutor", "done"),
            ("status", "now"),
        ]

    def test_have_the_prosecutor_when_the_status_tells_of_it(self) -> None:
        case, known = report(prosecutor_at=day(24)), status(tells=Kind.SENT_TO_PROSECUTOR)
        assert ("prosecutor", "done") in names(case, [], known)

    def test_without_a_date_come_after_the_report(self) -> None:
        case = report(assigned="Det. Ibarra")
        assert names(case, [arrest()], status())[:3] == [
            ("received", "done"),
            ("assigned", "done"),
            ("arrest", "done"),
        ]

    def test_need_no_date_of_the_report(self) -> None:
        bare = Report(number="1", origin="1", offense="13-1204", assigned="Det. Ibarra")
        assert names(bare, [], None) == [
            ("received", "done"),
            ("assigned", "done"),
            ("status", "now"),
        ]

    def test_two_arrests_of_one_day_are_one_step(self) -> None:
        both = [arrest(), arrest(id="b", origin="b")]
        assert names(report(), both, status(closed=True)).count(("arrest", "done")) == 1


class TestWarrant:
    def test_changes_no_step(self) -> None:
        looked_for = report(warrant_at=day(21), status="WARRANT", status_at=day(21))
        steps = steps_of(looked_for, [], status(tells=Kind.WARRANT))
        assert steps == steps_of(report(), [], status())

    def test_that_was_asked_for_is_no_step(self) -> None:
        asked = report(prosecutor_at=day(21), status_at=day(21))
        assert steps_of(asked, [], status()) == steps_of(report(), [], status())

    def test_with_the_words_of_another_dates_neither(self) -> None:
        case = report(status="NOW", status_at=day(21))
        active, masked = status(tells=Kind.STATUS_CHANGED), status()
        assert steps_of(case, [], active, masked) == steps_of(case, [], masked, active)


class TestPresentStep:
    @pytest.mark.parametrize(
        ("known", "at"),
        [
            (status(tells=Kind.STATUS_CHANGED), day(21)),
            (status(), None),  # no victim is told of this change, so its day is not shown either
            (None, None),
        ],
        ids=["told", "not told", "unknown"],
    )
    def test_is_dated_when_victims_are_told(self, known: Status | None, at: Any) -> None:
        steps = steps_of(report(status_at=day(21)), [], known)
        assert next(step.at for step in steps if step.when == "now") == at


class TestComingSteps:
    @pytest.mark.parametrize(
        ("hearing", "expected"),
        [(NOW + timedelta(hours=1), True), (NOW - timedelta(hours=1), False), (None, False)],
        ids=["to come", "over", "unknown"],
    )
    def test_have_a_hearing_that_is_to_come(self, hearing: Any, expected: bool) -> None:
        found = names(report(), [arrest(appearance_at=hearing)], status())
        assert (("hearing", "next") in found) is expected

    @pytest.mark.parametrize(
        ("case", "known", "expected"),
        [
            (report(), status(), True),
            (report(prosecutor_at=day(24)), status(), False),
            (report(), status(closed=True), False),
            (report(), None, False),
        ],
        ids=["open", "already sent", "closed", "unknown status"],
    )
    def test_have_charges_after_an_arrest(
        self, case: Report, known: Status | None, expected: bool
    ) -> None:
        assert (("charges", "next") in names(case, [arrest()], known)) is expected

    def test_have_no_arrest_before_it_happens(self) -> None:
        assert names(report(), [], status()) == [("received", "done"), ("status", "now")]
