"""No value about a person is in the proposed settings or on the terminal."""

import csv
import re
import string
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies

from infra.mapping.masking import masked
from infra.mapping.proposal import propose
from infra.mapping.report import report
from infra.mapping.settings_file import written

ROWS = 12
SHARED_MACHINE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


# Names that no word of the settings has in it.
NAME = strategies.text("qxzjkvw", min_size=5, max_size=9).map(str.title)


DIGITS = strategies.integers(0, 9999999)
PERSON = strategies.fixed_dictionaries(
    {
        "first": NAME,
        "last": NAME,
        "phone": DIGITS.map(lambda n: f"520-{n:07}"),
        "email": NAME.map(lambda name: f"{name.lower()}@example.org"),
        "street": strategies.tuples(DIGITS, NAME).map(
            lambda at: f"{at[0] + 100000} {at[1]} Street"
        ),
        "birth": strategies.dates().map(lambda day: day.strftime("%d.%m.%Y")),
        "number": DIGITS.map(lambda n: f"QX{n:07}"),
    }
)
HEADINGS = {
    "first": ("First Name", "FNM", "Given", "X1"),
    "last": ("Last Name", "LNM", "Surname", "X2"),
    "phone": ("Phone", "Contact", "X3"),
    "email": ("Email", "Reach", "X4"),
    "street": ("Address", "Whereabouts", "X5"),
    "birth": ("DOB", "Birth Date", "X6"),
    "number": ("Case Number", "Ref", "X7"),
}


# A vendor may put a person into any column, also into those whose codes are shown.
CODES = (
    "Status",
    "Role",
    "Relationship",
    "Restricted",
    "Offense",
    "Language",
    "Rights",
    "Safe Contact",
)


def shown(folder: Path) -> str:
    proposal = propose(folder)
    return written(proposal) + report(proposal, folder / "out.yaml")


def write(folder, people, headings, misplaced):
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*headings.values(), "Involvement", *misplaced])
        for at, person in enumerate(people):
            values = [person[what] for what in headings]
            writer.writerow(
                [*values, "VIC" if at % 2 else "SUS", *map(person.get, misplaced.values())]
            )


class TestMask:
    @settings(max_examples=40, deadline=None, suppress_health_check=SHARED_MACHINE)
    @given(data=strategies.data())
    def test_shows_no_value_of_a_person(self, tmp_path, data):
        people = data.draw(strategies.lists(PERSON, min_size=ROWS, max_size=ROWS))
        headings = {
            what: data.draw(strategies.sampled_from(names)) for what, names in HEADINGS.items()
        }
        places = data.draw(
            strategies.lists(strategies.sampled_from(CODES), max_size=3, unique=True)
        )
        misplaced = {
            place: data.draw(strategies.sampled_from(sorted(HEADINGS))) for place in places
        }
        write(tmp_path, people, headings, misplaced)
        text = shown(tmp_path)
        leaked = {v for person in people for v in person.values() if v in text or v.upper() in text}
        assert leaked == set()

    @pytest.mark.parametrize("name", ["new_world", "tucson", "seattle", "dallas"])
    def test_shows_no_person_of_a_layout(self, layouts, name):
        layout = layouts[name]
        text = shown(layout.folder)
        private = {
            "first_name",
            "last_name",
            "birth_date",
            "phone",
            "email",
            "street",
            "number",
            "id",
        }
        values = set()
        for table in propose(layout.folder).tables:
            for column in table.columns:
                fields = {
                    f.rpartition(".")[2] for f in layout.key[table.name, column.heading].split()
                }
                if fields & private:
                    values |= set(column.filled)
        assert len(values) > 30
        assert {value for value in values if len(value) > 3 and value in text} == set()

    @pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "'\n"])
    def test_writes_no_line_of_a_name_or_value(self, tmp_path, end):
        """The line is in a file's name, a heading or a code."""
        hostile = f"x{end}    full: true{end}    made_up: 1{end}#"
        with (tmp_path / f"people{hostile}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
            writer.writerow(["CASE_NO", "PERSON_ID", "ROLE", "LAST_NAME", f"Note {hostile}"])
            writer.writerows([f"26-{n}", f"P{n}", hostile, "Munoz", "x"] for n in range(1000, 1012))
        found = yaml.safe_load(written(propose(tmp_path)))["feed"]["people"]
        assert found["full"] is False
        assert "made_up" not in found
        assert re.fullmatch(found["name_pattern"], found["name_example"])

    def test_shows_codes_as_they_are(self, layouts):
        text = shown(layouts["tucson"].folder)
        assert '"VI": "victim"' in text
        assert '"INACTIVE": "SUSPENDED"' in text

    @given(strategies.text())
    def test_keeps_no_letter_and_no_digit(self, value):
        kept = set(masked(value)) & set(string.ascii_letters + string.digits)
        assert kept <= {"A", "a", "9"}
        assert masked(value).isascii()
