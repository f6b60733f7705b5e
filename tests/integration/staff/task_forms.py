"""The forms of the list of tasks and of a task's card."""

from aviso.storage import tasks
from infra.harness.web_page import hidden
from tests.integration.staff.conftest import notice


def picked(*ids):
    """Return the fields of boxes that are checked."""
    return {f"pick-{id}": "yes" for id in ids}


def owner(id):
    """Return who took a task."""
    return tasks.owner(id)


def as_shown(*ids):
    """Return the fields of a page that shows why each of these is held."""
    return {f"pick-{id}": notice(id).reason for id in ids}


def boxes(page):
    """Return the ids of the notices that a list shows: a box has those of one person."""
    values = page.root.xpath('//input[@type="checkbox"][starts-with(@name, "row-")]/@value')
    return {id for value in values for id in value.split()}


def went(page):
    """Return where an act led."""
    return page.headers["Location"]


def to_first(desk, query=""):
    """Open the first task of the list."""
    (first, *_) = desk.get(f"tasks{query}").root.xpath('//a[@class="open"]/@href')
    return desk.get(first)


def form_of(page, action):
    """Return the hidden fields of the first form of a task's card with this action."""
    (form, *_) = page.root.xpath('//section[@class="todo"]//form[@action=$a]', a=action)
    return hidden(form)


def follow(desk, page):
    """Return the page to which an answer leads."""
    assert page.status == 303
    return desk.get(page.headers["Location"])


def tell(desk, page):
    """Say on a task's card that the person was told by phone."""
    return desk.post("telephoned", how="phone", **form_of(page, "telephoned"))


WHY = {"confirmed": "yes", "how": "phone", "why": "She gave us a safe number."}
