"""Checks that every language says the same: strings, templates, blocks. English and Spanish are
equals, and a third language is a folder of files.

Its place: the third step of the build's compiler. It also asks Babel for each language's dates.
"""

import string
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from aviso import dates
from babel import Locale, localedata
from babel.dates import (
    get_date_format,
    get_datetime_format,
    get_day_names,
    get_month_names,
    get_period_names,
    get_time_format,
    parse_pattern,
)
from jinja2 import Environment, TemplateSyntaxError, nodes
from sources import Problem, Source, read

TERRITORY = "US"  # dates as the language's readers in the United States write them
TEMPLATES = (".html", ".txt")


def load_strings(templates: Path, languages: list[str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return each language's strings, and what is amiss between them."""
    sources = {
        code: read(templates / "locales" / code / "strings.yaml")
        for code in languages
        if (templates / "locales" / code).is_dir()
    }
    found = [
        Problem(f"{templates.as_posix()}/locales/{code}", 1, (), "no folder for this language")
        for code in languages
        if code not in sources
    ]
    for source in sources.values():
        found += source.problems
    if found:
        return {}, found
    for source in sources.values():
        found += _strings_alone(source)
    if not found:
        first, *others = sources.values()
        found = [problem for other in others for problem in _strings_alike(first, other)]
    return {code: source.data for code, source in sources.items()}, found


def _strings_alone(source: Source) -> Iterator[Problem]:
    """Find keys and texts that no page could use."""
    if not isinstance(source.data, dict):
        yield source.problem((), "this is not a list of `key: text` lines")
        return
    for key, text in source.data.items():
        if not isinstance(text, str) or not text.strip():
            yield source.problem((key,), "is not a text")
            continue
        if not key.isidentifier() or hasattr(dict, key):
            yield source.problem((key,), "is no name that a template can write after `t.`")
        try:
            names = _placeholders(text)
        except ValueError:
            yield source.problem((key,), "has a { or } without its partner")
            continue
        for name in sorted(name for name in names if not name.isidentifier()):
            yield source.problem((key,), f"{{{name}}} is not a placeholder like {{name}}")


def _strings_alike(first: Source, other: Source) -> Iterator[Problem]:
    """Find keys that one language lacks, and placeholders that differ."""
    for here, there in ((first, other), (other, first)):
        for key in there.data.keys() - here.data.keys():
            yield here.problem((key,), f"is missing here; {_place(there, key)} has it")
    for key in first.data.keys() & other.data.keys():
        ours, theirs = _placeholders(first.data[key]), _placeholders(other.data[key])
        if ours != theirs:
            names = ", ".join(sorted(f"{{{name}}}" for name in ours ^ theirs))
            yield other.problem((key,), f"{names} is not in both this and {_place(first, key)}")


def _place(source: Source, key: str) -> str:
    return f"{source.file}:{source.lines[key,]}"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def check_templates(templates: Path, languages: list[str], jinja: Environment) -> list[Problem]:
    """Return what is amiss in the templates: their syntax, and what one language lacks.

    Every file of one language's folder must be in every other's, with the same Jinja blocks.
    """
    found: list[Problem] = []
    blocks: dict[str, list[str]] = {}
    for path in sorted(p for p in templates.rglob("*") if p.suffix in TEMPLATES):
        name = path.relative_to(templates).as_posix()
        try:
            tree = jinja.parse(path.read_text("utf-8"), name, str(path))
        except TemplateSyntaxError as error:
            found.append(Problem(path.as_posix(), error.lineno, (), str(error.message)))
            continue
        blocks[name] = sorted(block.name for block in tree.find_all(nodes.Block))
    for name, ours in blocks.items():
        found += _template_alike(templates, languages, blocks, name, ours)
    return found


def _template_alike(
    templates: Path, languages: list[str], blocks: Mapping[str, list[str]], name: str, ours: list[str]
) -> Iterator[Problem]:
    folder, code, *rest = name.split("/")
    if folder != "locales" or code not in languages:
        return
    for other in languages:
        theirs = "/".join((folder, other, *rest))
        file = (templates / theirs).as_posix()
        if not (templates / theirs).is_file():
            yield Problem(file, 1, (), f"is missing, though there is {templates.as_posix()}/{name}")
        elif theirs in blocks and set(ours) - set(blocks[theirs]):
            lacking = ", ".join(sorted(set(ours) - set(blocks[theirs])))
            yield Problem(file, 1, (), f"lacks the block {lacking} that {name} has")


def date_table(language: str) -> dict[str, Any]:
    """Return how a language writes dates and times, from the Unicode CLDR.

    Raises:
        KeyError: a form needs a field that `aviso.dates` does not know.
    """
    regional = f"{language}_{TERRITORY}"
    locale = Locale.parse(regional if localedata.exists(regional) else language)
    months = {width: get_month_names(width, locale=locale) for width in ("wide", "abbreviated")}
    weekdays = get_day_names("wide", locale=locale)
    periods = get_period_names("abbreviated", "format", locale)
    table: dict[str, Any] = {
        "months": [months["wide"][n] for n in range(1, 13)],
        "short_months": [months["abbreviated"][n] for n in range(1, 13)],
        "weekdays": [weekdays[n] for n in range(7)],
        "periods": [periods["am"], periods["pm"]],
    }
    written = {
        form: get_date_format(width, locale).pattern
        for form, width in (("day", "full"), ("date", "long"), ("short_date", "medium"))
    }
    written["time"] = get_time_format("short", locale).pattern
    for form, day, width in (("moment", "date", "long"), ("short_moment", "short_date", "medium")):
        joined = get_datetime_format(width, locale)
        written[form] = joined.replace("{0}", written["time"]).replace("{1}", written[day])
    table["forms"] = {form: parse_pattern(pattern).format for form, pattern in written.items()}
    table = _plain_spaces(table)
    for form, pattern in table["forms"].items():
        sample = date(2026, 1, 1) if "date" in form or form == "day" else datetime(2026, 1, 1)
        pattern % dates.fields(sample, table)
    return table


def _plain_spaces(value: Any) -> Any:
    """Replace CLDR's no-break spaces, which would make a text cost double (they leave GSM-7)."""
    if isinstance(value, str):
        return value.replace("\u202f", " ").replace("\xa0", " ")
    if isinstance(value, dict):
        return {key: _plain_spaces(inner) for key, inner in value.items()}
    return [_plain_spaces(inner) for inner in value]
