"""What truly happened, counted from what people did and what left the house.

It imports nothing of the product and reads none of its tables. What it knows of messages comes
from the two providers and the printer; what a message was about, from its own words, as its reader
would say.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Who = tuple[str, str]  # a case's number and a victim's id
# What a reader knows a message by, in both languages; everything else is other news of the case.
WORDS: Mapping[str, tuple[str, ...]] = {
    "arrest": ("An arrest was made in your case", "Hubo un arresto en su caso"),
    "survey": ("How did we treat you?", "¿Le tratamos bien?", "¿Cómo le tratamos?"),
    "code": ("Your code", "Para entrar, escriba", "Su código"),
    "answer": (
        "You will get no more texts",
        "You will get our texts again",
        "Ya no le mandaremos textos",
        "Le mandaremos textos otra vez",
    ),
}
NO_NOTICES = frozenset({"code", "answer"})


def about(words: str) -> str:
    """Return what a message is about, as whoever reads it would say."""
    text = " ".join(words.split())
    return next((kind for kind, known in WORDS.items() if any(w in text for w in known)), "news")


@dataclass(eq=False)
class Message:
    """One message that a provider took, and its fate as the provider knows it."""

    who: Who
    kind: str
    address: str
    at: datetime
    delivered: bool = False
    failed: bool = False

    @property
    def may_have_told(self) -> bool:
        """Whether its reader got it, or may have: nobody knows that it failed, or it did later."""
        return self.delivered or not self.failed


@dataclass
class Ledger:
    """Everything that happened."""

    acts: Counter[str] = field(default_factory=Counter)  # also what no figure asks for
    logins: list[tuple[datetime, Who, str]] = field(default_factory=list)  # when, who, division
    contacts: dict[tuple[Who, str], bool] = field(default_factory=dict)  # -> is new to the agency
    by_portal: set[tuple[Who, str]] = field(default_factory=set)  # that nothing else could reach
    enrolled: dict[Who, datetime] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)  # by the provider's own id
    letters: list[tuple[Who, str, datetime]] = field(default_factory=list)
    stopped: dict[str, bool] = field(default_factory=dict)  # address -> wants no messages now
    dead: set[str] = field(default_factory=set)
    answers: dict[Who, dict[str, str]] = field(default_factory=dict)

    def got_in(self, who: Who, division: str, at: datetime) -> None:
        """Somebody proved who they are, and the portal opened."""
        self.logins.append((at, who, division))

    def left(self, who: Who, address: str, at: datetime, *, new: bool, only_way: bool) -> None:
        """A victim left an address, and the portal thanked.

        Args:
            who: which victim.
            address: a phone or email.
            at: when.
            new: the report does not have it.
            only_way: the report has no way to reach it, though it may have it as a landline.
        """
        self.contacts.setdefault((who, address), new)
        self.enrolled.setdefault(who, at)
        if only_way:
            self.by_portal.add((who, address))

    def took(self, id: str, message: Message) -> None:
        """Note what a provider took."""
        self.acts[f"handed over: {message.kind}"] += 1
        self.messages[id] = message

    def printed(self, who: Who, kind: str, at: datetime) -> None:
        """Note that a letter came out of the printer."""
        self.acts[f"printed: {kind}"] += 1
        self.letters.append((who, kind, at))

    def answered(self, who: Who, given: Mapping[str, str]) -> None:
        """A survey was sent in; what was left blank stays as it was."""
        self.answers.setdefault(who, {}).update(given)

    def figures(self, letter_minutes: float, letter_cents: float) -> dict[str, float | None]:
        """Return what the dashboard must show, by its figures' names.

        Args:
            letter_minutes: what a letter takes the agency.
            letter_cents: what it costs.
        """
        notified, lettered = self._notified(), {who for who, _, _ in self.letters}
        arrests = self._told("arrest")
        portal = {who for who in arrests if self._by_portal(who)}
        surveyed = self._told("survey")
        spared = len(notified) - len(lettered)
        scores = [int(a["satisfaction"]) for a in self.answers.values() if "satisfaction" in a]
        called = [a["still_called"] != "0" for a in self.answers.values() if "still_called" in a]
        visitors = {who for _, who, _ in self.logins}
        new = sum(self.contacts.values())
        return {
            "logins": len(self.logins),
            "visitors": len(visitors),
            "enrolled": len(self.enrolled),
            "enrolled_share": share(len(self.enrolled), len(visitors)),
            "contacts": len(self.contacts),
            "contacts_new_share": share(new, len(self.contacts)),
            "arrest_notices": len(arrests),
            "arrest_portal_share": share(len(portal), len(arrests)),
            "victims_notified": len(notified),
            "letters": len(lettered),
            "letter_share": share(len(lettered), len(notified)),
            "surveys_sent": len(surveyed),
            "responses": len(self.answers),
            "response_rate": share(len(self.answers), len(surveyed)),
            "satisfaction": share(sum(scores), len(scores)),
            "still_called_share": share(sum(called), len(called)),
            "hours_saved": spared * letter_minutes / 60,
            "money_saved": spared * letter_cents / 100,
            "bounces": len(self.dead),
            "opt_outs": sum(self.stopped.values()),
        }

    def by_month(self) -> dict[str, dict[str, int]]:
        """Return logins and first sign-ups by month, in Arizona's time (UTC-7 all year)."""
        months: dict[str, dict[str, int]] = {}
        for name, moments in (
            ("logins", [at for at, _, _ in self.logins]),
            ("enrolled", list(self.enrolled.values())),
        ):
            for at in moments:
                month = f"{local(at):%Y-%m}"
                months.setdefault(month, {"logins": 0, "enrolled": 0})[name] += 1
        return dict(sorted(months.items()))

    def by_division(self) -> dict[str, int]:
        """Return logins by the division that works on the case."""
        return dict(
            sorted(Counter(division or "unknown" for _, _, division in self.logins).items())
        )

    def _notified(self) -> set[Who]:
        """Return the victims to whom anything was handed over, or posted; surveys left out."""
        silent = NO_NOTICES | {"survey"}
        handed = {m.who for m in self.messages.values() if m.kind not in silent}
        return handed | {who for who, _, _ in self.letters}

    def _told(self, kind: str) -> set[Who]:
        """Return the victims who were told of one kind, or may have been."""
        handed = {m.who for m in self.messages.values() if m.kind == kind and m.may_have_told}
        return handed | {who for who, about_it, _ in self.letters if about_it == kind}

    def _by_portal(self, who: Who) -> bool:
        """Whether a victim's arrest notice went to a contact that only the portal brought."""
        handed = (m for m in self.messages.values() if m.who == who and m.kind == "arrest")
        return any((who, m.address) in self.by_portal for m in handed)


def share(over: float, under: float) -> float | None:
    """Return a quotient, None when there is nothing to divide by."""
    return over / under if under else None


def local(at: datetime) -> datetime:
    """Return a UTC time by Arizona's clocks."""
    return at - timedelta(hours=7)
