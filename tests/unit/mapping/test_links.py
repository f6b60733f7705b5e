"""Which columns join an unknown agency's files, whatever their headings are."""

import pytest
import yaml

from infra.mapping import matching, shapes
from infra.mapping.proposal import propose
from infra.mapping.reading import Column, ExportTable
from infra.mapping.settings_file import written

ROWS = 12
NUMBERS = [f"26-{10_237 + 13 * n}" for n in range(ROWS)]
PEOPLE = [f"P{9_000 + n}" for n in range(ROWS)]
SERIAL = [str(70_001 + n) for n in range(ROWS)]
DAYS = [f"09/{n + 1:02}/2026 08:30" for n in range(ROWS)]
CODES = ["13-1203", "13-1802", "13-1507"] * 4


@pytest.fixture
def mapped(tmp_path):
    """Return a function that writes files and returns each one's columns by their fields."""

    def look(**files):
        for name, columns in files.items():
            rows = [list(columns), *zip(*columns.values(), strict=True)]
            text = "".join(",".join(row) + "\n" for row in rows)
            (tmp_path / f"{name}.csv").write_text(text)
        found = propose(tmp_path).mapped()
        return {name: heading for _, heading, name in found}

    return look


def cases(**number):
    return {**number, "OFFENSE_CODE": CODES, "STATUS": ["OPEN", "CLOSED"] * 6, "REPORT_DATE": DAYS}


def people(**number):
    return {**number, "PERSON_ID": PEOPLE, "ROLE": ["VICTIM", "SUSPECT"] * 6,
            "LAST_NAME": [f"{chr(65 + n)}bel" for n in range(ROWS)],
            "FIRST_NAME": [f"{chr(65 + n)}na" for n in range(ROWS)]}  # fmt: skip


def chosen(column):
    """Return what a file of cases with one column is taken to have."""
    return matching.match(ExportTable("export.csv", "utf-8-sig", ",", [column]), "cases").chosen


