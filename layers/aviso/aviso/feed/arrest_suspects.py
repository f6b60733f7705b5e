"""Two people under one arrest number are two arrests: find the stored arrest of a feed row.

Records systems often number the event, not the person. The first suspect stored under a number has
the number as id. Any other suspect's id is the number and the suspect's id. So earlier notices keep
their duty, and an import that runs again finds each row.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from aviso.domain.model import Arrest
from aviso.feed.rows import Parsed
from aviso.storage.cases import Row, RowKey, alias_of

BETWEEN = "  "  # no id of the feed has two spaces, see `Values.text`
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
    number = number_of(row.id)
    key = _key(parsed.number, number)
    there, here = _end(key, stored, read), keys[key]
    # Of several in one file always the same one, for any order of their rows.
    plain = _is_of(there, parsed, read) if key in stored else row.suspect == min(here)
    id = number if plain else beside(number, row.suspect)
    changed = (
        not plain
        and isinstance(there, Arrest)
        and there.withdrawn_at is None
        and there.suspect not in here
        and there.export_time != row.export_time
    )
    return replace(parsed, row=replace(row, id=id, origin=id), other_suspect=changed)


def _end(key: RowKey, stored: Mapping[RowKey, Row], read: Read) -> Row | None:
    """Return the arrest that has a plain number, as its first or a later one."""
    row = stored.get(key)
    if first := alias_of(row):
        first_key = key[0], f"ARREST#{first}"
        row = read([first_key]).get(first_key)
    return row


def _is_of(there: Row | None, parsed: Parsed, read: Read) -> bool:
    """Whether a stored arrest is of a row's suspect."""
    assert isinstance(parsed.row, Arrest)
    if not isinstance(there, Arrest):  # its first row is gone: telling twice is better than never
        return False
    return same_suspect(parsed.number, there.suspect, parsed.row.suspect, read)


def same_suspect(number: str, one: str, other: str, read: Read) -> bool:
    """Whether two ids are of one suspect of a case."""
    if one == other:
        return True
    found = read([(number, f"SUSPECT#{id}") for id in (one, other)])
    return len({alias_of(found.get((number, f"SUSPECT#{id}"))) or id for id in (one, other)}) == 1


def _key(number: str, id: str) -> RowKey:
    return number, f"ARREST#{number_of(id)}"
