"""Finding cases by a person's name: the index of the keyed hashes on people's rows in Cases."""

from collections.abc import Collection, Iterable
from datetime import date

from aviso.domain.name_search import NameKey
from aviso.storage import name_hashes, name_key
from aviso.storage.case_items import CaseItem, PersonItem, SpeakerItem, VictimItem
from aviso.storage.cases import as_read, row_of
from aviso.storage.name_hashes import NameHashes
from aviso.storage.tables import ignore_if_changed

MOST_CASES = 50  # that are looked at for one name


def cases_named(keys: Iterable[NameKey], born: Collection[date]) -> tuple[list[str], bool]:
    """Return the numbers of cases with a person of one of these names, and whether there are more.

    `born` are the birth dates that a person with a first name may have, empty for any.
    """
    found: dict[str, None] = {}
    secret = name_key.current()
    if not secret:  # nobody was imported yet
        return [], False
    hashes = NameHashes(secret)
    for key in keys:
        for start in hashes.starts(key, born):
            name = PersonItem.name_key.startswith(start) if start else None
            for item in CaseItem.by_name.query(hashes.surname(key), name, limit=MOST_CASES + 1):
                found[item.pk.removeprefix("CASE#")] = None
    return list(found)[:MOST_CASES], len(found) > MOST_CASES


def typed_hash(words: Collection[str]) -> str:
    """Return the hash of the words of a typed name, for the audit trail; empty without a key."""
    secret = name_key.current()
    return NameHashes(secret).of("typed", " ".join(sorted(words))) if secret else ""


def hash_again() -> int:
    """Give people's rows that another key hashed the hashes under this one; return how many.

    This is a scan of the table, for a stack whose key was handed over. The contact of a person whom
    a victim named has no name to hash: it is found again once the victim's contacts change.
    """
    people = (CaseItem.type == VictimItem) | (CaseItem.type == SpeakerItem)
    done = 0
    for item in CaseItem.scan(people & PersonItem.surname_key.exists()):
        row = row_of(item)
        if isinstance(item, PersonItem) and not name_hashes.are_of(row, item.surname_key):
            with ignore_if_changed():
                item.update(name_hashes.changes(row, row), condition=as_read(row, "digest"))
                done += 1
    return done
