"""What was ticked on a page, each box naming one thing; and what came of doing it to several."""

from collections.abc import Mapping
from urllib.parse import urlencode

PICK = "pick-"
# What each of several can come to: bare numbers in an address, words (`desk_done_…`) on its page.
OUTCOMES = (
    *("held", "resent", "released", "told", "seen", "opened_again"),
    *("taken", "given_back", "assigned"),
    *("held_no_more", "held_otherwise", "resent_before", "stands_elsewhere"),
    *("not_yours", "a_colleagues", "not_the_colleagues"),
)


def picked(form: Mapping[str, str]) -> list[str]:
    """Return the ids of what was ticked, in the page's order."""
    return [name.removeprefix(PICK) for name in form if name.startswith(PICK) and name != PICK]


def address(page: str, outcome: Mapping[str, int], **query: str) -> str:
    """Return where a page says what came of several: outcome -> how many."""
    query |= {name: str(count) for name, count in sorted(outcome.items())}
    return f"{page}?{urlencode(query)}" if query else page


def came_to(query: Mapping[str, str]) -> dict[str, int]:
    """Return what `address` wrote into an address."""
    return {name: int(query[name]) for name in OUTCOMES if query.get(name, "").isdecimal()}
