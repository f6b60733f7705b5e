"""Which forms of dates the feed reads and names: those of databases, spreadsheets and ArcGIS."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from aviso.feed.cells import EPOCH, EXCEL, has_hours, read_date, written_date
from aviso.feed.date_forms import DAYS, forms_of
from infra.compiler.settings_checks import formats

MORNING = datetime(2026, 9, 1, 8, 30, tzinfo=UTC).replace(tzinfo=None)
ARIZONA = timezone(timedelta(hours=-7))

# How a program writes 1 September 2026, half past eight; the form; and the time that is read.
WRITTEN = [
    ("9/1/2026 8:30:00 AM", "%m/%d/%Y %I:%M:%S %p", MORNING),
    ("09/01/2026 08:30 AM", "%m/%d/%Y %I:%M %p", MORNING),
    ("09/01/2026 08:30AM", "%m/%d/%Y %I:%M%p", MORNING),
    ("09/01/2026 8:30:00 pm", "%m/%d/%Y %I:%M:%S %p", MORNING + timedelta(hours=12)),
    ("09/01/2026, 08:30", "%m/%d/%Y, %H:%M", MORNING),
    ("9/1/26 8:30", "%m/%d/%y %H:%M", MORNING),
    ("09-01-2026 08:30:00", "%m-%d-%Y %H:%M:%S", MORNING),
    ("09.01.2026 08:30", "%m.%d.%Y %H:%M", MORNING),
    ("2026-09-01 08:30:00", "%Y-%m-%d %H:%M:%S", MORNING),
    ("2026-09-01 08:30:00.000", "%Y-%m-%d %H:%M:%S.%f", MORNING),
    ("2026-09-01 08:30:00.0000000", "%Y-%m-%d %H:%M:%S.%f", MORNING),
    ("2026-09-01T08:30:00", "%Y-%m-%dT%H:%M:%S", MORNING),
    ("2026-09-01T08:30:00Z", "%Y-%m-%dT%H:%M:%S%z", MORNING.replace(tzinfo=UTC)),
    ("2026-09-01T08:30:00.000Z", "%Y-%m-%dT%H:%M:%S.%f%z", MORNING.replace(tzinfo=UTC)),
    ("2026-09-01T08:30:00-07:00", "%Y-%m-%dT%H:%M:%S%z", MORNING.replace(tzinfo=ARIZONA)),
    ("2026-09-01 08:30:00-07", "%Y-%m-%d %H:%M:%S%z", MORNING.replace(tzinfo=ARIZONA)),
    ("2026-09-01 08:30:00 -0700", "%Y-%m-%d %H:%M:%S%z", MORNING.replace(tzinfo=ARIZONA)),
    ("2026-09-01 08:30:00 UTC", "%Y-%m-%d %H:%M:%S%z", MORNING.replace(tzinfo=UTC)),
    ("2026/09/01 08:30:00+00", "%Y/%m/%d %H:%M:%S%z", MORNING.replace(tzinfo=UTC)),
    ("2026/09/01 08:30:00", "%Y/%m/%d %H:%M:%S", MORNING),
    ("9/1/2026 8:30:00 AM +00:00", "%m/%d/%Y %I:%M:%S %p%z", MORNING.replace(tzinfo=UTC)),
    ("20260901083000", "%Y%m%d%H%M%S", MORNING),
    ("20260901T083000Z", "%Y%m%dT%H%M%S%z", MORNING.replace(tzinfo=UTC)),
    ("202609010830", "%Y%m%d%H%M", MORNING),
    ("Sep 1 2026 8:30AM", "%b %d %Y %I:%M%p", MORNING),
    ("Sep 1, 2026 8:30 AM", "%b %d, %Y %I:%M %p", MORNING),
    ("September 1, 2026 08:30", "%B %d, %Y %H:%M", MORNING),
    ("1 September 2026 08:30", "%d %B %Y %H:%M", MORNING),
    ("01 Sep 2026 08:30:00", "%d %b %Y %H:%M:%S", MORNING),
    ("01-SEP-26 08.30.00.000000 AM", "%d-%b-%y %I.%M.%S.%f %p", MORNING),
    ("01-SEP-2026 08:30", "%d-%b-%Y %H:%M", MORNING),
    ("01SEP2026:08:30:00", "%d%b%Y:%H:%M:%S", MORNING),
    ("1788251400000", EPOCH, MORNING.replace(tzinfo=UTC)),
    ("46266.3541666667", EXCEL, MORNING),
]


class TestDateForm:
    @pytest.mark.parametrize(("text", "form", "at"), WRITTEN)
    def test_is_found_and_read(self, text, form, at):
        assert forms_of(text)[0] == form
        read = read_date(text, form)
        assert read is not None
        assert abs(read - at) < timedelta(seconds=1)
        assert (read.tzinfo is None) == (at.tzinfo is None)
        assert has_hours(form)
        formats.check(form, "date-format")  # the build accepts it

    @pytest.mark.parametrize(("text", "form", "at"), WRITTEN)
    def test_reads_what_it_writes(self, text, form, at):
        zoned = at if at.tzinfo else at.replace(tzinfo=UTC)
        read = read_date(written_date(zoned, form), form)
        assert read is not None
        assert abs(read.replace(tzinfo=None) - at.replace(tzinfo=None)) < timedelta(seconds=1)

    @pytest.mark.parametrize("form", [form for _, forms in DAYS for form in forms])
    def test_of_a_day_has_no_time(self, form):
        day = datetime(2026, 11, 24, tzinfo=UTC)
        assert form in forms_of(written_date(day, form))
        assert not has_hours(form)

    @pytest.mark.parametrize(
        "text", ["", "TBD", "12:30", "2026", "8 AM", "13/32/2026", "2026-11-24 99:00", "1" * 60]
    )
    def test_of_no_date_is_none(self, text):
        assert forms_of(text) == []

    @pytest.mark.parametrize("text", ["1764547", "0", "1764547200", "nan", "1e400"])
    def test_of_a_short_number_is_not_milliseconds(self, text):
        """Seconds since 1970 would be a day in January 1970."""
        assert read_date(text, EPOCH) is None

    def test_has_both_orders_of_month_and_day(self):
        assert forms_of("01/02/2026") == ["%m/%d/%Y", "%d/%m/%Y"]
        assert forms_of("01/31/2026") == ["%m/%d/%Y"]
        assert forms_of("31.01.2026") == ["%d.%m.%Y"]

    def test_with_a_space_before_its_offset_is_read(self):
        """Settings of before may have the space."""
        for text in ("2026-09-01 08:30 -0700", "2026-09-01 08:30-07"):
            assert read_date(text, "%Y-%m-%d %H:%M %z") == MORNING.replace(tzinfo=ARIZONA)
