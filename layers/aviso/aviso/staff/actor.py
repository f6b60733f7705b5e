"""Who acts, when, and on which case: every act of staff starts here and leaves an audit row."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Self

from aviso.domain import restriction
from aviso.domain.case_at import CaseAt
from aviso.domain.changes import Maker
from aviso.domain.contacts import DESK
from aviso.domain.errors import Conflict, NotTheirs
from aviso.domain.guards import UNREAD
from aviso.domain.model import AuditEntry, Case, Victim
from aviso.domain.officers_word import is_officers
from aviso.domain.requests import AnsweredAt, RequestRecord, Right, Rights
from aviso.domain.settings import Settings
from aviso.domain.staff import TRUSTED, Member, Role
from aviso.domain.value import Frozen
from aviso.notices.announcing import maker_of
from aviso.storage import audit, cases
from aviso.storage.audited_change import AuditRow


class Actor(Frozen, frozen=True, kw_only=True):
    """A person who acts now, under the agency's settings: at the desk, or at a shell."""

    id: str  # the account's id; empty at a shell
    name: str  # as colleagues know them
    audit_name: str  # as the audit trail names them
    roles: frozenset[Role]
    settings: Settings
    now: datetime
    csrf: str = ""  # the token that each form of their session carries
    receiver: str = ""  # the receiving agency that they belong to; empty: staff
    email: str = ""  # an officer's, to which the records system assigns cases

    @classmethod
    def member(cls, member: Member, now: datetime, receiver: str = "") -> Self:
        """Return a signed-in member of the desk, or of a receiving agency."""
        return cls(
            id=member.id,
            name=member.name,
            audit_name=member.audit_name,
            roles=member.roles,
            settings=Settings.current(),
            now=now,
            csrf=member.csrf,
            receiver=receiver,
            email=member.email,
        )

    @classmethod
    def operator(cls, by: str, now: datetime) -> Self:
        """Return a person with a shell on the agency's AWS account, by the name they typed.

        They may do what a supervisor and an administrator may: who runs the stack can change every
        account of the desk.
        """
        return cls(
            id="",
            name=by,
            audit_name=f"operator:{by}",
            roles=frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
            settings=Settings.current(),
            now=now,
        )

    @property
    def trusted(self) -> bool:
        """Whether they may see restricted cases, and figures that may point at a person."""
        return bool(self.roles & TRUSTED)

    @property
    def today(self) -> date:
        """The agency's day."""
        return self.settings.today(self.now)

    @property
    def maker(self) -> Maker:
        """Who makes a change at the desk now."""
        return maker_of(self.now, self.settings, DESK)

    def at(self, case: Case) -> CaseAt:
        """Return a case as it is now, for what neither guards nor notices decide."""
        return CaseAt(case=case, told=(), guards=UNREAD, settings=self.settings, now=self.now)

    def note(self, action: str, case: str, victim: str = "", subject: str = "") -> None:
        """Write to the audit trail what was viewed; nothing else changes."""
        record = self.record(action, case, victim, subject)
        audit.append(record.entry, record.keep_days)

    def note_each(self, action: str, seen: Sequence[tuple[str, str]]) -> None:
        """Write to the audit trail that several people's data was viewed.

        Args:
            seen: the case's number and the victim's origin id of each.
        """
        entries = [self.record(action, case, victim).entry for case, victim in seen]
        audit.append_all(entries, self.settings.retention.audit)

    def record(
        self, action: str, case: str | Sequence[str], victim: str = "", subject: str = ""
    ) -> AuditRow:
        """Return the audit row of an act.

        Args:
            case: the case's number, empty when no case is concerned; or the numbers of several.
            victim: the victim's origin id, when one is concerned.
            subject: what else it is about: an account's id, a print run, a file.
        """
        first, *also = [case] if isinstance(case, str) else case or [""]
        entry = AuditEntry(
            at=self.now,
            actor=self.audit_name,
            action=action,
            case=first,
            victim=victim,
            subject=subject,
        )
        return AuditRow(entry=entry, keep_days=self.settings.retention.audit, also=tuple(also))

    def heard(
        self, victim: Victim, right: Right, answer: Rights, speaker: str = ""
    ) -> RequestRecord:
        """Return the record of an answer that they heard from a caller, in the victim's language.

        `speaker` is who answered for a victim who cannot; see `answering`.
        """
        return RequestRecord(
            right=right,
            answer=answer,
            at=self.now,
            place=AnsweredAt.DESK,
            proof=DESK,
            language=victim.language or self.settings.agency.languages[0],
            speaker=speaker,
            by=self.name,
        )

    def may_see(self, case: Case) -> bool:
        """Whether they may work on a case."""
        if Role.RECEIVER in self.roles:
            return False
        if Role.OFFICER in self.roles:
            return is_officers(case, self.email, self.name)
        return self.trusted or not restriction.restriction_of(case, self.settings)


def open_case(number: str, actor: Actor) -> Case:
    """Read a case that a member may work on.

    Raises:
        LookupError: when there is no such case.
        NotTheirs: when it is restricted and the member may not see restricted cases.
    """
    case = cases.read_case(number)
    if case.report is None and not case.victims and not case.arrests:
        raise LookupError("no such case")
    if not actor.may_see(case):
        raise NotTheirs(case.number)
    return case


def each(
    ids: Iterable[str], actor: Actor, act: Callable[[str], str], gone: str = "held_no_more"
) -> Counter[str]:
    """Do one act to several things; return how many had each outcome.

    Something that would be an error for one thing is only counted here.

    Args:
        act: does it to one, and returns the outcome, one of `selection.OUTCOMES`.
        gone: the outcome when the thing is gone or was changed meanwhile.
    """

    def one(id: str) -> str:
        try:
            return act(id)
        except NotTheirs as error:
            actor.note("refused:several", str(error))
            return "not_yours"
        except (KeyError, IndexError):  # subclasses of LookupError, but bugs of ours
            raise
        except (Conflict, LookupError):
            return gone

    return Counter(map(one, ids))
