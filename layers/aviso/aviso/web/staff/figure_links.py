"""Which figures lead to tasks: those whose list has some for the reader. Pure.

A figure counts notices of a period, and most of them need nobody any more. So a link leads to who
must be told now, of any period, with the figure's own filter.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from aviso.domain.model import Kind
from aviso.staff.actor import Actor
from aviso.storage.tasks import WaitingNotice
from aviso.web.staff import task_filters

LATE = {"due": "late", "kind": Kind.ARREST.value}
# The lists that a figure may lead to, with their filters; the last three are reasons to be late.
LISTS: Mapping[str, Mapping[str, str]] = {
    "all": {},
    "arrests": {"kind": Kind.ARREST.value},
    "late": LATE,
    "restricted": {**LATE, "cases": "restricted"},
    "unsafe": {**LATE, "held_for": "unsafe"},
    "unreached": {**LATE, "held_for": "unreached"},
}
Links = Mapping[tuple[str, str, str], str]  # list, cut or "", label or "" -> its address


def links_of(known: Iterable[WaitingNotice], actor: Actor) -> Links:
    """Return the address of each list that is not empty, of everything and of each cut.

    Args:
        known: the held notices that the reader may know of.
    """
    found: dict[tuple[str, str, str], str] = {}
    for task in known:
        cuts = {cut: getattr(task.stamp, cut) for cut in task_filters.DIMENSIONS}
        for name, narrow in LISTS.items():
            if task_filters.fits(task, narrow, actor):
                for cut, label in (("", ""), *cuts.items()):
                    asked = urlencode({**narrow, **({cut: label} if cut else {})})
                    found[name, cut, label] = f"tasks?{asked}".rstrip("?")
    return found
