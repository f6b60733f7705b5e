"""The build's compiler: mistakes are told with their line, and what is compiled renders."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import jinja2
import pytest

from aviso.content import templates
from aviso.domain.settings import build
from infra.compiler import settings_checks, yaml_lines
from infra.compiler.compile import SettingsMistakes, compile_agency, load
from infra.repository import ROOT
from tests.support.small_templates import Write

SAMPLE = ROOT / "infra/agency/sample.yaml"
TEXT = SAMPLE.read_text("utf-8")

# What the sample says, what replaces it, text of the line named, the message.
BROKEN = [
    ("    full: false\n    delimiter", "    skip_lines: ['.*']\n    full: false\n    delimiter",
     "skip_lines: ['.*']", "feed.cases.skip_lines.0: '.*' also fits real rows"),
    ("    full: false\n    delimiter", "    skip_lines: ['-*']\n    full: false\n    delimiter",
     "skip_lines: ['-*']", "feed.cases.skip_lines.0: '-*' also fits an empty line"),
    ("    # ignore_roles: [WIT, OFC, BUS]  ", "    ignore_roles: [WIT, vic]  ", "ignore_roles: [",
     "feed.people.ignore_roles.1: 'vic' is a role that is imported"),
    ("    full: false\n    delimiter", "    trailer: 'TOTAL'\n    full: false\n    delimiter",
     "trailer: 'TOTAL'", "feed.cases.trailer: has no part called rows"),
    ("    full: false\n    delimiter", "    usual_rows: {least: 2}\n    full: false\n    delimiter",
     "least: 2", "feed.cases.usual_rows.least: 2 is more than 1"),
    ("only_on_page: []", "only_on_page: [case_closed]", "only_on_page:",
     "only_on_page: nobody can read it: set verification.restricted_by_code to true"),
    ("only_on_page: []", "only_on_page: [arrest]", "only_on_page:",
     "only_on_page.0: 'arrest' is not one of 'detective_assigned', 'status_changed'"),
    ("deadline: 2 hours", "deadline: 4 hour", "deadline: 4 hour",
     "kinds.arrest.deadline: '4 hour' is not a duration like '90 minutes'"),
    ("    age_limit: 30 days\n", "    age_limt: 30 days\n", "age_limt",
     "kinds.arrest.age_limt: there is no such setting; did you mean 'age_limit'?"),
    ("    age_limit: 30 days\n", "", "  arrest:", "kinds.arrest.age_limit: is missing"),
    ("    age_limit: 30 days\n    quiet_hours: false",
     "    age_limit: 30 days\n    quiet_hours: no",
     "quiet_hours: no", "kinds.arrest.quiet_hours: 'no' is not true or false"),
    ("    told: always\n  report_received", "    told: never\n  report_received", "told: never",
     "kinds.first_contact.told: 'never' is not one of 'always', 'unless_waived', 'if_requested'"),
    ("ladder: [[sms], [email]]", "ladder: [[sms], [fax]]", "ladder: [[sms], [fax]]",
     "kinds.survey.ladder.1.0: 'fax' is not one of 'sms', 'email', 'letter'"),
    ("ladder: [[sms], [email]]", "ladder: []", "ladder: []",
     "kinds.survey.ladder: needs 1 or more entries"),
    ("  survey:\n    on", "  surveys:\n    on", "$  surveys:",
     "kinds.surveys: there is no such setting"),
    ("label: {en: Assigned, es: Asignado}", "label: {en: Assigned}", "label: {en: Assigned}",
     "statuses.ASSIGNED.label.es: is missing"),
    ("label: {en: Assigned, es: Asignado}", "label: {en: Assigned, es: ''}", "es: ''",
     "statuses.ASSIGNED.label.es: '' is not words (it is empty)"),
    ("label: {en: Assigned, es: Asignado}", "label: {en: A, es: A, fr: A}", "fr: A",
     "statuses.ASSIGNED.label.fr: there is no such setting"),
    ("tells: sent_to_prosecutor", "tells: arrest", "tells: arrest",
     "statuses.SUBMITTED.tells: 'arrest' is not one of"),
    ("  UNFOUNDED:", "  Unfounded:", "  Unfounded:",
     "statuses.Unfounded: 'Unfounded' is not a code in capitals, like 'CLOSED'"),
    ("  UNFOUNDED:", "  CLOSED:", "$  CLOSED:", "statuses.CLOSED: is here twice"),
    ("    es: Departamento de", "    fr: Departamento de", "    fr: Departamento de",
     "agency.names.fr: 'fr' is not under agency.languages"),
    ("    es: Policía de", "    fr: Police de", "    fr: Police de",
     "agency.short_names.fr: 'fr' is not under agency.languages"),
    ("tells: status_changed\n    suspended", "tells: case_reopened\n    suspended",
     "tells: case_reopened", "statuses.NO_STAFF.tells: is not for a suspended status"),
    ("tells: status_changed\n  SUSPENDED:", "suspended: true\n  SUSPENDED:", "  ACTIVE:",
     "statuses.ACTIVE: has the meaning of a status that is not suspended"),
    ("law: arizona", "law: atlantis", "law: atlantis",
     "law: there is no folder atlantis in infra/law"),
    ("law: arizona", "law: ..", "law: ..",
     "law: '..' is not a name of a folder of infra/law"),
    ("time_zone: America/Phoenix", "time_zone: Arizona", "time_zone",
     "agency.time_zone: 'Arizona' is not a time zone like 'America/Phoenix'"),
    ("'^[0-9]{10}$'", "'^[0-9{10}$'", "case_number_pattern",
     "agency.case_number_pattern: '^[0-9{10}$' is not a regular expression"),
    ('"2600000000"', '"260000000"', "case_number_example",
     "agency.case_number_example: '260000000' does not fit agency.case_number_pattern"),
    ("'^[0-9]{10}$'", "'^[0-9]{2}-[0-9]{4}-[0-9]{4}$'", "case_number_example",
     "spaces and dashes are taken out of every case number first, and the whole of '2600000000'"),
    ("'^[0-9]{10}$'", "'^[0-9]{8}'", "case_number_example",
     "agency.case_number_example: '2600000000' does not fit agency.case_number_pattern"),
    ('"2600000000"', "2600000000", "case_number_example",
     "agency.case_number_example: 2600000000 is not text (put it in quotes)"),
    ('"2026-01-01T00:00:00-07:00"', "2026-01-01", "go_live",
     "agency.go_live: '2026-01-01' is not a date and time with its offset"),
    ('color: "#1f4e79"', 'color: "#ffee00"', "color:", "agency.color: '#ffee00' is not a color"),
    ('color: "#1f4e79"', "color: #1f4e79", "color:", "agency.color: null is not text"),
    ("    es: Departamento de", "    es: '{% set t = 1 %}' #", "set t",
     "agency.names.es: has {%, which a page would treat as code"),
    ("phone: 520-555-0100", "phone: 5205550100", "phone: 5205550100",
     "agency.phone: 5205550100 is not text"),
    ('quiet_from: "21:00"', 'quiet_from: "9 pm"', "9 pm",
     "messages.quiet_from: '9 pm' is not a time of day like '21:00'"),
    ('      "13-1803": {en: Unlawful use of', '      "13-1802": {en: Unlawful use of', '$"13-1802"',
     "offense_groups.vehicle_theft.offenses.13-1802: is in the group theft already"),
    ("name_example: cases_20261124_0830.csv", "name_example: case_1.csv", "case_1.csv",
     "feed.cases.name_example: 'case_1.csv' does not fit feed.cases.name_pattern"),
    ("cases(?:[_-](?P<stamp>[0-9T_-]+))?", "cases_(?P<stamp>20261124_0830)", "cases_20261124",
     "feed.cases.name_example: 'cases_20311228_2359.csv' does not fit feed.cases.name_pattern"),
    ("name_pattern: '^(?:[A-Za-z]+[_-])?cases", "name_pattern: '^(?:cases|people)",
     "name_example: people_2026",
     "feed.people.name_example: 'people_20261124_0830.csv' fits feed.cases.name_pattern, which is"),
    ("required: [number, id, suspect", "required: [number, id, suspekt", "suspekt",
     "feed.arrests.required.2: 'suspekt' is not under feed.arrests.columns"),
    ("      warrant_at: WARRANT_DT\n", "      warrant_dt: WARRANT_DT\n", "warrant_dt:",
     "feed.cases.columns.warrant_dt: there is no such setting; did you mean 'warrant_at'?"),
    ("      restricted: CONF_FLAG\n", "", '      restricted: {"Y"',
     "feed.cases.values.restricted: is not under feed.cases.columns"),
    ("      juvenile: JUV_FLAG\n", "      juvenile: NAME_ID\n", "juvenile: NAME_ID",
     "feed.arrests.columns.juvenile: 'NAME_ID' is the heading of suspect already"),
    ("INACTIVE: SUSPENDED", "INACTIVE: SLEEPING", "INACTIVE",
     "feed.cases.values.status.INACTIVE: 'SLEEPING' is not under statuses"),
    ("  vehicle_theft: [FRIEND", "  car_theft: [FRIEND", "car_theft",
     "ordinary_relationships.car_theft: 'car_theft' is not under offense_groups"),
    ("SPA: es", "SPA: sp", "SPA: sp",
     "feed.people.values.language.SPA: 'sp' is not under agency.languages"),
    ('juvenile: {"Y": "yes"', 'juvenile: {"Y": "ja"', 'juvenile: {"Y": "ja"',
     "feed.arrests.values.juvenile.Y: 'ja' is not one of 'yes', 'no'"),
    ('date_formats: ["%m/%d/%Y", ', 'date_formats: ["%m/%d", ', '["%m/%d",',
     "feed.people.date_formats.0: '%m/%d' is not a date format like '%m/%d/%Y %H:%M'"),
    ("    - id: informed", "    - id: satisfaction", "$id: satisfaction",
     "survey.questions.1.id: 'satisfaction' is taken already"),
    ("  audit: 400", "  audit: 90", "audit: 90", "retention.audit: 90 is less than 365"),
    ("  fails_per_case: 10", "  fails_per_case: 50", "fails_per_case",
     "verification.fails_per_case: 50 is more than 10"),
    ("url: https://rainn.org", "url: http://rainn.org", "http://rainn.org",
     "resources.6.url: 'http://rainn.org' is neither empty nor an address with https://"),
    ("settle: 1 hour", "settle: [1 hour", "feed:", "(YAML)"),
    ("settle: 1 hour", "settle: &a !!python/object:x {}", "settle:", "(YAML)"),
]  # fmt: skip


def line_of(text: str, part: str) -> int:
    """Return the number of the first line with this part, or of the last when `$` precedes it."""
    lines = [n for n, line in enumerate(text.splitlines(), 1) if part.removeprefix("$") in line]
    return lines[-1 if part.startswith("$") else 0]


def written(folder: Path, text: str) -> Path:
    path = folder / "agency.yaml"
    path.write_text(text, "utf-8")
    return path


class TestMistake:
    @pytest.mark.parametrize(
        ("before", "after", "named", "message"),
        BROKEN,
        ids=[case[3].split(":")[0] for case in BROKEN],
    )
    def test_is_told_in_words_with_its_line(
        self, tmp_path: Path, before: str, after: str, named: str, message: str
    ) -> None:
        anchor = TEXT.index("\n  arrest:\n") if "deadline: 2 hours" in before else 0
        assert before in TEXT[anchor:]
        text = TEXT[:anchor] + TEXT[anchor:].replace(before, after, 1)
        path = written(tmp_path, text)
        found = [
            str(problem) for problem in settings_checks.check(yaml_lines.read(path, "agency.yaml"))
        ]
        expected = f"agency.yaml:{line_of(text, named)}: "
        assert any(told.startswith(expected) and message in told for told in found), found

    def test_is_not_found_in_the_sample(self) -> None:
        assert settings_checks.check(yaml_lines.read(SAMPLE)) == []

    def test_is_told_with_all_others_in_line_order(self, tmp_path: Path) -> None:
        text = TEXT.replace("America/Phoenix", "Arizona").replace("settle: 1 hour", "settle: soon")
        text = text.replace('"13-1803": {en: Unl', '"13-1802": {en: Unl')
        found = settings_checks.check(yaml_lines.read(written(tmp_path, text)))
        assert [problem.where[0] for problem in found] == ["agency", "offense_groups", "settle"]

    def test_of_a_missing_section_is_told_once(self, tmp_path: Path) -> None:
        start, end = TEXT.index("\nbrake:\n"), TEXT.index("\n# Half a case")
        found = settings_checks.check(yaml_lines.read(written(tmp_path, TEXT[:start] + TEXT[end:])))
        assert [str(p).partition(": ")[2] for p in found] == ["brake: is missing"]

    def test_makes_the_command_exit_one_with_its_place(self, tmp_path: Path) -> None:
        path = written(tmp_path, TEXT.replace("America/Phoenix", "Arizona"))
        command = [sys.executable, "infra/compiler/compile.py", "--agency", str(path)]
        command += ["--templates", "templates", "--out", str(tmp_path / "out")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        line = line_of(path.read_text("utf-8"), "time_zone")
        assert done.returncode == 1
        assert done.stderr.startswith(
            f"{path}:{line}: agency.time_zone: 'Arizona' is not a time zone"
        )
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "out").exists()


class TestSettingsFile:
    @pytest.mark.parametrize(
        "content", [b"", b"just words", b"- a\n- b\n", b"\xff\xfe\x00", b"a: \x07"]
    )
    def test_without_settings_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "agency.yaml"
        path.write_bytes(content)
        assert settings_checks.check(yaml_lines.read(path))

    def test_keeps_plain_words_that_yaml_would_change(self, tmp_path: Path) -> None:
        path = written(
            tmp_path, "on: yes\nat: 21:00\nday: 2026-01-01\ncode: 0137\nn: 12\nz: ~\nt: true"
        )
        assert yaml_lines.read(path).data == {
            "on": "yes", "at": "21:00", "day": "2026-01-01", "code": "0137",
            "n": 12, "z": None, "t": True,
        }  # fmt: skip

    def test_has_its_example_number_compared_as_stored(self, tmp_path: Path) -> None:
        """A pattern with dashes fits no number that the feed brings: it used to pass the build."""
        text = TEXT.replace('"2600000000"', '"26-0000-0000"')
        raw = load(written(tmp_path, text))
        agency = build(raw).agency
        assert (agency.example_number, agency.case_number_example) == ("2600000000", "26-0000-0000")


class TestBuild:
    def test_gives_the_same_bytes_for_the_same_input(self, tmp_path: Path, folder: Write) -> None:
        here = folder({})
        first, again = (compile_agency(SAMPLE, here, tmp_path / name) for name in ("one", "two"))
        content = {p.relative_to(first): p.read_bytes() for p in first.rglob("*.py")}
        assert content
        assert content == {p.relative_to(again): p.read_bytes() for p in again.rglob("*.py")}

    def test_leaves_nothing_of_a_removed_template(self, tmp_path: Path, folder: Write) -> None:
        here, out = folder({"pages/old.html": "old"}), tmp_path / "out"
        before = len(list(compile_agency(SAMPLE, here, out).glob("templates/es/*.py")))
        (here / "pages/old.html").unlink()
        assert len(list(compile_agency(SAMPLE, here, out).glob("templates/es/*.py"))) == before - 1


OF_FIND = [
    *(f"pages/{name}.html" for name in ("base", "parts", "find")),
    *(f"locales/{code}/{name}.yaml" for code in ("en", "es") for name in ("language", "strings")),
]


class TestPhoneKeyboard:
    @pytest.mark.parametrize(("example", "digits"), [("2600000000", True), ("C26-0137", False)])
    def test_has_digits_alone_only_where_numbers_do(
        self, tmp_path: Path, folder: Write, example: str, digits: bool
    ) -> None:
        page_alone = {name: (ROOT / "templates" / name).read_text("utf-8") for name in OF_FIND}
        here = folder({"pages/hello.html": None, **page_alone})
        text = TEXT.replace("'^[0-9]{10}$'", "'^[C0-9]{7,10}$'").replace("2600000000", example)
        package = compile_agency(written(tmp_path, text), here, tmp_path / "out")
        compiled = templates.build_environment(jinja2.ModuleLoader(package / "templates/en"))
        page = compiled.get_template("pages/find.html")
        shown = page.render(errors={}, typed={}, form="step", leave="", page="find")
        assert ('inputmode="numeric"' in shown) is digits
        assert example in shown


class TestLaw:
    def test_is_the_one_that_the_settings_name(self, tmp_path: Path) -> None:
        text = TEXT.replace("law: arizona", "law: hawaii")
        package = compile_agency(written(tmp_path, text), ROOT / "templates", tmp_path / "out")
        strings = (package / "strings.py").read_text("utf-8")
        assert "threatened you in Hawaii" in strings
        assert "Arizona" not in strings
        assert "('HI', 'HAWAII')" in (package / "state.py").read_text("utf-8")

    def test_tells_victims_their_rights_or_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "arizona").mkdir()
        monkeypatch.setattr(settings_checks, "LAWS", tmp_path)
        with pytest.raises(SettingsMistakes, match="arizona has no locales"):
            load(SAMPLE)

    def test_has_the_last_word(
        self, tmp_path: Path, folder: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings_checks, "LAWS", tmp_path / "law")
        for code in ("en", "es"):
            place = tmp_path / f"law/arizona/locales/{code}/messages"
            place.mkdir(parents=True)
            for name in ("arrest", "first_contact"):
                text = "{% block sms %}By our law{% endblock %}"
                (place / f"{name}.txt").write_text(text, "utf-8")
            (place.parent / "strings.yaml").write_text("bye: By our law\n", "utf-8")
        of_state = "state: Arizona\npostal: AZ\n"
        (tmp_path / "law/arizona/clauses.yaml").write_text(of_state, "utf-8")
        package = compile_agency(SAMPLE, folder({}), tmp_path / "out")
        compiled = [p.read_text("utf-8") for p in package.rglob("*.py")]
        assert sum(text.count("By our law") for text in compiled) == 6


AT = datetime(2026, 11, 25, 4, 5, tzinfo=UTC)  # the evening before, in Arizona


@pytest.fixture
def small(tmp_path: Path, folder: Write, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the small templates folder's package as `aviso_compiled` for one test."""
    kept = {name: module for name, module in sys.modules.items() if name.startswith("aviso_comp")}
    for name in kept:
        del sys.modules[name]
    compile_agency(SAMPLE, folder({}), tmp_path / "out")
    monkeypatch.syspath_prepend(str(tmp_path / "out"))
    importlib.invalidate_caches()
    templates.environment.cache_clear()
    yield
    templates.environment.cache_clear()
    for name in [name for name in sys.modules if name.startswith("aviso_comp")]:
        del sys.modules[name]
    sys.modules.update(kept)


class TestCompiledPage:
    @pytest.mark.usefixtures("small")
    def test_has_the_agencys_time_and_escaped_values(self) -> None:
        page = templates.render_page("hello", "es", name="<b>", at=AT)
        assert page == "Hola &lt;b&gt; martes, 24 de noviembre de 2026 9:05 p.m."

    @pytest.mark.usefixtures("small")
    def test_stops_at_a_name_that_the_context_lacks(self) -> None:
        with pytest.raises(jinja2.UndefinedError, match="'at' is undefined"):
            templates.render_page("hello", "en", name="x")


class TestCompiledMessage:
    @pytest.mark.usefixtures("small")
    def test_renders_one_block_as_plain_text(self) -> None:
        values = {"language": "es", "name": "O'Neil", "at": AT}
        template = templates.environment().get_template("locales/es/messages/arrest.txt")
        text = "".join(template.blocks["sms"](template.new_context(values)))
        assert text == "O'Neil, 24 de noviembre de 2026, 9:05 p.m."
