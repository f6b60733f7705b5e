"""Replace a signing key that leaked; nothing that it signed is accepted any more.

The rotation keeps the former key for what it signed. This command keeps none: who has the key could
forge links, and codes that prove a message real. Visits and sessions of the desk end at once,
although the key does not sign them: nobody knows what else the thief has. The kill switch goes on:
for five minutes a function may still sign with the former key, and such a link would never work. A
link in an old message then leads to a page that says how to stop messages without it. Opt-outs and
access codes are stored under another key, which stays: with a new one, every STOP would be
forgotten.
"""

import json
import secrets
import shlex
from pathlib import Path
from typing import Any

import boto3

from aviso.runtime.key_rotation import CURRENT, KEY_BYTES, PENDING
from aviso.staff import switch_decisions
from aviso.staff.actor import Actor
from infra.deploy.answers import named_as
from infra.deploy.kept_switches import say_if_kill_switch_was_on
from infra.deploy.progress import say
from infra.ops import connection
from infra.repository import SAMPLE

VISITS = ("SESSION#", "STAFF#", "SIGNIN#")  # rows that let somebody in, or are about to
NEXT = """
What is left to you:
    1. Wait five minutes: until then a function may know the former key alone. If somebody uses it
       now, close the portal for that time: ./aviso maintenance on --by {by}{stack}
    2. ./aviso switch --kill off --by {by}{stack}
       unless it was on before for another reason
Then find out how the key leaked: CloudTrail has each reader of the secret (GetSecretValue). A
person who presses a link in an old message reads that it does not work, and how to stop messages:
reply STOP, or call. The page /real cannot confirm the code in a true message from before. Expect
calls, and tell the staff at the telephone.
"""


def replace(vault: Any, secret: str) -> None:
    """Make a new key the only one; end a rotation that is under way, which knows the former key."""
    stages = vault.describe_secret(SecretId=secret)["VersionIdsToStages"]
    for version, names in stages.items():
        if PENDING in names and CURRENT not in names:
            vault.update_secret_version_stage(
                SecretId=secret, VersionStage=PENDING, RemoveFromVersionId=version
            )
    keys = {"current": secrets.token_urlsafe(KEY_BYTES)}
    vault.put_secret_value(SecretId=secret, SecretString=json.dumps(keys))


def end_visits(database: Any, table: str) -> int:
    """Delete every visit, session and sign-in under way in a table; return how many."""
    count = 0
    pages = database.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="pk", ConsistentRead=True
    )
    for row in (row for page in pages for row in page["Items"]):
        if row["pk"]["S"].startswith(VISITS):
            database.delete_item(TableName=table, Key={"pk": row["pk"]})
            count += 1
    return count


def new_key(outputs: dict[str, str], actor: Actor) -> None:
    """Stop messages, replace the key, end all visits, and record who did it."""
    actor.note("key_replaced", "")
    say_if_kill_switch_was_on("new-key")
    switch_decisions.turn("kill_on", actor)
    say("new-key: the kill switch is on; nothing is sent meanwhile")
    replace(boto3.client("secretsmanager"), outputs["SessionKeys"])
    say("new-key: links and codes are signed with a new key; the former one is not accepted")
    database = boto3.client("dynamodb")
    for name, what in (("Guards", "visits"), ("Members", "sessions of the desk")):
        count = end_visits(database, outputs[f"{name}Table"])
        say(f"new-key: {count:,} {what} and sign-ins ended")


def run(agency: Path, by: str) -> None:
    """Replace the key; print what is left to do.

    Raises:
        SystemExit: when the stack's release does not name its key.
    """
    outputs, actor = connection.begun(agency, by, own_settings=True)
    if "SessionKeys" not in outputs:
        raise SystemExit("new-key: this stack's release does not name its key yet; deploy again")
    new_key(outputs, actor)
    given = None if agency == SAMPLE else agency
    say(NEXT.format(by=shlex.quote(by), stack=named_as(given)))
