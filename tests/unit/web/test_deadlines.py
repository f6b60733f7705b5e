"""A deadline in words: how far off, and how urgent."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)  # 9 in the morning in Arizona
ZONE = ZoneInfo("America/Phoenix")
CASES = [
    (timedelta(days=-9), "9 days past", "late"),
    (timedelta(days=-1, hours=-2), "1 day past", "late"),
    (timedelta(hours=-3, minutes=-40), "3 h past", "late"),
    (timedelta(hours=-1, minutes=-5), "1 h 5 min past", "late"),
    (timedelta(seconds=-1), "0 min past", "late"),
    (timedelta(), "0 min left", "soon"),
    (timedelta(minutes=40), "40 min left", "soon"),
    (timedelta(hours=1, minutes=40), "1 h 40 min left", "soon"),
    (timedelta(hours=4), "4 h left", "soon"),
    (timedelta(hours=4, minutes=1), "4 h left", "later"),
    (timedelta(hours=14, minutes=59), "14 h left", "later"),
    (timedelta(hours=15), "15 h left", "later"),  # at midnight
    (timedelta(hours=23, minutes=59), "23 h left", "later"),
    (timedelta(hours=24), "Tomorrow", "later"),
    (timedelta(hours=38, minutes=59), "Tomorrow", "later"),
    (timedelta(hours=39), "In 2 days", "later"),
    (timedelta(days=4), "In 4 days", "later"),
]


class TestDeadline:
    @pytest.mark.parametrize(("left", "words", "how"), CASES, ids=[words for _, words, _ in CASES])
    def test_says_how_far_off_it_is(self, settings, left, words, how):
        from aviso.web.staff import pages
        from aviso.web.staff.deadlines import deadline

        found = deadline(NOW + left, NOW, ZONE, pages.strings("en"))
        assert (found.words, found.how, found.at) == (words, how, NOW + left)

    def test_says_hours_of_a_deadline_in_the_night(self, settings):
        from aviso.web.staff import pages
        from aviso.web.staff.deadlines import deadline

        evening = NOW + timedelta(hours=14, minutes=50)
        found = deadline(evening + timedelta(hours=5), evening, ZONE, pages.strings("es"))
        assert found.words == "vence en 5 h"
