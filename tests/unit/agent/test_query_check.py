"""The agent refuses a statement that is not one SELECT, and one that reads what may vanish."""

import pytest

from aviso_agent.failures import AgentError
from aviso_agent.query_check import check_query


class TestCheckQuery:
    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT a FROM t",
            "  select a from t ; ",
            "SELECT a FROM t WHERE b = 'x; DELETE FROM t'",
            "SELECT a -- DROP TABLE t\nFROM t",
            "SELECT a /* insert; into */ FROM t",
            'SELECT "update", [delete], `drop` FROM t',
            "SELECT last_update, created FROM t",
            "SELECT /*+ FULL(t) */ a, v$b, '$5' FROM t",
            "SELECT 'it''s; an UPDATE' FROM t",
            "(SELECT a FROM t)"[1:-1],
        ],
    )
    def test_one_select_passes(self, statement):
        assert not check_query(statement, "mssql").endswith(";")

    @pytest.mark.parametrize(
        ("statement", "reason"),
        [
            ("", "begin with SELECT"),
            ("EXEC sp_who", "begin with SELECT"),
            ("DELETE FROM t", "begin with SELECT"),
            ("SELECT 1; DELETE FROM t", "one statement"),
            ("SELECT 1) q; DROP TABLE t; --", "one statement"),
            ("SELECT 1) q CROSS JOIN (SELECT 1", "one statement"),
            ("SELECT a INTO b FROM t", "INTO is refused"),
            ("SELECT a FROM t FOR UPDATE", "UPDATE is refused"),
            ("WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", "DELETE is refused"),
            ("SELECT a FROM t WITH (NOLOCK)", "never be committed"),
            ("SELECT a FROM t WITH (ReadUncommitted)", "never be committed"),
            ("SELECT 1 /*! INTO OUTFILE '/tmp/x' */", "MySQL runs"),
            ("SELECT 1 /*M! INTO OUTFILE '/tmp/x' */", "MySQL runs"),
            ("SELECT $$a'$$, b INTO c FROM t --'", "dollar"),
            ("SELECT $x$a'$x$, b INTO c FROM t --'", "dollar"),
        ],
    )
    def test_everything_else_is_refused(self, statement, reason):
        with pytest.raises(AgentError, match=reason):
            check_query(statement, "postgresql")

    def test_with_is_refused_for_sql_server_alone(self):
        statement = "WITH x AS (SELECT a FROM t) SELECT a FROM x"
        assert check_query(statement, "oracle") == statement
        with pytest.raises(AgentError, match="Make a view"):
            check_query(statement, "mssql")
