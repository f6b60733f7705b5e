"""What victims do on the portal's pages; what a page answers is what happened."""

import html
import re
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from infra.harness.in_process import Sent
from infra.harness.portal_browser import Visitor
from infra.harness.web_page import Page
from tests.simulation import behavior
from tests.simulation.asking import Act, Asking
from tests.simulation.entries import Who
from tests.simulation.ground_truth import Ledger
from tests.simulation.people import Case, Contact, Directory, Person, Town
from tests.simulation.timeline import Timeline

SURVEY_LINK = re.compile(r"https?://\S+/survey\?t=\S+")
POSTED_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
CODE = re.compile(r"(?:code is|escriba) ([A-Z0-9-]{6,})", re.IGNORECASE)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Visits:
    """Everyone's visits."""

    time: Timeline
    ledger: Ledger
    town: Town
    directory: Directory
    asking: Asking = field(init=False)

    def __post_init__(self) -> None:
        """Let those who come with a code ask for more."""
        self.asking = Asking(
            self.time, self.ledger, self.town, self.directory, self._sign_up, self.come_with_code
        )

    def plan(self, case: Case, victim: Person) -> None:
        """Let a victim try the portal, once or more."""
        first = case.reported + timedelta(days=self.time.chance.uniform(1, 12))
        if self.time.odds(behavior.TOO_EARLY):
            early = case.reported + timedelta(minutes=self.time.chance.uniform(5, 60))
            self.time.at(early, lambda: self._visit(case, victim))
        self.time.at(first, lambda: self._visit(case, victim))
        if self.time.odds(behavior.RETURNS):
            again = first + timedelta(days=self.time.chance.uniform(2, 40))
            self.time.at(again, lambda: self._visit(case, victim))

    def _visit(self, case: Case, victim: Person) -> None:
        """Try to see the case; sign up, perhaps; ask for a code, perhaps."""
        visitor = Visitor("es" if victim.language == "SPA" else "en", self._source())
        visitor.get("/")
        visitor.post("/find", number=case.number_at(self.time.now))
        if self.time.odds(behavior.MISTYPES):
            wrong = victim.born + timedelta(days=1)
            self._verify(visitor, case, victim, f"{wrong:%m/%d/%Y}")
            if self.time.odds(behavior.GIVES_UP):
                return
        if not self._verify(visitor, case, victim, f"{victim.born:%m/%d/%Y}"):
            return
        page = visitor.get("/status")
        who = (case.number, victim.id)
        if who not in self.ledger.enrolled and self.time.odds(behavior.SIGNS_UP):
            self._sign_up(visitor, page, case, victim)
        elif self._wants_a_code(victim) and self._ask_for_code(visitor):
            self.asking.with_code(visitor, case, victim)
        if self.time.odds(0.3):
            page = visitor.get("/status")
            visitor.post("/leave", csrf=page.value("csrf"))

    def _wants_a_code(self, victim: Person) -> bool:
        """Whether somebody asks for a code: only with one is a waiver undone."""
        return self.time.odds(behavior.WITH_CODE) or victim.waived

    def read_letter(self, words: str, case: Case, victim: Person) -> None:
        """Let a letter's reader come in with the code that is in it, perhaps."""
        codes = POSTED_CODE.findall(words)
        if codes and victim.guardian is None and self.time.odds(behavior.USES_POSTED_CODE):
            days = timedelta(days=2), timedelta(days=6)
            self.time.after(*days, lambda: self._come_by_code(case, victim, codes[-1]))

    def _come_by_code(self, case: Case, victim: Person, code: str) -> None:
        """Come in with the code of a letter, which is proof enough."""
        visitor = Visitor("es" if victim.language == "SPA" else "en", self._source())
        page = visitor.post("/verify", number=case.number, last_name="", birth_date="", code=code)
        opened = self._opened(page, case, victim)
        self.ledger.acts["visits with the code of a letter"] += opened
        if opened:
            self.asking.with_code(visitor, case, victim)

    def come_with_code(self, case: Case, victim: Person, act: Act) -> None:
        """Come again, have a code sent to a phone or mailbox that the agency knows, and act."""
        visitor = Visitor("es" if victim.language == "SPA" else "en", self._source())
        if self._verify(visitor, case, victim, f"{victim.born:%m/%d/%Y}"):
            if self._ask_for_code(visitor):
                act(visitor, case, victim)
            else:
                self.ledger.acts["no code came"] += 1

    def _source(self) -> str:
        return f"198.51.{self.time.chance.randrange(256)}.{self.time.chance.randrange(256)}"

    def _verify(self, visitor: Visitor, case: Case, victim: Person, born: str) -> bool:
        page = visitor.verify(case.number_at(self.time.now), victim.last, born)
        return self._opened(page, case, victim)

    def _opened(self, page: Page, case: Case, victim: Person) -> bool:
        """Note whether the portal let somebody in: it sends them on to the case."""
        opened = page.status == 303 and page.headers.get("Location") == "status"
        if opened:
            self.ledger.got_in((case.number, victim.id), self.time.now)
        else:
            self.ledger.acts["turned away"] += 1
        return opened

    def _sign_up(self, visitor: Visitor, page: Page, case: Case, victim: Person) -> None:
        contacts = self._contacts_of(victim)
        safe = "no" if self.time.odds(behavior.NOT_SAFE) else "yes"
        form = {"csrf": page.value("csrf"), "consent": "yes"}
        for contact in contacts:
            name = "phone" if contact.channel == "sms" else "email"
            form |= {name: contact.address, f"{name}_safe": safe}
            form |= {f"{name}_language": "es" if victim.language == "SPA" else "en"}
        if "email" in form and self.time.odds(behavior.TYPO_IN_EMAIL):
            refused = visitor.post("/enroll", **(form | {"email": "nobody at example"}))
            self.ledger.acts["mistyped addresses"] += refused.status == 200
        done = visitor.post("/enroll", **form)
        if done.status != 303 or done.headers.get("Location") != "done":
            self.ledger.acts["sign-ups refused"] += 1
            return
        visitor.get("/done")
        for contact in contacts:
            self.directory.setdefault(contact.address, (case, victim, contact))
            if safe == "yes":
                self.ledger.works((case.number, victim.id), contact)
            self.ledger.left(
                (case.number, victim.id),
                contact.address,
                self.time.now,
                new=contact.address not in victim.on_file,
                only_way=contact.address not in victim.reachable,
            )

    def _contacts_of(self, victim: Person) -> list[Contact]:
        """Return what a victim leaves: often a phone or mailbox that the report does not have."""
        found = []
        phone, email = (
            self.time.odds(behavior.LEAVES_PHONE),
            self.time.odds(behavior.LEAVES_EMAIL),
        )
        if phone or not email:
            known = victim.phone if self.time.odds(behavior.SAME_AS_REPORT) else None
            found.append(known or self.town.new_phone())
        if email:
            known = victim.email if self.time.odds(behavior.SAME_AS_REPORT) else None
            found.append(known or self.town.new_email(victim))
        return found

    def _ask_for_code(self, visitor: Visitor) -> bool:
        """Have a code sent, and type it; return whether it was taken."""
        page = visitor.get("/code")
        offered = re.findall(r'name="send" value="([^"]+)"', page.body)
        if not offered:
            return False
        before = len(self.time.stage.sent)
        visitor.post("/code", csrf=page.value("csrf"), send=html.unescape(offered[0]))
        taken = False
        for sent in self.time.stage.sent[before:]:
            if code := CODE.search(sent.words):
                typed = visitor.post("/code", csrf=page.value("csrf"), code=code[1])
                self.ledger.acts["codes typed during a visit"] += typed.status == 303
                taken |= typed.status == 303
        return taken

    def consider_survey(self, sent: Sent, who: Who) -> None:
        """Let somebody who was asked answer, perhaps."""
        link = SURVEY_LINK.search(sent.words)
        if link is None or who in self.ledger.answers or not self.time.odds(behavior.ANSWERS):
            return
        token = parse_qs(urlsplit(link[0]).query)["t"][0]
        self.time.after(10 * MINUTE, 60 * HOUR, lambda: self._answer(token, who))
        if self.time.odds(behavior.CHANGES_MIND):
            self.time.after(62 * HOUR, 90 * HOUR, lambda: self._answer(token, who))

    def _answer(self, token: str, who: Who) -> None:
        def one_of(weights: dict[str, float]) -> str:
            return self.time.chance.choices([*weights], [*weights.values()])[0]

        drawn = {
            "satisfaction": one_of(dict(behavior.SATISFACTION)),
            "informed": one_of(dict(behavior.SATISFACTION)),
            "still_called": one_of(dict(behavior.STILL_CALLED)),
            "rights": self.time.chance.choice("012"),
        }
        given = {name: value for name, value in drawn.items() if not self.time.odds(behavior.SKIPS)}
        if not given:
            return
        visitor = Visitor()
        visitor.ask("GET", "/survey", query={"t": token})
        form = {f"q-{name}": value for name, value in given.items()}
        done = visitor.post("/survey", t=token, **form)
        if done.status == 303:
            self.ledger.answered(who, given)
        else:
            self.ledger.acts["surveys closed"] += 1
