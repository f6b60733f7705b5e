"""What the build fills into the portal's pages changes no byte of them."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import pytest
import time_machine
from jinja2 import DictLoader, FileSystemLoader, ModuleLoader
from msgspec.structs import replace

from aviso.content import templates
from aviso.content.templates import build_environment
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from infra.compiler import pages
from infra.harness import one_pass
from infra.harness.builders import NOW, NUMBER, an_arrest_case
from infra.harness.portal_browser import Visitor, store
from infra.repository import ROOT

TEMPLATES = ROOT / "templates"
PARTS = """
[% macro problem(field) %]
{% if "[[ field ]]" in errors %}
<b id="[[ field ]]">{{ t[errors["[[ field ]]"]] }}</b>
{% endif %}
[% endmacro %]
[% macro box(field, label, attributes="") %]
<input name="[[ field ]]" value="{{ typed["[[ field ]]_1"]|default("") }}" [[ attributes ]]>
[[ label ]][[ problem(field) ]]
[% endmacro %]
"""
KNOWN = {
    "t": {"one": "One & only", "bad": "Not <right>", "at": "At {when} & on", "kind_a": "A"},
    "lang": "en",
    "agency": {"name": "Wells & Sons", "phone": "520-555-0100"},
    "kinds": ["a", "b"],
    "dial": templates.dial,
}
GIVEN = {"errors": {"phone": "bad"}, "typed": {"phone_1": '"5'}, "rows": ["x", "<y>"], "on": False}
# The page's source -> what a request gets.
WRITTEN = {
    "[[ t.one ]] {{ t.one }} [[ lang ]]": "One &amp; only One &amp; only en",
    "[% for kind in kinds %][[ loop.index ]][[ kind ]][% endfor %]": "1a2b",
    "{% for row in rows %}{{ row }}[[ agency.name ]];{% endfor %}":
        "xWells &amp; Sons;&lt;y&gt;Wells &amp; Sons;",
    "[[ t.at|fill(when='<') ]]": "At &lt; &amp; on",
    '{% for row in rows %}[[ t.at|fill(when="{{ row }}") ]].{% endfor %}':
        "At x &amp; on.At &lt;y&gt; &amp; on.",
    "[[ t.at|fill(when=dial(agency.phone)) ]]":
        'At <a href="tel:+15205550100">520-555-0100</a> &amp; on',
    "{% if on %}[[ t.one ]]{% else %}[[ lang ]]{% endif %}": "en",
    "{% if on %}\n[[ t.one ]]\n{% endif %}\n[% if lang == 'en' %]\nyes\n[% endif %]\n.": "yes\n.",
    '[[ parts.problem("phone") ]]': '<b id="phone">Not &lt;right&gt;</b>\n',
    '[[ parts.problem("email") ]]': "",
    '[[ parts.box("phone", t.one, \'type="tel"\'|safe) ]]':
        '<input name="phone" value="&#34;5" type="tel">\nOne &amp; only'
        '<b id="phone">Not &lt;right&gt;</b>\n\n',
}  # fmt: skip
WRONG = {
    "\n[[ errors ]]": "page.html:2: UndefinedError: 'errors' is undefined",
    "\n{{ agency.name }}": "page.html:2: 'agency' is known to the build alone",
    "\n{{ lang|noon }}": "page.html:2: No filter named 'noon'",
    "\n[[ lang|noon ]]": "page.html:2: No filter named 'noon'",
    "\n[[ t.at|fill(day=1) ]]": "page.html:2: KeyError: 'when'",
    "[[ parts.box() ]]": "parts.html:8: UndefinedError: parameter 'field' was not provided, when",
    "[[ t.at|fill(when='{{ \"a\" }}') ]]": "in what the build made of it: At {{ &#34;a&#34; }}",
}  # fmt: skip


def sources(source: str) -> dict[str, str]:
    start = '[% extends "pages/base.html" %][% import "pages/parts.html" as parts with context %]'
    return {
        "pages/parts.html": PARTS,
        "pages/base.html": "[% block main %][% endblock %].",
        "pages/page.html": f"{start}[% block main %]{source}[% endblock %]",
    }


Build = Callable[[str], jinja2.Environment]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Compile a page of this source."""

    def compiled(source: str) -> jinja2.Environment:
        for name, text in sources(source).items():
            file = tmp_path / "templates" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        jinja = build_environment(FileSystemLoader(tmp_path / "templates"))
        pages.compile_pages(jinja, {"en": KNOWN}, tmp_path)
        return build_environment(ModuleLoader(tmp_path / "en"))

    return compiled


@pytest.fixture
def same(aws: object, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Render each page in one pass too, and count the pages that came out the same."""
    from aviso_compiled.assets import ASSETS

    plain = build_environment(DictLoader(one_pass.sources(TEMPLATES)))
    compiled, found = templates.render_page, Counter[str]()

    def both(name: str, language: str, /, **context: Any) -> str:
        settings = Settings.current()
        strings = {code: templates.strings(code) for code in settings.agency.languages}
        known = pages.known(language, strings, settings, ASSETS)
        page = compiled(name, language, **context)
        assert page == plain.get_template(f"pages/{name}.html").render(known | context)
        found[name] += 1
        return page

    monkeypatch.setattr(templates, "render_page", both)
    return found


class TestPage:
    @pytest.mark.parametrize(("source", "page"), WRITTEN.items())
    def test_is_filled_in_by_build_and_request(self, build: Build, source: str, page: str) -> None:
        compiled = build(source).get_template("pages/page.html")
        assert compiled.render(GIVEN, t=KNOWN["t"], lang="en") == f"{page}."

    @pytest.mark.parametrize("source", WRITTEN)
    def test_is_the_same_in_one_pass(self, source: str) -> None:
        found = {name: one_pass.in_one_pass(text) for name, text in sources(source).items()}
        plain = build_environment(DictLoader(found)).get_template("pages/page.html")
        assert plain.render(GIVEN | KNOWN) == f"{WRITTEN[source]}."

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
            for path in ("/done", "/status", "/print", "/code", "/choice", "/record", "/leave"):
                visitor.get(path)
            visitor.get("/status")
        pages_seen = {"find", "help", "rights", "privacy", "terms", "real", "error", "verify",
                      "early", "alerts", "status", "print", "done", "code", "choice",
                      "over"}  # fmt: skip
        assert pages_seen <= set(same), pages_seen - set(same)


class TestBuild:
    @pytest.mark.parametrize(("source", "told"), WRONG.items())
    def test_fails_with_the_line_of_a_mistake(self, build: Build, source: str, told: str) -> None:
        with pytest.raises(jinja2.TemplateSyntaxError) as raised:
            build(source)
        error = raised.value
        assert told in f"{Path(str(error.filename)).name}:{error.lineno}: {error.message}"
