"""Compiles an agency's settings, strings and templates to Python, so that a cold start parses none.

    python -m infra.compiler --agency infra/agency/sample.yaml --templates templates --out DIR

writes the package DIR/aviso_compiled: `settings` (RAW, for `aviso.domain.settings.build`),
`strings` and `desk_strings` (STRINGS[language][key]), `assets` (ASSETS), `dates` (DATES[language])
and `directions` (DIRECTIONS[language]). `replies` has what people text back, in every language;
`state` the names of the law's state.
It has `templates` too, compiled by Jinja: the portal's pages once per language in a folder each.
The same input gives the same bytes. Mistakes are reported with file and line, all of one step at
once (settings, then strings, then templates), and nothing is written.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pprint import pformat
from typing import Any

from jinja2 import TemplateSyntaxError

from aviso.content.templates import build_environment
from aviso.domain.settings import build
from infra.compiler import (
    approvals,
    assets,
    languages,
    pages,
    presets,
    reply_words,
    settings_checks,
    state_law,
    translation_checks,
    yaml_lines,
)

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
    _, law = folders = places(templates, raw)
    if problems := [*state_law.problems(law)]:
        raise SettingsMistakes(problems)
    texts = _texts(templates, law, raw["agency"])
    strings, codes = texts.strings, list(texts.strings)
    jinja = build_environment(languages.loader(folders, texts.known))
    for place in folders:
        if problems := translation_checks.check_templates(place, texts.every, jinja, texts.drafts):
            raise SettingsMistakes(problems)
    replies, problems = reply_words.load(templates)
    if problems:
        raise SettingsMistakes(problems)
    package = out / "aviso_compiled"
    building = out / "aviso_compiled.part"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    (building / "__init__.py").write_text('"""Made by infra/compiler/compile.py; do not edit."""\n')
    _write(building / "settings.py", "RAW", raw)
    _write(building / "strings.py", "STRINGS", strings)
    _write(building / "desk_strings.py", "STRINGS", texts.desk)  # the portal loads none of them
    directions = {code: languages.direction(code) for code in codes}
    _write(building / "directions.py", "DIRECTIONS", directions)
    _write(building / "state.py", "NAMES", state_law.names_of_state(law))
    _write(building / "replies.py", "REPLIES", replies)
    settings = build(raw)
    idle = settings.verification.session_idle
    looks = assets.load(templates, raw["agency"]["color"], idle)
    _write(building / "assets.py", "ASSETS", looks)
    _write(
        building / "dates.py",
        "DATES",
        {code: translation_checks.date_table(code) for code in codes},
    )
    try:
        jinja.compile_templates(
            building / "templates",
            zip=None,
            filter_func=partial(_is_shared, codes=codes),
            ignore_errors=False,
        )
        known = {code: pages.known(code, strings, settings, looks) for code in codes}
        pages.compile_pages(jinja, known, building / "templates")
    except TemplateSyntaxError as error:  # such as a filter that does not exist
        shutil.rmtree(building)
        file = error.filename or (templates / (error.name or "")).as_posix()
        raise SettingsMistakes(
            [yaml_lines.Problem(file, error.lineno, (), str(error.message))]
        ) from error
    shutil.rmtree(package, ignore_errors=True)
    building.rename(package)
    return package


def places(templates: Path, raw: Mapping[str, Any]) -> tuple[Path, Path]:
    """Return the folders that have an agency's texts. What the law's folder has replaces ours."""
    return templates, settings_checks.LAWS / raw["law"]


@dataclass(frozen=True, slots=True)
class _Texts:
    """The agency's languages and their strings."""

    known: Mapping[str, languages.Language]
    drafts: Sequence[str]
    strings: Mapping[str, dict[str, str]]  # the portal's
    desk: Mapping[str, dict[str, str]]  # the desk's, in the languages that it has

    @property
    def every(self) -> dict[str, dict[str, str]]:
        """All strings of each language."""
        return {code: own | self.desk.get(code, {}) for code, own in self.strings.items()}


def _texts(templates: Path, law: Path, agency: Mapping[str, Any]) -> _Texts:
    """Read the strings of the agency's languages.

    Raises:
        SettingsMistakes: a language has mistakes, or is a draft that the agency may not use.
    """
    known, problems = languages.load(templates, agency["languages"])
    if problems := problems or languages.refused(templates, known, agency):
        raise SettingsMistakes(problems)
    codes, drafts = list(known), [code for code, language in known.items() if language.draft]
    own, problems = translation_checks.load_strings(templates, codes, drafts=drafts)
    of_law, more = translation_checks.load_strings(law, codes, drafts=drafts)
    problems += more
    strings = {code: texts | of_law.get(code, {}) for code, texts in own.items()}
    at_desk = languages.desk(templates, codes) or codes
    desk = {code: languages.names(code, codes) for code in at_desk}
    for file in DESK_STRINGS:
        found, more = translation_checks.load_strings(templates, at_desk, file)
        problems += more
        desk = {code: own | found.get(code, {}) for code, own in desk.items()}
    if problems:
        raise SettingsMistakes(problems)
    return _Texts(known, drafts, strings, desk)


def _is_shared(name: str, codes: Collection[str]) -> bool:
    """Whether it is compiled once for all languages, as everything but the portal's pages is.

    What a language says is left out when the agency does not have the language.
    """
    folder, _, rest = name.partition("/")
    theirs = folder != "locales" or rest.partition("/")[0] in codes
    return name.endswith(translation_checks.TEMPLATES) and theirs and not pages.is_page(name)


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
    raw = load(asked.agency)
    _, law = folders = places(asked.templates, raw)
    known = approvals.translated(folders, raw["agency"]["languages"])
    for line in [*approvals.sentences(known), *state_law.below_the_law(raw, law)]:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
