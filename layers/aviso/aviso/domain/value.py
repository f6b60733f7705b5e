"""What every value of the flow is made of: a frozen record of named fields, which never shows them.

It reads as a dataclass does, and is a struct of msgspec: such a type is made in C, where a
dataclass's methods are compiled anew at every cold start, and so is each value
(docs/performance.md). msgspec encodes and checks nothing here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import NODEFAULT, Struct, structs


class Frozen(Struct, frozen=True):
    """A value; `msgspec.structs.replace` makes another of it.

    Its `repr` names the type alone, since most values are about people: none shows its content in
    a log or an exception.
    """

    __repr__ = object.__repr__


@cache
def defaults(kind: type[Frozen]) -> Mapping[str, Any]:
    """Return what each field of a type is when it is not given, by name."""
    return {
        field.name: field.default if field.default_factory is NODEFAULT else field.default_factory()
        for field in structs.fields(kind)
        if not field.required
    }
