"""Compiles the portal's pages to Python once a language, each with its strings written in.

Its place: the last step of the build's compiler. A page says a hundred strings; looked up and
escaped here, they cost a visit nothing, and a template is mostly long literals.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, ModuleLoader, nodes
from jinja2.visitor import NodeTransformer

FOLDER, PARTS = "pages/", "pages/parts.html"


class _Said(NodeTransformer):
    """Puts one language's words in place of `t.key`; `t["kind_" ~ kind]` stays to be looked up."""

    def __init__(self, strings: Mapping[str, str]) -> None:
        self.strings = strings

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - Jinja's own name
        if isinstance(node.node, nodes.Name) and node.node.name == "t":
            return nodes.Const(
                self.strings[node.attr], lineno=node.lineno, environment=node.environment
            )
        return self.generic_visit(node)


def compile_pages(jinja: Environment, strings: Mapping[str, str], into: Path) -> None:
    """Write every template below `pages/` in one language, named as a `ModuleLoader` finds it.

    Args:
        jinja: finds the templates; strict, so what it compiles is too.
        strings: the language's strings by their keys.
        into: the language's own folder.

    Raises:
        jinja2.TemplateSyntaxError: such as a filter that does not exist.
    """
    into.mkdir(parents=True)
    for name, tree in _parsed(jinja):
        said = _Said(strings).visit(tree)
        code = jinja.compile(said, name, raw=True, defer_init=True)
        (into / ModuleLoader.get_module_filename(name)).write_text(code, encoding="utf-8")


def _parsed(jinja: Environment) -> Iterator[tuple[str, nodes.Template]]:
    assert jinja.loader is not None, "the build gives a loader"
    for name in jinja.list_templates(filter_func=_is_page):
        source, file, _ = jinja.loader.get_source(jinja, name)
        yield name, jinja.parse(source, name, file)


def _is_page(name: str) -> bool:
    return name.startswith(FOLDER) and name.endswith(".html")
