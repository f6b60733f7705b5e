"""The proposed settings: refused while questions are open, then compiled, then replayed."""

import re
import subprocess
import sys

import pytest
import yaml

from aviso.domain.settings import build
from infra.compiler.compile import SettingsMistakes, load
from infra.mapping.proposal import propose
from infra.mapping.report import report
from infra.mapping.settings_file import written
from infra.replay.compare import rehearse
from infra.repository import ROOT

ASKED_LINE = re.compile(r'      # (\w+: ".*")')
ASKED_VALUE = re.compile(r'      # ((?:  )?"?[^"]+"?:(?: "[^"]*")?)(?:  #.*)?  # ASK \d+')
NO_ANSWER = re.compile(r'.*(?:": *$|UNSURE|: by | # write )')


def answered(text):
    """Answer every question with yes, as a person would in an editor."""
    text = re.sub(r"\nask:\n(  - .*\n)+", "\n", text)
    lines: list[str] = []
    taken: set[str] = set()
    for line in text.split("\n"):
        if re.match(r"  (cases|people|arrests):|\S|  - ", line):
            taken = set()
        match = ASKED_LINE.fullmatch(line) or ASKED_VALUE.fullmatch(line)
        if match and not NO_ANSWER.match(line.rpartition("  # ASK")[0] or line):
            line = f"      {match[1]}"
        name = re.match(r'      (\w+): ".*"', line)
        if name and name[1] in taken:
            continue
        taken |= {name[1]} if name else set()
        lines.append(line)
    return "\n".join(lines)


@pytest.fixture
def settings_of(layouts, tmp_path):
    def write(name, change=answered):
        path = tmp_path / f"{name}.yaml"
        path.write_text(change(written(propose(layouts[name].folder))), "utf-8")
        return path

    return write


LAYOUTS = (
    *("austin", "boston", "chicago", "cincinnati", "dallas", "denver", "honolulu_nibrs"),
    *("kansas_city", "los_angeles", "new_orleans", "new_world", "new_york", "phoenix"),
    *("puerto_rico", "san_francisco", "seattle", "tucson"),
)


class TestAnsweredSettings:
    @pytest.mark.parametrize("name", LAYOUTS)
    def test_compile(self, settings_of, name):
        raw = load(settings_of(name))
        assert build(raw).feed

    @pytest.mark.parametrize("name", ["tucson", "new_world", "phoenix"])
    def test_replay(self, settings_of, layouts, name):
        settings = build(load(settings_of(name)))
        played = rehearse(settings, layouts[name].folder, None)
        assert played.files == 3
        assert played.cases.counts == {"read": 24 + 48 + 12}
        assert played.told

    def test_keep_the_meaning_of_a_swapped_flag(self, settings_of, layouts):
        """DONT_CALL = Y is safe_to_contact = no."""
        settings = build(load(settings_of("tucson")))
        played = rehearse(settings, layouts["tucson"].folder, None)
        names = (
            (layouts["tucson"].folder / "Tucson_Police_Names.csv").read_text("cp1252").split("\n")
        )
        place = names[0].strip().split("|").index("DONT_CALL")
        rows = [row.strip().split("|") for row in names[1:] if row]
        forbidden = {row[1] for row in rows if row[2] == "VI" and row[place] == "Y"}
        victims = [v for number in played.cases.rows for v in played.cases.case(number).victims]
        assert forbidden
        assert {v.id for v in victims if not v.safe_to_contact} == forbidden

    def test_translate_a_spanish_yes(self, settings_of):
        people = load(settings_of("puerto_rico"))["feed"]["people"]
        assert people["columns"]["minor"] == "Menor"
        assert people["values"]["minor"] == {"Sí": "yes", "No": "no"}

    def test_restrict_unknown_offenses(self, settings_of):
        raw = load(settings_of("new_york"))
        group = raw["offense_groups"]["to_sort"]
        assert group["restricted"] is True
        assert set(group["offenses"]) == {"344", "341", "578", "105", "351"}

    def test_sort_offenses_with_long_numbers(self, tmp_path):
        codes = [f"MB-2999001{n}-L8" for n in range(3)] * 4
        rows = [f"26-{1000 + n},{code},OPEN,x" for n, code in enumerate(codes)]
        text = "\n".join(["CASE_NO,OFFENSE_CODE,STATUS,Note", *rows, ""])
        (tmp_path / "cases.csv").write_text(text)
        found = yaml.safe_load(written(propose(tmp_path)))["offense_groups"]["to_sort"]
        assert set(found["offenses"]) == set(codes)

    def test_are_promised_of_a_further_file_in_words(self, tmp_path):
        for name in ("cases", "more_cases"):
            rows = [f"26-{1000 + n},13-1507,OPEN" for n in range(12)]
            text = "\n".join(["CASE_NO,OFFENSE_CODE,STATUS", *rows, ""])
            (tmp_path / f"{name}.csv").write_text(text)
        said = report(propose(tmp_path), tmp_path / "out.yaml")
        assert "not used; 3 of" not in said
        assert "more cases, in comments; 3 of 3 columns" in said


class TestOpenQuestion:
    # Chicago's files leave none.
    @pytest.mark.parametrize("name", sorted({*LAYOUTS} - {"chicago"}))
    def test_is_refused(self, settings_of, name):
        with pytest.raises(SettingsMistakes) as refused:
            load(settings_of(name, str))
        problems = refused.value.problems
        asked = [problem for problem in problems if problem.where[0] == "ask"]
        assert asked
        assert all("is a question of `aviso feed map`" in str(problem) for problem in asked)

    def test_of_a_swap_is_refused_without_its_column(self, settings_of):
        """So nobody answers yes and loses the swap."""
        with pytest.raises(SettingsMistakes) as refused:
            load(settings_of("tucson", lambda text: re.sub(r"\nask:\n(  - .*\n)+", "\n", text)))
        places = [problem.where for problem in refused.value.problems]
        assert places == [("feed", "people", "values", "safe_to_contact")]

    def test_is_refused_on_its_own_line(self, settings_of):
        path = settings_of("tucson", str)
        with pytest.raises(SettingsMistakes) as refused:
            load(path)
        lines = path.read_text("utf-8").split("\n")
        asked = [lines[p.line - 1] for p in refused.value.problems if p.where[0] == "ask"]
        assert len(asked) == len(set(asked)) == 7
        assert all(re.match(r'  - "\d+\. ', line) for line in asked)


def command(*arguments):
    line = [sys.executable, "-m", "infra.cli", "feed", "map", *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


class TestCommand:
    def test_lists_every_question(self, layouts, tmp_path):
        out = tmp_path / "mapped.yaml"
        done = command(str(layouts["tucson"].folder), "--out", str(out))
        assert done.returncode == 0, done.stderr
        assert len(re.findall(r"^ASK \d+\. ", done.stdout, re.MULTILINE)) == 7
        assert "until the ASK lines in it are answered" in done.stdout
        assert out.read_text("utf-8").count('\n  - "') >= 7

    def test_never_overwrites_answers(self, layouts, tmp_path):
        out = tmp_path / "mapped.yaml"
        out.write_text("mine", "utf-8")
        done = command(str(layouts["tucson"].folder), "--out", str(out))
        assert done.returncode != 0
        assert "may have your answers" in done.stderr
        assert out.read_text("utf-8") == "mine"

    def test_tells_a_folder_without_files(self, tmp_path):
        done = command(str(tmp_path), "--out", str(tmp_path / "mapped.yaml"))
        assert done.returncode == 1
        assert "No CSV or NDJSON file is in" in done.stderr
