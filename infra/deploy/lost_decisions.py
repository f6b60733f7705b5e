"""Cases that lack what people had decided or asked for, because a file made lost rows again.

Such a row has what the records system says. `aviso data restore` and `aviso adopt` never overwrite
it: a person at the desk finds out what it lacks, and until then its case is restricted.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases
from aviso.storage.cases import ALIAS, DESK_FIELDS
from infra.deploy.progress import say

Row = Mapping[str, Any]
SIGN_UPS = ("ENROLLMENT#", "CHOICES#")


def case_without(database: Any, lost: Row, table: str) -> str:
    """Return the number of a case that lacks what a lost row says of people; empty if none does.

    A case that a file made again under a later number lacks it too: nothing reads the row there.
    """
    key = lost.get("sk", {}).get("S", "")
    decided = lost.keys() & DESK_FIELDS
    if not decided and not key.startswith(SIGN_UPS):
        return ""
    number = lost["pk"]["S"].removeprefix("CASE#")
    now = _row(database, table, lost["pk"], lost["sk"])
    same = all(now.get(name) == lost[name] for name in decided or lost)
    moved = any(map(_leads_on, (now, _row(database, table, lost["pk"], {"S": "CASE"}))))
    return "" if same and not moved else cases.read_case(number).number


def restrict(number: str) -> None:
    """Restrict a case until a person looks, and say so."""
    case = cases.read_case(number)
    if case.report is None:
        say(f"case {number}: its report and the desk's decisions are missing. Restrict it later")
        return
    if case.report.desk_restriction != "restricted":
        case_decisions.restrict(case, Actor.operator("restored rows", datetime.now(UTC)))
    say(f"case {number} may lack what people had decided: it is restricted")


def _leads_on(row: Row) -> bool:
    """Whether a row is that of a later number or id, and only leads to the first one."""
    return "alias_of" in row or row.get("digest", {}).get("S", "").startswith(ALIAS)


def _row(database: Any, table: str, pk: Row, sk: Row) -> Row:
    key = {"pk": pk, "sk": sk}
    found = database.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    return dict(found)
