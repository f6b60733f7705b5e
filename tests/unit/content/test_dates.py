"""How dates are written: ranges of days, in each language of the desk."""

from datetime import date

import pytest

from aviso.content import dates

RANGES = {
    "one day": ((2026, 2, 1), (2026, 2, 1), "February 1, 2026", "El 1 de febrero de 2026"),
    "of a month": (
        *((2026, 2, 1), (2026, 2, 28)),
        *("February 1 to 28, 2026", "Del 1 al 28 de febrero de 2026"),
    ),
    "of a year": (
        *((2026, 1, 1), (2026, 3, 31)),
        *("January 1 to March 31, 2026", "Del 1 de enero al 31 de marzo de 2026"),
    ),
    "of two years": (
        *((2025, 12, 1), (2026, 1, 31)),
        "December 1, 2025 to January 31, 2026",
        "Del 1 de diciembre de 2025 al 31 de enero de 2026",
    ),
}


def said(first, last, language, **how):
    from aviso.web.staff import pages

    return dates.days(date(*first), date(*last), pages.strings(language), language, **how)


class TestDays:
    @pytest.mark.parametrize(("first", "last", "english", "spanish"), RANGES.values(), ids=RANGES)
    def test_are_written_once_each(self, settings, first, last, english, spanish):
        assert (said(first, last, "en"), said(first, last, "es")) == (english, spanish)

    def test_inside_a_sentence_have_no_capital_letter(self, settings):
        inside = said((2026, 2, 1), (2026, 2, 28), "es", inside=True)
        assert inside == "del 1 al 28 de febrero de 2026"
