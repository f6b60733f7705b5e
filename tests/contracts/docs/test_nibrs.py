"""docs/nibrs.md says what the preset does: groups, reasons, relationships and victim types."""

import re

import pytest

from infra.compiler import presets, yaml_lines
from infra.repository import ROOT

PAGE = (ROOT / "docs/nibrs.md").read_text("utf-8")
PRESET = yaml_lines.read(presets.FOLDER / "nibrs.yaml").data
GROUPS = PRESET["settings"]["offense_groups"]
ORDINARY = PRESET["settings"]["ordinary_relationships"]


def rows(heading):
    """Return the cells of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


class TestOffenses:
    def test_each_group_has_its_row(self):
        word = {True: "yes", False: "no"}
        wanted = [
            [
                f"`{name}`",
                " ".join(group["offenses"]),
                word[group["restricted"]],
                word[group["surveys"]],
                PRESET["reasons"].get(name, ""),
            ]
            for name, group in GROUPS.items()
        ]
        assert rows("Offenses") == wanted

    def test_each_restricted_group_has_a_reason(self):
        assert set(PRESET["reasons"]) == {n for n, g in GROUPS.items() if g["restricted"]}

    def test_no_restricted_group_has_surveys(self):
        assert not any(g["restricted"] and g["surveys"] for g in GROUPS.values())

    @pytest.mark.parametrize("code", ["13C", "100"])
    def test_what_mixes_dangers_is_restricted_whole(self, code):
        (group,) = [g for g in GROUPS.values() if code in g["offenses"]]
        assert group["restricted"]


class TestRelationships:
    def test_each_code_is_on_its_side(self):
        always, *more = ([code for code in codes if code] for codes in ORDINARY.values())
        known = {*always, *more[0]}
        close = [code for code in PRESET["codes"]["relationships"] if code not in known]
        found = [row[0].split(",")[0].split() for row in rows("Relationships")[:3]]
        assert found == [always, more[0], close]
        assert more == [more[0]] * len(more)  # so one column is enough

    def test_each_group_has_its_side_and_reason(self):
        free = [name for name, group in GROUPS.items() if not group["restricted"]]
        table = {
            name.strip("`"): (side, bool(why))
            for names, side, why in rows("Relationships")[-5:]
            for name in names.split()
        }
        for name in {*free} - {"public_order", "federal"}:
            assert table[name] == ("ordinary" if name in ORDINARY else "restrict", True)
        assert {*ORDINARY} - {"every_offense"} <= {*free}

    def test_family_and_partners_restrict(self):
        home = "SE CS PA SB CH GP GC IL SP SC SS OF FC FP BG CF HR XS XR CO BE VO"
        assert not {*home.split()} & {code for codes in ORDINARY.values() for code in codes}
        assert not {"OK", "RU"} & {*ORDINARY["every_offense"]}


class TestVictimTypes:
    def test_each_code_is_in_its_row(self):
        types = PRESET["settings"]["feed"]["people"]["values"]["victim_type"]
        table = {row[0].strip("`"): row[1].split(",")[0].split() for row in rows("Victim types")}
        assert {kind: [c for c, k in types.items() if k == kind] for kind in table} == table
        assert set(types) == set(PRESET["codes"]["victim_types"])


class TestSources:
    def test_the_version_is_named(self):
        assert f"{PRESET['version']} NIBRS User Manual" in PAGE

    def test_each_data_element_of_the_preset_is_named(self):
        text = (presets.FOLDER / "nibrs.yaml").read_text("utf-8")
        cited = PAGE.split("## Sources")[1]
        for element in re.findall(r"# data element (\d+)", text):
            assert re.search(rf"\b{element}\b", cited), element
