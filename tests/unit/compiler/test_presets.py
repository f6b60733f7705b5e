"""A preset under an agency's settings: what it gives, what the agency overrides, and its errors."""

import re
import shutil

import pytest

from aviso.domain.settings import build
from infra.compiler import presets, settings_checks
from infra.compiler.compile import load
from infra.repository import ROOT

TEXT = (ROOT / "infra/agency/sample.yaml").read_text("utf-8")
# The sample without its own offenses and relationships.
BARE = "extends: nibrs\n" + re.sub(
    r"(?s)\noffense_groups:.*?\n(?=# Relationships)|\nordinary_relationships:.*?\n(?=\n)",
    "\n",
    TEXT,
)

# The codes of data element 6 of the manual, with the codes that it retired.
CODES = """
    09A 09B 09C 100 101 103 11A 11B 11C 11D 120 13A 13B 13C 200 210 220 23A 23B 23C 23D 23E 23F 23G
    23H 240 250 26A 26B 26C 26D 26E 26F 26G 26H 270 280 290 30A 30B 30C 30D 35A 35B 360 36A 36B 370
    39A 39B 39C 39D 40A 40B 40C 49A 49B 49C 510 520 521 522 526 58A 58B 61A 61B 620 64A 64B 720
    90A 90B 90C 90D 90E 90F 90G 90H 90I 90J 90K 90L 90M 90Z
"""


@pytest.fixture
def agency(tmp_path):
    def written(text=BARE, **groups):
        path = tmp_path / "agency.yaml"
        path.write_text(text, "utf-8")
        return path

    return written


def problems(path):
    return [str(problem) for problem in settings_checks.check(presets.read(path, "agency.yaml"))]


def with_lines(lines):
    return BARE.replace("\nkinds:\n", f"\n{lines}\nkinds:\n", 1)


class TestWhatItGives:
    def test_the_preset_has_no_mistake(self, agency):
        assert "offense_groups:" not in BARE
        assert problems(agency()) == []

    def test_offenses_and_relationships_are_taken_over(self, agency):
        settings = build(load(agency()))
        assert settings.offense_group("13C").restricted
        assert settings.offense_group("100").restricted
        assert not settings.offense_group("23F").restricted
        assert settings.offense_group("23F").surveys
        assert settings.ordinary("26F") == {"ST", "AQ", "NE", "EE", "ER", "FR", "RU", ""}
        assert settings.ordinary("13A") == {"ST", "AQ", "NE", "EE", "ER"}

    def test_every_code_of_the_manual_has_a_group(self, agency):
        assert set(build(load(agency())).offenses) == set(CODES.split())

    def test_the_sample_stays_as_it_is(self):
        assert presets.read(ROOT / "infra/agency/sample.yaml").files == {}

    def test_a_change_of_the_preset_is_a_new_version(self, agency, tmp_path, monkeypatch):
        first = load(agency())["version"]
        changed(tmp_path, monkeypatch, '"13B": {en: Simple assault', '"13B": {en: Assault')
        assert load(agency())["version"] != first


class TestVictimTypes:
    def test_codes_count_for_a_mapped_column(self, agency):
        text = BARE.replace(
            "relationship: REL_TO_SUSP", "relationship: REL_TO_SUSP\n      victim_type: VT"
        )
        people = next(f for f in build(load(agency(text))).feed if f.kind == "people")
        assert people.values["victim_type"]["S"] == "public"

    def test_codes_of_an_unmapped_column_are_left_out(self, agency):
        people = next(f for f in build(load(agency())).feed if f.kind == "people")
        assert "victim_type" not in people.values


