"""What victims ask for with a code: that other agencies get the request, that someone speaks.

Also the people whom they name, who answer the question or leave it. Draws its chances from dice of
its own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from infra.harness.in_process import Sent
from infra.harness.portal_browser import Visitor
from infra.harness.web_page import Page
from tests.simulation import behavior
from tests.simulation.entries import Who
from tests.simulation.ground_truth import Ledger
from tests.simulation.handed_on import NAMED, Speaker
from tests.simulation.people import Case, Directory, Person, Town
from tests.simulation.timeline import Timeline
from tests.simulation.words import about

QUESTION = re.compile(r"https?://\S+/speak\?t=([\w.-]+)")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Act = Callable[[Visitor, Case, Person], None]


@dataclass
class Asking:
    """Everyone who asks for more than news."""

    time: Timeline
    ledger: Ledger
    town: Town
    directory: Directory
    # Signs up, where somebody has not; comes with a code, and then acts. Both are a visit's.
    sign_up: Callable[[Visitor, Page, Case, Person], None]
    come: Callable[[Case, Person, Act], None]
    speakers: dict[str, Speaker] = field(default_factory=dict)  # by address
    misdirected: int = 0  # messages to a person named who had not said yes, or no more
    _coming: set[Who] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Throw dice of its own."""
        self.time = self.time.with_dice("asking")

    def heard_of_arrest(self, case: Case, victim: Person) -> None:
        """Let a victim who heard of an arrest come with a code, perhaps."""
        who = (case.number, victim.id)
        if victim.guardian or who in self._coming or not self.time.odds(behavior.ASKS_AFTER_ARREST):
            return
        self._coming.add(who)
        self.time.after(HOUR, 30 * HOUR, lambda: self.come(case, victim, self.with_code))

    def with_code(self, visitor: Visitor, case: Case, victim: Person) -> None:
        """Ask for what only a code opens."""
        who = (case.number, victim.id)
        asked = self.ledger.handed_on
        if who in self.ledger.waived and not self._opt_in(visitor, case, who):
            return
        if who not in asked.agreed and self.time.odds(behavior.HANDS_ON):
            self._hand_on(visitor, case, victim)
        if who not in self.whose() and self.time.odds(behavior.NAMES):
            self._name(visitor, case, victim)
        self._silence(visitor, who)

    def _silence(self, visitor: Visitor, who: Who) -> None:
        """Take off what was left, or lock the case, perhaps: others of the victim hear of it."""
        locks, takes_off = self.time.odds(behavior.LOCKS), self.time.odds(behavior.TAKES_OFF)
        page = visitor.get("/manage")
        given = page.root.xpath('//button[@name="remove"]/@value')
        csrf = {"csrf": page.value("csrf")}
        if takes_off and given and who not in self.ledger.handed_on.agreed:
            if _moved(visitor.post("/manage", remove=given[0], **csrf), "manage"):
                self.ledger.acts["contacts taken off"] += 1
        elif locks and _moved(visitor.post("/manage", lock="on", **csrf), "manage"):
            self.ledger.acts["cases locked"] += 1

    def _opt_in(self, visitor: Visitor, case: Case, who: Who) -> bool:
        """Ask for news again, perhaps; not after an arrest, of which nothing was owed till then."""
        over = case.arrested is not None and case.arrested <= self.time.now
        if over or not self.time.odds(behavior.OPTS_IN):
            return False
        csrf = visitor.get("/choice").value("csrf")
        if not _moved(visitor.post("/choice", csrf=csrf, answer="requested"), "choice"):
            return False
        self.ledger.acts["asked for news again after a waiver"] += 1
        self.ledger.waived.discard(who)
        return True

    def _hand_on(self, visitor: Visitor, case: Case, victim: Person) -> None:
        who = (case.number, victim.id)
        if who not in self.ledger.enrolled:
            self.sign_up(visitor, visitor.get("/status"), case, victim)
        page = visitor.get("/share")
        contacts = page.root.xpath('//input[@name="contact"]/@value')
        if not contacts:
            self.ledger.acts["nothing that may be handed on"] += 1
            return
        form = {"csrf": page.value("csrf"), "contact": contacts[0]}
        if _moved(visitor.post("/share", release="yes", court="yes", **form), "share"):
            self.ledger.acts["requests let to other agencies"] += 1
            self.ledger.handed_on.agreed[who] = self.time.now
            label = page.root.xpath('//label[input/@name="contact"]')[0].text_content()
            if "(" in label:  # the report's contact that got the code: it is signed up by this
                self.ledger.left(who, label, self.time.now, new=False, only_way=False)
            if self.time.odds(behavior.TAKES_BACK):
                self.time.after(DAY, 30 * DAY, lambda: self.come(case, victim, self._take_back))

    def _take_back(self, visitor: Visitor, case: Case, victim: Person) -> None:
        csrf = visitor.get("/share").value("csrf")
        if _moved(visitor.post("/share", csrf=csrf, do="end"), "share"):
            self.ledger.acts["requests taken back"] += 1
            self.ledger.handed_on.ended[case.number, victim.id] = self.time.now

    def _name(self, visitor: Visitor, case: Case, victim: Person) -> None:
        """Name somebody, told by text or by email."""
        contact = self.town.new_phone() if self.time.odds(0.6) else self.town.new_email(victim)
        way = "phone" if contact.channel == "sms" else "email"
        form = {
            "csrf": visitor.get("/speaks").value("csrf"),
            "first_name": "Kim",
            "last_name": f"{NAMED}{case.number}",
            way: contact.address,
            **dict.fromkeys(("adult", "apart", "consent"), "yes"),
            "language": visitor.language,
        }
        if not _moved(visitor.post("/speaks", **form), "speaks"):
            self.ledger.acts["namings refused"] += 1
            return
        self.ledger.acts["people named to speak"] += 1
        self.directory[contact.address] = (case, victim, contact)
        self.speakers[contact.address] = Speaker((case.number, victim.id))

    def came(self, sent: Sent) -> None:
        """Note a message that came to a person who was named, and let them answer, perhaps."""
        speaker = self.speakers.get(sent.address)
        if speaker is None:
            return
        if sent.address in self.ledger.stopped and about(sent.words) == "answer":
            return  # an answer to that person's own STOP or START
        question = QUESTION.search(sent.words)
        if not speaker.may_get(asks=question is not None):
            self.misdirected += 1
        if question is None:
            self.ledger.acts["messages to those who speak"] += 1
        elif self.directory[sent.address][2].nature != "dead":
            yes = self.time.odds(behavior.SAYS_YES)
            if yes or self.time.odds(behavior.SAYS_NO):
                self.time.after(
                    HOUR, 60 * HOUR, lambda: self._answer(speaker, question[1], yes=yes)
                )

    def _answer(self, speaker: Speaker, token: str, *, yes: bool) -> None:
        page = Visitor().post("/speak", t=token, answer="yes" if yes else "no")
        if page.status != 200 or speaker.over:
            self.ledger.acts["answers refused"] += 1
            return
        self.ledger.acts[f"those named said {'yes' if yes else 'no'}"] += 1
        if not yes:
            speaker.over = self.time.now
            return
        speaker.agreed = self.time.now
        self.ledger.handed_on.speaks(speaker.who, self.time.now, now=True)
        if self.time.odds(behavior.ENDS_NAMING):
            case, victim, _ = self.directory[self._address(speaker)]
            self.time.after(DAY, 20 * DAY, lambda: self.come(case, victim, self._end))

    def _end(self, visitor: Visitor, case: Case, victim: Person) -> None:
        page = visitor.get("/speaks")
        for id in page.root.xpath('//button[@name="end"]/@value'):
            if _moved(visitor.post("/speaks", csrf=page.value("csrf"), end=id), "speaks"):
                self.ledger.acts["namings ended"] += 1
                for speaker in self.speakers.values():
                    if speaker.who == (case.number, victim.id):
                        speaker.over = self.time.now
                who = (case.number, victim.id)
                self.ledger.handed_on.speaks(who, self.time.now, now=False)

    def whose(self) -> set[Who]:
        """Return the victims who named somebody."""
        return {speaker.who for speaker in self.speakers.values()}

    def _address(self, speaker: Speaker) -> str:
        return next(address for address, one in self.speakers.items() if one is speaker)


def _moved(page: Page, place: str) -> bool:
    """Whether a form was taken: the portal sends its visitor back to the page."""
    return page.status == 303 and page.headers.get("Location") == place
