"""The flow of one case's notices with its own clock, and a provider that fails when told to."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.feed.told_changes import told_of
from aviso.notices import overdue, planning, receipts, survey_invitations
from aviso.notices.announcing import changed, maker_of
from aviso.notices.case_reads import unguarded
from aviso.notices.sending import send
from aviso.providers.message import Handed
from aviso.providers.receipts import Receipt
from aviso.storage import cases, enrollments, notices
from infra.harness.builders import NOW, NUMBER, a_case, an_invocation

PHONE, EMAIL = "+15205550118", "v1@example.com"


HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}


@dataclass
class Provider:
    """Stands for SNS and SES: takes messages, or does what the test says it does next."""

    sent: list[Any] = field(default_factory=list)
    next_errors: list[Any] = field(default_factory=list)
    crash_after: bool = False

    def send(self, message, seconds_left):
        """Take a message, fail as a test says, or die after it."""
        if self.next_errors and (error := self.next_errors.pop(0)):
            raise error
        self.sent.append(message)
        if self.crash_after:
            raise SystemExit("the worker dies between hand-over and mark")
        return Handed(f"id-{len(self.sent)}")


class World:
    """The flow with its own clock; streams are what the test delivers, as often as it likes."""

    def __init__(self, settings, provider):
        self.settings, self.provider, self.now = settings, provider, NOW

    def store(self, case):
        """Store the rows of a case; what a file says of a victim is news."""
        for enrollment in case.enrollments:
            enrollments.write_enrollment(case.number, enrollment)
        for row in (
            case.report,
            *case.suspects,
            *case.speakers,
            *case.arrests,
            *case.victims,
        ):
            old = next(iter(cases.read_rows([(case.number, cases.sort_key(row))]).values()), None)
            says = told_of(case.number, row, old, self.settings, self.now)
            cases.write_row(case.number, row, old, told=says if row in case.victims else ())

    def change(self, after, root="", **how):
        """Change what a victim of the stored case asked for, with who hears of it."""
        case = cases.read_case(NUMBER)
        stored = changed(case, after, maker_of(self.now, self.settings, root), **how)
        enrollments.write_enrollment(NUMBER, stored.after, stored.before)

    def withdraw(self):
        """Let the records system take the arrest back, a minute later."""
        arrest = cases.read_case(NUMBER).arrests[0]
        self.now += timedelta(minutes=1)
        taken = {"withdrawn_at": self.now, "withdrawals": 1, "export_time": self.now}
        cases.write_row(NUMBER, replace(arrest, digest="w", **taken), arrest)

    def plan(self, times=2):
        """Plan what the case owes, as often as its stream record comes."""
        for _ in range(times):
            planning.plan(NUMBER, self.settings, self.now)

    def enter_surveys(self):
        """Enter the surveys of this day, as a night does; return how many were asked, reminded."""
        found: Counter[str] = Counter()
        for case in map(cases.read_case, list(cases.numbers())):
            found += survey_invitations.ask(unguarded(case, self.settings, self.now))
        return found

    def send(self, times=2):
        """Send each planned notice, as often as its stream record comes."""
        return [
            send(notice.id, self.invocation(f"{notice.id}-{n}"))
            for notice in self.all()
            if notice.state is State.PLANNED
            for n in range(times)
        ]

    def deliver(self):
        """Plan and send, each stream record twice."""
        self.plan()
        return self.send()

    def begin(self, case):
        """Store a case, and plan what it owes."""
        self.store(case)
        self.plan()

    def tell(self, case):
        """Store a case, plan what it owes, and send it."""
        self.begin(case)
        return self.send()

    def go_on(self, later: timedelta):
        """Let time pass, `chase` look, and send what it planned."""
        self.chase(later)
        self.send()

    def invocation(self, token="t"):
        """Return an invocation on the world's clock."""
        return an_invocation(self.settings, lambda: self.now, token=token)

    def chase(self, later: timedelta):
        """Let time pass, and `chase` look; return its steps."""
        self.now += later
        return overdue.chase(self.invocation())

    def all(self, kind=None):
        """Return the notices of the case, perhaps of one kind."""
        found = [notices.read(n.id) for n in notices.of_case(NUMBER)]
        return [n for n in found if kind is None or n.kind is kind]

    def arrest(self):
        """Return the one notice of the arrest."""
        (notice,) = self.all(Kind.ARREST)
        return notice

    def receipt(self, n, outcome, *, notice=None, **changes):
        """Give the receipt of a notice's attempt."""
        notice = notice or self.arrest()
        attempt = next(a for a in notice.attempts if a.n == n)
        text = attempt.channel is Channel.SMS
        values = {
            "channel": attempt.channel,
            "outcome": outcome,
            "provider_id": attempt.provider_id,
            "at": self.now,
            "notice_id": "" if text else notice.id,
            "attempt": 0 if text else n,
            "address": PHONE if text else EMAIL,
        } | changes
        return receipts.record(Receipt(**values), self.now)


def only_arrests(settings):
    """Return settings that tell of arrests, corrections and sign-ups alone."""
    on = {Kind.ARREST, Kind.CORRECTION, Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED}
    return replace(settings, kinds={k: replace(v, on=k in on) for k, v in settings.kinds.items()})


def arrested(**victim):
    """Return a case with an arrest and one victim, with changes of the victim."""
    return (
        a_case()
        .with_victim(**({"phone": PHONE, "email": EMAIL} | victim))
        .with_suspect()
        .with_arrest()
    )
