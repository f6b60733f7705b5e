"""The left rail: where a member can go, with the number of what waits there.

A page costs seven calls for all counts, whatever the number of cases: one Query of the held notices
(more above a thousand), three counts of the inbox, one of the contacts, one of the letters to
print. The seventh reads the count of printed letters that nobody posted. Where the settings name
other agencies, one Query of the held hand-offs is added. Each asks a sparse index of open work, or
one row.
"""

from collections.abc import Mapping, Sequence

from aviso.domain.value import Frozen
from aviso.staff import handed_requests
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, inbox, notices, print_runs, tasks
from aviso.storage.tasks import WaitingNotice
from aviso.web.staff import work_queue
from aviso.web.staff.permissions import may

# Each link: its name in the desk's words, the page, and what it adds to the page's address.
SECTIONS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "work": (
        ("mine", "tasks", "?whose=mine"),
        ("nobody", "tasks", "?whose=nobody"),
        ("tasks", "tasks", ""),
        *((name, name, "") for name in ("inbox", "letters", "contacts", "agencies")),
    ),
    "oversight": tuple(
        (name, name, "") for name in ("report", "figures", "health", "answers", "trail")
    ),
    "system": tuple((name, name, "") for name in ("switches", "accounts", "help")),
}


class RailLink(Frozen, frozen=True, kw_only=True):
    """A link of the rail."""

    name: str
    page: str
    to: str
    count: int | None = None
    late: bool = False  # something there is past its deadline


def rail(actor: Actor, waiting: Sequence[WaitingNotice] | None = None) -> dict[str, list[RailLink]]:
    """Return the rail's links by section, as far as the member may use them.

    Args:
        waiting: the held notices, when the page has read them.
    """
    does_cases = may(actor.roles, "GET", "/tasks")
    if waiting is None:
        waiting = tasks.waiting() if does_cases else ()
    known = work_queue.seen_by(waiting, actor)
    counted = _counts(actor, known) if does_cases else {}
    late = _late(known, actor)
    used = {"agencies": bool(actor.settings.receivers)}
    if does_cases and used["agencies"]:
        at_others = handed_requests.waiting(actor)
        counted["agencies"] = len(at_others)
        late |= {"agencies"} if any(one.deadline < actor.now for one in at_others) else set()
    found = {
        section: [
            RailLink(
                name=name,
                page=page,
                to=page + query,
                count=counted.get(name),
                late=name in late,
            )
            for name, page, query in links
            if may(actor.roles, "GET", f"/{page}") and used.get(name, True)
        ]
        for section, links in SECTIONS.items()
    }
    return {section: links for section, links in found.items() if links}


def _counts(actor: Actor, known: Sequence[WaitingNotice]) -> dict[str, int]:
    return {
        "mine": work_queue.people(t for t in known if t.owner == actor.name),
        "nobody": work_queue.people(t for t in known if not t.owner),
        "tasks": work_queue.people(known),
        "inbox": sum(inbox.count().values()),
        "letters": _letters_to_mail(),
        "contacts": case_decisions.count_new_contacts(),
    }


def _letters_to_mail() -> int:
    """Return how many letters are still to be printed, or printed and not posted."""
    return notices.count_queued_letters() + sum(print_runs.unposted()[1].values())


def _late(known: Sequence[WaitingNotice], actor: Actor) -> set[str]:
    past = [t for t in known if t.deadline < actor.now]
    names = {"": "nobody", actor.name: "mine"}
    return {names[t.owner] for t in past if t.owner in names} | ({"tasks"} if past else set())
