"""Other agencies in a storm: consents of victims, and clerks who read and confirm at the desk."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from greenlet import greenlet

from infra.harness.web_page import Page
from tests.rig import agencies
from tests.rig.agencies import HAND_OFF, Requests, Row
from tests.rig.browser import DESK, Browser
from tests.rig.functions import Functions
from tests.rig.model.hand_off_pages import Shown
from tests.rig.model.hand_offs import LATE, MAILBOXES, Email, agreements
from tests.rig.model.scenario import Scenario

TRIES, PAUSE = 8, 20.0  # for one page
GONE = 409  # what the page answers to a press: it was taken back


@dataclass
class Agencies:
    """Consents and clerks of a run."""

    functions: Functions
    scenario: Scenario
    others: Collection[str]  # cases in which a visitor leaves a contact: nobody agrees there
    requests: Requests = field(init=False)
    _given: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)  # when consents were taken back by now

    def __post_init__(self) -> None:
        """Draw who agrees to what."""
        self.cloud = self.functions.cloud
        agreed = agreements(self.scenario)
        self.requests = Requests([one for one in agreed if one.case not in self.others])

    def agree(self, cases: set[str]) -> None:
        """Store the consents in these cases, whose people are known now.

        Whose people come so late that the consent would be over by now gives none.
        """
        for one in self.requests.agreed:
            if one.case in cases - self._given and one.taken_back not in self._ended:
                stored = agencies.consent(one, "Cases", self.cloud.time.utc)
                self.cloud.tables.leader.answer("TransactWriteItems", {"TransactItems": stored})
        self.cloud.wrote()
        self._given |= cases

    def take_back(self, when: str) -> None:
        """End the consents of those who take them back now."""
        self._ended.add(when)
        for one in self.requests.agreed:
            if one.taken_back == when and one.case in self._given:
                change = agencies.end_of_consent(one, "Cases", self.cloud.time.utc)
                self.cloud.tables.leader.answer("UpdateItem", change)
        self.cloud.wrote()

    def work(self) -> None:
        """Let the clerks read and confirm; then some victims take their consents back."""
        self.cloud.time.start(greenlet(self._confirm))

    def look(self) -> None:
        """Let the clerks read what is there in the end."""
        self.cloud.time.start(greenlet(self._look))

    def _look(self) -> None:
        self.requests.last = self._read()

    def _confirm(self) -> None:
        self.requests.confirmed_from = self.cloud.time.utc
        shown = {one.id for one in self._read()}
        rows = agencies.by_key(self.rows())
        for row in agencies.to_confirm(rows, self.requests.agreed, shown):
            page, beside = self._page(row["receiver"], row["pk"])
            self.requests.shown += beside
            if page.status != GONE:
                self.requests.confirmed.add(row["pk"])
        self.take_back(LATE)
        self.requests.taken_back_by = self.cloud.time.utc

    def _read(self) -> list[Shown]:
        found = [one for agency in MAILBOXES for one in self._page(agency)[1]]
        self.requests.shown += found
        return found

    def _page(self, agency: str, confirms: str = "") -> tuple[Page, list[Shown]]:
        opened, jar, csrf = agencies.clerk(agency, self.cloud.time.utc)
        for row in opened:
            self.cloud.tables.leader.answer("PutItem", {"TableName": "Members", "Item": row})
        browser = Browser(self.functions, DESK, "203.0.113.21", jar=jar)
        for _ in range(TRIES):
            asked = self.cloud.time.utc
            form = {"csrf": csrf, "id": confirms}
            page = browser.post("hand-offs", **form) if confirms else browser.get("hand-offs")
            if page.status in (200, GONE):
                return page, agencies.on_page(agency, page, asked, self.cloud.time.utc)
            self.cloud.time.sleep(PAUSE)
        raise AssertionError(f"the page of {agency} did not come")

    # ---- what came of it

    def rows(self) -> list[Row]:
        """Return every request in the ledger as plain values."""
        rows = self.cloud.tables.leader.tables["Notices"].items
        return [
            {k: v.get("S", "yes") for k, v in row.items() if "S" in v or v.get("BOOL")}
            for (_, sort), row in sorted(rows.items())
            if sort == HAND_OFF
        ]

    def emails(self) -> list[Email]:
        """Return every email that an agency got."""
        mailboxes = set(MAILBOXES.values())
        return [
            agencies.email(m.address, datetime.fromtimestamp(m.left, UTC), m.words, "")
            for m in self.cloud.sent
            if m.address in mailboxes
        ]

    @property
    def open(self) -> bool:
        """Whether a request waits for its agency, and for no person."""
        return any(map(agencies.unfinished, self.rows()))
