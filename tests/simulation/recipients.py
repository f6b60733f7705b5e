"""What becomes of messages: receipts, replies, complaints, and people who answer."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from urllib.parse import parse_qs, urlsplit

from infra.harness import provider_events
from infra.harness.in_process import Sent
from infra.harness.portal_browser import Visitor
from tests.simulation import behavior
from tests.simulation.agencies import Agencies
from tests.simulation.entries import Message
from tests.simulation.ground_truth import Ledger
from tests.simulation.people import Case, Contact, Directory, Person
from tests.simulation.plans import Plans
from tests.simulation.timeline import Timeline
from tests.simulation.visits import HOUR, MINUTE, Visits
from tests.simulation.words import about


@dataclass
class Readers:
    """Everyone's phones and mailboxes."""

    time: Timeline
    ledger: Ledger
    visits: Visits
    directory: Directory
    agencies: Agencies
    plans: Plans

    def __post_init__(self) -> None:
        """Begin with nothing read."""
        self._texts = count(1)
        self._seen = 0

    def read_outbox(self) -> None:
        """Look at what the providers took since: note it, and let its receipt and reader come."""
        while self._seen < len(self.time.stage.sent):
            sent = self.time.stage.sent[self._seen]
            self._seen += 1
            if self.agencies.came(sent):
                continue
            case, victim, contact = self.directory[sent.address]
            message = Message((case.number, victim.id), about(sent.words), sent.address, sent.at)
            self.ledger.took(sent.id, message)
            self.visits.asking.came(sent)
            self.plans.came(sent, message)
            self._receipt(sent, contact, message)
            self._react(sent, case, victim, message)

    def _receipt(self, sent: Sent, contact: Contact, message: Message) -> None:
        fate = {"good": "delivered", "dead": "dead"}.get(contact.nature, "")
        if contact.nature == "weak":
            fate = "failed" if self.time.odds(behavior.WEAK_FAILS) else "delivered"
        if not fate:
            return
        soon = (timedelta(seconds=2), timedelta(seconds=40))
        self.time.after(*soon, lambda: self._tell(sent, message, fate))
        if (
            fate == "delivered"
            and sent.channel == "email"
            and self.time.odds(behavior.BOUNCES_LATE)
        ):
            self.time.after(2 * HOUR, 9 * HOUR, lambda: self._tell(sent, message, "failed"))

    def _tell(self, sent: Sent, message: Message, fate: str) -> None:
        """Bring a receipt, and sometimes bring it again."""
        # Nobody calls spam what did not come.
        message.delivered |= fate == "delivered" or (fate == "complaint" and not message.failed)
        message.failed |= fate in ("failed", "dead")
        if fate == "dead":
            self.ledger.dead.add(sent.address)
        event = provider_events.event(sent, fate, self.time.now)
        for _ in range(2 if self.time.odds(behavior.TWICE) else 1):
            self.time.stage.invoke("record_receipt", event)

    def _react(self, sent: Sent, case: Case, victim: Person, message: Message) -> None:
        """Let the reader of a message do something about it, or nothing."""
        if self.directory[sent.address][2].nature == "dead" or message.kind in ("code", "answer"):
            return
        later = (5 * MINUTE, 30 * HOUR)
        if message.kind == "arrest":
            self.visits.asking.heard_of_arrest(case, victim)
        if message.kind == "survey":
            self.visits.consider_survey(sent, (case.number, victim.id))
        if sent.channel == "sms" and self.time.odds(behavior.STOPS):
            word = "ALTO" if victim.language == "SPA" else "Stop"
            self.time.after(*later, lambda: self._text(sent.address, word, stops=True))
            if self.time.odds(behavior.STARTS_AGAIN):
                self.time.after(
                    32 * HOUR, 200 * HOUR, lambda: self._text(sent.address, "START", stops=False)
                )
        elif sent.channel == "sms" and self.time.odds(behavior.ASKS_BACK):
            words = "When will somebody call me about my bicycle"
            self.time.after(*later, lambda: self._text(sent.address, words, stops=None))
        elif sent.channel == "email" and sent.unsubscribe and self.time.odds(behavior.UNSUBSCRIBES):
            self.time.after(*later, lambda: self._unsubscribe(sent))
        elif sent.channel == "email" and self.time.odds(behavior.COMPLAINS):
            self.time.after(*later, lambda: self._complain(sent, message))

    def _text(self, phone: str, words: str, *, stops: bool | None) -> None:
        event = provider_events.text_from(phone, words, next(self._texts), self.time.now)
        for _ in range(2 if self.time.odds(behavior.TWICE) else 1):
            self.time.stage.invoke("record_receipt", event)
        self.ledger.acts["texts received"] += 1
        if stops is not None:
            self.ledger.stopped[phone] = stops

    def _unsubscribe(self, sent: Sent) -> None:
        """Press the mail program's button, which posts by itself (RFC 8058)."""
        token = parse_qs(urlsplit(sent.unsubscribe).query)["t"][0]
        page = Visitor().ask(
            "POST",
            "/stop",
            body="List-Unsubscribe=One-Click",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            query={"t": token},
        )
        if page.status == 200:
            self.ledger.stopped[sent.address] = True

    def _complain(self, sent: Sent, message: Message) -> None:
        self._tell(sent, message, "complaint")
        self.ledger.stopped[sent.address] = True
