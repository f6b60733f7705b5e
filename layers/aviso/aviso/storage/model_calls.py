"""pynamodb's operations on a model, all through the process's one DynamoDB client.

A pynamodb model makes its own client: a session, its trusted certificates and a TLS handshake, for
each of a dozen models. pynamodb has no public way to share one
(https://github.com/pynamodb/PynamoDB/issues/1245). Its low-level API has: there the caller owns the
connection. So `Operations` has the model methods that `storage` uses, with the same names and the
arguments that it uses, and passes each to that API (docs/decisions/calls-to-aws.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from inspect import getmembers_static
from itertools import batched
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import Attribute, DiscriminatorAttribute
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.constants import STRING
from pynamodb.exceptions import DeleteError, PutError, PynamoDBException, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import Index
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from aviso.runtime import clients, environment

ATTEMPTS = 4  # of a call to DynamoDB, in total
LEAVING_ATTEMPTS = 2  # for somebody who leaves: the second if the connection was closed meanwhile
LEAVING_SECONDS = 1.0  # for each of these
BATCH = 100  # keys in one BatchGetItem, the service's limit

Part = tuple[int, int]  # of a table: which one from 0, and how many; a partition is whole in one
WHOLE: Part = (0, 1)


def client() -> Any:
    """Return the DynamoDB client that every table shares; the template bounds the portal's."""
    seconds = float(environment.name("TABLE_SECONDS", str(clients.READ_SECONDS)))
    return clients.client("dynamodb", ATTEMPTS, seconds)


def leaving_client() -> Any:
    """Return the client for somebody who leaves and must not wait: it soon gives up."""
    return clients.client("dynamodb", LEAVING_ATTEMPTS, LEAVING_SECONDS)


class SharedConnection(Connection):
    """A connection of pynamodb's low-level API on that client."""

    @property
    def client(self) -> Any:
        """Return the client."""
        return client()


@cache
def connection() -> Connection:
    """Return this process's connection for transactions."""
    return SharedConnection(region=environment.name("AWS_REGION", "us-west-2"))


def transaction() -> TransactWrite:
    """Return a transaction on that connection; it is written when its `with` block ends."""
    return TransactWrite(connection=connection())


