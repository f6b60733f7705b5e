"""DynamoDB's expressions: conditions, filters, key conditions and updates, compiled once each.

Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

Item = Mapping[str, Any]
TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+\-.]|\[\d+\]|[#:]?\w+)")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


class ExpressionInputs(NamedTuple):
    """The inputs of an expression."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Any]


Operand = Callable[
    [ExpressionInputs], Any
]  # a typed value such as {"S": "x"}, None when it is not there
Test = Callable[[ExpressionInputs], bool]
Path = tuple[str | int, ...]
Assign = Callable[[ExpressionInputs, dict[str, Any]], None]


@dataclass
class _Reader:
    """Reads the tokens of one expression."""

    tokens: Sequence[str]
    at: int = field(default=0)

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.next
        if not token or (expected and token.upper() != expected):
            raise ValueError(f"expected {expected or 'more'}, found {token or 'the end'}")
        self.at += 1
        return token

    def takes(self, *words: str) -> str:
        word = self.next.upper()
        if word not in words:
            return ""
        self.at += 1
        return word


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError("an expression that nobody can read")
        tokens.append(match[1])
        at = match.end()
    return tokens


@cache
def condition(text: str) -> Test:
    """Compile a condition, filter or key condition.

    Raises:
        ValueError: when it is not one.
    """
    reader = _Reader(_tokens(text))
    test = _either(reader)
    if reader.next:
        raise ValueError("a condition that goes on after its end")
    return test


def _either(reader: _Reader) -> Test:
    tests = [_both(reader)]
    while reader.takes("OR"):
        tests.append(_both(reader))
    return tests[0] if len(tests) == 1 else lambda asked: any(t(asked) for t in tests)


def _both(reader: _Reader) -> Test:
    tests = [_not(reader)]
    while reader.takes("AND"):
        tests.append(_not(reader))
    return tests[0] if len(tests) == 1 else lambda asked: all(t(asked) for t in tests)


def _not(reader: _Reader) -> Test:
    if reader.takes("NOT"):
        inner = _not(reader)
        return lambda asked: not inner(asked)
    if reader.takes("("):
        inner = _either(reader)
        reader.take(")")
        return inner
    return _test(reader)


def _test(reader: _Reader) -> Test:
    name = reader.takes("ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS", "BEGINS_WITH", "CONTAINS")
    if name:
        given = _arguments(reader)
        return _FUNCTIONS[name](*given)
    left = _operand(reader)
    if reader.takes("BETWEEN"):
        low = _operand(reader)
        reader.take("AND")
        high = _operand(reader)
        return lambda asked: _ordered(low, "<=", left, asked) and _ordered(left, "<=", high, asked)
    if reader.takes("IN"):
        among = _arguments(reader)
        return lambda asked: any(_ordered(left, "=", one, asked) for one in among)
    sign = reader.take()
    if sign not in COMPARE:
        raise ValueError("no such comparison")
    right = _operand(reader)
    return lambda asked: _ordered(left, sign, right, asked)


def _arguments(reader: _Reader) -> list[Operand]:
    reader.take("(")
    given = [_operand(reader)]
    while reader.takes(","):
        given.append(_operand(reader))
    reader.take(")")
    return given


_FUNCTIONS: Mapping[str, Callable[..., Test]] = {
    "ATTRIBUTE_EXISTS": lambda path: lambda asked: path(asked) is not None,
    "ATTRIBUTE_NOT_EXISTS": lambda path: lambda asked: path(asked) is None,
    "BEGINS_WITH": lambda path, start: (
        lambda asked: _plain(path(asked), "").startswith(_plain(start(asked), "?"))
    ),
    "CONTAINS": lambda path, part: lambda asked: _contains(path(asked), part(asked)),
}


def _contains(whole: Any, part: Any) -> bool:
    if whole is None or part is None:
        return False
    ((kind, content),) = whole.items()
    if kind == "L":
        return part in content
    return _plain(part, None) in content


def _ordered(left: Operand, sign: str, right: Operand, asked: ExpressionInputs) -> bool:
    one, other = left(asked), right(asked)
    if one is None or other is None:
        return sign == "<>" and one is not other
    ((kind, a),), ((other_kind, b),) = one.items(), other.items()
    if kind != other_kind:
        return sign == "<>"
    if kind == "N":
        a, b = Decimal(a), Decimal(b)
    return COMPARE[sign](a, b)


