"""How a value is stored: a row's attributes are its fields, under the same names.

A row has no attribute for a field that has its default, and may have more than the value has.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, get_args, get_origin

import msgspec
from pynamodb.constants import BOOLEAN, LIST, MAP, NULL, NUMBER, STRING

from aviso.domain.value import Frozen, defaults

Image = Mapping[str, Any]  # a row as DynamoDB stores it: {"pk": {"S": "..."}, ...}
TYPES = {bool: BOOLEAN, int: NUMBER, tuple: LIST, Mapping: MAP}  # anything else is a text


def value_of[T: Frozen](kind: type[T], stored: Mapping[str, Any], **more: Any) -> T:
    """Return the value that a row stores.

    Args:
        stored: the row's attributes, as `plain` or an item has them.
        more: the fields that its attributes do not have as they are.
    """
    return msgspec.convert({**stored, **more}, kind, dec_hook=_made)


def _made(kind: type[Any], value: Any) -> Any:
    """Return a value of a type that msgspec does not know: a text with a class of its own."""
    return kind(value)


def fields_of(value: Frozen) -> dict[str, Any]:
    """Return the attributes that store a value; None where a row has none."""
    usual, names = defaults(type(value)), value.__struct_fields__
    found = {name: getattr(value, name) for name in names}
    return {n: None if n in usual and v == usual[n] else v for n, v in found.items()}


def plain(image: Image) -> dict[str, Any]:
    """Return a stored row, or a map in it, as plain data without what is not there."""
    return {
        name: value[STRING] if STRING in value else plain_value(value)
        for name, value in image.items()
        if NULL not in value
    }


def plain_value(stored: Mapping[str, Any]) -> Any:
    """Return one attribute as plain data."""
    ((kind, value),) = stored.items()
    match kind:
        case "M":
            return plain(value)
        case "L":
            return [plain_value(each) for each in value]
        case "N":
            return msgspec.json.decode(value)
    return value


def image_of(value: Any) -> dict[str, Any]:
    """Return a field's value, or one within it, as an attribute stores it."""
    match value:
        case bool():
            return {BOOLEAN: value}
        case int():
            return {NUMBER: str(value)}
        case datetime():
            return {STRING: instant(value)}
        case date():
            return {STRING: value.isoformat()}
        case str():
            return {STRING: str(value)}
        case Mapping():
            return {MAP: {n: image_of(each) for n, each in value.items() if each is not None}}
    return {LIST: [image_of(each) for each in value]}


def type_of(annotation: Any) -> str:
    """Return the type of the attribute that stores a field, from what the field may be."""
    kind = get_args(annotation)[0] if isinstance(annotation, UnionType) else annotation
    return TYPES.get(get_origin(kind) or kind, STRING)


def instant(at: datetime) -> str:
    """Return the sortable text of a timezone-aware datetime, always with a four-digit year."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"
