"""Compiles the portal's pages to Python, once per language.

This is the last step of the build's compiler. A page is an ordinary Jinja template with two kinds
of delimiters. The build fills in `[[ ]]` and `[% %]`: strings, the agency's values, the pieces of
`parts.html`. A request fills in `{{ }}` and `{% %}`, which are plain text to the build's pass
(docs/decisions/compiled-settings.md).
"""

import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, ModuleLoader, TemplateSyntaxError, meta, nodes

from aviso.content import templates
from aviso.domain import text
from aviso.domain.model import Kind, Trait
from aviso.domain.settings import KindSettings, Settings
from infra.compiler import languages

FOLDER, PARTS = "pages/", "pages/parts.html"
AT_REQUEST_TOO = frozenset({"t", "lang", "say", "tel", "shown"})  # of what the build knows


def build_time(jinja: Environment) -> Environment:
    """Return the environment that fills in `[[ ]]` and `[% %]`."""
    return jinja.overlay(
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
    )


def known(
    language: str,
    strings: Mapping[str, Mapping[str, str]],
    settings: Settings,
    assets: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what the build fills into every page of a language, by name; `t` is its strings."""
    others = [(code, theirs) for code, theirs in strings.items() if code != language]
    return {
        "t": strings[language],
        "lang": language,
        "direction": languages.direction(language),
        "languages": list(strings.items()),
        "others": others,
        "agency": settings.agency.in_language(language),
        "settings": settings,
        "staff_hours": settings.staff_hours[language],
        "stylesheet": assets["site.css"][0],
        "icon": assets["icon.svg"][0],
        "promised": promised(settings.kinds),
        "links": settings.links.items(),
        "say": lambda said: said.get(language) or said[settings.agency.languages[0]],
        "dial": templates.dial,
        "tel": text.tel,
        "shown": text.shown,
    }


def promised(kinds: Mapping[Kind, KindSettings]) -> list[str]:
    """Return the kinds of alert that sign-up lists: those that the agency has switched on."""
    listed = [kind for kind in Kind if kind.rank and Trait.UNLISTED not in kind.traits]
    return [kind.value for kind in listed if kind in kinds and kinds[kind].on]


def compile_pages(
    jinja: Environment, known_in: Mapping[str, Mapping[str, Any]], into: Path
) -> None:
    """Write every template below `pages/` in each language, named as a `ModuleLoader` finds it.

    Args:
        jinja: finds the templates; it is strict, so the compiled pages are too.
        known_in: what the build knows (`known`), by language.
        into: where each language has a folder of its own.

    Raises:
        jinja2.TemplateSyntaxError: with the template's name, file and line.
    """
    build_only = {name for values in known_in.values() for name in values} - AT_REQUEST_TOO
    build = build_time(jinja)
    for code in known_in:
        (into / code).mkdir(parents=True)
    for name, source, file in _sources(jinja):
        _check(jinja, source, name, file, build_only)
        for code, values in known_in.items() if name != PARTS else ():
            compiled = _compiled(jinja, name, file, _filled_in(build, name, values))
            path = into / code / ModuleLoader.get_module_filename(name)
            path.write_text(compiled, encoding="utf-8")


def is_page(name: str) -> bool:
    """Whether a template is a page of the portal, or its pieces."""
    return name.startswith(FOLDER) and name.endswith(".html")


def _sources(jinja: Environment) -> Iterator[tuple[str, str, str | None]]:
    assert jinja.loader is not None, "the build gives a loader"
    for name in jinja.list_templates(filter_func=is_page):
        source, file, _ = jinja.loader.get_source(jinja, name)
        yield name, source, file


def _check(
    jinja: Environment, source: str, name: str, file: str | None, build_only: set[str]
) -> None:
    """Refuse mistakes in what a request fills in, while lines are those of the source."""
    jinja.compile(source, name, file, raw=True)  # a filter that does not exist, for example
    tree = jinja.parse(source, name, file)
    if wrong := meta.find_undeclared_variables(tree) & build_only:
        use = next(use for use in tree.find_all(nodes.Name) if use.name in wrong)
        message = f"'{use.name}' is known to the build alone: use it in [[ ]] or [% %]"
        raise TemplateSyntaxError(message, use.lineno, name, file)


def _compiled(jinja: Environment, name: str, file: str | None, page: str) -> str:
    """Return the Python of a page that the build has filled in."""
    try:
        return jinja.compile(page, name, raw=True, defer_init=True)
    except TemplateSyntaxError as error:  # none in the source: it came with a value
        line = page.splitlines()[error.lineno - 1]
        message = f"{error.message}, in what the build made of it: {line}"
        raise TemplateSyntaxError(message, 1, name, file) from error


def _filled_in(build: Environment, name: str, values: Mapping[str, Any]) -> str:
    """Return a page in which only what a request decides is left to fill in."""
    try:
        return build.get_template(name).render(values)
    except TemplateSyntaxError:
        raise
    except Exception as error:  # whatever it is, the author needs the line
        places = traceback.extract_tb(error.__traceback__)
        place = next(place for place in reversed(places) if place.filename.endswith(".html"))
        message = f"{type(error).__name__}: {error}, when the build fills in {name}"
        raise TemplateSyntaxError(message, place.lineno or 1, name, place.filename) from error
