"""Compiles an agency's settings, strings and templates to Python, so that a cold start parses none.

    python -m infra.compiler --agency infra/agency/sample.yaml --templates templates --out DIR

writes the package DIR/aviso_compiled: `settings` (RAW, for `aviso.domain.settings.build`),
`strings` and `desk_strings` (STRINGS[language][key]), `assets` (ASSETS), `dates` (DATES[language]).
It has `templates` too, compiled by Jinja: the portal's pages once per language in a folder each.
The same input gives the same bytes. Mistakes are reported with file and line, all of one step at
once (settings, then strings, then templates), and nothing is written.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from pprint import pformat
from typing import Any

from jinja2 import FileSystemLoader, TemplateSyntaxError

from aviso.content.templates import build_environment
from aviso.domain.settings import build
from infra.compiler import assets, pages, presets, settings_checks, translation_checks, yaml_lines

DESK_STRINGS = ("desk.yaml", "desk_help.yaml")


class SettingsMistakes(Exception):
    """The input has mistakes; `problems` lists them, and its text has each on a line."""

    def __init__(self, problems: Sequence[yaml_lines.Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load(agency: Path) -> dict[str, Any]:
    """Return an agency's settings as `aviso.domain.settings.build` takes them, with their version.

    Raises:
        RefusedError: the settings have mistakes.
    """
    source = presets.read(agency)
    if problems := settings_checks.check(source):
        raise SettingsMistakes(problems)
    content = json.dumps(source.data, sort_keys=True, ensure_ascii=False)
    version = hashlib.sha256(content.encode()).hexdigest()[:12]
    return {"version": version, **source.data}


def compile_agency(agency: Path, templates: Path, out: Path) -> Path:
    """Write the package `aviso_compiled` into `out`, and return its folder.

    Raises:
        RefusedError: settings, strings or templates have mistakes; nothing was written.
    """
    raw = load(agency)
    languages: list[str] = raw["agency"]["languages"]
    strings, problems = translation_checks.load_strings(templates, languages)
    if problems:
        raise SettingsMistakes(problems)
    desk_strings: dict[str, dict[str, str]] = {code: {} for code in languages}
    for file in DESK_STRINGS:
        found, problems = translation_checks.load_strings(templates, languages, file)
        if problems:
            raise SettingsMistakes(problems)
        desk_strings = {code: desk_strings[code] | found[code] for code in languages}
    every = {code: strings[code] | desk_strings[code] for code in languages}
    jinja = build_environment(FileSystemLoader(templates))
    if problems := translation_checks.check_templates(templates, every, jinja):
        raise SettingsMistakes(problems)
    package = out / "aviso_compiled"
    building = out / "aviso_compiled.part"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    (building / "__init__.py").write_text('"""Made by infra/compiler/compile.py; do not edit."""\n')
    _write(building / "settings.py", "RAW", raw)
    _write(building / "strings.py", "STRINGS", strings)
    _write(building / "desk_strings.py", "STRINGS", desk_strings)  # the portal loads none of them
    settings = build(raw)
    idle = settings.verification.session_idle
    looks = assets.load(templates, raw["agency"]["color"], idle)
    _write(building / "assets.py", "ASSETS", looks)
    _write(
        building / "dates.py",
        "DATES",
        {code: translation_checks.date_table(code) for code in languages},
    )
    try:
        jinja.compile_templates(
            building / "templates",
            zip=None,
            filter_func=_is_shared,
            ignore_errors=False,
        )
        for code in languages:
            known = pages.known(code, strings, settings, looks)
            pages.compile_pages(jinja, known, building / "templates" / code)
    except TemplateSyntaxError as error:  # such as a filter that does not exist
        shutil.rmtree(building)
        file = error.filename or (templates / (error.name or "")).as_posix()
        raise SettingsMistakes(
            [yaml_lines.Problem(file, error.lineno, (), str(error.message))]
        ) from error
    shutil.rmtree(package, ignore_errors=True)
    building.rename(package)
    return package


def _is_shared(name: str) -> bool:
    """Whether it is compiled once for all languages, as everything but the portal's pages is."""
    return name.endswith(translation_checks.TEMPLATES) and not pages.is_page(name)


def _write(path: Path, name: str, value: object) -> None:
    literal = pformat(value, width=100, sort_dicts=False)
    path.write_text(f'"""Made by infra/compiler/compile.py."""\n\n{name} = {literal}\n', "utf-8")


def main() -> int:
    """Compile what the command line names; return the exit code."""
    arguments = argparse.ArgumentParser(description="Compile an agency's settings and templates.")
    arguments.add_argument("--agency", type=Path, required=True)
    arguments.add_argument("--templates", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    asked = arguments.parse_args()
    try:
        compile_agency(asked.agency, asked.templates, asked.out)
    except SettingsMistakes as refused:
        for problem in refused.problems:
            print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
