"""Parameters for a call, written from botocore's description of its operation.

A call gets what the operation requires and what the modules that make it name, down to the last
member, so that a new call has parameters without anybody writing them.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from tests.wire.calls_found import Call, model_of

NAME = "aviso-wire-test"  # may be a bucket's name, a key and a text
SIMPLE: Mapping[str, Any] = {
    "boolean": True,
    "integer": 1,
    "long": 1,
    "blob": b"wire",
    "timestamp": datetime(2026, 11, 26, 12, tzinfo=UTC),
}


def parameters(call: Call, words: Collection[str]) -> dict[str, Any]:
    """Return parameters for a call.

    Args:
        words: every name and text in the modules that make it.
    """
    shape = model_of(call.service).operation_model(call.operation).input_shape
    found: dict[str, Any] = _structure(shape, words) if isinstance(shape, StructureShape) else {}
    return found


def _value(shape: Shape, words: Collection[str]) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, words)
    if isinstance(shape, ListShape):
        return [_value(shape.member, words)]
    if isinstance(shape, MapShape):
        return {_value(shape.key, words): _value(shape.value, words)}
    if isinstance(shape, StringShape):
        named = [value for value in shape.enum if value in words]
        return (named or shape.enum or [NAME.ljust(shape.metadata.get("min", 0), "x")])[0]
    return SIMPLE[shape.type_name]


def _structure(shape: StructureShape, words: Collection[str]) -> dict[str, Any]:
    if shape.name == "AttributeValue":  # of DynamoDB: one of its members, which may hold others
        return {"S": NAME}
    wanted = [n for n in shape.members if n in shape.required_members or n in words]
    return {name: _value(shape.members[name], words) for name in wanted}
