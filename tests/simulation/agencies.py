"""The other agencies: a clerk who looks when an email says that something waits, and confirms.

What a clerk reads on the desk's one page for the agency is the truth of what was handed on.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import yaml

from aviso.domain.staff import Account, Role
from aviso.storage import staff_accounts
from infra.harness.in_process import Sent
from infra.harness.staff_browser import StaffBrowser
from infra.repository import ROOT
from tests.simulation import behavior
from tests.simulation.entries import Who
from tests.simulation.ground_truth import Ledger
from tests.simulation.handed_on import NAMED
from tests.simulation.timeline import Timeline

AT_ONCE = timedelta(seconds=1)  # before a receipt says that the phone is dead
SAMPLE = ROOT / "infra/agency/sample.yaml"
REPORT = re.compile(r"\d{10}")


@dataclass
class Agencies:
    """Every receiving agency of the sample's settings."""

    time: Timeline
    ledger: Ledger
    who: Callable[[str, str], Who]  # by a report's number and a name
    personal: int = 0  # emails that say whose request waits
    _mailboxes: dict[str, str] = field(default_factory=dict)
    _confirming: set[str] = field(default_factory=set)
    _known: set[str] = field(default_factory=set)  # agencies whose clerk has an account

    def __post_init__(self) -> None:
        """Read which agencies there are."""
        self.time = self.time.with_dice("agencies")
        named = yaml.load(SAMPLE.read_text(encoding="utf-8"), yaml.CSafeLoader)["receivers"]
        self._mailboxes = {one["email"]: agency for agency, one in named.items()}

    def came(self, sent: Sent) -> bool:
        """Note an email to an agency, and let its clerk look; False for anybody else's message."""
        agency = self._mailboxes.get(sent.address)
        if agency is None:
            return False
        self.ledger.acts["emails to other agencies"] += 1
        self.personal += bool(REPORT.search(sent.words))
        self.time.at(self.time.now + AT_ONCE, lambda: self._look(agency))
        return True

    def _look(self, agency: str) -> None:
        """Read every request that waits, and plan to confirm some of them."""
        page = self._clerk(agency).get("hand-offs")
        for article in page.root.xpath("//article"):
            words = [text.strip() for text in article.xpath('.//dl[@class="facts"]//dd/text()')]
            number = next(word for word in words if REPORT.fullmatch(word))
            (id,) = article.xpath('.//input[@name="id"]/@value')
            self.ledger.handed_on.reads(
                agency,
                id,
                self.who(number, words[0]),
                self.time.now,
                named=any(NAMED in word for word in words),
            )
            if id not in self._confirming and self.time.odds(behavior.AGENCY_CONFIRMS):
                self._confirming.add(id)
                later = timedelta(hours=self.time.chance.uniform(*behavior.CONFIRMS_AFTER_HOURS))
                self.time.at(self.time.now + later, partial(self._confirm, agency, id))

    def _confirm(self, agency: str, id: str) -> None:
        done = self._clerk(agency).post("hand-offs", id=id)
        if done.status == 303:
            self.ledger.acts["requests confirmed by other agencies"] += 1
            self.ledger.handed_on.confirmed.setdefault(id, self.time.now)
        else:
            self.ledger.acts["confirmations of what was taken back"] += 1

    def _clerk(self, agency: str) -> StaffBrowser:
        id = f"clerk-of-{agency}"
        if agency not in self._known:
            self._known.add(agency)
            staff_accounts.save_account(Account(id=id, name=id, receiver=agency), self.time.now)
        clerk = StaffBrowser()
        clerk.sign_in(Role.RECEIVER, id=id, now=self.time.now)
        return clerk
