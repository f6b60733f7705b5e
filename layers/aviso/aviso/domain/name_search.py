"""Names as the desk finds people by them: which part is the surname, and who has that name."""

from collections.abc import Collection
from datetime import date

from aviso.domain.model import Person
from aviso.domain.text import plain_words
from aviso.domain.value import Frozen

MOST_WORDS = 6  # of a typed name that are tried as its surname
PARTICLES = frozenset("de del la las los y da das do dos di van von der den el al".split())


class NameKey(Frozen, frozen=True, kw_only=True):
    """What the index knows of a name: the first word of each part, the birth date apart."""

    surname: str
    first: str | None = None  # None: any; empty: somebody without a first name, a shop for example


def key_of(person: Person) -> NameKey | None:
    """Return a person's key in the index; None for somebody without a last name."""
    surname, first = words(person.last_name), words(person.first_name)
    return NameKey(surname=surname[0], first=first[0] if first else "") if surname else None


def words(name: str) -> list[str]:
    """Return a name's words for comparison, without the particles of a surname (de la, van)."""
    found = plain_words(name)
    return [word for word in found if word not in PARTICLES] or found


def keys_of(typed: str) -> list[NameKey]:
    """Return the keys that a typed name may have; empty when nothing in it is a name.

    A comma separates the last name from the first. Without one, the first name may come first or
    last, and the first of two last names is the one that counts. A single word is a last name.
    """
    last, comma, first = typed.partition(",")
    if comma and words(last):
        given = words(first)
        return [NameKey(surname=words(last)[0], first=given[0] if given else None)]
    found = words(typed.replace(",", " "))[:MOST_WORDS]
    if len(found) < 2:
        return [NameKey(surname=word) for word in found]
    one, *others = found
    keys = [NameKey(surname=other, first=one) for other in others]
    keys += [NameKey(surname=one, first=other) for other in others]
    return list(dict.fromkeys([*keys, NameKey(surname=one, first="")]))


def has_name(person: Person, typed: str, born: Collection[date] = ()) -> bool:
    """Whether a person has every word of a typed name; a single letter is an initial.

    `born` are the birth dates that the person may have, empty for any. Somebody whose birth date
    is not on file is not ruled out by it.
    """
    own = words(f"{person.last_name} {person.first_name}")
    wanted = words(typed.replace(",", " "))
    return (
        bool(wanted)
        and all(any(_fits(word, part) for part in own) for word in wanted)
        and (not born or person.birth_date is None or person.birth_date in born)
    )


def initials(person: Person) -> str:
    """Return a name of which only the first letters are shown: M. E. G."""
    parts = f"{person.first_name} {person.last_name}".replace("-", " ").split()
    return " ".join(f"{part[0].upper()}." for part in parts)


def _fits(word: str, part: str) -> bool:
    return word == part or (len(word) == 1 and part.startswith(word))
