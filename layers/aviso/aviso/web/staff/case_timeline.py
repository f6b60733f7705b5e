"""What each victim of a case knows: one line for each deed, the latest first."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.fact_keys import DATED
from aviso.domain.model import AuditEntry, Case
from aviso.domain.notice import Notice
from aviso.domain.reasons import StopReason
from aviso.domain.staff import Call, Remark
from aviso.domain.value import Frozen
from aviso.staff.acts import ACTS, TELL
from aviso.storage import audit, staff_accounts
from aviso.web.staff.audit_trail import STAFF

# Actions of the audit trail that are shown: what was done on the portal, and changes at the desk.
# Views are for the audit log; notes and calls are shown with their words.
ON_PORTAL = frozenset(
    {
        *("enrolled", "early_enrollment", "contact_removed", "locked", "unlocked"),
        *("rights_requested", "rights_waived", "not_me", "opted_out"),
        *("representative_named", "representative_ended"),
        *("representative_agreed", "representative_declined", "home_hidden"),
        *(
            "hand_off_agreed",
            "hand_off_ended",
            "asked_property",
            "asked_copy",
            "asked_plan",
            "word_denied",
        ),
    }
)
# Who looked, and the codes for it.
VISITS = frozenset(
    {
        *("verified", "verified_by_code", "proved_by_code", "verify_failed", "code_failed"),
        "code_sent",
    }
)
AT_DESK = frozenset(act.audit for act in ACTS.values())


class Deed(Frozen, frozen=True, kw_only=True):
    """One thing that happened: one line."""

    at: datetime
    what: str  # fact, notice, call, note, portal or desk
    word: str = ""  # a key of the desk's words, or the action
    about: str = ""  # a status's label, a place, a note: words to show beside it
    victim: str = ""  # the origin id of whom it is about
    notices: tuple[Notice, ...] = ()  # several only where a person told them at once
    call: Call | None = None
    by: str = ""  # the colleague who did it at the desk

    @property
    def told(self) -> bool:
        """Whether the victim was told by it."""
        return any(notice.told_at for notice in self.notices)


class KnownDeeds(Frozen, frozen=True, kw_only=True):
    """What was done about one victim, the latest first; without a victim, about the case."""

    victim: str
    deeds: Sequence[Deed]
    visits: Sequence[Deed]  # who looked, and codes: shown apart

    @property
    def told(self) -> list[Deed]:
        """What the victim was told."""
        return [deed for deed in self.deeds if deed.told]

    def stands_open(self, untellable: Collection[str]) -> bool:
        """Whether a member must see it at once: it has a note, or what they can still take back."""
        ids = {notice.id for deed in self.deeds for notice in deed.notices}
        notes = any(deed.about for deed in self.deeds if deed.what in ("note", "desk"))
        return notes or not ids.isdisjoint(untellable)


def known(
    case: Case,
    told: Sequence[Notice],
    made: Sequence[Call],
    remarks: Sequence[Remark],
    status: str,
) -> list[KnownDeeds]:
    """Return what each victim of a case knows, and at the end what is about the case alone.

    Args:
        told: its notices with their attempts.
        made: calls that reached nobody.
        remarks: the desk's notes.
        status: the label of its status.
    """
    notices = [Deed(at=_moved(n), what="notice", victim=n.victim, notices=(n,)) for n in told]
    by_a_person = [d for d in notices if d.notices[0].reason == StopReason.TOLD_BY_PERSON]
    found = [
        *_facts(case, status),
        *(deed for deed in notices if deed not in by_a_person),
        *(Deed(at=c.at, what="call", victim=c.victim, call=c, by=c.by) for c in made),
        *_acts([*by_a_person, *_trail(case)], remarks),
    ]
    return _grouped(case, sorted(found, key=_at, reverse=True))


def _grouped(case: Case, found: Sequence[Deed]) -> list[KnownDeeds]:
    groups: dict[str, list[Deed]] = {
        origin: [] for origin in [*(v.origin for v in case.victims), ""]
    }
    for deed in found:
        victim = case.victim(deed.victim)
        groups[victim.origin if victim else ""].append(deed)
    return [
        KnownDeeds(
            victim=victim,
            deeds=[deed for deed in deeds if deed.word not in VISITS],
            visits=[deed for deed in deeds if deed.word in VISITS],
        )
        for victim, deeds in groups.items()
    ]


def _acts(done: Sequence[Deed], remarks: Sequence[Remark]) -> Iterator[Deed]:
    """Join what a colleague did at one moment: what was told, its record, and the note of it."""
    acts: dict[tuple[datetime, str, str], Deed] = {}
    for deed in done:
        key = deed.at, deed.victim, deed.word or TELL.audit
        first = acts.get(key, replace(deed, notices=()))
        acts[key] = replace(first, notices=first.notices + deed.notices, by=first.by or deed.by)
    for remark in remarks:
        same = {key[1]: key for key in acts if key[0] == remark.at}
        for key in same.values():
            acts[key] = replace(acts[key], about=remark.text, by=remark.by)
        if not same:
            yield Deed(at=remark.at, what="note", about=remark.text, by=remark.by)
    yield from acts.values()


def _facts(case: Case, status: str) -> Iterator[Deed]:
    def fact(at: datetime | None, word: str, about: str = "") -> Iterator[Deed]:
        if at is not None:
            yield Deed(at=at, what="fact", word=word, about=about)

    if report := case.report:
        yield from fact(report.reported_at, "desk_fact_reported")
        yield from fact(report.assigned_at, "desk_fact_assigned", report.assigned)
        for kind in DATED:
            yield from fact(getattr(report, kind.column), f"desk_fact_{kind.fact}")
        if report.status_at != report.reported_at:
            yield from fact(report.status_at, "desk_fact_status", status)
    for arrest in case.arrests:
        yield from fact(arrest.arrested_at, "desk_fact_arrest", arrest.custody_agency)
        yield from fact(arrest.withdrawn_at, "desk_fact_arrest_withdrawn")


def _trail(case: Case) -> Iterator[Deed]:
    """Yield what people did on the portal and changed at the desk, as far back as is read."""
    read: list[AuditEntry] = [row for number in case.numbers for row in audit.of_case(number)]
    rows = [row for row in read if row.action in ON_PORTAL | VISITS | AT_DESK]
    ids = {row.actor.removeprefix(STAFF) for row in rows if row.actor.startswith(STAFF)}
    names = {f"{STAFF}{id}": account.name for id, account in staff_accounts.accounts(ids).items()}
    for row in rows:
        yield Deed(
            at=row.at,
            what="desk" if row.action in AT_DESK else "portal",
            word=row.action,
            victim=row.victim,
            by=names.get(row.actor, ""),
        )


def _moved(notice: Notice) -> datetime:
    """Return when a notice last moved, as far as it says."""
    tried = [attempt.at for attempt in notice.attempts]
    return max([notice.created_at, *tried, *([notice.told_at] if notice.told_at else [])])


def _at(deed: Deed) -> float:
    return deed.at.timestamp()
