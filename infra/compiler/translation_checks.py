"""Checks that all languages are alike: the same strings, templates and blocks.

This is the third step of the build's compiler. Approved languages are equals, and another language
is a folder of files (docs/rules.md#20). A draft takes what it lacks from the first language. Babel
provides each language's date forms here.
"""

import string
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

from aviso.content import dates
from infra.compiler.pages import build_time, is_page
from infra.compiler.yaml_lines import Problem, YamlFile, read

TERRITORY = "US"  # dates as readers of the language in the United States write them
TEMPLATES = (".html", ".txt")


def load_strings(
    templates: Path,
    languages: list[str],
    file: str = "strings.yaml",
    drafts: Collection[str] = (),
) -> tuple[dict[str, Any], list[Problem]]:
    """Return each language's strings in one of its files, and the differences between them.

    A file that no language has contains no strings. A draft's differences are not mistakes: it
    takes those strings from the first language.
    """
    if not any((templates / "locales" / code / file).is_file() for code in languages):
        return {code: {} for code in languages}, []
    sources = {code: read(templates / "locales" / code / file) for code in languages}
    found = [problem for source in sources.values() for problem in source.problems]
    if found:
        return {}, found
    for source in sources.values():
        found += _strings_alone(source)
    strings = {code: source.data for code, source in sources.items()}
    if not found:
        first, *others = languages
        for code in others:
            if code in drafts:
                strings[code] = completed(strings[code], strings[first])
            else:
                found += _strings_alike(sources[first], sources[code])
    return strings, found


def completed(own: Mapping[str, str], first: Mapping[str, str]) -> dict[str, str]:
    """Return a draft's strings, with the first language's where the draft has none that fits."""
    return {
        key: own[key] if key in own and _placeholders(own[key]) == _placeholders(text) else text
        for key, text in first.items()
    }


def _strings_alone(source: YamlFile) -> Iterator[Problem]:
    """Yield keys and texts that no page could use."""
    if not isinstance(source.data, dict):
        yield source.problem((), "this is not a list of `key: text` lines")
        return
    for key, text in source.data.items():
        if not isinstance(text, str) or not text.strip():
            yield source.problem((key,), "is not a text")
            continue
        if not key.isidentifier() or hasattr(dict, key):
            yield source.problem((key,), "is not a name that a template can write after `t.`")
        try:
            names = _placeholders(text)
        except ValueError:
            yield source.problem((key,), "has a { or } without its partner")
            continue
        if "{{" in text or "}}" in text:
            yield source.problem((key,), "has {{ or }}, which a page would treat as code")
        for name in sorted(name for name in names if not name.isidentifier()):
            yield source.problem((key,), f"{{{name}}} is not a placeholder like {{name}}")


def _strings_alike(first: YamlFile, other: YamlFile) -> Iterator[Problem]:
    """Yield keys that one language lacks, and placeholders that differ."""
    for here, there in ((first, other), (other, first)):
        for key in there.data.keys() - here.data.keys():
            yield here.problem((key,), f"is missing here; {_place(there, key)} has it")
    for key in first.data.keys() & other.data.keys():
        ours, theirs = _placeholders(first.data[key]), _placeholders(other.data[key])
        if ours != theirs:
            names = ", ".join(sorted(f"{{{name}}}" for name in ours ^ theirs))
            yield other.problem((key,), f"{names} is not in both this and {_place(first, key)}")