def _plain(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else next(iter(value.values()))


def _operand(reader: _Reader) -> Operand:
    if reader.next.startswith(":"):
        name = reader.take()
        return lambda asked: asked.values[name]
    path = _path(reader)
    if len(path) == 1 and (name := str(path[0])):
        return lambda asked: asked.item.get(asked.names.get(name, name))
    return lambda asked: look(asked.item, _named(path, asked.names))


def _path(reader: _Reader) -> Path:
    parts: list[str | int] = [reader.take()]
    while reader.next == "." or reader.next.startswith("["):
        step = reader.take()
        parts.append(int(step[1:-1]) if step != "." else reader.take())
    return tuple(parts)


def _named(path: Path, names: Mapping[str, str]) -> Path:
    return tuple(names[p] if isinstance(p, str) and p.startswith("#") else p for p in path)


def look(item: Item, path: Path) -> Any:
    """Return the value at a path of an item, None when it is absent."""
    value = item.get(str(path[0]))
    for part in path[1:]:
        if value is None:
            return None
        ((_, content),) = value.items()
        if isinstance(part, int):
            value = content[part] if part < len(content) else None
        else:
            value = content.get(part)
    return value


@cache
def projection(text: str) -> tuple[Path, ...]:
    """Compile a projection of attributes of the first level."""
    reader = _Reader(_tokens(text))
    paths = [_path(reader)]
    while reader.takes(","):
        paths.append(_path(reader))
    return tuple(paths)


def project(item: Item, text: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Return an item's attributes that a projection names."""
    wanted = {str(_named(path, names)[0]) for path in projection(text)}
    return {name: value for name, value in item.items() if name in wanted}


@cache
def update(text: str) -> tuple[Assign, ...]:
    """Compile an update; each step reads the old item and writes the new one.

    Raises:
        ValueError: when it is not one.
    """
    reader = _Reader(_tokens(text))
    return tuple(_clauses(reader))


def _clauses(reader: _Reader) -> Iterator[Assign]:
    while reader.next:
        clause = reader.takes(*CLAUSES)
        if not clause:
            raise ValueError("no such clause")
        yield _CLAUSES[clause](reader)
        while reader.takes(","):
            yield _CLAUSES[clause](reader)


def _set(reader: _Reader) -> Assign:
    path = _path(reader)
    reader.take("=")
    value = _sum(reader)
    return lambda asked, new: _put(new, _named(path, asked.names), value(asked))


def _sum(reader: _Reader) -> Operand:
    first = _term(reader)
    sign = reader.takes("+", "-")
    if not sign:
        return first
    second, factor = _term(reader), 1 if sign == "+" else -1
    return lambda asked: _add(first(asked), second(asked), factor)


def _term(reader: _Reader) -> Operand:
    if reader.next.lower() == "if_not_exists":
        reader.take()
        path, otherwise = _arguments(reader)
        return lambda asked: otherwise(asked) if (found := path(asked)) is None else found
    if reader.next.lower() == "list_append":
        reader.take()
        one, other = _arguments(reader)
        return lambda asked: {"L": [*one(asked)["L"], *other(asked)["L"]]}
    return _operand(reader)


def _add(one: Any, other: Any, factor: int) -> dict[str, Any]:
    return {"N": str(Decimal(one["N"]) + factor * Decimal(other["N"]))}


def _remove(reader: _Reader) -> Assign:
    path = _path(reader)
    return lambda asked, new: _put(new, _named(path, asked.names), None)


def _add_clause(reader: _Reader) -> Assign:
    path, value = _path(reader), _operand(reader)

    def assign(asked: ExpressionInputs, new: dict[str, Any]) -> None:
        named, given = _named(path, asked.names), value(asked)
        before = look(asked.item, named)
        ((kind, content),) = given.items()
        if kind == "N":
            _put(new, named, _add(before or {"N": "0"}, given, 1))
        else:
            _put(new, named, {kind: sorted({*_plain(before, ()), *content})})

    return assign


def _delete(reader: _Reader) -> Assign:
    path, value = _path(reader), _operand(reader)

    def assign(asked: ExpressionInputs, new: dict[str, Any]) -> None:
        named = _named(path, asked.names)
        ((kind, content),) = value(asked).items()
        left = sorted({*_plain(look(asked.item, named), ())} - set(content))
        _put(new, named, {kind: left} if left else None)

    return assign


_CLAUSES: Mapping[str, Callable[[_Reader], Assign]] = {
    "SET": _set,
    "REMOVE": _remove,
    "ADD": _add_clause,
    "DELETE": _delete,
}


def _put(new: Any, path: Path, value: Any) -> None:
    """Set or remove the value at a path; the containers on the way are copied, not changed."""
    name, *rest = path
    if rest:
        ((kind, content),) = new[name].items()
        inner: Any = dict(content) if kind == "M" else dict(enumerate(content))
        _put(inner, tuple(rest), value)
        new[name] = {kind: inner if kind == "M" else list(inner.values())}
    elif value is None:
        new.pop(name, None)
    else:
        new[name] = value
