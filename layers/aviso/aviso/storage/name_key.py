"""The key of the hashes of names: one row of Guards, which the first import of people makes.

It is not the opt-out key: with that one, a function could tell which phones said STOP. It must not
change, or nobody is found by name any more. Only a stack that takes over a former one's data, or
whose row was lost, gets another: so a process reads it again each hour, as the opt-out key.
"""

import secrets
import time

from aviso.runtime.secrets import OPT_OUT_SECONDS
from aviso.storage.guard_items import GuardItem, get, save_new

ROW = "NAMEKEY"
BYTES = 32

_known: dict[str, tuple[bytes, float]] = {}  # and when it was read


def current() -> bytes | None:
    """Return the key; None before the first import of people."""
    now = time.monotonic()
    if ROW in _known and 0 <= now - _known[ROW][1] < OPT_OUT_SECONDS:
        return _known[ROW][0]
    item = get(ROW)
    if item is None:
        return None
    _known[ROW] = bytes.fromhex(item.data["key"]), now
    return _known[ROW][0]


def made() -> bytes:
    """Return the key, and make it if there is none yet."""
    if not (key := current()):
        save_new(GuardItem(ROW, data={"key": secrets.token_hex(BYTES)}))  # or another just did
        key = current()
        assert key
    return key


def forget() -> None:
    """Read the key again at the next call: for tests, which change the tables of a process."""
    _known.clear()
