"""Cases, notices and guards for tests: `a_case().with_victim(...).with_arrest()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.duties import duty_id
from aviso.domain.fact_keys import FactKey, arrest_fact_keys, fact_keys
from aviso.domain.guards import UNREAD, Guards, Switches
from aviso.domain.model import (
    Arrest,
    Case,
    Channel,
    Consent,
    EnrolledContact,
    Enrollment,
    Kind,
    Report,
    Speaker,
    Suspect,
    Victim,
)
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import Restriction, hold_reasons
from aviso.domain.receiving_agencies import HandOffConsent, Purpose
from aviso.domain.requests import AnsweredAt, RequestRecord, Right, Rights
from aviso.domain.routing import Situation
from aviso.domain.session import Session
from aviso.domain.settings import Settings
from aviso.runtime.invocation import Invocation
from aviso.victims.visitor import PortalVisitor

NOW = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)  # noon in Arizona
ZONE = ZoneInfo("America/Phoenix")
BURGLARY = "13-1507"  # ordinary in the sample agency's settings
STALKING = "13-2923"  # restricted there
LIFTED = " ".join(Restriction)  # a person lifted every reason
NUMBER = "2611240001"
LIVE = Switches(trial=False)


@dataclass(frozen=True)
class CaseBuilder:
    """Builds a case step by step; every step returns a new builder."""

    case: Case = field(default_factory=lambda: Case(number=NUMBER))

    def with_report(self, **changes: Any) -> Self:
        """Add the case row, reported two days ago and seen an hour later."""
        values: dict[str, Any] = {
            "number": self.case.number,
            "origin": self.case.number,
            "offense": BURGLARY,
            "reported_at": NOW - timedelta(days=2),
            "export_time": NOW - timedelta(days=2, hours=-1),
            "digest": "as-first-built",
        } | changes
        report = Report(**values)
        seen = changes.get("first_seen") or dict.fromkeys(
            fact_keys(report, ZONE), report.export_time
        )
        return type(self)(case=replace(self.case, report=replace(report, first_seen=seen)))

    def with_victim(self, id: str = "v1", **changes: Any) -> Self:
        """Add an adult victim with a phone and an email."""
        values: dict[str, Any] = {
            "id": id,
            "origin": id,
            "first_name": "Ana",
            "last_name": f"Muñoz-{id}",
            "birth_date": date(1985, 4, 12),
            "phone": f"+1520555{100 + sum(map(ord, id)) % 100:04d}",
            "email": f"{id}@example.com",
            "language": "es",
            "first_seen": NOW - timedelta(days=2),
            "export_time": NOW - timedelta(days=2),
            "digest": "as-first-built",
        } | changes
        return self._add(victims=Victim(**values))

    def with_suspect(self, id: str = "s1", **changes: Any) -> Self:
        """Add a suspect who shares nothing with anybody."""
        values: dict[str, Any] = {
            "id": id,
            "origin": id,
            "first_name": "Sam",
            "last_name": f"Poole-{id}",
            "birth_date": date(1979, 1, 2),
            "export_time": NOW - timedelta(days=2),
            "digest": "as-first-built",
        } | changes
        return self._add(suspects=Suspect(**values))

    def with_speaker(self, id: str = "r1", victim: str = "v1", **changes: Any) -> Self:
        """Add a victim's guardian."""
        values: dict[str, Any] = {
            "id": id,
            "origin": id,
            "victim": victim,
            "relation": "guardian",
            "first_name": "Rosa",
            "last_name": f"Muñoz-{id}",
            "phone": "+15205550177",
            "language": "es",
        } | changes
        return self._add(speakers=Speaker(**values))

    def with_arrest(self, id: str = "a1", suspect: str = "s1", **changes: Any) -> Self:
        """Add an arrest made an hour ago and seen just now."""
        values: dict[str, Any] = {
            "id": id,
            "origin": id,
            "suspect": suspect,
            "arrested_at": NOW - timedelta(hours=1),
            "export_time": NOW,
            "digest": "as-first-built",
        } | changes
        arrest = Arrest(**values)
        seen = changes.get("first_seen") or dict.fromkeys(
            arrest_fact_keys(arrest), arrest.export_time
        )
        return self._add(arrests=replace(arrest, first_seen=seen))

    def with_enrollment(
        self,
        victim: str,
        *contacts: EnrolledContact,
        rights: Rights = Rights.UNANSWERED,
        rights_at: datetime | None = None,
        **changes: Any,
    ) -> Self:
        """Add what a victim asked for on the portal."""
        answers = () if rights is Rights.UNANSWERED else (an_answer(rights, rights_at or NOW),)
        values: dict[str, Any] = {"contacts": contacts, "requests": answers} | changes
        return self._add(enrollments=Enrollment(victim=victim, **values))

    def but(self, **changes: Any) -> Case:
        """Return the case with some of its parts replaced."""
        return replace(self.case, **changes)

    def _add(self, **parts: Any) -> Self:
        ((name, part),) = parts.items()
        longer: dict[str, Any] = {name: (*getattr(self.case, name), part)}
        return type(self)(case=replace(self.case, **longer))


