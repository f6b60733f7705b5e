"""A new stack takes over the data that a destroyed one kept.

Rows are copied, never moved, and none of the new stack's is overwritten: where a row that a file
made there first lacks what the desk had decided, its case is restricted. So it can be run again
after a crash, and the kept data is unchanged until somebody deletes it. Once all rows are copied, a
later run only lets people be found by name. The kill switch of the new stack is turned on
first and left on; kinds of notices that were off, and the brake, are taken over. Notices are copied
before cases: a copied case then finds what its victims were told already, and nothing is planned
again. The new stack's own streams count days that are still open; only the counters of sealed days
are copied.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aviso.staff import switch_decisions
from aviso.staff.actor import Actor
from aviso.storage import markers
from infra.deploy import answers, kept_switches, retained_audit, retained_resources
from infra.deploy.agency_settings import compile_settings
from infra.deploy.kept_name_key import hand_over_name_key
from infra.deploy.progress import say
from infra.deploy.retained_resources import Clients
from infra.deploy.rows import NEVER_COPIED, Row, copy_missing, scan_rows, was_taken_back
from infra.deploy.stacks import DeployError, clients_of
from infra.repository import SAMPLE

TABLES = ("Guards", "Members", "Audit", "Responses", "Notices", "Cases")  # in this order
ADOPTED = "ADOPTED#"  # and a kept table of guards: every row of its stack was copied
REMEMBERED = timedelta(days=90)  # how long AWS lists what a deleted stack left behind


def adopt(kept: str, agency: Path | None, stack: str, region: str) -> None:
    """Copy the data of a destroyed stack into another.

    Args:
        kept: the stack that was destroyed.
        agency: by whose settings; without `stack`, the answers beside them name the new one.

    Raises:
        DeployError: when one stack still exists, or the other does not.
    """
    stack, region = answers.which(agency, stack, region)
    clients = clients_of(region)
    old, new = (_names(clients, name) for name in (kept, stack))
    check(clients, kept, stack, old, new)
    settings = compile_settings(agency or SAMPLE)
    os.environ["AWS_REGION"] = region
    for name in (*TABLES, "Tallies"):
        os.environ[f"{name.upper()}_TABLE"] = new[name]

    kept_switches.say_if_kill_switch_was_on("adopt")
    switch_decisions.turn("kill_on", _actor())
    say(f"adopt: the kill switch of {stack} is on; nothing is sent meanwhile")
    hand_over_key(clients("secretsmanager"), old["OptoutKey"], new["OptoutKey"])
    say("adopt: opt-outs hold as before: their key is taken over")
    database, differing = clients("dynamodb"), 0
    if "AuditBucket" in old and "AuditBucket" in new:  # older releases kept no copy of the trail
        differing, lines = retained_audit.differences(
            database, clients("s3"), old["Audit"], old["AuditBucket"],
            keep_days=settings.retention.audit, now=datetime.now(UTC),
        )  # fmt: skip
        for line in [*lines, f"{differing:,} rows of the kept audit trail differ from its copy"]:
            say(f"adopt: {line}")
        done = retained_audit.take_over(clients("s3"), old["AuditBucket"], new["AuditBucket"])
        say(f"adopt: {done:9,} objects into the locked copy of the audit trail")
    copy_all(database, old, new)
    tallies = sealed(scan_rows(database, old["Tallies"]))
    count = copy_missing(database, tallies, new["Tallies"])
    say(f"adopt: {count:9,} rows of sealed days into Tallies")
    count = count_erased(scan_rows(database, old["Tallies"]), settings)
    say(f"adopt: {count:9,} counts of erased rows")
    named = f" --stack {stack} --region {region}" + (f" --agency {agency}" if agency else "")
    say(NEXT.format(stack=named, kept=kept, region=region))
    if differing:
        say(DIFFERS.format(kept=kept))


NEXT = """
What is left to you:
    1. Wait an hour: until then some functions may still know the new stack's first keys.
       If a file of people came meanwhile, run this command again: it lets them be found by name.
    2. ./aviso data recount{stack}
       must say 0 differences; counters follow their rows by seconds
    3. ./aviso switch --trial off{stack}
       if trial mode was off in {kept} (see above); before the next step, or all that is owed is
       held for trial mode
    4. ./aviso switch --kill off{stack}
       unless it was on before for another reason
