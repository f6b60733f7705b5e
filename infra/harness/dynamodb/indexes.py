"""The keys of tables and indexes: where an item is, and which items a key condition names."""

import bisect
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Item = Mapping[str, Any]
Key = tuple[str, str]
Place = tuple[str, str, str]  # the index's range value, if any, and the item's key
LAST = "\U0010ffff"  # after all that begins alike


class Refused(Exception):
    """DynamoDB's refusal, with a code and, for a transaction, the reasons."""

    def __init__(self, code: str, reasons: list[dict[str, Any]] | None = None) -> None:
        super().__init__(code)
        self.code, self.reasons = code, reasons


@dataclass(slots=True)
class MemoryIndex:
    """A global secondary index: the items of a hash key, in order. Sparse like the real one."""

    hash: str
    range: str
    keeps: frozenset[str] | None  # None: every attribute
    entries: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))

    def place(self, item: Item, key: Key) -> tuple[str, Place] | None:
        """Return an item's place in this index, None when it is not in it."""
        if self.hash not in item or (self.range and self.range not in item):
            return None
        order = text_of(item[self.range]) if self.range else ""
        return text_of(item[self.hash]), (order, *key)

    def follow(self, key: Key, old: Item | None, new: Item | None) -> None:
        """Update the index after a change of its table; most writes leave its keys alone."""
        if old and new and all(old.get(name) is new.get(name) for name in (self.hash, self.range)):
            return
        before = self.place(old, key) if old else None
        after = self.place(new, key) if new else None
        if before == after:
            return
        if before:
            row = self.entries[before[0]]
            del row[bisect.bisect_left(row, before[1])]
        if after:
            bisect.insort(self.entries[after[0]], after[1])


def text_of(value: Any) -> str:
    """Return a key's text; a key is text here, and never empty."""
    ((kind, content),) = value.items()
    if kind != "S" or not content:
        raise Refused("ValidationException")
    return str(content)


def within(
    places: Sequence[Place], index: MemoryIndex, params: Mapping[str, Any]
) -> Sequence[Place]:
    """Return those of an index's sorted places that a key condition may name.

    A long row of places is not walked through for the few at its end.
    """
    low, high = _bounds(params, index.range)
    first = bisect.bisect_left(places, (low,)) if low else 0
    last = bisect.bisect_right(places, (high + LAST,)) if high else len(places)
    return places if (first, last) == (0, len(places)) else places[first:last]


def _bounds(params: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return the lowest and the highest range value of a key condition; empty where it has none."""
    names, values = params.get("ExpressionAttributeNames", {}), params["ExpressionAttributeValues"]
    words = _words(params["KeyConditionExpression"])
    for at, word in enumerate(words):
        if names.get(word, word) != name or at + 1 == len(words):
            continue
        before, sign, after = words[at - 1].lower(), words[at + 1], words[at + 2 :]
        if before == "begins_with":
            return (text_of(values[sign]),) * 2
        given = [text_of(values[word]) for word in after if word in values]
        match sign.upper():
            case ">" | ">=":
                return given[0], ""
            case "<" | "<=":
                return "", given[0]
            case "BETWEEN":
                return given[0], given[1]
    return "", ""


@cache
def _words(expression: str) -> list[str]:
    return re.findall(r"[<>=]+|[#:]?\w+", expression)


def hash_of(params: Mapping[str, Any], name: str) -> str:
    """Return the hash value of a key condition: `name = :value`, alone or first."""
    names = params.get("ExpressionAttributeNames", {})
    words = _words(params["KeyConditionExpression"])
    for left, sign, right in zip(words, words[1:], words[2:], strict=False):
        if sign == "=" and names.get(left, left) == name:
            return text_of(params["ExpressionAttributeValues"][right])
    raise Refused("ValidationException")


def index_of(properties: Mapping[str, Any], keys: tuple[str, ...]) -> MemoryIndex:
    """Return an empty index as the template has it, of a table with these keys."""
    parts = [k["AttributeName"] for k in properties["KeySchema"]]
    shown = properties["Projection"]
    every = shown["ProjectionType"] == "ALL"
    keeps = None if every else frozenset({*keys, *parts, *shown.get("NonKeyAttributes", ())})
    return MemoryIndex(hash=parts[0], range=parts[1] if parts[1:] else "", keeps=keeps)
