"""Victims who were erased, and whose rows a copy of older rows brought back."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aviso.compliance import retention
from infra.deploy.progress import say
from infra.deploy.rows import scan_rows

ERASED = "victim_erased"  # what the audit trail calls it


def erased_since_adopted(database: Any, trail: str, kept: str) -> list[tuple[str, str]]:
    """Return case and victim of each erasure that a trail has and the kept one lacks."""
    found = set()
    for row in scan_rows(database, trail):
        if row["action"]["S"] == ERASED:
            key = {name: row[name] for name in ("pk", "sk")}
            if "Item" not in database.get_item(TableName=kept, Key=key):
                found.add((row["case"]["S"], row["victim"]["S"]))
    return sorted(found)


def erase_again(erased: Iterable[tuple[str, str]], by: str, settings: Any, command: str) -> int:
    """Erase victims who came back after they were erased; return how many there were."""
    count = 0
    for case, victim in erased:
        try:
            retention.erase(case, victim, f"operator:{by}", settings, datetime.now(UTC))
        except LookupError:
            continue  # none of their rows came back
        except retention.LegalHoldError:
            say(f"{command}: a victim was not erased again: the case is under a legal hold now")
            continue
        count += 1
    return count
