"""A supervisor at the desk, who says whether a later row of a victim is right."""

from dataclasses import dataclass, field
from functools import partial

from greenlet import greenlet

from infra.harness.web_page import Page, hidden
from tests.rig.browser import member
from tests.rig.functions import Functions
from tests.rig.model import incapacity
from tests.rig.model.scenario import Judged, Scenario

TRIES, PAUSE = 8, 20.0  # for one decision
WHY = {"why": "I called the family at the number in the report."}


@dataclass
class Supervisor:
    """Who decides in a run."""

    functions: Functions
    scenario: Scenario
    judged: dict[str, Judged] = field(init=False)
    undecided: list[str] = field(default_factory=list)  # cases of which she could not say it

    def __post_init__(self) -> None:
        """Draw what she finds out."""
        self.cloud = self.functions.cloud
        self.judged = incapacity.judged(self.scenario)

    def work(self, unsure: set[str]) -> None:
        """Decide now, but of no case whose later row may have come first: there is no doubt."""
        self.judged = {case: one for case, one in self.judged.items() if case not in unsure}
        for one in self.judged.values():
            self.cloud.time.start(greenlet(partial(self._decide, one)))

    def _decide(self, one: Judged) -> None:
        from infra.harness.staff_browser import case_address

        one.since = self.cloud.time.utc
        for _ in range(TRIES):
            browser = member(self.functions, "supervisor", "203.0.113.22")
            form = _form(browser.get(case_address(one.case)), one)
            if form:
                asked = browser.post("capacity", **form)
                browser.post("capacity", **form | _hidden(asked, "confirmed"))
            if self._is_stored(one):
                one.stored_by = self.cloud.time.utc
                return
            self.cloud.time.sleep(PAUSE)
        self.undecided.append(one.case)

    def _is_stored(self, one: Judged) -> bool:
        rows = self.cloud.tables.leader.tables["Cases"].items
        return "judged_at" in rows[f"CASE#{one.case}", f"VICTIM#{one.victim}"]


def _form(page: Page, one: Judged) -> dict[str, str]:
    """Return what she sends: what counts now, or what the later row says; empty without a form."""
    forms = page.root.xpath('//form[@action="capacity"]') if page.status == 200 else ()
    form = next((f for f in forms if hidden(f).get("victim") == one.victim), None)
    if form is None:
        return {}
    ticked = set(form.xpath('.//input[@type="checkbox"][@checked]/@name'))
    said = {*one.doubt, *(f"who-{id}" for id in one.speak)} if one.right else set()
    return hidden(form) | WHY | dict.fromkeys(sorted(ticked ^ said), "yes")


def _hidden(page: Page, name: str) -> dict[str, str]:
    """Return the hidden fields of the form that has this one."""
    found = page.root.xpath("//form[.//*[@name=$name]]", name=name) if page.status == 200 else ()
    return hidden(found[0]) if found else {}