class TestSharedNumber:
    def test_is_the_case_number_whatever_its_name(self, mapped):
        found = mapped(cases=cases(CCR=NUMBERS), people=people(CCR=NUMBERS))
        assert (found["cases.number"], found["people.number"]) == ("CCR", "CCR")

    def test_is_preferred_to_a_better_name(self, mapped):
        found = mapped(
            cases=cases(CASE_ID=SERIAL, REPT_CTL=NUMBERS), people=people(REPT_CTL=NUMBERS)
        )
        assert (found["cases.number"], found["people.number"]) == ("REPT_CTL", "REPT_CTL")

    def test_may_have_another_name_in_each_file(self, mapped):
        found = mapped(cases=cases(CCN=NUMBERS), people=people(EVT_REF=NUMBERS))
        assert (found["cases.number"], found["people.number"]) == ("CCN", "EVT_REF")

    def test_is_no_row_number_or_zip_code(self, mapped):
        zips = [str(85_701 + n) for n in range(ROWS)]
        found = mapped(
            cases=cases(OBJECTID=SERIAL, ZIP=zips, CCR=NUMBERS),
            people=people(OBJECTID=SERIAL, ZIP=zips, CCR=NUMBERS),
        )
        assert (found["cases.number"], found["people.number"]) == ("CCR", "CCR")

    @pytest.mark.parametrize(
        "heading", ["Reporting Area", "Beat No", "Patrol District", "SECTOR_ID", "RPT_AREA_NUM"]
    )
    def test_is_no_place(self, mapped, heading):
        places = [str(1_101 + n) for n in range(ROWS)]
        found = mapped(
            cases=cases(**{heading: places, "CASE_NO": NUMBERS}),
            arrests={heading: places, "ARR_NO": SERIAL, "ARR_DATE": DAYS, "STATUTE": CODES},
        )
        assert heading not in (found["cases.number"], found.get("arrests.number"))

    @pytest.mark.parametrize(("several", "asked"), [(1, False), (2, True)])
    def test_that_repeats_is_asked_about(self, tmp_path, mapped, several, asked):
        numbers = [NUMBERS[n // several] for n in range(ROWS)]
        mapped(cases=cases(CCR=numbers), people=people(CCR=NUMBERS))
        proposal = propose(tmp_path)
        assert any("come in several rows" in q.text for q in proposal.questions) is asked
        assert proposal.kinds["cases"].chosen["number"].sure is not asked

    def test_that_is_missing_leaves_the_names(self, mapped):
        found = mapped(cases=cases(CASE_NO=NUMBERS), people=people(CASE_NO=SERIAL))
        assert found["people.number"] == "CASE_NO"

    def test_of_a_suspect_is_found_by_the_people(self, mapped):
        arrests = {"BKG": SERIAL, "CCR": NUMBERS, "ARR_DATE": DAYS, "PERSONGUID": PEOPLE}
        found = mapped(cases=cases(CCR=NUMBERS), people=people(CCR=NUMBERS), arrests=arrests)
        assert found["arrests.number"] == "CCR"
        assert found["arrests.suspect"] == "PERSONGUID"

    def test_of_a_suspect_needs_no_name(self, mapped):
        persons = people(CCR=NUMBERS)
        persons["ACTOR_REF"] = persons.pop("PERSON_ID")
        arrests = {"BKG": SERIAL, "CCR": NUMBERS, "ARR_DATE": DAYS, "ACTOR_REF": PEOPLE}
        found = mapped(cases=cases(CCR=NUMBERS), people=persons, arrests=arrests)
        assert (found["people.id"], found["arrests.suspect"]) == ("ACTOR_REF", "ACTOR_REF")


class TestIdWithoutName:
    def test_is_the_only_key_of_which_no_two_agree(self, mapped):
        arrests = {"XYZZY": SERIAL, "CCR": NUMBERS, "ARR_DATE": DAYS, "STATUTE": CODES}
        found = mapped(cases=cases(CCR=NUMBERS), arrests=arrests)
        assert found["arrests.id"] == "XYZZY"

    def test_is_none_of_two(self, mapped):
        arrests = {"XYZZY": SERIAL, "PLUGH": PEOPLE, "CCR": NUMBERS, "ARR_DATE": DAYS}
        found = mapped(cases=cases(CCR=NUMBERS), arrests=arrests)
        assert "arrests.id" not in found


class TestSecondFileOfPeople:
    @pytest.fixture
    def proposal(self, tmp_path, mapped):
        suspects = {"CCR": NUMBERS, "SUSPECT_NO": PEOPLE, "SUSPECT_DOB": DAYS,
                    "SUSPECT_LAST_NAME": [f"{chr(65 + n)}bel" for n in range(ROWS)]}  # fmt: skip
        mapped(cases=cases(CCR=NUMBERS), people=people(CCR=NUMBERS), suspects=suspects)
        return propose(tmp_path)

    def test_has_its_columns_named(self, proposal):
        found = {(file, heading): name for file, heading, name in proposal.mapped()}
        assert found["suspects.csv", "CCR"] == "people.number"
        assert found["suspects.csv", "SUSPECT_LAST_NAME"] == "people.last_name"

    def test_is_in_comments(self, proposal):
        text = written(proposal)
        assert '#   last_name: "SUSPECT_LAST_NAME"' in text
        assert yaml.safe_load(text)["feed"]["people"]["columns"]["last_name"] == "LAST_NAME"

    def test_is_asked_about(self, proposal):
        assert any("suspects.csv has people too" in q.text for q in proposal.questions)


class TestColumnThatIsNoCode:
    @pytest.mark.parametrize("heading", ["OBJECTID", "RowID", "GlobalID", "FID", "ESRI_OID"])
    def test_is_a_rows_number(self, heading):
        column = Column("cases.csv", heading, SERIAL)
        assert matching.technical(column)
        assert matching.NUMBERED.isdisjoint(chosen(column))

    @pytest.mark.parametrize("heading", ["CASE_ID", "PersonGUID", "INCIDENT_NUMBER"])
    def test_is_not_the_number_of_something(self, heading):
        assert not matching.technical(Column("cases.csv", heading, SERIAL))

    def test_never_changes(self):
        same = Column("cases.csv", "INCIDENT_TYPE_CODE_2", ["13-1203"] * ROWS)
        assert shapes.constant(same)
        assert "offense" not in chosen(same)
        assert not shapes.constant(Column("cases.csv", "X", ["13-1203"] * 3))

    def test_has_sentences(self):
        said = [f"Officer met the caller at the door of unit {n} today" for n in range(ROWS)]
        text = Column("cases.csv", "OFFENSE_DESCRIPTION", said)
        assert shapes.free_text(text)
        assert "offense" not in chosen(text)
        assert not shapes.free_text(
            Column("cases.csv", "X", ["LARCENY FROM A CAR OR TRUCK"] * ROWS)
        )
