"""What every table shares: names from the environment, stored rows, time as sortable text.

A conditional write is in a `with conflict_if_changed("...")` or `with ignore_if_changed()`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cache
from inspect import get_annotations
from operator import itemgetter
from types import TracebackType
from typing import Any, ClassVar, Self

from botocore.exceptions import ClientError
from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.constants import NULL, STRING
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition

from aviso.domain.errors import Conflict
from aviso.domain.value import Frozen
from aviso.runtime import environment
from aviso.storage.codec import Image, image_of, instant, plain_value, type_of
from aviso.storage.model_calls import Operations, client, leaving_client

Write = tuple[Any, Condition | None]  # an item, and the condition to save or delete it
Reader = Callable[[Mapping[str, Any]], Any]  # takes {"S": "..."}, returns its value

CONDITION_FAILED = "ConditionalCheckFailed"
COLLISION = "TransactionConflict"


class Meta:
    """The settings of every table; `operations` has its name."""

    region = environment.name("AWS_REGION", "us-west-2")
    billing_mode = "PAY_PER_REQUEST"


class Table(Operations):
    """Base of every model."""

    stores: ClassVar[type[Frozen] | None] = None

    def __init_subclass__(cls) -> None:
        """Give a model an attribute for each field of the value that it stores, but its own."""
        known = {*cls.get_attributes(), *vars(cls)}
        for kind in cls.stores.__mro__ if cls.stores else ():
            for name, annotation in get_annotations(kind).items():
                if name not in known:
                    setattr(cls, name, FieldAttribute(annotation, name))

    @classmethod
    def stored(cls, partition: str) -> Iterator[Image]:
        """Yield every row of a partition as stored, read consistently.

        For reads that a person waits for: a pynamodb item checks every attribute of its table,
        and most rows have few of them.
        """
        asked: dict[str, Any] = {
            "TableName": cls.Meta.table_name,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {STRING: partition}},
            "ConsistentRead": True,
        }
        while True:
            page = client().query(**asked)
            yield from page["Items"]
            if not (start := page.get("LastEvaluatedKey")):
                return
            asked["ExclusiveStartKey"] = start

    @classmethod
    def from_raw_data(cls, data: Image) -> Self:
        """Return a stored row's item; only the attributes that the row has are read."""
        kind = cls.kind_of(data)
        item = kind.__new__(kind)
        item.attribute_values = {**kind.absent(), **kind.values_in(data)}
        return item

    def deserialize(self, attribute_values: Image) -> None:
        """Take over a stored row's values."""
        self.attribute_values = {**self.absent(), **self.values_in(attribute_values)}

    @classmethod
    @cache
    def absent(cls) -> Mapping[str, Any]:
        """Return the values of an item whose row has nothing: its kind, and defaults."""
        return dict(cls().attribute_values)

    @classmethod
    @cache
    def readers(cls) -> Mapping[str, Reader]:
        """Return the reader of each stored attribute."""
        return {name: _reader(attribute) for name, attribute in cls.get_attributes().items()}

    @classmethod
    def values_in(cls, image: Image) -> dict[str, Any]:
        """Return a stored row's values by attribute, without absent ones."""
        return read(image, cls.readers())

    @classmethod
    def image_of(cls, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return these values, by attribute, as a row stores them; None means no attribute."""
        known = cls.get_attributes()
        return {
            name: {known[name].attr_type: known[name].serialize(value)}
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def put(cls, values: Mapping[str, Any]) -> None:
        """Write a row without a condition, where a person waits for it: see `stored`."""
        client().put_item(TableName=cls.Meta.table_name, Item=cls.image_of(values))

    @classmethod
    def leave(cls, partition: str) -> None:
        """Delete a session row with a short time-out. The row may be missing."""
        key = cls.image_of({"pk": partition})
        leaving_client().delete_item(TableName=cls.Meta.table_name, Key=key)


def _reader(attribute: Attribute[Any]) -> Reader:
    kind = attribute.attr_type
    if isinstance(attribute, FieldAttribute):
        return plain_value
    if type(attribute) is UnicodeAttribute:  # a text's value is the text itself
        return itemgetter(kind)
    return lambda value: attribute.deserialize(value[kind])


def read(image: Image, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return a row's values in the attributes that these readers know."""
    return {
        name: readers[name](value)
        for name, value in image.items()
        if name in readers and NULL not in value
    }


class FieldAttribute(Attribute[Any]):
    """A field of the value that a model stores; an item that was read has plain data."""

    def __init__(self, annotation: Any, name: str | None = None) -> None:
        super().__init__(attr_name=name, null=True)
        self.attr_type = type_of(annotation)

    def serialize(self, value: Any) -> Any:
        """Write a field."""
        return image_of(value)[self.attr_type]


class InstantAttribute(Attribute[datetime]):
    """A point in time as UTC text that sorts by time: 2026-11-24T14:05:00.000000Z."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        """Write a timezone-aware datetime."""
        return instant(value)

    def deserialize(self, value: str) -> datetime:
        """Read what `serialize` wrote."""
        return datetime.fromisoformat(value)


class InstantMapAttribute(Attribute[Mapping[str, datetime]]):
    """Fact key -> instant, as a DynamoDB map."""

    attr_type = "M"

    def serialize(self, value: Mapping[str, datetime]) -> dict[str, dict[str, str]]:
        """Write a mapping of instants."""
        return {key: {STRING: instant(at)} for key, at in value.items()}

    def deserialize(self, value: dict[str, dict[str, str]]) -> Mapping[str, datetime]:
        """Read what `serialize` wrote."""
        return {key: datetime.fromisoformat(at[STRING]) for key, at in value.items()}


@contextmanager
def conflict_if_changed(text: str) -> Iterator[None]:
    """Raise Conflict with this text when the condition of a write in the block fails."""
    try:
        yield
    except (PynamoDBException, ClientError) as error:
        if condition_failed(error):
            raise Conflict(text) from None
        raise


def ignore_if_changed() -> AbstractContextManager[None, bool]:
    """Leave the block without an error when the condition of a write in it fails."""
    return _Ignoring()


class _Ignoring(AbstractContextManager[None, bool]):
    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        return error is not None and condition_failed(error)


def condition_failed(error: BaseException) -> bool:
    """Whether a write, alone or in a transaction, failed only because of its condition."""
    match error:
        case TransactWriteError():
            return CONDITION_FAILED in _cancellation_codes(error)
        case PynamoDBException():
            return error.cause_response_code == f"{CONDITION_FAILED}Exception"
        case ClientError():
            return bool(error.response["Error"]["Code"] == f"{CONDITION_FAILED}Exception")
        case _:
            return False


def collided(error: TransactWriteError) -> bool:
    """Whether DynamoDB canceled a transaction because another one was using its rows."""
    return COLLISION in _cancellation_codes(error)


def _cancellation_codes(error: TransactWriteError) -> set[str]:
    return {reason.code for reason in error.cancellation_reasons if reason is not None}
