"""The forms of the list of tasks."""

from tests.integration.staff.conftest import notice


def picked(*ids):
    return {f"pick-{id}": "yes" for id in ids}


def owner(id):
    from aviso.storage import tasks

    return tasks.owner(id)


def as_shown(*ids):
    """Return the fields of a page that shows why each of these is held."""
    return {f"pick-{id}": notice(id).reason for id in ids}


WHY = {"confirmed": "yes", "why": "She gave us a safe number."}
