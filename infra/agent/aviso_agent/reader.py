"""Reads a query's rows in pages: one short read-only transaction each, in the order of the place.

The agency's statement is put into parentheses, so its own text is never changed:

    SELECT * FROM (<statement>) query WHERE <after the last row> ORDER BY place, key LIMIT page
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy

from aviso_agent.dialects import committed_only, exact, nearly, opening, rowversion
from aviso_agent.failures import AgentError
from aviso_agent.place import Value
from aviso_agent.settings import Query

Row = Sequence[Any]


@dataclass(frozen=True)
class Table:
    """A query's columns, as the database gives them, and where place and key are among them."""

    columns: tuple[str, ...]
    place: int
    key: tuple[int, ...]


class Reader:
    """One query on one database.

    Args:
        engine: made by `dialects.engine`.
        seconds: the longest time of a statement.
        page: rows of one transaction.
    """

    def __init__(self, engine: sqlalchemy.Engine, query: Query, seconds: int, page: int) -> None:
        self._engine = engine
        self._query = query
        self._seconds = seconds
        self._page = page
        self._dialect = engine.dialect.name

    def table(self) -> Table:
        """Return the query's columns.

        Raises:
            AgentError: if place or key is not among them, or a name comes twice.
        """
        no_row = (
            sqlalchemy.select(sqlalchemy.text("*"))
            .select_from(self._source(()))
            .where(sqlalchemy.text("1 = 0"))
        )
        _, columns = self._execute(no_row)
        names = [name.casefold() for name in columns]
        for wanted in (self._query.place, *self._query.key):
            if wanted.casefold() not in names:
                raise AgentError(
                    f"The query `{self._query.kind}` has no column {wanted}. It has: "
                    f"{', '.join(columns)}. Correct `place` or `key`, or the query."
                )
        if twice := sorted(name for name, count in Counter(names).items() if count > 1):
            raise AgentError(
                f"The query `{self._query.kind}` has the column {twice[0]} twice. Give each column "
                "a name of its own with AS."
            )
        place, *key = (names.index(n.casefold()) for n in (self._query.place, *self._query.key))
        return Table(tuple(columns), place, tuple(key))

    def check_empty_cells(self, table: Table) -> None:
        """Raise if a row has no place or no key: no page would ever have it.

        Raises:
            AgentError: with the number of such rows.
        """
        names = [table.columns[at] for at in (table.place, *table.key)]
        empty = sqlalchemy.or_(*(sqlalchemy.column(name).is_(None) for name in names))
        counted = (
            sqlalchemy.select(sqlalchemy.func.count()).select_from(self._source(names)).where(empty)
        )
        ((count,),), _ = self._execute(counted)
        if count:
            raise AgentError(
                f"{count} rows of the query `{self._query.kind}` have no {' or no '.join(names)}, "
                "so the agent could never send them. Use COALESCE in the query, or leave such "
                "rows out with WHERE."
            )

    def pages(self, table: Table, start: Value | None) -> Iterator[list[Row]]:
        """Yield the rows from a place on, in pages; no transaction is open between two pages.

        Raises:
            AgentError: if two rows of a page have the same place and key, or the place has
                another type than a time or a rowversion.
        """
        after: tuple[Any, ...] | None = None
        while True:
            rows, _ = self._execute(self.statement(table, start, after))
            after = self._last(table, rows, after)
            if rows:
                yield rows
            if len(rows) < self._page:
                return

    def statement(
        self, table: Table, start: Value | None, after: tuple[Any, ...] | None
    ) -> sqlalchemy.Select[Any]:
        """Return the statement of one page.

        Args:
            start: the place from which to read, or None: from the first row.
            after: place and key of the last row of the page before, or None: the first page.
        """
        names = [table.columns[at] for at in (table.place, *table.key)]
        columns: list[sqlalchemy.ColumnElement[Any]] = [sqlalchemy.column(name) for name in names]
        place, *keys = columns
        chosen = sqlalchemy.select(sqlalchemy.text("*")).select_from(self._source(names))
        if self._query.is_rowversion:
            chosen = chosen.where(committed_only(place))
        bound = after[0] if after else start
        if bound is not None:
            chosen = chosen.where(place >= self._bound(bound))
        order = [place if self._query.is_rowversion else exact(self._dialect, place), *keys]
        if after:
            chosen = chosen.where(_behind(order, [self._parameter(after[0]), *after[1:]]))
        return chosen.order_by(*order).limit(self._page)

    def _bound(self, place: Value) -> Any:
        return rowversion(place) if isinstance(place, bytes) else nearly(self._dialect, place)

    def _parameter(self, place: Value) -> Any:
        if isinstance(place, bytes):
            return rowversion(place)
        return exact(self._dialect, sqlalchemy.literal(place))

    def _source(self, names: Sequence[str]) -> sqlalchemy.Subquery:
        """Return `(<statement>) query`; the statement's own colons stay colons."""
        text = sqlalchemy.text(self._query.sql.replace(":", "\\:") + "\n")
        return text.columns(*(sqlalchemy.column(name) for name in names)).subquery("query")

    def _last(
        self, table: Table, rows: Sequence[Row], before: tuple[Any, ...] | None
    ) -> tuple[Any, ...] | None:
        """Return place and key of a page's last row."""
        found = [(row[table.place], *(row[at] for at in table.key)) for row in rows]
        if len(set(found)) < len(found) or (found and before == found[-1]):
            raise AgentError(
                f"In the query `{self._query.kind}` two rows have the same place and key. Add "
                "columns to `key` until no two rows have the same, or rows could be lost."
            )
        return found[-1] if found else before

    def _execute(self, statement: sqlalchemy.Select[Any]) -> tuple[list[Row], list[str]]:
        """Execute one statement in a transaction of its own; return its rows and columns."""
        with self._engine.connect() as connection, connection.begin():
            for line in opening(self._dialect, self._seconds):
                connection.exec_driver_sql(line)
            result = connection.execute(statement)
            return [tuple(row) for row in result.all()], list(result.keys())


def _behind(columns: Sequence[Any], values: Sequence[Any]) -> sqlalchemy.ColumnElement[bool]:
    """Return `(a, b) > (x, y)` in words that every database knows."""
    first, value = columns[0], values[0]
    if len(columns) == 1:
        return sqlalchemy.and_(first > value)
    return sqlalchemy.or_(
        first > value, sqlalchemy.and_(first == value, _behind(columns[1:], values[1:]))
    )
