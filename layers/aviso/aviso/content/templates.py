"""Renders templates and strings: pages, messages, letters.

The build compiles every template to a Python module (`infra/compiler/compile.py`), so production
parses none. The build uses `build_environment` too: if they differed, pages would differ. jinja2 is
imported on first use, since most functions render nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, get_args

from aviso.content import dates, direction
from aviso.domain.text import shown, tel

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from jinja2.nodes import EvalContext
    from jinja2.runtime import Context
    from markupsafe import Markup


def build_environment(loader: BaseLoader) -> Environment:
    """Return a Jinja environment: strict about unknown names; it escapes only in `.html`.

    Filters: `fill` puts values into a string's {placeholders}; `day`, `date`, `short_date`, `time`,
    `moment`, `short_moment` write a time in the context's language, or the one given.
    """
    from jinja2 import (
        Environment,
        StrictUndefined,
        pass_context,
        pass_eval_context,
        select_autoescape,
    )

    made = Environment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"], default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.filters["fill"] = pass_eval_context(_fill)
    for form in get_args(dates.Form):
        made.filters[form] = pass_context(partial(_dated, form))
    return made


def _fill(escaping: EvalContext, text: str, /, **values: object) -> str:
    """Put values into a string's placeholders; on pages that escape, both are escaped."""
    if not escaping.autoescape:
        return text.format(**values)
    from markupsafe import escape

    return escape(text).format(**values)


def _dated(form: dates.Form, context: Context, value: Any, language: str = "") -> str:
    if isinstance(value, context.environment.undefined):
        return str(value)  # strict: raises, naming what is missing
    # Pages name their language `lang`, as HTML does; messages name it `language`.
    return dates.written(value, form, language or context.get("lang") or context["language"])


@cache
def environment(language: str = "") -> Environment:
    """Return the environment over the compiled templates, or over one language's pages."""
    import aviso_compiled  # the build writes this package
    from jinja2 import ModuleLoader

    places = [f"{place}/templates/{language}" for place in aviso_compiled.__path__]
    return build_environment(ModuleLoader(places))


def dial(phone: str) -> Markup:
    """Return a telephone number in a page's sentence, as a link that dials it."""
    from markupsafe import Markup

    return Markup('<a href="{}">{}</a>').format(tel(phone), shown(phone))


def render(name: str, /, **context: object) -> str:
    """Render a compiled template, such as `pages/find.html`.

    Raises:
        jinja2.TemplateNotFound: the build has no such template.
        jinja2.UndefinedError: the template names something the context lacks.
    """
    return environment().get_template(name).render(**context)


def render_page(name: str, language: str, /, **context: object) -> str:
    """Render a page of the portal, such as `find`, with its strings already compiled in.

    Raises:
        KeyError: the language is none of the agency's.
        jinja2.TemplateNotFound, jinja2.UndefinedError: see `render`.
    """
    template = environment(language).get_template(f"pages/{name}.html")
    page = template.render(t=strings(language), lang=language, **context)
    return direction.marked_page(page, language)


def strings(language: str) -> Mapping[str, str]:
    """Return every string of one of the agency's languages, by its key.

    Raises:
        KeyError: the language is none of the agency's.
    """
    from aviso_compiled.strings import STRINGS  # the build writes this module

    found: Mapping[str, str] = STRINGS[language]
    return found
