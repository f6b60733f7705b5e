"""What happened in a run, and what is expected of one duty. Imports nothing of the product."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.rig.model.scenario import Case, Judged, Left, Named, State

DELIVERED, LETTERED, HELD, SUPPRESSED = "delivered", "lettered", "held", "suppressed"
ABSENT = "absent"  # it never was a duty: the fact was gone before anybody planned
ENDS = {  # what each last state of a notice is for its duty
    "delivered": DELIVERED,
    "queued": LETTERED,
    "printed": LETTERED,
    "mailed": LETTERED,
    "held": HELD,
    "suppressed": SUPPRESSED,
    "replaced": SUPPRESSED,
}

Key = tuple[str, str, str, str]  # case, victim, kind, fact
MOMENT = timedelta(milliseconds=1)  # two writings of one time may differ by less


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that local AWS recorded as sent, and the receipt that was given for it."""

    to: str
    at: datetime
    channel: str
    crash: bool  # the function could not know that it was sent
    receipt: str  # delivered, failed, or nothing
    late: bool = False  # it came when the next step may have been taken
    since: datetime | None = None  # when it may have been decided on, if known

    @property
    def decided(self) -> datetime:
        """The earliest moment at which it may have been decided on."""
        return self.since or self.at


@dataclass(slots=True)
class Evidence:
    """What happened when."""

    sent: dict[Key, list[Sent]] = field(default_factory=dict)
    entered: dict[Key, datetime] = field(default_factory=dict)  # when the duty was first seen
    disturbed: set[Key] = field(default_factory=set)  # a call of its hand-over failed
    cut_short: set[Key] = field(default_factory=set)  # one of its messages may be enough
    change_from: datetime | None = None  # when the later state was first exported ...
    change_by: datetime | None = None  # ... and when all of it was known
    came: dict[str, datetime] = field(default_factory=dict)  # victim -> first seen
    first_late: bool = False  # the later state of a case may have been known first
    news_from: datetime | None = None  # when cases in which somebody is named changed first
    stopped: dict[str, datetime] = field(default_factory=dict)  # phone -> STOP was obeyed by then
    named: dict[str, Named] = field(default_factory=dict)  # case -> whom its victim named
    left: dict[str, Left] = field(default_factory=dict)  # case -> the contact a visitor left
    judged: dict[str, Judged] = field(default_factory=dict)  # case -> what a supervisor said

    def told_with_arrest(self, key: Key) -> frozenset[str]:
        """Record that a hearing may be in the notice of its arrest, if both came together."""
        number, victim, kind, fact = key
        arrest = (number, victim, "arrest", f"arrest:{fact.partition(':')[2].partition('@')[0]}")
        since, change = self.entered.get(arrest), self.change_from
        apart = since is None or change is None or since < change - MOMENT
        return frozenset(() if apart or kind != "initial_appearance" else {ABSENT})


def was_cut_short(images: Iterable[Mapping[str, str]]) -> bool:
    """Whether one of a notice's two messages may be enough, by the images of its row in order.

    Its worker died between the two, which no fault of the run need explain: a busy machine ends a
    function too. Or what put the second off, such as a switch, lasted beyond the deadline.
    """
    before, rest, told_before = "", False, False
    for image in images:
        state = image["state"]
        if state == "claimed" != before:
            told_before = "told_at" in image  # an earlier claim told somebody, and put off the rest
        ended = (before, state) == ("claimed", "delivered") and not told_before
        died = int(image.get("crashes", 0)) > 0 or ended
        late = datetime.fromtimestamp(float(image["~at"]), UTC) > datetime.fromisoformat(
            image["deadline"]
        )
        if "told_at" in image and (died or (rest and late)):
            return True
        before, rest = state, rest or "rest_to_come" in image
    return False


@dataclass(frozen=True, slots=True)
class Expected:
    """One duty: to whom it may go, to whom it must, and the ends that are right."""

    key: Key
    wrong: int  # messages that went where they must not
    untold: bool  # somebody who could be told was not
    ends: frozenset[str]


def known_then(case: Case, message: Sent, evidence: Evidence) -> list[State]:
    """Return the states of a case that may have been known when a message was decided on."""
    states = []
    if evidence.change_by is None or message.decided <= evidence.change_by:
        states.append(case.before)
    if evidence.change_from is not None and message.at >= evidence.change_from:
        states.append(case.after)
    return states


def right_ends(sent: list[Sent], otherwise: set[str]) -> frozenset[str]:
    """Return the right ends: delivered when a receipt says so, else what is left to do."""
    arrived = [s for s in sent if s.receipt == "delivered"]
    if any(not s.crash or s.channel == "email" for s in arrived):
        return frozenset({DELIVERED})
    # The receipt of a text that a crash kept unmarked is found by its number, if in time.
    return frozenset({DELIVERED, *otherwise} if arrived else otherwise)