class TestOverride:
    def test_one_line_of_a_group(self, agency):
        text = with_lines("offense_groups:\n  assault:\n    restricted: true")
        group = build(load(agency(text))).offense_group("13A")
        assert (group.restricted, group.surveys) == (True, True)

    def test_an_offense_leaves_the_presets_group(self, agency):
        text = with_lines('offense_groups:\n  assault:\n    offenses:\n      "13C": Threats')
        settings = build(load(agency(text)))
        assert settings.offenses["13C"] == "assault"
        assert "threats" not in settings.offense_groups  # it is empty now

    def test_a_name_in_one_language_serves_all(self, agency):
        text = with_lines('offense_groups:\n  assault:\n    offenses:\n      "13C": Threats')
        settings = build(load(agency(text)))
        assert settings.offense_words("13C", "es") == "Threats"
        assert settings.offense_words("13A", "es") == "Agresión agravada"
        assert settings.offense_words("13A", "vi") == "Aggravated assault"

    def test_a_name_without_words_is_a_mistake(self, agency):
        text = with_lines('offense_groups:\n  assault:\n    offenses:\n      "13C": {en: ""}')
        (said,) = problems(agency(text))
        assert "offense_groups.assault.offenses.13C.en" in said

    def test_a_group_of_its_own(self, agency):
        own = '  arson:\n    restricted: true\n    surveys: false\n    offenses: {"200": Arson}'
        settings = build(load(agency(with_lines(f"offense_groups:\n{own}"))))
        assert settings.offense_group("200").restricted
        assert not settings.offense_group("290").restricted

    def test_a_list_is_replaced_whole(self, agency):
        settings = build(load(agency(with_lines("ordinary_relationships: {every_offense: [ST]}"))))
        assert settings.ordinary("13A") == {"ST"}


def changed(folder, monkeypatch, before, after):
    """Use a copy of the presets with one change."""
    copy = folder / "presets"
    shutil.copytree(presets.FOLDER, copy)
    text = (copy / "nibrs.yaml").read_text("utf-8")
    assert before in text
    (copy / "nibrs.yaml").write_text(text.replace(before, after, 1), "utf-8")
    monkeypatch.setattr(presets, "FOLDER", copy)
    return text


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


class TestErrors:
    def test_an_unknown_preset(self, agency):
        (said,) = [p for p in problems(agency(BARE.replace("nibrs", "nibs", 1))) if "nibs" in p]
        assert said == "agency.yaml:1: extends: 'nibs' is not one of 'nibrs'"

    def test_the_schema_lists_the_presets(self):
        known = settings_checks._schema()["properties"]["extends"]["enum"]
        assert known == presets.names()

    def test_a_fault_of_the_agency_names_its_line(self, agency):
        text = with_lines("offense_groups:\n  assault:\n    restricted: perhaps")
        (said,) = problems(agency(text))
        assert said.startswith(f"agency.yaml:{line_of(text, 'perhaps')}: ")

    def test_a_fault_of_the_preset_names_its_line(self, agency, tmp_path, monkeypatch):
        text = changed(
            tmp_path, monkeypatch, '"13B": {en: Simple assault', '"120": {en: Simple assault'
        )
        (said,) = problems(agency())
        line = line_of(text, '"120": {en: Robbery')
        assert said.startswith(f"infra/agency/presets/nibrs.yaml:{line}: offense_groups.robbery")

    def test_a_preset_that_cannot_be_read(self, agency, tmp_path, monkeypatch):
        changed(tmp_path, monkeypatch, "offense_groups:", "offense_groups: [")
        (said,) = problems(agency())
        assert said.startswith("infra/agency/presets/nibrs.yaml:")

    def test_a_missing_group_value_names_the_agency(self, agency):
        own = 'offense_groups:\n  mine:\n    restricted: true\n    offenses: {"X": Mine}'
        text = with_lines(own)
        (said,) = problems(agency(text))
        assert said == (
            f"agency.yaml:{line_of(text, '  mine:')}: offense_groups.mine.surveys: is missing"
        )

    def test_without_relationships_it_is_refused(self, agency):
        (said,) = problems(agency(BARE.replace("      relationship: REL_TO_SUSP\n", "")))
        assert "feed.people.columns.relationship: is missing; the preset nibrs needs it" in said
