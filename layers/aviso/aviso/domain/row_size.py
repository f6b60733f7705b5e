"""How much one growing attribute of a row may take. Pure."""

from collections.abc import Iterable

# Bytes that one growing attribute of a row may take, and the bytes of an entry besides its text: a
# time and DynamoDB's overhead. A row with all its attributes may have 400 KB
# (docs/decisions/bounds.md).
ROOM, ENTRY = 100_000, 40


def within_room(texts: Iterable[str]) -> list[str]:
    """Return the texts, from the first on, that fit into one growing attribute of a row."""
    kept: list[str] = []
    left = ROOM
    for text in texts:
        left -= len(text.encode()) + ENTRY
        if left < 0:
            break
        kept.append(text)
    return kept
