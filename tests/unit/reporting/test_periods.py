"""The periods of the report: two share no day, and each comes once its counts have settled."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, strategies
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.survey_rules import closes_at
from aviso.reporting import periods

DAYS = strategies.dates(date(2020, 1, 1), date(2098, 12, 31))
KINDS = strategies.sampled_from(("month", "quarter", "year"))


def publishing(settings, kind, **survey):
    """Return settings of an agency that publishes one kind of period."""
    report = replace(settings.report, publishes=kind)
    return replace(settings, report=report, survey=replace(settings.survey, **survey))


class TestPeriod:
    @pytest.mark.parametrize(
        ("kind", "day", "first", "last"),
        [
            ("month", "2024-02-29", "2024-02-01", "2024-02-29"),
            ("month", "2026-12-01", "2026-12-01", "2026-12-31"),
            ("quarter", "2026-11-26", "2026-10-01", "2026-12-31"),
            ("quarter", "2026-03-31", "2026-01-01", "2026-03-31"),
            ("year", "2026-11-26", "2026-01-01", "2026-12-31"),
        ],
    )
    def test_is_a_whole_month_quarter_or_year(self, settings, kind, day, first, last):
        period = periods.around(publishing(settings, kind), date.fromisoformat(day))
        assert (f"{period.first}", f"{period.last}") == (first, last)

    @given(day=DAYS, kind=KINDS)
    def test_shares_no_day_with_its_neighbors(self, settings, day, kind):
        agency = publishing(settings, kind)
        period = periods.around(agency, day)
        assert period.first <= day <= period.last
        assert periods.following(periods.previous(period, agency), agency) == period
        assert periods.previous(period, agency).last + periods.DAY == period.first


class TestPublication:
    @given(day=DAYS, kind=KINDS, open_days=strategies.integers(1, 90))
    def test_comes_when_no_survey_is_open(self, settings, day, kind, open_days):
        agency = publishing(settings, kind, open_days=open_days)
        period = periods.around(agency, day)
        asked = datetime.combine(period.last, time(23, 59), agency.agency.zone)
        closed = closes_at(asked, agency).astimezone(agency.agency.zone).date()
        assert periods.published_from(period, agency) > closed + periods.LATE - periods.DAY

    @pytest.mark.parametrize(("on", "settled"), [(False, "2026-04-29"), (True, "2026-05-05")])
    def test_comes_when_every_deadline_has_passed(self, settings, on, settled):
        long = replace(settings.kinds[Kind.STILL_OPEN], on=on, deadline=timedelta(days=19, hours=1))
        agency = replace(settings, kinds={**settings.kinds, Kind.STILL_OPEN: long})
        period = periods.around(agency, date(2026, 1, 1))
        assert periods.published_from(period, agency) == date.fromisoformat(settled)

    def test_without_surveys_waits_for_the_deadlines(self, settings):
        agency = publishing(settings, "month", on=False)
        waits = [k.deadline for k in agency.kinds.values() if k.on]
        slowest = max(waits + [r.deadline for r in agency.receivers])
        wait = periods.settling(agency) - periods.LATE
        assert slowest <= wait < slowest + periods.DAY

    @given(today=DAYS, kind=KINDS)
    def test_newest_is_the_last_that_has_settled(self, settings, today, kind):
        agency = publishing(settings, kind)
        newest = periods.newest(agency, today)
        after = periods.following(newest, agency)
        assert periods.published_from(newest, agency) <= today
        assert periods.published_from(after, agency) > today
