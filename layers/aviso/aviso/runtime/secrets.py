"""The two secrets: signing keys, which rotate, and the opt-out key, which never does.

Both are read from Secrets Manager and cached in the process for a while. Signing keys are also read
again at once when a token matches no known key, so that a rotation ends no session.
"""

import json

from botocore.exceptions import BotoCoreError, ClientError

from aviso.runtime import environment
from aviso.runtime.clients import client
from aviso.runtime.kept_value import Remembered

REFRESH_SECONDS = 300.0
OPT_OUT_SECONDS = 3600.0  # changes at most once: when a stack takes over a former stack's data
EARLY_SECONDS = 10.0  # forged tokens must not cause a call each

_cache: dict[str, Remembered[str]] = {}


def signing_keys(*, early: bool = False) -> list[str]:
    """Return the keys that verify signatures; the first one signs.

    The secret is JSON, `{"current": ..., "previous": ...}`; rotation moves one to the other.

    Args:
        early: read again although the keys are not old, because a token matched none of them.
    """
    text = _read("KEYS_SECRET", EARLY_SECONDS if early else REFRESH_SECONDS)
    keys = json.loads(text)
    return [keys[name] for name in ("current", "previous") if keys.get(name)]


def opt_out_key() -> bytes:
    """Return the key that hashes addresses.

    The secret is JSON, `{"key": ...}`. It never rotates: opt-outs are stored under these hashes,
    and another key would lose them all.
    """
    key: str = json.loads(_read("OPTOUT_SECRET", OPT_OUT_SECONDS))["key"]
    return key.encode()


def forget() -> None:
    """Clear the cache, so that the next call reads again."""
    _cache.clear()


def _read(variable: str, max_age: float) -> str:
    """Return a secret's text; an old cached one when it cannot be read again."""
    known = _cache.setdefault(variable, Remembered())
    if (text := known.younger_than(max_age)) is not None:
        return text
    try:
        answer = client("secretsmanager").get_secret_value(SecretId=environment.name(variable))
    except (BotoCoreError, ClientError):
        if known.value is None:
            raise
        return known.keep(known.value)  # ask again later, not on every call
    return known.keep(answer["SecretString"])
