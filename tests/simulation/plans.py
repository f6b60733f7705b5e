"""Plans for safe messages: agreed in a call, looked at by a colleague, confirmed by a link."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aviso.domain.notice import Notice
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.web.staff.sealed_references import seal
from infra.harness.in_process import Sent
from infra.harness.portal_browser import Visitor
from infra.harness.staff_browser import StaffBrowser
from infra.harness.web_page import Page, hidden
from tests.simulation import behavior
from tests.simulation.entries import Message, Who, local
from tests.simulation.ground_truth import NEWS, Ledger
from tests.simulation.people import Case, Person
from tests.simulation.timeline import Timeline
from tests.simulation.visits import HOUR, MINUTE

PLAN_LINK = re.compile(r"https?://\S+/plan\?t=\S+")
CORRECTION = ("our mistake", "error nuestro")  # who reads it learns no new kind of news
WHY = {"why": "She answered at the number in the report."}


@dataclass
class Agreed:
    """What a victim agreed to."""

    address: str
    arrests_alone: bool
    confirmed: bool = False


@dataclass
class Plans:
    """Who agrees to a plan, and what members do about it."""

    time: Timeline
    ledger: Ledger
    strength: float  # 1 is the full share of `behavior`
    wanted: dict[Who, bool] = field(default_factory=dict)
    agreed: dict[Who, Agreed] = field(default_factory=dict)  # the latest of each
    outside: int = 0  # messages that no plan allows

    def __post_init__(self) -> None:
        """Take dice of their own: everybody else's draws stay."""
        self.dice = Random(f"plans {self.time.seed}")

    def plan(self, case: Case, victim: Person) -> None:
        """Let an advocate call a victim whose case has a detective, if it is restricted then."""
        if self.strength and case.assigned and victim.guardian is None:
            day = case.assigned + timedelta(days=self.dice.uniform(0.2, 1.5))
            for tried in range(behavior.ADVOCATE_TRIES):
                self.time.at(day + timedelta(days=tried), lambda: self._invite(case, victim))

    def _invite(self, case: Case, victim: Person) -> None:
        """Call, unless nobody needs to: it is an attempt, whether or not she answers."""
        who = case.number, victim.id
        page = self._page(who, self._member("P. Lee"))
        if who in self.wanted or _form(page, who[1], "answers") is None:
            return
        self.ledger.plan_calls.append((who, False))
        if self.dice.random() < behavior.CALLED:
            self.offer(who, case)

    def offer(self, who: Who, case: Case, *, renew: bool = False) -> None:
        """Agree a plan with a victim who was just reached, if she may have one and wants it."""
        if who not in self.wanted:
            self.wanted[who] = self.dice.random() < behavior.AGREES_TO_A_PLAN * self.strength
        advocate = self._member("P. Lee")
        page = self._page(who, advocate)
        form, there = _form(page, who[1], "answers"), _form(page, who[1], "plan")
        victim = next((v for v in case.victims if v.id == who[1]), None)
        if there is not None and not renew:
            return
        if form is None or victim is None or not self.wanted[who]:
            return
        offered = set(form.xpath('.//select[@name="contact"]/option/@value'))
        contacts = (victim.phone, victim.email, *victim.portal)
        works = [c.address for c in contacts if c and c.nature != "dead"]
        address = next((a for a in works if hashing.address_key(a) in offered), "")
        if not address:
            return
        alone = self.dice.random() < behavior.ARRESTS_ALONE
        names = [
            name
            for name in form.xpath('.//input[@type="checkbox"]/@name')
            if not alone or name.startswith("day") or name == "kind-arrest"
        ]
        given = hidden(form) | dict.fromkeys(names, "yes") | behavior.PLAN_HOURS
        given |= {
            "contact": hashing.address_key(address),
            "until": form.xpath('.//input[@name="until"]/@value')[0],
        }
        given |= {"answers": "She does.", "language": _language(victim)}
        assert advocate.confirm("plan", **given, **WHY).status == 303
        self.ledger.acts["plans agreed"] += 1
        self.agreed[who] = Agreed(address, alone)
        self.look(who)

    def look(self, who: Who) -> None:
        """Let a colleague look at a plan."""
        colleague = self._member("R. Diaz")
        form = _form(self._page(who, colleague), who[1], "plan")
        if form is not None and form.xpath('.//button[@value="look"]'):
            assert colleague.confirm("plan", **hidden(form), do="look").status == 303
            self.ledger.acts["plans looked at"] += 1

    def serve(self, task: Notice, case: Case) -> None:
        """Do what a plan asks of members: look again, or ask her for another one."""
        who = task.case, task.victim
        if task.fact.kind == "plan_ends":
            self.ledger.plan_calls.append((who, True))
            self.offer(who, case, renew=True)
        else:
            self.look(who)

    def _member(self, name: str) -> StaffBrowser:
        member = StaffBrowser()
        member.sign_in(Role.ADVOCATE, id=name, name=name, now=self.time.now)
        return member

    def _page(self, who: Who, member: StaffBrowser) -> Page:
        return member.get(f"case?c={seal(who[0])}")

    def came(self, sent: Sent, message: Message) -> None:
        """Note what no plan allows; let the holder of a plan's contact say yes, hours later."""
        plan = self.agreed.get(message.who)
        if plan and message.kind in NEWS:
            hours = range(*map(int, behavior.PLAN_HOURS.values()))
            takes_back = any(words in sent.words for words in CORRECTION)
            kind = message.kind == "arrest" or takes_back or not plan.arrests_alone
            fits = kind and plan.confirmed and sent.address == plan.address
            self.outside += not (fits and local(sent.at).hour in hours)
        if link := PLAN_LINK.search(sent.words):
            token = parse_qs(urlsplit(link[0]).query)["t"][0]
            who = message.who
            self.time.after(10 * MINUTE, 10 * HOUR, lambda: self._confirm(token, self.agreed[who]))

    def _confirm(self, token: str, plan: Agreed) -> None:
        done = Visitor().post("/plan", t=token, answer="yes")
        plan.confirmed |= done.status == 200
        self.ledger.acts["plans confirmed"] += done.status == 200


def _form(page: Page, victim: str, field: str) -> Any:
    """Return a victim's form about a plan that has a field."""
    for form in page.root.xpath('//form[@action="plan"]'):
        theirs = form.xpath('.//input[@name="victim"]/@value') == [victim]
        if theirs and form.xpath(f'.//*[@name="{field}"]'):
            return form
    return None


def _language(victim: Person) -> str:
    return "es" if victim.language == "SPA" else "en"