class Operations(Model):
    """A model whose reads and writes go through the one client."""

    @classmethod
    @cache
    def rows(cls) -> TableConnection:
        """Return the low-level API of this model's table."""
        made = TableConnection(cls.Meta.table_name, region=cls.Meta.region)
        made.connection = SharedConnection(region=cls.Meta.region)
        made.connection.add_meta_table(_keys_of(cls))
        return made

    @classmethod
    @cache
    def discriminator(cls) -> DiscriminatorAttribute | None:
        """Return the attribute that says which model a row is of, where several share a table."""
        every = cls.get_attributes().values()
        return next((a for a in every if isinstance(a, DiscriminatorAttribute)), None)

    @classmethod
    def kind_of(cls, image: Mapping[str, Any]) -> type[Self]:
        """Return the model of a stored row."""
        attribute = cls.discriminator()
        if attribute is None or attribute.attr_name not in image:
            return cls
        kind: type[Self] = attribute.deserialize(  # type: ignore[no-untyped-call]
            image[attribute.attr_name][STRING]
        )
        return kind

    @classmethod
    def knows(cls, image: Mapping[str, Any]) -> bool:
        """Whether a stored row is of this model; a newer release may have written another kind."""
        attribute = cls.discriminator()
        if attribute is None or attribute.attr_name not in image:
            return True
        return image[attribute.attr_name][STRING] in cls.kinds()

    @classmethod
    @cache
    def kinds(cls) -> frozenset[str]:
        """Return the words for this model's rows, where several models share a table."""
        attribute = cls.discriminator()
        assert attribute is not None, "a model with several kinds says which one a row is of"
        return frozenset(map(attribute.serialize, attribute.get_registered_subclasses(cls)))

    @classmethod
    def get(  # type: ignore[override]
        cls, hash_key: str, range_key: str | None = None, consistent_read: bool = False
    ) -> Self:
        """Return a row.

        Raises:
            DoesNotExist: when there is none.
        """
        found = cls.rows().get_item(hash_key, range_key, consistent_read).get("Item")
        if not found:
            raise cls.DoesNotExist
        return cls.from_raw_data(found)

    @classmethod
    def batch_get(  # type: ignore[override]
        cls, items: Iterable[str | tuple[str, str]], consistent_read: bool = False
    ) -> Iterator[Self]:
        """Yield the existing ones of these rows that this release knows, in any order."""
        pairs = ((key, None) if isinstance(key, str) else key for key in set(items))
        keys = [cls.get_operation_kwargs_from_class(*pair)["Key"] for pair in pairs]
        for some in batched(keys, BATCH, strict=False):
            wanted: Any = some
            while wanted:
                page = cls.rows().batch_get_item(wanted, consistent_read)
                found = page["Responses"][cls.Meta.table_name]
                yield from map(cls.from_raw_data, filter(cls.knows, found))
                wanted = page["UnprocessedKeys"].get(cls.Meta.table_name, {}).get("Keys")

    @classmethod
    def query(  # type: ignore[override]
        cls,
        hash_key: str,
        range_key_condition: Condition | None = None,
        filter_condition: Condition | None = None,
        *,
        limit: int | None = None,
        page_size: int | None = None,
        last_evaluated_key: Any = None,
        **asked: Any,
    ) -> ResultIterator[Self]:
        """Return the rows under a key of the table or of an index."""
        asked.pop("rate_limit", None)  # a pynamodb index passes it on, always without a value
        return ResultIterator(
            cls.rows().query,
            (hash_key, range_key_condition, _of_kind(cls, filter_condition)),
            asked | {"limit": page_size or limit, "exclusive_start_key": last_evaluated_key},
            map_fn=cls.from_raw_data,
            limit=limit,
        )

    @classmethod
    def count(  # type: ignore[override]
        cls,
        hash_key: str,
        range_key_condition: Condition | None = None,
        filter_condition: Condition | None = None,
        **asked: Any,
    ) -> int:
        """Return how many rows are under a key."""
        found = cls.query(hash_key, range_key_condition, filter_condition, select="COUNT", **asked)
        list(found)  # reads every page, without any row
        return found.total_count

    @classmethod
    def scan(  # type: ignore[override]
        cls,
        filter_condition: Condition | None = None,
        *,
        last_evaluated_key: Any = None,
        attributes_to_get: Iterable[str] | None = None,
        consistent_read: bool | None = None,
        part: Part = WHOLE,
    ) -> ResultIterator[Self]:
        """Return the rows of the whole table, or of one of several parts that are read at once."""
        segment = {"segment": part[0], "total_segments": part[1]} if part != WHOLE else {}
        return ResultIterator(
            cls.rows().scan,
            (_of_kind(cls, filter_condition), attributes_to_get),
            {"exclusive_start_key": last_evaluated_key, "consistent_read": consistent_read}
            | segment,
            map_fn=cls.from_raw_data,
        )

    def save(self, condition: Condition | None = None) -> None:  # type: ignore[override]
        """Write the whole row.

        Raises:
            PutError: when the condition fails, or the call failed.
        """
        _send("PutItem", self.get_save_kwargs_from_instance(condition), PutError)

    def update(self, actions: list[Action], condition: Condition | None = None) -> None:  # type: ignore[override]
        """Change a row, and update this item from the result.

        Raises:
            UpdateError: when the condition fails, or the call failed.
        """
        asked = self.get_update_kwargs_from_instance(actions, condition)
        changed = _send("UpdateItem", asked | {"ReturnValues": "ALL_NEW"}, UpdateError)
        self.deserialize(changed["Attributes"])

    def delete(self, condition: Condition | None = None) -> None:  # type: ignore[override]
        """Delete the row.

        Raises:
            DeleteError: when the condition fails, or the call failed.
        """
        _send("DeleteItem", self.get_delete_kwargs_from_instance(condition), DeleteError)


def _send(operation: str, asked: dict[str, Any], failed: type[PynamoDBException]) -> dict[str, Any]:
    try:
        return connection().dispatch(operation, asked)
    except (BotoCoreError, ClientError) as error:
        raise failed(f"{operation} failed: {error}", error) from error


def _of_kind(model: type[Operations], condition: Condition | None) -> Condition | None:
    """Return a condition that is true only for rows of this model, where several share a table."""
    attribute = model.discriminator()
    if attribute is None:
        return condition
    kind = _is_one_of(model, tuple(attribute.get_registered_subclasses(model)))
    return kind if condition is None else condition & kind


@cache
def _is_one_of(model: type[Operations], kinds: tuple[type[Operations], ...]) -> Condition:
    attribute = model.discriminator()
    assert attribute is not None, "a model with several kinds says which one a row is of"
    return attribute.is_in(*kinds)


def _keys_of(model: type[Model]) -> MetaTable:
    """Return what the low-level API must know of a table: its keys, and those of its indexes."""
    attributes = list(model.get_attributes().values())
    indexes = [i for _, i in getmembers_static(model, lambda member: isinstance(member, Index))]
    keys = [*attributes, *(a for i in indexes for a in i.Meta.attributes.values())]
    types = {a.attr_name: a.attr_type for a in keys if a.is_hash_key or a.is_range_key}
    return MetaTable(
        {
            "TableName": model.Meta.table_name,
            "KeySchema": _schema(attributes),
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
            ],
            "GlobalSecondaryIndexes": [
                {"IndexName": i.Meta.index_name, "KeySchema": _schema(i.Meta.attributes.values())}
                for i in indexes
            ],
        }
    )


def _schema(attributes: Iterable[Attribute[Any]]) -> list[dict[str, str]]:
    return [
        {"AttributeName": a.attr_name, "KeyType": "HASH" if a.is_hash_key else "RANGE"}
        for a in attributes
        if a.is_hash_key or a.is_range_key
    ]
