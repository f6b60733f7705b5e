"""What is asked about a column without a sure name: by its words, and by values that deny them."""

import pytest

from infra.mapping import questions
from infra.mapping.matching import Link, match
from infra.mapping.reading import Column, ExportTable

ROWS = 24
AGES = [str(9 + n * 7 % 70) for n in range(ROWS)]
YES_NO = ["Y" if n % 9 == 0 else "N" for n in range(ROWS)]
DATES = [f"2026-09-{n + 1:02} 08:15:00" for n in range(ROWS)]


def asked(kind: str, heading: str, values: list[str]) -> list[str]:
    """Return the fields that a file's only column is asked about."""
    table = ExportTable("export.csv", "utf-8-sig", ",", [Column("export.csv", heading, values)])
    found = match(table, kind)
    asking = questions.ask({kind: found}, [], [], [table], [])
    return [question.field for question in asking if question.column]


class TestHeadingThatMayMeanTwoThings:
    """DOA is a date of arrest, or dead on arrival: the values decide, and else a person."""

    def test_is_a_date_of_arrest_with_dates_of_arrests(self):
        column = Column("export.csv", "DOA", DATES)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "arrests")
        assert found.column("arrested_at") is column
        assert asked("arrests", "DOA", DATES) == []

    def test_is_a_death_with_yes_and_no(self):
        column = Column("export.csv", "DOA", YES_NO)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "people")
        assert found.column("deceased") is column

    @pytest.mark.parametrize(
        ("kind", "values"),
        [("people", DATES), ("people", [""] * ROWS), ("arrests", YES_NO), ("cases", YES_NO)],
    )
    def test_is_asked_about_with_anything_else(self, kind, values):
        assert asked(kind, "DOA", values) == ["deceased"]


class TestHarmlessHeading:
    """Words do not prove it: values that deny them are asked about."""

    @pytest.mark.parametrize("heading", ["Street Name", "Report Date", "Case Minute"])
    def test_is_denied_by_yes_and_no(self, heading):
        assert asked("people", heading, YES_NO) == ["safe_to_contact"]

    @pytest.mark.parametrize("heading", ["Hair", "Race", "Booked Year", "PAGE"])
    @pytest.mark.parametrize("kind", ["people", "arrests"])
    def test_is_denied_by_ages(self, kind, heading):
        assert asked(kind, heading, AGES) == ["age"]

    @pytest.mark.parametrize("heading", ["Weight", "Beat", "Badge", "Hour of Day"])
    def test_explains_small_numbers(self, heading):
        assert asked("people", heading, AGES) == []

    @pytest.mark.parametrize("heading", ["YearsOld", "YRS_OLD", "Years of Age", "Age (yrs)"])
    def test_is_no_number_of_years(self, heading):
        column = Column("export.csv", heading, AGES)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "people")
        assert found.column("age") is column or asked("people", heading, AGES) == ["age"]

    def test_has_a_minor_injury(self):
        values = ["MINOR" if n % 3 else "NONE VISIBLE" for n in range(ROWS)]
        assert asked("cases", "Injury", values) == []
        assert asked("cases", "Description", values) == ["restricted"]


class TestRareValues:
    """What few rows have is a mark of them, like a flag, whatever the heading and the value say."""

    @pytest.mark.parametrize("value", ["10442", "2026-09-14", "09/14/2026 03:15 PM", "Ref. 7/B"])
    def test_are_asked_about_people(self, value):
        values = [value if n % 8 == 0 else "" for n in range(ROWS)]
        assert asked("people", "Xyzzy", values) == ["safe_to_contact"]

    def test_are_asked_about_before_anybody_has_one(self):
        assert asked("people", "Xyzzy", [""] * ROWS) == ["safe_to_contact"]

    @pytest.mark.parametrize(("kind", "name"), [("cases", "restricted"), ("arrests", "withdrawn")])
    def test_are_asked_about_cases_and_arrests(self, kind, name):
        assert asked(kind, "Xyzzy", ["20260914"] * 3 + [""] * ROWS) == [name]

    def test_are_no_second_offense_of_a_case(self):
        assert asked("cases", "Xyzzy", ["Harassment by telephone"] * 3 + [""] * ROWS) == []

    @pytest.mark.parametrize("value", ["520-555-0144", "ana@example.org"])
    def test_are_no_way_to_reach_somebody(self, value):
        assert asked("people", "Xyzzy", [value] * 3 + [""] * ROWS) == []

    @pytest.mark.parametrize("heading", ["Middle Name", "Apartment", "Hair"])
    def test_are_not_asked_about_under_a_harmless_heading(self, heading):
        assert asked("people", heading, ["B"] * 3 + [""] * ROWS) == []


class TestDeath:
    @pytest.mark.parametrize("word", ["Deceased", "DEAD", "Fatal"])
    @pytest.mark.parametrize("rare", [2, 8])
    def test_is_asked_about_as_one(self, word, rare):
        values = [word if n % rare == 0 else ("Good" if rare == 2 else "") for n in range(ROWS)]
        assert asked("people", "Victim Condition", values) == ["deceased"]


