"""The key of the hashes of names: one row of Guards, which the first import of people makes.

It is not the opt-out key: with that one, a function could tell which phones said STOP. It must not
change, or nobody is found by name any more. Only a stack that takes over a former one's data, or
whose row was lost, gets another: so a process reads it again each hour, as it does the opt-out key.
"""

import secrets

from aviso.runtime.kept_value import Remembered
from aviso.storage.guard_items import GuardItem, get, save_new

ROW = "NAMEKEY"
BYTES = 32
REFRESH_SECONDS = 3600.0

_key = Remembered[bytes]()


def current() -> bytes | None:
    """Return the key; None before the first import of people."""
    if (key := _key.younger_than(REFRESH_SECONDS)) is not None:
        return key
    item = get(ROW)
    return _key.keep(bytes.fromhex(item.data["key"])) if item else None


def made() -> bytes:
    """Return the key, and make it if there is none yet."""
    if not (key := current()):
        save_new(GuardItem(ROW, data={"key": secrets.token_hex(BYTES)}))  # or another just did
        key = current()
        assert key
    return key


def forget() -> None:
    """Read the key again at the next call: after another was handed over, and in tests."""
    _key.forget()
