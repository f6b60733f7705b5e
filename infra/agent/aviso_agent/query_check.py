"""Refuses a statement that is not one SELECT.

The database's own read-only session and the rights of the agent's user are the real bars. This
check finds a mistake before the first connection, with a sentence.
"""

import re
from itertools import accumulate

from aviso_agent.failures import AgentError

# Comments, texts and quoted names are left out; a word in them changes nothing.
QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|\[[^\]]*\]|`[^`]*`", re.DOTALL)
WRITES = frozenset(
    "ALTER CALL COPY CREATE DELETE DROP EXEC EXECUTE GRANT INSERT INTO LOCK MERGE REVOKE "
    "TRUNCATE UPDATE".split()
)
# Texts that QUOTED would misread: comments that MySQL runs, and PostgreSQL's quotes with dollars.
MISREAD = {
    r"/\*M?!": "the agent takes no comment that MySQL runs (`/*!`)",
    r"\$\w*\$": "the agent takes no text in dollar signs (`$$`): write it in single quotes",
}
DIRTY = frozenset("NOLOCK READUNCOMMITTED".split())


def check_query(statement: str, dialect: str) -> str:
    """Return the statement without a last semicolon.

    Args:
        dialect: SQLAlchemy's name of the database.

    Raises:
        AgentError: if it is not one SELECT, or reads rows that are not committed.
    """
    statement = statement.strip().removesuffix(";").rstrip()
    for form, refusal in MISREAD.items():
        if re.search(form, statement):
            raise AgentError(f"{refusal}.")
    bare = QUOTED.sub(" ", statement)
    words = re.findall(r"\w+", bare.upper())
    if not words or words[0] not in {"SELECT", "WITH"}:
        raise AgentError("a query must begin with SELECT or WITH.")
    if words[0] == "WITH" and dialect == "mssql":
        raise AgentError(
            "SQL Server takes no WITH inside another query. Make a view of it and select from that."
        )
    depth = list(accumulate({"(": 1, ")": -1}.get(letter, 0) for letter in bare))
    if ";" in bare or min(depth) < 0 or depth[-1]:
        raise AgentError("a query must be one statement, with its parentheses closed.")
    if found := sorted(WRITES.intersection(words)):
        raise AgentError(
            f"the word {found[0]} is refused: the agent only reads. Quote it if it is a name."
        )
    if found := sorted(DIRTY.intersection(words)):
        raise AgentError(
            f"{found[0]} is refused: it reads rows that may never be committed, and an arrest that "
            "never happened would be told."
        )
    return statement