class TestPublicLists:
    """States, directions and the like are not codes of safety."""

    @pytest.mark.parametrize("values", ["AZ NM CA", "N S E W", "M F U", "W B A"])
    def test_are_not_asked_about(self, values):
        codes = values.split() * ROWS
        assert asked("people", "Xyzzy", codes[:ROWS]) == []

    @pytest.mark.parametrize("values", ["N S", "M U", "W A", "AZ ZZ"])
    def test_are_whole(self, values):
        codes = values.split() * ROWS
        assert asked("people", "Xyzzy", codes[:ROWS]) == ["safe_to_contact"]


class TestDates:
    def test_that_spread_as_births_deny_a_harmless_heading(self):
        births = [f"{1950 + n * 2}-03-{n + 1:02}" for n in range(ROWS)]
        assert asked("people", "Print_Year_Date", births) == ["birth_date"]
        assert asked("people", "Print_Year_Date", DATES) == []

    @pytest.mark.parametrize("heading", ["Disposition", "Case_Status_Timestamp"])
    def test_under_a_status_are_its_dates(self, heading):
        column = Column("export.csv", heading, DATES)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "cases")
        assert list(found.chosen) == ["status_at"]

    @pytest.mark.parametrize("kind", ["people", "arrests"])
    def test_under_an_unknown_heading_are_asked_about(self, kind):
        assert asked(kind, "Xyzzy", DATES) == [questions.UNNAMED[kind]]


class TestCertainValues:
    @pytest.mark.parametrize("heading", ["Home Phone", "HPHONE", "Landline"])
    def test_of_phones_are_no_type(self, heading):
        values = [f"520-555-{1000 + n % 12}" for n in range(ROWS)]
        column = Column("export.csv", heading, values)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "people")
        assert {name: guess.column for name, guess in found.chosen.items()} == {"phone": column}

    @pytest.mark.parametrize(
        ("values", "field"), [(["12 Ajo Way", "7 Oak St"], "street"), (["AZ", "NM"], "region")]
    )
    def test_of_streets_are_no_state(self, values, field):
        column = Column("export.csv", "Res_St", values * 12)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "people")
        assert list(found.chosen) == [field]

    def test_of_dates_are_nobodys_name(self):
        column = Column("export.csv", "Assigned_On", DATES)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "cases")
        assert list(found.chosen) == ["assigned_at"]

    def test_of_relationships_are_no_role(self):
        values = [("BOYFRIEND", "STRANGER", "FATHER")[n % 3] for n in range(ROWS)]
        column = Column("export.csv", "Def Is Victim's", values)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "people")
        assert list(found.chosen) == ["relationship"]

    def test_prove_a_heading_with_a_word_of_the_field(self):
        values = [f"520-555-{1000 + n % 3}" for n in range(ROWS)]
        column = Column("export.csv", "Jail Front Counter", values)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "arrests")
        assert found.column("custody_phone") is column


class TestGuessThatIsNotSure:
    """Values that speak of safety are asked about, whatever field the heading is a little like."""

    def test_has_ages(self):
        assert asked("people", "Old", AGES) == ["age"]

    def test_has_a_telling_value(self):
        values = ["JUVENILE" if n % 3 else "ADULT" for n in range(ROWS)]
        assert asked("people", "Maturity", values) == ["safe_to_contact"]


class TestSealedCase:
    @pytest.mark.parametrize("heading", ["IsSealed", "Sealed By Court", "CaseExpunged"])
    def test_is_removed(self, heading):
        column = Column("export.csv", heading, YES_NO)
        found = match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "cases")
        assert list(found.chosen) == ["removed"]


class TestRelationshipsUnderAnyHeading:
    """Nobody else is called a husband: a column that has one is asked about."""

    @pytest.mark.parametrize(
        "values",
        [
            ["HUSBAND", "UNKNOWN", "NEIGHBOR", "BARBER"],
            ["EX-GIRLFRIEND", "STRANGER", "FORMER SPOUSE", "UNKNOWN"],
        ],
    )
    def test_are_asked_about(self, values):
        assert asked("people", "OFFENDER_IS", values * 6) == ["relationship"]


class TestDayOfAnAge:
    def test_needs_an_age(self):
        occurred = Column("export.csv", "Date Occurred", DATES)
        table = ExportTable("export.csv", "utf-8-sig", ",", [occurred])
        assert not match(table, "people").chosen
        table.columns.append(Column("export.csv", "Age", AGES))
        assert match(table, "people").column("age_at") is occurred


class TestYesOrNoAboutAPerson:
    @pytest.mark.parametrize("heading", ["LT18", "Ward", "Call", "Street"])
    def test_is_asked_about_under_any_other_harmless_word(self, heading):
        assert asked("people", heading, YES_NO) == ["safe_to_contact"]

    @pytest.mark.parametrize("heading", ["Gang", "Hispanic", "Student"])
    def test_is_left_out_if_it_is_known_to_be_harmless(self, heading):
        assert asked("people", heading, YES_NO) == []


class TestFormerNumber:
    def test_is_the_number_with_a_word_for_former(self):
        numbers = [f"BB{10237 + n * 13}" for n in range(ROWS)]
        columns = [
            Column("export.csv", heading, values)
            for heading, values in (
                ("RB Number", numbers),
                ("Statute", ["28-511", "28-310"] * (ROWS // 2)),
                ("Superseded RB", [""] * ROWS),
            )
        ]
        joined = {"number": Link(frozenset(numbers), proved=True)}
        table = ExportTable("export.csv", "utf-8-sig", ",", columns)
        found = match(table, "cases", links=joined)
        assert found.column("former_number") is columns[2]
