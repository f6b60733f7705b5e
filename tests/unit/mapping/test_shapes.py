"""What values look like: dates and their order, flags, names, ids."""

import pytest

from infra.mapping.reading import Column
from infra.mapping.shapes import birthlike, dates, shapes


def column(heading, *values):
    return Column("people.csv", heading, values)


class TestDateFormat:
    @pytest.mark.parametrize(
        ("values", "form", "undecided"),
        [
            (("01/31/2026", "02/03/2026"), "%m/%d/%Y", False),
            (("31/01/2026", "02/03/2026"), "%d/%m/%Y", False),
            (("01/02/2026", "02/03/2026"), "%m/%d/%Y", True),
            (("01-02-2026", "02-03-2026"), "%m-%d-%Y", True),
            (("2026-01-31 10:00:00.000",), "%Y-%m-%d %H:%M:%S.%f", False),
            (("1/31/2026 12:00:00 AM",), "%m/%d/%Y %I:%M:%S %p", False),
            (("2026-01-31T10:00:00.000Z",), "%Y-%m-%dT%H:%M:%S.%f%z", False),
            (("46053", "46054.5"), "excel", False),
            (("20260131",), "%Y%m%d", False),
            (("31-JAN-26",), "%d-%b-%y", False),
            (("2026/09/01 08:30:00+00",), "%Y/%m/%d %H:%M:%S%z", False),
            (("1788251400000", "-631152000000"), "epoch", False),
            (("Sep  1 2026  8:30AM",), "%b %d %Y %I:%M%p", False),
            (("31.01.2026", "02.03.2026"), "%d.%m.%Y", False),
        ],
    )
    def test_is_found_with_whether_it_is_proved(self, values, form, undecided):
        found = dates(column("RPT_DT", *values))
        assert found.formats[0] == form
        assert found.undecided is undecided

    def test_is_found_twice_in_one_column(self):
        found = dates(column("RPT_DT", *["01/31/2026"] * 9, *["2026-01-31"] * 9))
        assert set(found.formats) == {"%m/%d/%Y", "%Y-%m-%d"}

    def test_is_found_in_numbers_by_the_heading_only(self):
        assert "date" not in shapes(column("CASE_NO", "46053", "46054"))
        assert "date" in shapes(column("UPD_DT", "46053", "46054"))

    def test_of_milliseconds_is_found_without_the_heading(self):
        assert "date" in shapes(column("OCCURRED", "1788251400000", "1788337800000"))
        assert "date" not in shapes(column("CASE_NO", "202600010237", "202600010250"))

    def test_is_not_found_without_dates(self):
        assert dates(column("RPT_DT", "NULL", "00/00/0000", "")).formats == ()


class TestShape:
    @pytest.mark.parametrize(
        ("values", "shape"),
        [
            (("Y", "N", "Y"), "flag"),
            (("true", "false"), "flag"),
            (("X", ""), "flag"),
            (("Sí", "No"), "flag"),
            (("520-555-0100", "(520) 555-0101"), "phone"),
            (("5205550100", "1 520 555 0101"), "phone"),
            (("a@example.org",), "email"),
            (("85701", "85701-0001"), "zip"),
            (("100 Mesquite Avenue", "7B Ocotillo"), "street"),
            (("Ana", "Björk", "O'Neil"), "name"),
            (("34", "07", "NB", "25-30"), "age"),
            (("26-0001", "26 0002"), "key"),
            (("", ""), "empty"),
        ],
    )
    def test_of_values_is_found(self, values, shape):
        assert shape in shapes(column("X", *values))

    def test_of_a_number_with_a_year_is_no_phone(self):
        assert "phone" not in shapes(column("incidentnum", "012345-2020", "098765-2020"))

    def test_of_an_address_is_no_id(self):
        assert "key" not in shapes(column("X", "100 Mesquite Avenue", "200 Ocotillo Street"))

    def test_of_birth_dates_spreads_over_years(self):
        assert birthlike(column("X", "1950-02-03", "2004-05-06"))
        assert not birthlike(column("X", "2025-02-03", "2026-05-06"))
