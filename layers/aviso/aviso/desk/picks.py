"""What was ticked on a page: each box names one thing, in the name of its field."""

from collections.abc import Mapping

PICK = "pick-"


def picked(form: Mapping[str, str]) -> list[str]:
    """Return the ids of what was ticked, in the page's order."""
    return [name.removeprefix(PICK) for name in form if name.startswith(PICK)]
