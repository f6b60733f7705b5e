"""The step of a ladder that is used now. Pure.

`routing` uses it for each notice.
"""

from collections.abc import Collection, Sequence

from aviso.domain.contacts import Contact
from aviso.domain.model import Channel


def first_rung(ladder: Sequence[Collection[Channel]], untried: Sequence[Contact]) -> list[Contact]:
    """Return the contacts of the first rung that has one.

    A representative who is told besides the victim gets the message together with the victim, and
    before a letter is printed.
    """
    written = {channel for rung in ladder for channel in rung}
    beside = [c for c in untried if c.beside and c.channel in written]
    for rung in ladder:
        fresh = [c for c in untried if c.channel in rung and not c.beside]
        if fresh and fresh[0].channel is Channel.LETTER:
            return beside or fresh
        if fresh:
            return fresh + beside
    return beside


def another_rung(
    ladder: Sequence[Collection[Channel]], unused: Sequence[Contact], tries: int
) -> list[Contact]:
    """Return the contacts of a rung whose provider was busy; each try begins at another rung."""
    first = tries % len(ladder)
    return first_rung((*ladder[first:], *ladder[:first]), unused)
