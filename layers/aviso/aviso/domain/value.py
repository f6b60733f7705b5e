"""The base of every value: a frozen record of named fields that never prints its content.

It reads like a dataclass but is a msgspec struct. Struct types and their values are made in C. A
dataclass's methods are compiled again at every cold start (docs/performance.md). msgspec encodes
and checks nothing here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import NODEFAULT, Struct, structs


class Frozen(Struct, frozen=True):
    """A value; `msgspec.structs.replace` makes a changed copy.

    `repr` shows only that it is an object of this type, because most values are about people: no
    value shows its content in a log or an exception.
    """

    __repr__ = object.__repr__


@cache
def defaults(kind: type[Frozen]) -> Mapping[str, Any]:
    """Return the default of each field of a type, by name."""
    return {
        field.name: field.default if field.default_factory is NODEFAULT else field.default_factory()
        for field in structs.fields(kind)
        if not field.required
    }
