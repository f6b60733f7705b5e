"""What an account of the desk saw and did, from the audit trail and its locked copy.

For a password that leaked, or a member who misused an account. It prints each sign-in, each case
that was seen and how often, and everything else the account did. The trail has a member by their
id, so every account that ever had the name counts. It writes a row into the trail, because it shows
the numbers of cases. A row that is in the copy alone was deleted from the table: `aviso data
audit` names it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aviso.compliance import audit_check
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.storage import audit, staff_accounts

Row = Mapping[str, Any]  # as DynamoDB stores it
SIGN_INS = ("signed_in", "signed_out", "sign_in_refused", "sign_in_locked")


class Seen(Frozen, frozen=True, kw_only=True):
    """What an account did in a time."""

    sign_ins: tuple[tuple[str, str], ...]  # time and act
    cases: Mapping[str, int]  # number -> how many looks and acts
    acts: Mapping[str, int]  # act -> how often


def ids_of(name: str) -> set[str]:
    """Return the ids of the accounts that have or had a name."""
    rows = staff_accounts.AccountItem.scan(staff_accounts.AccountItem.pk.startswith("ACCOUNT#"))
    return {row.pk.removeprefix("ACCOUNT#") for row in rows if row.name == name}


def rows_of(ids: Iterable[str], days: Iterable[date], bucket: str) -> Iterator[Row]:
    """Yield each row of these accounts, of the table and of its copy, once."""
    actors = {f"staff:{id}" for id in ids}
    for day in days:
        known: set[str] = set()
        for source in (audit.of_day(day), audit_check.copied(bucket, day)):
            for row in source:
                key = f"{row['pk']['S']} {row['sk']['S']}"
                if row.get("actor", {}).get("S") in actors and key not in known:
                    known.add(key)
                    yield row


def summed(rows: Iterable[Row], since: datetime) -> Seen:
    """Return what rows say an account did from a moment on."""
    sign_ins: list[tuple[str, str]] = []
    cases, acts = Counter[str](), Counter[str]()
    for row in rows:
        if datetime.fromisoformat(row["at"]["S"]) < since:
            continue
        action = row["action"]["S"]
        if action in SIGN_INS:
            sign_ins.append((row["at"]["S"][:19], action))
        else:
            acts[action] += 1
        if number := row.get("case", {}).get("S"):
            cases[number] += 1
    return Seen(sign_ins=tuple(sorted(sign_ins)), cases=cases, acts=acts)


def report(name: str, found: Seen) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"{name}: {len(found.sign_ins)} sign-ins and sign-outs (UTC)"
    yield from (f"  {at}  {action}" for at, action in found.sign_ins)
    yield f"{len(found.cases)} cases seen or changed"
    yield from (f"  {number}  {count}" for number, count in sorted(found.cases.items()))
    yield "what was done"
    yield from (f"  {action}  {count}" for action, count in sorted(found.acts.items()))


def seen(name: str, since: datetime, bucket: str, now: datetime) -> Seen:
    """Return what an account of this name did from a moment on.

    Raises:
        LookupError: when no account ever signed in under this name.
    """
    ids = ids_of(name)
    if not ids:
        raise LookupError("no such account")
    first = since.astimezone(UTC).date()
    days = [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]
    return summed(rows_of(ids, days, bucket), since)


def show(name: str, since: datetime, bucket: str, actor: Actor) -> None:
    """Print what an account saw, and record that somebody looked.

    Raises:
        SystemExit: when no account ever signed in under this name.
    """
    try:
        found = seen(name, since, bucket, actor.now)
    except LookupError:
        raise SystemExit(f"seen: nobody ever signed in as '{name}'.") from None
    actor.note("trail_viewed", "", subject=f"account {name}")
    for line in report(name, found):
        print(line)
