"""The checkboxes of a page, each naming one thing, and the outcome of an act on several."""

from collections.abc import Mapping
from urllib.parse import urlencode

PICK = "pick-"
ROW = "row-"  # a box for all notices of one person: its value has their ids
NONE_PICKED = {"none_picked": 1}  # the outcome of an act without a checked box
# Possible outcomes for each of several: counts in an address, words (`desk_done_…`) on its page.
OUTCOMES = (
    *("held", "resent", "released", "told", "seen", "opened_again"),
    *("taken", "given_back", "assigned", "told_undone", "called", "noted"),
    *("contact_added", "contact_replaced"),
    *("view_saved", "view_dropped", "views_full"),
    *("held_no_more", "held_otherwise", "resent_before", "already_underway", "home_unchecked"),
    "plan_waits",
    *NONE_PICKED,
    *("not_yours", "a_colleagues", "nobodys", "not_the_colleagues", "too_late"),
    "word_refused",
)


def picked(form: Mapping[str, str]) -> list[str]:
    """Return the ids of the checked boxes, in the page's order, each once."""
    found: dict[str, None] = {}
    for name, value in form.items():
        if name.startswith(PICK) and name != PICK:
            found[name.removeprefix(PICK)] = None
        elif name.startswith(ROW):
            found |= dict.fromkeys(value.split())
    return list(found)


def address(page: str, outcome: Mapping[str, int], **query: str) -> str:
    """Return a page's address with the outcome of an act on several: outcome -> how many."""
    query |= {name: str(count) for name, count in sorted(outcome.items())}
    return f"{page}?{urlencode(query)}" if query else page


def came_to(query: Mapping[str, str]) -> dict[str, int]:
    """Return the outcome that `address` wrote into an address."""
    return {name: int(query[name]) for name in OUTCOMES if query.get(name, "").isdecimal()}
