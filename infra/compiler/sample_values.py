"""Which settings still have the sample agency's made-up values, such as its phone of the jail.

`aviso feed map` and a copy of the sample begin with them, and victims would read them. `make run`
and `make deploy` name them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Numbers and names that belong to nobody, and the sample's own city and county.
MADE_UP = re.compile(r"555-?01\d\d|\bexample\.(org|com|net)\b|Sonora (Wells|County)")
DEPTH = 2  # names of a setting that are shown, such as agency.phone


def left(settings: Mapping[str, Any]) -> list[str]:
    """Return the names of the settings that have a made-up value, in the file's order."""
    return list(dict.fromkeys(".".join(path[:DEPTH]) for path in _made_up(settings, ())))


def _made_up(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _made_up(inner, (*path, str(name)))
        case list():
            for inner in value:
                yield from _made_up(inner, path)
        case str() if MADE_UP.search(value):
            yield path
