"""The periods of a report and what each is compared with."""

from datetime import date

import pytest
from hypothesis import given, strategies

from aviso.reporting import periods
from aviso.reporting.periods import Period, PeriodError

DAYS = strategies.dates(date(2001, 2, 1), date(2098, 12, 31))
TODAY = date(2026, 11, 26)


def written(period: Period) -> tuple[str, str]:
    return f"{period.first}", f"{period.last}"


class TestNamed:
    @pytest.mark.parametrize(
        ("name", "first", "last"),
        [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2026-Q1", "2026-01-01", "2026-03-31"),
            ("2026-Q4", "2026-10-01", "2026-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2026-12", "2026-12-01", "2026-12-31"),
        ],
    )
    def test_name_gives_first_and_last_day(self, name, first, last):
        assert written(periods.named(name)) == (first, last)
        assert periods.named(name).name == name

    @pytest.mark.parametrize("name", ["", "2026-13", "2026-Q5", "26-01", "1999", "2026-5", "x"])
    def test_unknown_name_is_an_error(self, name):
        with pytest.raises(PeriodError, match="desk_days_unknown"):
            periods.named(name)


class TestOwnDays:
    @pytest.mark.parametrize(
        ("first", "last", "error"),
        [
            ("2026-03-02", "2026-03-01", "desk_days_reversed"),
            ("2026-03-02", "", "desk_days_unknown"),
            ("soon", "2026-03-01", "desk_days_unknown"),
            ("2025-01-01", "2026-01-02", "desk_days_too_long"),
        ],
    )
    def test_wrong_dates_are_an_error_that_says_so(self, first, last, error):
        with pytest.raises(PeriodError, match=error):
            periods.of_days(first, last)

    def test_a_year_and_a_day_fit(self):
        assert periods.of_days("2025-01-01", "2026-01-01").days == 366

    def test_they_are_compared_with_as_many_days(self):
        own = periods.of_days("2026-03-11", "2026-03-20")
        assert written(periods.compared(own)) == ("2026-03-01", "2026-03-10")


class TestRunningPeriod:
    @pytest.mark.parametrize(
        ("kind", "now", "before"),
        [
            ("month", ("2026-11-01", "2026-11-26"), ("2026-10-01", "2026-10-26")),
            ("quarter", ("2026-10-01", "2026-11-26"), ("2026-07-01", "2026-08-26")),
            ("year", ("2026-01-01", "2026-11-26"), ("2025-01-01", "2025-11-26")),
        ],
    )
    def test_it_ends_today_and_is_compared_with_as_many_days(self, kind, now, before):
        period = periods.around(kind, TODAY).until(TODAY)
        assert (written(period), written(periods.compared(period))) == (now, before)

    def test_shorter_month_before_is_compared_whole(self):
        march = periods.named("2026-03").until(date(2026, 3, 30))
        assert written(periods.compared(march)) == ("2026-02-01", "2026-02-28")

    def test_period_over_is_compared_with_the_one_before(self):
        third = periods.named("2026-Q3").until(TODAY)
        assert written(periods.compared(third)) == ("2026-04-01", "2026-06-30")

    def test_period_that_has_not_begun_is_an_error(self):
        with pytest.raises(PeriodError, match="desk_days_future"):
            periods.named("2027").until(TODAY)


class TestMonths:
    def test_six_months_lead_up_to_a_quarter(self):
        names = [m.name for m in periods.months(periods.named("2026-Q2"))]
        assert names == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]

    def test_a_year_has_twelve(self):
        assert len(list(periods.months(periods.named("2026")))) == 12


class TestNeighbors:
    @given(day=DAYS, kind=strategies.sampled_from(["month", "quarter", "year"]))
    def test_previous_and_following_undo_each_other(self, day, kind):
        period = periods.around(kind, day)
        assert period.first <= day <= period.last
        assert periods.following(periods.previous(period)) == period
        assert periods.previous(period).last + periods.DAY == period.first