def _place(source: YamlFile, key: str) -> str:
    return f"{source.file}:{source.lines[key,]}"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def check_templates(
    templates: Path,
    strings: Mapping[str, Mapping[str, str]],
    jinja: Environment,
    drafts: Collection[str] = (),
) -> list[Problem]:
    """Return the mistakes in the templates: their syntax, and what one language lacks.

    Every file of one language's folder must be in every other's, with the same Jinja blocks, and
    every string that a template names as `t.key` must exist. A draft may lack files.

    Args:
        templates: the folder of everything a person reads.
        strings: each language's strings, as `load_strings` returned them.
        drafts: the languages that nobody has approved yet.
    """
    known = set().union(*strings.values())
    found: list[Problem] = []
    blocks: dict[str, set[str]] = {}
    for path in sorted(p for p in templates.rglob("*") if p.suffix in TEMPLATES):
        name = path.relative_to(templates).as_posix()
        passes = (jinja, build_time(jinja)) if is_page(name) else (jinja,)
        try:
            trees = [one.parse(path.read_text("utf-8"), name, str(path)) for one in passes]
        except TemplateSyntaxError as error:
            found.append(Problem(path.as_posix(), error.lineno, (), str(error.message)))
            continue
        blocks[name] = {block.name for tree in trees for block in tree.find_all(nodes.Block)}
        found += [
            Problem(path.as_posix(), lineno, (), f"there is no string '{key}'")
            for tree in trees
            for key, lineno in _strings_used(tree)
            if key not in known
        ]
    equals = [code for code in strings if code not in drafts]
    for name in blocks:
        found += _template_alike(templates, equals, blocks, name)
    return found


def _strings_used(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """Yield each key that a template uses as `t.key`, with its line."""
    for use in tree.find_all(nodes.Getattr):
        if isinstance(use.node, nodes.Name) and use.node.name == "t":
            yield use.attr, use.lineno


def _template_alike(
    templates: Path, languages: list[str], blocks: Mapping[str, set[str]], name: str
) -> Iterator[Problem]:
    folder, code, *rest = name.split("/")
    if folder != "locales" or code not in languages:
        return
    for other in languages:
        theirs = "/".join((folder, other, *rest))
        file = (templates / theirs).as_posix()
        if not (templates / theirs).is_file():
            yield Problem(file, 1, (), f"is missing, though there is {templates.as_posix()}/{name}")
        elif theirs in blocks and (lost := blocks[name] - blocks[theirs]):
            lacking = ", ".join(sorted(lost))
            yield Problem(file, 1, (), f"lacks the block {lacking} that {name} has")


def date_table(language: str) -> dict[str, Any]:
    """Return how a language writes dates and times, from the Unicode CLDR.

    Raises:
        KeyError: a form needs a field that `aviso.content.dates` does not know.
    """
    regional = f"{language}_{TERRITORY}"
    locale = Locale.parse(regional if localedata.exists(regional) else language)
    months = get_month_names("wide", locale=locale)
    short_months = get_month_names("abbreviated", locale=locale)
    weekdays = get_day_names("wide", locale=locale)
    periods = get_period_names("abbreviated", "format", locale)
    table = {
        "months": [_plain(months[n]) for n in range(1, 13)],
        "short_months": [_plain(short_months[n]) for n in range(1, 13)],
        "weekdays": [_plain(weekdays[n]) for n in range(7)],
        "periods": [_plain(periods["am"]), _plain(periods["pm"])],
    }
    forms = {form: _plain(str(parse_pattern(p).format)) for form, p in _patterns(locale).items()}
    for pattern in forms.values():
        pattern % dates.fields(
            datetime(2026, 1, 1, tzinfo=UTC), table
        )  # fails now rather than when a victim reads it
    return {**table, "forms": forms}


def _patterns(locale: Locale) -> dict[dates.Form, str]:
    """Return the CLDR pattern of each form."""
    date, short_date = (get_date_format(w, locale).pattern for w in ("long", "medium"))
    time = get_time_format("short", locale).pattern
    # Babel's type says DateTimePattern; its value is the text that joins {1}, date, and {0}, time.
    joined = str(get_datetime_format("long", locale))
    short_joined = str(get_datetime_format("medium", locale))
    return {
        "day": get_date_format("full", locale).pattern,
        "date": date,
        "short_date": short_date,
        "time": time,
        "moment": joined.replace("{1}", date).replace("{0}", time),
        "short_moment": short_joined.replace("{1}", short_date).replace("{0}", time),
    }


def _plain(text: str) -> str:
    """Replace CLDR's no-break spaces, which leave GSM-7 and would make a text cost double."""
    return text.replace("\u202f", " ").replace("\xa0", " ")
