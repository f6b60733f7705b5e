"""Two people under one arrest number are two arrests: find the stored arrest of a feed row.

Records systems often number the event, not the person. The first suspect stored under a number has
the number as id. Any other suspect's id is the number and the suspect's id. So earlier notices keep
their duty, and an import that runs again finds each row.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from aviso.domain.model import Arrest, Suspect
from aviso.feed.merging import superseded
from aviso.feed.rows import Parsed
from aviso.storage.cases import Row, RowKey

BETWEEN = "  "  # no id of the feed has two spaces, see `Values.text`
CHAIN = 5  # a longer chain of renumberings is a mistake in the feed
Read = Callable[[Sequence[RowKey]], Mapping[RowKey, Row]]


def beside(number: str, suspect: str) -> str:
    """Return the id of an arrest whose number another suspect had first."""
    return f"{number}{BETWEEN}{suspect}"


def number_of(id: str) -> str:
    """Return the feed's arrest number from any arrest's id."""
    return id.partition(BETWEEN)[0]


def told_apart(batch: Sequence[Parsed], read: Read) -> tuple[list[Parsed], dict[RowKey, Row]]:
    """Give the arrests of a batch the ids under which they are stored.

    `batch` are rows of one file; only arrests change. `read` returns the stored rows among some
    keys.

    Returns:
        The rows, and the rows that were read under the plain numbers.
    """
    keys: dict[RowKey, list[str]] = {}
    for parsed in batch:
        if isinstance(parsed.row, Arrest):
            keys.setdefault(_key(parsed.number, parsed.row.id), []).append(parsed.row.suspect)
            if parsed.former:
                keys.setdefault(_key(parsed.number, parsed.former), [])
    if not keys:
        return list(batch), {}
    stored = dict(read(list(keys)))
    return [_told_apart(parsed, stored, keys, read) for parsed in batch], stored


def _told_apart(
    parsed: Parsed, stored: Mapping[RowKey, Row], keys: Mapping[RowKey, list[str]], read: Read
) -> Parsed:
    row = parsed.row
    if not isinstance(row, Arrest):
        return parsed
    number, former = number_of(row.id), number_of(parsed.former)
    key = _key(parsed.number, number)
    there, here = _end(key, stored, read), keys[key]
    # Of several in one file always the same one, for any order of their rows.
    plain = _is_of(there, parsed, read) if key in stored else row.suspect == min(here)
    if former:
        former_key = _key(parsed.number, former)
        old = _end(former_key, stored, read)
        same = _is_of(old, parsed, read) if former_key in stored else plain
        former = former if same else beside(former, row.suspect)
    id = number if plain else beside(number, row.suspect)
    changed = (
        not plain
        and isinstance(there, Arrest)
        and there.withdrawn_at is None
        and there.suspect not in here
        and there.export_time != row.export_time
    )
    return replace(parsed, row=replace(row, id=id, origin=id), former=former, other_suspect=changed)


def _end(key: RowKey, stored: Mapping[RowKey, Row], read: Read) -> Row | None:
    """Return the arrest that has or had a plain number."""
    row = stored.get(key)
    for _ in range(CHAIN):
        target = superseded(row)
        if not target:
            break
        renumbered = key[0], f"ARREST#{target}"
        row = read([renumbered]).get(renumbered)
    return row


def _is_of(there: Row | None, parsed: Parsed, read: Read) -> bool:
    """Whether a stored arrest is of a row's suspect, who may have been renumbered."""
    assert isinstance(parsed.row, Arrest)
    if not isinstance(there, Arrest):  # its target is gone: telling twice is better than never
        return False
    suspects = (there.suspect, parsed.row.suspect)
    if len(set(suspects)) == 1:
        return True
    found = read([(parsed.number, f"SUSPECT#{id}") for id in suspects])
    origins = [person.origin for person in found.values() if isinstance(person, Suspect)]
    return len(origins) == len(suspects) and len(set(origins)) == 1


def _key(number: str, id: str) -> RowKey:
    return number, f"ARREST#{number_of(id)}"