Invite the desk's accounts again. Printed letters are in the old bucket. Once all is well,
the kept data can go: ./aviso destroy --stack {kept} --region {region} --data delete
"""

DIFFERS = """
The audit trail of {kept} differs from its locked copy; the rows are listed above. The copy may lack
rows of the last minutes before the stack was deleted: that alone is not a problem. Otherwise keep
this output and the kept data, and tell your security officer (runbook, "Is the audit trail as it
was written?"). The new stack has the table's rows as they were.
"""


def _names(clients: Clients, stack: str) -> dict[str, str]:
    """Return a stack's resources by their names in the template; of several stacks, the latest."""
    return {h.logical: h.name for h in reversed(retained_resources.of(clients, stack))}


def check(
    clients: Clients, kept: str, stack: str, old: Mapping[str, str], new: Mapping[str, str]
) -> None:
    """Check that one stack is deleted with its data kept, and that the other exists.

    Raises:
        DeployError: when that is not so.
    """
    wanted = {*TABLES, "Tallies", "OptoutKey"}
    if retained_resources.standing(clients, kept):
        raise DeployError(
            f"the stack '{kept}' still exists and may write; delete it first: "
            f"./aviso destroy --stack {kept} --region {clients('cloudformation').meta.region_name}"
        )
    if missing := wanted - old.keys():
        raise DeployError(
            f"no stack '{kept}' was found that left {', '.join(sorted(missing))} behind. AWS "
            "remembers a deleted stack for 90 days; after that copy its tables by hand "
            "(administrator's guide, 'After a deletion')."
        )
    if not retained_resources.standing(clients, stack) or wanted - new.keys():
        raise DeployError(f"there is no stack '{stack}' yet; make it first: ./aviso deploy")


def hand_over_key(vault: Any, old: str, new: str) -> None:
    """Give the new stack the key under which opt-outs are stored."""
    kept = vault.get_secret_value(SecretId=old)["SecretString"]
    if vault.get_secret_value(SecretId=new)["SecretString"] != kept:
        vault.put_secret_value(SecretId=new, SecretString=kept)


def copy_all(database: Any, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Copy the rows of the kept tables, once.

    What was turned off there is off in the new stack too. What people decide after the copy stays:
    a later run only lets people be found by name.
    """
    copied = ADOPTED + old["Guards"]
    if markers.marker(copied):
        say("adopt: an earlier run copied all rows; they and the switches stay as they are now")
    else:
        _copy_rows(database, old, new)
        markers.put_marker(copied, {}, datetime.now(UTC), REMEMBERED)
    count = hand_over_name_key(database, old["Guards"], new["Guards"])
    say(f"adopt: {count:9,} people's names are hashed under the kept key")


def _actor() -> Actor:
    return Actor.operator("aviso adopt", datetime.now(UTC))


def _copy_rows(database: Any, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    before = kept_switches.switches_in(database, old["Guards"])
    kept_switches.turn_off_as_before(before, "adopt", _actor())
    for name in TABLES:
        rows = adopted_rows(database, old, name)
        if name == "Guards":
            rows = (row for row in rows if not was_taken_back(database, new[name], row))
        say(f"adopt: {copy_missing(database, rows, new[name]):9,} rows into {name}")


def adopted_rows(database: Any, old: Mapping[str, str], name: str) -> Iterator[Row]:
    """Yield the rows of a kept table that are adopted.

    What is stored about each account of the desk is adopted, so that the trail still names them. A
    session, and a sign-in or reset in progress, is not.
    """
    for row in scan_rows(database, old[name]):
        pk = str(row["pk"]["S"])
        if pk.startswith("ACCOUNT#") if name == "Members" else pk not in NEVER_COPIED:
            yield row


def sealed(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the seals, the counters of their days, and what erased rows counted as.

    Also the ids of victims who counted on those days, so that none of them is counted again.
    """
    counters: list[tuple[str, Row]] = []
    days: set[str] = set()
    for row in rows:
        key = row["pk"]["S"]
        if key == "SEAL":
            days.add(row["sk"]["S"])
        if key in ("SEAL", "ERASED"):
            yield row
        elif key.startswith("DAYS#"):
            counters.append((row["sk"]["S"].partition("#")[0], row))
        elif key.startswith("EVENT#") and "expires" not in row:
            counters.append((row["note"]["S"].partition("|")[0], row))
    yield from (row for day, row in counters if day in days)


def count_erased(rows: Iterable[Row], settings: Any) -> int:
    """Count what erased rows counted as on days that are open; return how many were counted."""
    from aviso.reporting.counted_facts import CountedFact
    from aviso.reporting.sealing import forget_after
    from aviso.storage.counters import count

    done = 0
    for row in rows:
        if row["pk"]["S"] != "ERASED":
            continue
        for place, plain in enumerate(json.loads(row["facts"]["S"])):
            fact = CountedFact.of_plain(plain)
            event = fact.id or f"adopted:{row['sk']['S']}:{place}"
            adds: dict[tuple[date, str], dict[str, int]] = {(fact.day, fact.metric): fact.adds()}
            expires = None if fact.lasting else forget_after(fact.day, settings)
            done += count(event, adds, fact.note, expires) == "counted"
    return done
