"""What the build writes into the portal's pages changes no byte of them."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import pytest
import time_machine
from jinja2 import DictLoader, FileSystemLoader, ModuleLoader
from msgspec.structs import replace

from aviso.content import templates
from aviso.content.templates import build_environment
from aviso.domain import text
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from infra.compiler import pages
from infra.harness.builders import NOW, NUMBER, an_arrest_case
from infra.harness.portal_browser import Visitor, store

PARTS = """
{% macro steps(t, current) %}
{% for name in (t.one, t.two) %}
<li{% if loop.index < current %} done{% elif loop.index == current %} here{% endif %}>
{{ t.number|fill(n=loop.index) }} {{ name }}</li>
{% endfor %}
{% endmacro %}
{% macro problem(t, errors, field, example="") %}
{% if field in errors %}
<b id="{{ field }}">{{ t[errors[field]]|fill(example=example) }}</b>
{% endif %}
{% endmacro %}
{% macro box(t, errors, field, label, value, class="", attributes="") %}
<input name="{{ field }}" value="{{ value }}"{% if class %} class="{{ class }}"{% endif %}>
{{ attributes|safe }}{{ label }}{{ problem(t, errors, field) }}
{% endmacro %}
{% macro both(t, errors, typed) %}
{% for field, more in (("phone", 'type="tel"'), ("email", "")) %}
{{ box(t, errors, field, t["label_" ~ field], typed[field]|default(""), attributes=more) }}
{% endfor %}
{% endmacro %}
"""
KNOWN: Mapping[str, Any] = {
    "t": {
        "one": "One & only", "two": "Two", "number": "No. {n}", "label_phone": "Phone",
        "label_email": "E-mail", "bad": "Not <right>", "call": "Call {phone}", "kind_a": "A",
        "more_shop": "Shop",
    },
    "lang": "en",
    "languages": [("en", "English"), ("es", "Español")],
    "others": [("es", "Español")],
    "agency": {"phone": "520-555-0100", "name": "Wells & Sons"},
    "links": [("shop", "https://a.example/?b&c")],
    "promised": [],
}  # fmt: skip
GIVEN: Mapping[str, Any] = {
    "errors": {"phone": "bad"}, "typed": {"phone": '"5'}, "rows": ["x", "<y>"], "kind": "a",
    "on": False, "dial": templates.dial, "tel": text.tel,
}  # fmt: skip
WRITTEN = [
    "{{ t.one }}{{ lang }}",
    "{{ t['one'] }}{{ t['kind_' ~ kind] }}",
    "{{ parts.steps(t, 1) }}|{{ parts.steps(t, 2) }}|{{ parts.steps(t, current=3) }}",
    "{{ parts.both(t, errors, typed) }}",
    "{{ parts.box(t, {}, 'a', kind, '<', 'wide') }}",
    "{{ parts.problem(t, errors, 'phone', 'x') }}{{ parts.problem(t, errors, 'none') }}",
    "{% for code, n in languages %}<i{% if code == lang %} on{% endif %}>{{ n }}</i>{% endfor %}",
    "{% for code, lang in others %}{{ code }}{{ lang }}{% endfor %}{{ lang }}",
    "{% for lang in rows %}{{ loop.index }}{{ lang }}{% else %}none{% endfor %}{{ lang }}",
    "{% for what, url in links %}{{ t['more_' ~ what] }} {{ url }}{% endfor %}",
    "{% if promised %}{{ t.two }}{% for kind in promised %}{{ kind }}{% endfor %}{% endif %}",
    "{% for x in [] %}x{% else %}{{ t.two }}{% endfor %}",
    "{% if on %}a{% elif lang == 'en' %}b{{ t.two }}{% else %}c{% endif %}",
    "{% if lang == 'es' %}a{% elif on %}b{% elif kind %}d{{ kind }}{% endif %}",
    "{{ t.call|fill(phone=dial(agency.phone)) }}{{ tel(agency.phone) }}{{ agency.name }}",
    "{{ t.call|fill(phone=dial(kind)) }}",
    "{% set name = t.one %}{{ name }}{{ name|upper }}",
]


def written_out(tmp_path: Path, source: str) -> jinja2.Environment:
    jinja = build_environment(DictLoader(sources(source)))
    pages.compile_pages(jinja, KNOWN, tmp_path / "en")
    return build_environment(ModuleLoader(tmp_path / "en"))


def sources(source: str) -> dict[str, str]:
    imported = '{% import "pages/parts.html" as parts %}'
    page = '{% extends "pages/base.html" %}' + imported + "{% block main %}" + source
    base = "<p>{{ lang }}</p>{% block main %}{% endblock %}{{ t.two }}"
    return {
        "pages/parts.html": PARTS,
        "pages/base.html": base,
        "pages/page.html": page + "{% endblock %}",
    }


@pytest.fixture
def same(aws: object, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Render each page from its source too, and count the pages that came out the same."""
    folder = Path(__file__).resolve().parents[3] / "templates"
    plain, found = build_environment(FileSystemLoader(folder)), Counter[str]()
    compiled = templates.render_page

    def both(name: str, language: str, /, **context: Any) -> str:
        from aviso_compiled.assets import ASSETS

        settings = Settings.current()
        agency = settings.agency
        named = [(code, templates.strings(code)["language_name"]) for code in agency.languages]
        known = {
            "t": templates.strings(language),
            "lang": language,
            "languages": named,
            "others": [pair for pair in named if pair[0] != language],
            "agency": agency.in_language(language),
            "stylesheet": ASSETS["site.css"][0],
            "icon": ASSETS["icon.svg"][0],
            "promised": pages.promised(settings.kinds),
            "links": settings.links.items(),
        }
        page = compiled(name, language, **context)
        assert page == plain.get_template(f"pages/{name}.html").render(**known, **context)
        found[name] += 1
        return page

    monkeypatch.setattr(templates, "render_page", both)
    return found


