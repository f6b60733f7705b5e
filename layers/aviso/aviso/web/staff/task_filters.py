"""Filters for lists of tasks: held notices and the inbox have the same ones."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from aviso.staff.actor import Actor
from aviso.storage.tasks import Wanted

CHOICES: Mapping[str, tuple[str, ...]] = {
    "whose": ("all", "mine", "nobody"),
    "due": ("all", "late", "today"),
    "cases": ("all", "ordinary", "restricted"),
    # Reasons that hold many notices at once and need one act: a provider's bad day, the end of
    # trial mode.
    "held_for": ("all", "no_channel_left", "no_safe_contact", "letter_returned", "trial_mode"),
}


def chosen(given: Mapping[str, str]) -> dict[str, str]:
    """Return the filters in a form or an address; the first choice where none is given."""
    return {
        name: given[name] if given.get(name) in allowed else allowed[0]
        for name, allowed in CHOICES.items()
    }


def wanted(choice: Mapping[str, str], actor: Actor, days: timedelta = timedelta()) -> Wanted:
    """Return the tasks that a member wants to see and may see.

    Args:
        choice: what was chosen.
        days: how long after its listed time a task is due. A held notice is listed by its own
            deadline; an inbox entry has a day.
    """
    local = actor.now.astimezone(actor.settings.agency.zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
    due = {"late": actor.now, "today": midnight}.get(choice["due"])
    restricted = {"ordinary": False, "restricted": True}.get(choice["cases"])
    return Wanted(
        owner={"mine": actor.name, "nobody": ""}.get(choice["whose"]),
        before=due - days if due else None,
        restricted=restricted if actor.trusted else False,
        reason="" if choice["held_for"] == "all" else choice["held_for"],
    )
