"""The key of the hashes of names: one row of Guards, which the first import of people makes.

It is not the opt-out key: with that one, a function could tell which phones said STOP. It must not
change, or nobody is found by name any more, so each process reads it once.
"""

import secrets

from aviso.storage.guard_items import GuardItem, get, save_new

ROW = "NAMEKEY"
BYTES = 32

_known: dict[str, bytes] = {}


def current() -> bytes | None:
    """Return the key; None before the first import of people."""
    if ROW not in _known and (item := get(ROW)):
        _known[ROW] = bytes.fromhex(item.data["key"])
    return _known.get(ROW)


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