class TestPage:
    @pytest.mark.parametrize("source", WRITTEN)
    def test_is_the_same_whether_written_out_or_not(self, tmp_path: Path, source: str) -> None:
        plain = build_environment(DictLoader(sources(source))).get_template("pages/page.html")
        want = plain.render(**GIVEN, **KNOWN)
        got = written_out(tmp_path, source).get_template("pages/page.html")
        assert got.render(**GIVEN, t=KNOWN["t"]) == want

    def test_promises_only_alerts_that_are_on(self, compiled: Path) -> None:
        kinds = dict(Settings.current().kinds)
        assert Kind.ARREST.value in pages.promised(kinds)
        kinds[Kind.ARREST] = replace(kinds[Kind.ARREST], on=False)
        assert Kind.ARREST.value not in pages.promised(kinds)

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_of_a_journey_is_the_same(self, same: Counter[str], language: str) -> None:
        visitor = Visitor(language=language)
        with time_machine.travel(NOW, tick=False):
            store(an_arrest_case().with_report(status="ACTIVE", assigned="Det. Reed").case)
            for path in (
                "/",
                "/help",
                "/rights",
                "/privacy",
                "/terms",
                "/real",
                "/nowhere",
                "/stop",
            ):
                visitor.get(path)
            visitor.post("/find", number="12")
            visitor.post("/find", number=NUMBER)
            visitor.verify(NUMBER, "nobody", "1/1/1999")
            visitor.post("/early", number=NUMBER)
            visitor.verify(NUMBER, "munoz v1", "4/12/1985")
            csrf = visitor.get("/status").value("csrf")
            visitor.post("/enroll", csrf=csrf, phone="12", email='"<b>')
            visitor.post(
                "/enroll", csrf=csrf, phone="520 555 0142", phone_safe="yes", consent="yes"
            )
            for path in ("/done", "/status", "/code", "/choice", "/manage", "/record", "/leave"):
                visitor.get(path)
            visitor.get("/status")
        pages_seen = {"find", "help", "rights", "privacy", "terms", "real", "error", "verify",
                      "early", "status", "done", "code", "choice", "over"}  # fmt: skip
        assert pages_seen <= set(same), pages_seen - set(same)


class TestBuild:
    def test_fails_with_the_line_of_a_piece_in_an_expression(self, tmp_path: Path) -> None:
        with pytest.raises(
            jinja2.TemplateSyntaxError, match="a piece is called on its own"
        ) as error:
            written_out(tmp_path, "\n{{ parts.steps(t, 1)|safe }}")
        assert (error.value.name, error.value.lineno) == ("pages/page.html", 2)

    def test_fails_for_a_missing_string(self, tmp_path: Path) -> None:
        with pytest.raises(KeyError, match="three"):
            written_out(tmp_path, "{{ t['three'] }}")
