"""Rotates the signing key on a schedule; the former key stays valid until the next rotation.

The steps are Secrets Manager's: https://docs.aws.amazon.com/secretsmanager/latest/userguide/
rotate-secrets_lambda-functions.html. Nothing else needs the new key, so `setSecret` does nothing.
Only the signing keys rotate; the opt-out key never does (see `secrets`).
"""

import json
import secrets
from typing import Any

from aviso.runtime.clients import client

KEY_BYTES = 48
PENDING, CURRENT = "AWSPENDING", "AWSCURRENT"


def rotate(secret: str, token: str, step: str) -> None:
    """Run one step of a rotation; repeating it changes nothing.

    Args:
        secret: the secret's ARN.
        token: the new version's id, the same in all steps.
        step: createSecret, setSecret, testSecret or finishSecret.

    Raises:
        ValueError: when the step is unknown or the pending key cannot sign.
    """
    steps = {"createSecret": _create, "testSecret": _test, "finishSecret": _finish}
    if step == "setSecret":
        return
    if step not in steps:
        raise ValueError("unknown rotation step")
    steps[step](client("secretsmanager"), secret, token)


def _create(vault: Any, secret: str, token: str) -> None:
    try:
        vault.get_secret_value(SecretId=secret, VersionId=token, VersionStage=PENDING)
    except vault.exceptions.ResourceNotFoundException:
        pass
    else:
        return  # made by an earlier attempt
    known = json.loads(vault.get_secret_value(SecretId=secret)["SecretString"])
    keys = {"current": secrets.token_urlsafe(KEY_BYTES), "previous": known["current"]}
    vault.put_secret_value(
        SecretId=secret,
        ClientRequestToken=token,
        SecretString=json.dumps(keys),
        VersionStages=[PENDING],
    )


def _test(vault: Any, secret: str, token: str) -> None:
    """Check the pending key; a new schedule runs only this step, with no pending key yet.

    Where a schedule does not rotate at once, Secrets Manager tests the function this way, on a
    version that it creates and deletes again (RotateImmediately):
    """
    try:
        pending = vault.get_secret_value(SecretId=secret, VersionId=token, VersionStage=PENDING)
    except vault.exceptions.ResourceNotFoundException:
        return
    keys = json.loads(pending["SecretString"])
    if len(keys["current"]) < KEY_BYTES or keys["current"] == keys.get("previous"):
        raise ValueError("the pending key cannot sign")


def _finish(vault: Any, secret: str, token: str) -> None:
    stages = vault.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next(version for version, names in stages.items() if CURRENT in names)
    if current != token:
        vault.update_secret_version_stage(
            SecretId=secret,
            VersionStage=CURRENT,
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
