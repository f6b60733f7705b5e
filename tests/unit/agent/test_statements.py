"""The statements that the agent sends to each database, compiled in its dialect."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql

from aviso_agent.dialects import opening
from aviso_agent.reader import Reader, Table
from aviso_agent.settings import Query

DIALECTS = {
    "mssql": mssql.dialect(),
    "oracle": oracle.dialect(),
    "postgresql": postgresql.dialect(),
    "mysql": mysql.dialect(),
}
AT = datetime.fromisoformat("2026-11-24T08:30:00.007")
VERSION = bytes(7) + b"\x09"


def compiled(dialect, *, rowversion=False, start=None, after=None, sql="SELECT a FROM t"):
    """Return a page's statement as one line, and its parameters."""
    query = Query(
        kind="cases", sql=sql, place="upd", is_rowversion=rowversion, key=("num", "id"),
        overlap=timedelta(minutes=15), start=None,
    )  # fmt: skip
    engine = cast(sqlalchemy.Engine, SimpleNamespace(dialect=DIALECTS[dialect]))
    reader = Reader(engine, query, 60, 500)
    table = Table(("a", "upd", "num", "id"), 1, (2, 3))
    made = reader.statement(table, start, after).compile(
        dialect=DIALECTS[dialect], compile_kwargs={"render_postcompile": True}
    )
    return " ".join(str(made).split()), made.params


class TestFirstPage:
    @pytest.mark.parametrize(
        ("dialect", "statement"),
        [
            ("mssql", "SELECT TOP 500 * FROM (SELECT a FROM t ) AS query ORDER BY"
                      " CAST(upd AS DATETIME2(3)), num, id"),
            ("oracle", "SELECT * FROM (SELECT a FROM t ) query ORDER BY upd, num, id"
                       " FETCH FIRST 500 ROWS ONLY"),
            ("postgresql", "SELECT * FROM (SELECT a FROM t ) AS query ORDER BY upd, num, id"
                           " LIMIT %(param_1)s::INTEGER"),
            ("mysql", "SELECT * FROM (SELECT a FROM t ) AS query ORDER BY upd, num, id LIMIT %s"),
        ],
    )  # fmt: skip
    def test_it_reads_in_the_order_of_the_place(self, dialect, statement):
        assert compiled(dialect)[0] == statement

    def test_a_start_is_a_lower_bound(self):
        statement, values = compiled("oracle", start=AT)
        assert "WHERE upd >= :upd_1 ORDER BY" in statement
        assert values["upd_1"] == AT

    @pytest.mark.parametrize("dialect", DIALECTS)
    def test_text_of_the_agency_stays_as_it_is(self, dialect):
        sql = "SELECT a FROM t WHERE b LIKE 'A%' AND c > '12:30' AND d = ':x' -- e:f"
        found = compiled(dialect, sql=sql)[0].replace("%%", "%")  # the driver halves them again
        assert sql in found
        assert "x" not in compiled(dialect, sql=sql)[1]


class TestNextPage:
    @pytest.mark.parametrize("dialect", ["oracle", "postgresql", "mysql"])
    def test_it_begins_behind_the_last_row(self, dialect):
        statement, values = compiled(dialect, start=AT - timedelta(hours=1), after=(AT, "26-1", 4))
        form = statement.replace("%s", "?")
        assert "upd >= " in form
        assert " OR upd = " in form
        assert "(num > " in form
        assert AT in values.values()
        assert AT - timedelta(hours=1) not in values.values()

    def test_sql_server_compares_both_sides_in_milliseconds(self):
        statement, values = compiled("mssql", after=(AT, "26-1", 4))
        assert "CAST(upd AS DATETIME2(3)) > CAST(:param_2 AS DATETIME2(3))" in statement
        assert "CAST(upd AS DATETIME2(3)) = CAST(:param_2 AS DATETIME2(3))" in statement
        assert values["param_2"] == AT
        assert "ORDER BY CAST(upd AS DATETIME2(3)), num, id" in statement

    def test_sql_server_has_a_bound_that_an_index_serves(self):
        statement, values = compiled("mssql", after=(AT, "26-1", 4))
        assert "WHERE upd >= :upd_1 AND" in statement
        assert values["upd_1"] == AT - timedelta(seconds=1)


class TestRowversion:
    def test_first_page_leaves_out_what_may_still_be_committed(self):
        statement, _ = compiled("mssql", rowversion=True)
        assert "WHERE upd < min_active_rowversion() ORDER BY upd, num, id" in statement

    def test_next_page_compares_eight_bytes(self):
        statement, values = compiled("mssql", rowversion=True, after=(VERSION, "26-1", 4))
        assert "upd < min_active_rowversion()" in statement
        assert "upd >= CAST(:param_2 AS BINARY(8))" in statement
        assert "DATETIME2" not in statement
        assert VERSION in values.values()


class TestOpening:
    def test_postgresql_and_oracle_begin_read_only(self):
        assert opening("postgresql", 60)[0] == "SET TRANSACTION READ ONLY"
        assert opening("oracle", 60) == ("SET TRANSACTION READ ONLY",)

    def test_time_outs_are_in_milliseconds(self):
        assert "SET LOCAL statement_timeout = 60000" in opening("postgresql", 60)
        assert opening("mssql", 60) == ("SET LOCK_TIMEOUT 60000",)
