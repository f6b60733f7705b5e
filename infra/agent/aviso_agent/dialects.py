"""What differs between the databases: read-only sessions, time-outs, late commits, times.

Nothing here is executed for a database that the agency does not use.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy.dialects import mssql

MILLISECONDS = mssql.DATETIME2(3)  # type: ignore[no-untyped-call]

CONNECT_SECONDS = 10

# SQLAlchemy's name of each dialect: its driver, in the requirements files.
DRIVERS = {
    "mssql": "mssql+pyodbc",
    "oracle": "oracle+oracledb",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
}
# What an address says so that the connection is encrypted, and what to add if it does not. Oracle's
# is a name of `tnsnames.ora`: SQLAlchemy makes an address without TLS of a host and a port.
TLS = {
    "mssql": (r"encrypt *= *(yes|true|mandatory|strict)", "Encrypt=yes"),
    "oracle": (r"config_dir=.", "config_dir=<folder of tnsnames.ora>"),
    "postgresql": (r"sslmode=(require|verify-ca|verify-full)", "sslmode=require"),
    "mysql": (r"ssl_ca=.", "ssl_ca=<file of the authority>"),
}
CONNECT: Mapping[str, str] = {
    "mssql": "timeout",
    "oracle": "tcp_connect_timeout",
    "postgresql": "connect_timeout",
    "mysql": "connect_timeout",
}


def opening(dialect: str, seconds: int) -> tuple[str, ...]:
    """Return the statements that begin each transaction: read only, with a time-out.

    SQL Server has no read-only session: there the rights of the agent's user are the bar.

    Args:
        dialect: SQLAlchemy's name of the database.
        seconds: the longest time of a statement.
    """
    wait = seconds * 1000
    return {
        "postgresql": (
            "SET TRANSACTION READ ONLY",
            f"SET LOCAL statement_timeout = {wait}",
            f"SET LOCAL idle_in_transaction_session_timeout = {wait}",
        ),
        "oracle": ("SET TRANSACTION READ ONLY",),
        "mysql": (),
        "mssql": (f"SET LOCK_TIMEOUT {wait}",),
    }[dialect]


def on_connect(dialect: str, seconds: int) -> Callable[[Any, Any], None]:
    """Return what is done with each new connection of the driver."""

    def prepare(connection: Any, record: Any) -> None:
        del record
        if dialect == "mssql":
            connection.timeout = seconds  # pyodbc: of each statement
        elif dialect == "oracle":
            connection.call_timeout = seconds * 1000  # oracledb: of each round trip
        elif dialect == "mysql":  # its transactions take no such setting once they have begun
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")

    return prepare


def engine(url: sqlalchemy.URL, seconds: int) -> sqlalchemy.Engine:
    """Return an engine that keeps no connection between two transactions and logs no value.

    Args:
        url: of the database, with user and password.
        seconds: the longest time of a statement.
    """
    dialect = url.get_backend_name()
    connect: dict[str, Any] = {CONNECT[dialect]: CONNECT_SECONDS}
    if dialect == "mysql":
        connect["read_timeout"] = seconds
    made = sqlalchemy.create_engine(
        url, poolclass=sqlalchemy.NullPool, hide_parameters=True, connect_args=connect
    )
    sqlalchemy.event.listen(made, "connect", on_connect(dialect, seconds))
    return made


def exact(dialect: str, column: sqlalchemy.ColumnElement[Any]) -> sqlalchemy.ColumnElement[Any]:
    """Return a column or parameter of times so that it equals what the driver returned for it.

    SQL Server's `datetime` counts in steps of 1/300 second. The driver returns milliseconds, and a
    `datetime2` parameter made of them equals no row. So both sides are rounded to milliseconds.
    """
    return sqlalchemy.cast(column, MILLISECONDS) if dialect == "mssql" else column


def nearly(dialect: str, value: datetime) -> datetime:
    """Return a bound that an index can serve, before any time that rounding makes equal."""
    return value - timedelta(seconds=1) if dialect == "mssql" else value


def rowversion(value: bytes) -> sqlalchemy.ColumnElement[Any]:
    """Return a parameter of the type of SQL Server's rowversion."""
    return sqlalchemy.cast(sqlalchemy.literal(value), sqlalchemy.BINARY(8))


def committed_only(column: sqlalchemy.ColumnElement[Any]) -> sqlalchemy.ColumnElement[bool]:
    """Return the condition under which no row with a smaller rowversion can still be committed.

    https://learn.microsoft.com/sql/t-sql/functions/min-active-rowversion-transact-sql
    """
    return column < sqlalchemy.func.min_active_rowversion()
