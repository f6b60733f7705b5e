"""The keyed hashes of a person's name that their row in Cases has, for `name_index`.

A person whom a victim named to speak for them has no such row: the hashes are on their contact's.
A row has two: of the surname, and of the first name with the birth date after it. So a surname
alone, a whole name, and a name with a birth date are each one Query. The index holds no name.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection
from datetime import date

from pynamodb.expressions.update import Action

from aviso.domain.model import Person, Speaker, Victim
from aviso.domain.name_search import NameKey, key_of
from aviso.storage import name_key
from aviso.storage.case_items import PersonItem

CHARACTERS = 16  # of base32: 80 bits. Each hit is compared with its row.


class NameHashes:
    """The hashes of names under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, part: str, text: str) -> str:
        """Return a name part's hash; one text hashes differently as first and as last name."""
        digest = hmac.digest(self._key, f"{part}:{text}".encode(), hashlib.sha256)
        return base64.b32encode(digest).decode().lower()[:CHARACTERS]

    def surname(self, key: NameKey) -> str:
        """Return a row's `surname_key`."""
        return self.of("surname", key.surname)

    def name(self, key: NameKey, born: date | None) -> str:
        """Return a row's `name_key`."""
        return self._first(key) + self._born(born)

    def starts(self, key: NameKey, days: Collection[date]) -> list[str]:
        """Return what a row's `name_key` may begin with; one empty text for any.

        `days` are the possible birth dates, empty for any. A row without one is found too.
        """
        if key.first is None:
            return [""]
        return [self.name(key, day) for day in (*days, None)] if days else [self._first(key)]

    def _first(self, key: NameKey) -> str:
        return self.of("first", key.first or "")

    def _born(self, day: date | None) -> str:
        return self.of("born", day.isoformat() if day else "")


def changes(row: object, stored: object) -> list[Action]:
    """Return what a write of a case's row changes in the index.

    Suspects are not in the index, nor are people who were taken off the case.

    Args:
        row: as it is written.
        stored: the row before; None when there is none.
    """
    if not isinstance(row, Victim | Speaker):
        return []
    if not row.removed and (found := _both(row, name_key.made())):
        surname, name = found
        return [PersonItem.surname_key.set(surname), PersonItem.name_key.set(name)]
    return [PersonItem.surname_key.remove(), PersonItem.name_key.remove()] if stored else []


def are_of(row: object, surname_key: str) -> bool:
    """Whether a person's row has the hash of their surname under the key that is there."""
    found = _both(row, name_key.made()) if isinstance(row, Person) else None
    return found is not None and found[0] == surname_key


def of_named(person: Person) -> tuple[str, str] | tuple[None, None]:
    """Return the `surname_key` and `name_key` of the contact of a person whom a victim named.

    There are none before the first import of people has made the key.
    """
    key = name_key.current()
    return (key and _both(person, key)) or (None, None)


def _both(person: Person, secret: bytes) -> tuple[str, str] | None:
    if not (key := key_of(person)):
        return None
    hashes = NameHashes(secret)
    return hashes.surname(key), hashes.name(key, person.birth_date)