def a_case() -> CaseBuilder:
    """Return an ordinary case: a report, and nobody on it yet."""
    return CaseBuilder().with_report()


def an_arrest_case() -> CaseBuilder:
    """Return an ordinary case with a victim, and an arrest of its suspect."""
    return a_case().with_victim().with_suspect().with_arrest()


def an_answer(
    answer: Rights = Rights.REQUESTED, at: datetime = NOW, **changes: Any
) -> RequestRecord:
    """Return the record of an answer that was given on the portal with a code."""
    values: dict[str, Any] = {
        "right": Right.NEWS,
        "answer": answer,
        "at": at,
        "place": AnsweredAt.PORTAL,
        "proof": "code",
        "language": "es",
    } | changes
    return RequestRecord(**values)


def a_contact(address: str, channel: Channel = Channel.SMS, **changes: Any) -> EnrolledContact:
    """Return a contact left on the portal yesterday."""
    at = NOW - timedelta(days=1)
    values: dict[str, Any] = {
        "id": f"c{len(address)}{address[-3:]}",
        "channel": channel,
        "address": address,
        "language": "es",
        "consent": Consent(version="1", at=at, language="es", source="portal"),
    } | changes
    return EnrolledContact(**values)


def a_notice(kind: Kind = Kind.ARREST, fact: str = "arrest:a1", **changes: Any) -> Notice:
    """Return a claimed notice of the ordinary case's first victim."""
    victim = changes.get("victim", "v1")
    values: dict[str, Any] = {
        "id": duty_id(NUMBER, fact, kind, victim),
        "case": NUMBER,
        "victim": victim,
        "kind": kind,
        "fact": FactKey(fact),
        "fact_at": NOW - timedelta(hours=1),
        "first_seen": NOW,
        "deadline": NOW + timedelta(hours=4),
        "created_at": NOW,
        "state": State.CLAIMED,
    } | changes
    values["overruled"] = hold_reasons(values.get("overruled", ""))
    return Notice(**values)


def case_at(
    case: Case,
    settings: Settings,
    now: datetime = NOW,
    *,
    told: Sequence[Notice] = (),
    guards: Guards = UNREAD,
) -> CaseAt:
    """Return a case at a moment; nothing was told or is barred unless a test says so."""
    return CaseAt(case=case, told=told, guards=guards, settings=settings, now=now)


def a_situation(
    case: Case,
    notice: Notice,
    settings: Settings,
    *,
    told: Sequence[Notice] = (),
    guards: Guards | None = None,
    now: datetime = NOW,
) -> Situation:
    """Return what `route` decides by; nothing is barred or switched off unless `guards` say so."""
    return Situation(
        case=case,
        notice=notice,
        told=told,
        guards=guards or Guards(switches=LIVE),
        settings=settings,
        now=now,
    )


def an_invocation(
    settings: Settings,
    clock: Callable[[], datetime] = lambda: NOW,
    *,
    seconds: float = 60.0,
    token: str = "t",  # noqa: S107 - names the invocation
) -> Invocation:
    """Return a call of a function that has so many seconds left, however long it takes."""
    return Invocation(settings=settings, clock=clock, seconds_left=lambda: seconds, token=token)


def a_visitor(
    settings: Settings, now: datetime = NOW, *, language: str = "en", source: str = "203.0.113.9"
) -> PortalVisitor:
    """Return a person who asks on the portal now."""
    return PortalVisitor(language=language, source=source, settings=settings, now=now)


def a_session(**changes: Any) -> Session:
    """Return a visit to the ordinary case that began with a code just now."""
    values: dict[str, Any] = {
        "key": "k1",
        "case": NUMBER,
        "victim": "v1",
        "level": "code",
        "csrf": "token",
        "created_at": NOW,
        "idle_until": NOW + timedelta(minutes=15),
        "max_until": NOW + timedelta(hours=2),
    } | changes
    return Session(**values)


def a_consent(contact: str, **changes: Any) -> HandOffConsent:
    """Return a consent, given yesterday, that jail and prosecutor get the request and a contact."""
    values: dict[str, Any] = {
        "id": "consent1",
        "contact": contact,
        "purposes": tuple(Purpose),
        "at": NOW - timedelta(days=1),
        "version": "1",
        "language": "es",
    } | changes
    return HandOffConsent(**values)


def a_consenting_case(**consent: Any) -> CaseBuilder:
    """Return an ordinary case whose victim left a phone and lets other agencies have it."""
    phone = a_contact("+15205550121", id="c1", level="code")
    asked = a_consent("c1", **consent)
    return a_case().with_victim().with_suspect().with_enrollment("v1", phone, hand_off=asked)
