"""Compiles the portal's pages to Python once per language, with its strings written in.

This is the last step of the build's compiler. A page's strings and the agency's name do not change
between two visits, so they are written into it. Its pieces (`parts`) and its loops over known
values are written out: a string that reaches a piece as an argument is then known too. What more
could be worked out at build would save less than 1 % of a page
(docs/decisions/compiled-settings.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, TypeGuard

from jinja2 import Environment, ModuleLoader, TemplateAssertionError, nodes
from jinja2.visitor import NodeTransformer

from aviso.content import templates
from aviso.domain import text
from aviso.domain.model import Kind
from aviso.domain.settings import KindSettings

FOLDER, PARTS = "pages/", "pages/parts.html"
# The kinds of alert that are listed at sign-up; the other kinds need no explanation.
PROMISED = (
    Kind.ARREST,
    Kind.INITIAL_APPEARANCE,
    Kind.WARRANT,
    Kind.STATUS_CHANGED,
    Kind.DETECTIVE_ASSIGNED,
    Kind.SENT_TO_PROSECUTOR,
    Kind.CASE_CLOSED,
    Kind.CASE_REOPENED,
)

ANSWERED = {"dial": templates.dial, "tel": text.tel, "shown": text.shown}


def compile_pages(jinja: Environment, known: Mapping[str, Any], into: Path) -> None:
    """Write every template below `pages/` in one language, named as a `ModuleLoader` finds it.

    Args:
        jinja: finds the templates; it is strict, so the compiled pages are too.
        known: what every page of this language is given, by name; `t` is its strings.
        into: the language's own folder.

    Raises:
        jinja2.TemplateSyntaxError: such as a filter that does not exist, or a piece that is not
            called as an output of its own.
        KeyError: when the language lacks a string.
    """
    into.mkdir(parents=True)
    trees = dict(_parsed(jinja))
    parts = {part.name: part for part in trees.pop(PARTS).find_all(nodes.Macro)}
    for name, tree in trees.items():
        page = _WrittenOut(known, parts).visit(tree)
        if left := next((n for n in page.find_all(nodes.Name) if n.name == "parts"), None):
            message = "a piece is called on its own, as {{ parts.name(...) }}, and nowhere else"
            raise TemplateAssertionError(message, left.lineno or 1, name)
        code = jinja.compile(page, name, raw=True, defer_init=True)
        (into / ModuleLoader.get_module_filename(name)).write_text(code, encoding="utf-8")


def promised(kinds: Mapping[Kind, KindSettings]) -> list[str]:
    """Return the kinds of alert that the agency has switched on, in listed order."""
    return [kind.value for kind in PROMISED if kind in kinds and kinds[kind].on]


def _parsed(jinja: Environment) -> Iterator[tuple[str, nodes.Template]]:
    assert jinja.loader is not None, "the build gives a loader"
    for name in jinja.list_templates(filter_func=_is_page):
        source, file, _ = jinja.loader.get_source(jinja, name)
        yield name, jinja.parse(source, name, file)


def _is_page(name: str) -> bool:
    return name.startswith(FOLDER) and name.endswith(".html")


class _WrittenOut(NodeTransformer):
    """Replaces names by known values, and writes out pieces and loops where they are used.

    `known` has by name: a value (text, a list of texts or of pairs of them), a mapping of values
    whose keys are looked up, or an expression that was passed to a piece.
    """

    def __init__(self, known: Mapping[str, Any], parts: Mapping[str, nodes.Macro]) -> None:
        self.known = known
        self.parts = parts

    def visit_Block(self, node: nodes.Block) -> nodes.Node:
        node.body = self.written(node.body)
        return node

    visit_Template = visit_Block

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        answered = ANSWERED.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        try:
            given = [_constant(argument) for argument in node.args] if answered else []
        except nodes.Impossible:
            return node
        return _node(answered(*given), node) if answered else node

    def visit_If(self, node: nodes.If) -> nodes.Node:
        node.test = self.visit(node.test)
        node.elif_ = [self.visit(other) for other in node.elif_]
        node.body, node.else_ = self.written(node.body), self.written(node.else_)
        return node

    def visit_Import(self, _node: nodes.Import) -> list[nodes.Node]:
        """Leave out the import of the pieces' file."""
        return []

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        known = self.known.get(node.name) if node.ctx == "load" else None
        return node if known is None or isinstance(known, Mapping) else _node(known, node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        self.generic_visit(node)
        return self._looked_up(node, node.attr)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        try:
            key = _constant(node.arg)
        except nodes.Impossible:  # such as t["kind_" ~ kind]: looked up when it is rendered
            return node
        # What is undefined is left alone: it may be in a branch that is never shown.
        return self._looked_up(node, key) if isinstance(key, str) else node

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:
        """Write a piece out where it is called."""
        found: list[nodes.Node] = []
        for child in node.nodes:
            if isinstance(child, nodes.Call) and (part := self._part(child.node)):
                found += self._within(self._arguments(part, child)).written(part.body)
            else:
                found.append(nodes.Output([self.visit(child)], lineno=node.lineno))
        return found

    def visit_For(self, node: nodes.For) -> nodes.Node | list[nodes.Node]:
        """Unroll a loop over known values."""
        over = self.visit(node.iter)
        targets = [node.target, *node.target.find_all(nodes.Name)]
        names = [target.name for target in targets if isinstance(target, nodes.Name)]
        if not isinstance(over, nodes.Tuple):
            node.iter = over
            inside = self._within(dict.fromkeys([*names, "loop"]))
            node.body = inside.written(node.body)
            node.else_ = self.written(node.else_)
            return node
        found: list[nodes.Node] = []
        for turn, item in enumerate(over.items, 1):
            values = item.items if isinstance(item, nodes.Tuple) else [item]
            given = {"loop": {"index": turn}, **dict(zip(names, values, strict=True))}
            found += self._within(given).written(node.body)
        return found

    def written(self, body: Iterable[nodes.Node]) -> list[nodes.Node]:
        """Return lines of a template written out; the given lines are not changed."""
        made = [line for given in body for line in self.visit_list(_copy(given))]
        found: list[nodes.Node] = []
        for said, lines in groupby(made, key=_says):  # adjacent outputs become one literal
            together = list(lines)
            parts = [part for line in together if _says(line) for part in line.nodes]
            found += [nodes.Output(parts, lineno=together[0].lineno)] if said else together
        return found

    def _looked_up(self, node: nodes.Getattr | nodes.Getitem, key: str) -> nodes.Node:
        named = node.node.name if isinstance(node.node, nodes.Name) else ""
        known = self.known.get(named)
        return _node(known[key], node) if isinstance(known, Mapping) else node

    def _part(self, called: nodes.Expr) -> nodes.Macro | None:
        """Return the piece that `parts.name` means on a page, or `name` within a piece."""
        if isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name):
            return self.parts.get(called.attr) if called.node.name == "parts" else None
        return self.parts.get(called.name) if isinstance(called, nodes.Name) else None

    def _arguments(self, part: nodes.Macro, call: nodes.Call) -> dict[str, Any]:
        """Return the values of a piece's parameters in a call."""
        names = [name.name for name in part.args]
        given = dict(zip(names, call.args, strict=False))
        given |= {keyword.key: keyword.value for keyword in call.kwargs}
        defaults = dict(zip(names[len(names) - len(part.defaults) :], part.defaults, strict=True))
        found = {}
        for name in names:
            value = self.visit(_copy(given.get(name) or defaults[name]))
            mapping = self.known.get(value.name) if isinstance(value, nodes.Name) else None
            found[name] = mapping if isinstance(mapping, Mapping) else value
        return found

    def _within(self, given: Mapping[str, Any]) -> "_WrittenOut":
        """Return a copy with other values for these names; None means unknown."""
        return _WrittenOut({**self.known, **given}, self.parts)


def _node(value: Any, near: nodes.Node) -> nodes.Node:
    """Return the expression for a value."""
    if isinstance(value, nodes.Node):
        copied: nodes.Node = _copy(value)
        return copied
    place = {"lineno": near.lineno, "environment": near.environment}
    if isinstance(value, list | tuple):
        return nodes.Tuple([_node(item, near) for item in value], "load", **place)
    return nodes.Const(value, **place)


def _constant(node: nodes.Node) -> Any:
    """Return an expression's value if it does not depend on the page, or raise `Impossible`."""
    if not isinstance(node, nodes.Expr):
        raise nodes.Impossible
    return node.as_const()


def _says(line: nodes.Node) -> TypeGuard[nodes.Output]:
    return isinstance(line, nodes.Output)


def _copy(value: Any) -> Any:
    """Return a copy of a part of a template, which belongs to the same environment."""
    if isinstance(value, list):
        return [_copy(item) for item in value]
    if not isinstance(value, nodes.Node):
        return value
    place = {name: getattr(value, name, None) for name in value.attributes}
    return type(value)(*(_copy(getattr(value, name)) for name in value.fields), **place)
