"""A victim names a lawful representative, who says yes or no by a link; the victim can end it.

See docs/rules.md#23. Naming needs a code. The person named gets one question and nothing else until
they say yes. The victim's contacts hear of each step, so that nobody names himself unnoticed.
"""

import secrets
from collections.abc import Sequence

from msgspec.structs import replace

from aviso.content.links import LinkPurpose
from aviso.domain import representatives
from aviso.domain.contacts import DECLINED, DESK, ENDED, REPLACED
from aviso.domain.errors import EnrollmentInvalid, LinkRefused, TooOften
from aviso.domain.model import (
    AuditEntry,
    Case,
    Channel,
    Consent,
    EnrolledContact,
    Enrollment,
    Holder,
    Speaker,
    Victim,
)
from aviso.domain.people import spoken_for
from aviso.domain.requests import LINK, MOST, AnsweredAt, RequestRecord, Right, Rights, extended
from aviso.domain.session import Session
from aviso.domain.value import Frozen
from aviso.notices.announcing import changed, maker_of
from aviso.storage import cases, enrollments
from aviso.storage.audited_change import AuditRow, change
from aviso.victims import change_limits, self_service, sign_up_form, visits
from aviso.victims.message_links import attempt_of
from aviso.victims.sign_up_rules import EVER_BY_CODE, ever
from aviso.victims.visitor import PortalVisitor

LONGEST_NAME = 60


class Named(Frozen, frozen=True, kw_only=True):
    """A person whom a victim names, and where they are told."""

    holder: Holder
    channel: Channel
    address: str
    language: str
    street: str = ""  # compared with suspects' homes, and not stored
    postal_code: str = ""


def read_form(
    form: dict[str, str], languages: Sequence[str], texted: Sequence[str]
) -> tuple[Named | None, dict[str, str]]:
    """Check the typed form; return the person, or the errors by field.

    Args:
        form: `first_name`, `last_name`, `phone` or `email`, `language`, perhaps `street` and
            `postal_code`; `adult`, `apart` and `consent` must be yes.
        languages: the languages the agency writes in; the first is the default.
        texted: the regions that the agency texts.
    """
    first, last = (form.get(n, "").strip()[:LONGEST_NAME] for n in ("first_name", "last_name"))
    errors = {
        name: f"speak_{name}_missing"
        for name, given in (("first_name", first), ("last_name", last))
        if not given
    }
    ways = {channel: form.get(name, "").strip() for channel, name in WAYS.items()}
    given = [channel for channel, typed in ways.items() if typed]
    channel, address = given[0] if given else Channel.SMS, ""
    if len(given) != 1:
        errors["phone"] = "speak_one_way"
    else:
        name, parse = sign_up_form.PARSERS[channel]
        try:
            address = parse(ways[channel], texted)
        except EnrollmentInvalid as error:
            errors[name] = error.message
    for name in ("adult", "apart", "consent"):
        if form.get(name) != "yes":
            errors[name] = f"speak_{name}_missing"
    language = form.get("language", "")
    named = Named(
        holder=Holder(first_name=first, last_name=last),
        channel=channel,
        address=address,
        language=language if language in languages else languages[0],
        street=form.get("street", ""),
        postal_code=form.get("postal_code", ""),
    )
    return (None if errors else named), errors


WAYS = {Channel.SMS: "phone", Channel.EMAIL: "email"}


def name(session: Session, named: Named, visitor: PortalVisitor) -> bool:
    """Store whom a victim names: the question goes to them, and the victim's contacts are told.

    A suspect is stored too, or the answer would say who is one. The question to a person who is or
    may be one, or may live with one, waits for a member (docs/rules.md#23).

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
        EnrollmentInvalid: when the phone or email is the victim's own, or two are named already.
        TooOften: when too much was changed today, or ever.
    """
    self_service.need_code(session)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    case, victim = visited
    if representatives.is_own(case, victim, named.address):
        raise EnrollmentInvalid(WAYS[named.channel], "speak_own")
    person = representatives.as_person(named.holder, named.street, named.postal_code)
    near = representatives.lives_with_suspect(case, person)
    named = replace(named, holder=replace(named.holder, lives_with_suspect=near))
    record = self_service.record_of(session, Right.REPRESENTATIVE, Rights.REQUESTED, visitor)
    contact = contact_of(named, visitor.consent, session.level, session.root)

    def alter(enrollment: Enrollment) -> Enrollment:
        if ever(enrollment, by_code=True) >= EVER_BY_CODE or len(enrollment.requests) >= MOST:
            raise TooOften
        return added(enrollment, contact, record)

    limits = change_limits.on_change(case, victim, visitor)
    act = "representative_named"
    return self_service.change(session, act, alter, visitor, visited=visited, limits=limits)


def contact_of(named: Named, consent: Consent, level: str, root: str) -> EnrolledContact:
    """Return the contact of a person who is named; it is not one for the records system."""
    return EnrolledContact(
        id=secrets.token_hex(8),
        channel=named.channel,
        address=named.address,
        language=named.language,
        consent=consent,
        new_to_agency=False,
        level=level,
        root=root,
        holder=named.holder,
    )


def added(
    enrollment: Enrollment,
    contact: EnrolledContact,
    record: RequestRecord,
    *,
    desk_only: bool = False,
) -> Enrollment:
    """Return an enrollment with one more representative; one who is there already stays as is.

    Args:
        desk_only: whether only the desk's representatives are used. Then only these count, and
            somebody who is there by a code is replaced and asked again.

    Raises:
        EnrollmentInvalid: when there are as many as one victim can have.
    """
    at = contact.consent.at
    there = enrollment.representatives
    same = [c for c in there if (c.channel, c.address) == (contact.channel, contact.address)]
    if any(c.level == DESK or not desk_only for c in same):
        return enrollment
    count = [c for c in there if c not in same and (c.level == DESK or not desk_only)]
    if len(count) >= representatives.MOST_AT_ONCE:
        raise EnrollmentInvalid("last_name", "speak_too_many")
    before = tuple(
        replace(c, removed_at=at, removed_why=REPLACED) if c in same else c
        for c in enrollment.contacts
    )
    records = extended(enrollment.requests, replace(record, about=contact.id))
    return replace(enrollment, contacts=(*before, contact), requests=records)


def reported(case: Case, victim: Victim, visitor: PortalVisitor) -> list[Speaker]:
    """Return the records system's representatives whom a victim can end: who speaks for themself.

    Who is told in the place of a child, or of another victim who cannot act, is not theirs to end.
    """
    own = victim in spoken_for(case, victim, visitor.settings.today(visitor.now))
    return representatives.reported(case, victim) if own else []


def end(session: Session, id: str, visitor: PortalVisitor) -> bool:
    """End a representation at once: nothing more goes to that person.

    Args:
        id: of the contact of a person whom the victim named, or the origin of one whom the records
            system names.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
    """
    self_service.need_code(session)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    record = self_service.record_of(session, Right.REPRESENTATIVE, Rights.WAIVED, visitor)
    in_report = id in {speaker.origin for speaker in reported(*visited, visitor)}

    def alter(enrollment: Enrollment) -> Enrollment:
        if not in_report:
            return ended(enrollment, id, record)
        return replace(
            enrollment, requests=extended(enrollment.requests, replace(record, about=id))
        )

    return self_service.change(session, "representative_ended", alter, visitor, visited=visited)


def ended(enrollment: Enrollment, id: str, record: RequestRecord) -> Enrollment:
    """Return an enrollment without a representative; one who is not there changes nothing."""
    if not any(c.id == id for c in enrollment.representatives):
        return enrollment
    contacts = tuple(
        replace(c, removed_at=record.at, removed_why=ENDED) if c.id == id else c
        for c in enrollment.contacts
    )
    records = extended(enrollment.requests, replace(record, about=id))
    return replace(enrollment, contacts=contacts, requests=records)


def answer(token: str, agrees: bool, visitor: PortalVisitor) -> None:
    """Store a named person's yes or no as a record; saying it twice changes nothing.

    Raises:
        LinkRefused: when the token is not one of ours or too old, or the victim ended it.
        Conflict: when the hand-over is not recorded yet, or the enrollment keeps changing.
    """
    now = visitor.now
    notice, attempt = attempt_of(LinkPurpose.SPEAK, token)
    if now - attempt.at > representatives.ANSWER_WITHIN:
        raise LinkRefused
    case = cases.read_case(notice.case)
    before = case.enrollment_of(notice.victim)
    asked = next((c for c in before.representatives if c.id == notice.fact.subject), None)
    if not agrees and _declined(before, notice.fact.subject):
        return  # pressed again, perhaps because the first answer's page was lost
    if asked is None or asked.holder is None or representatives.suspected(case, asked):
        raise LinkRefused
    if agrees:
        holder = replace(asked.holder, agreed_at=asked.holder.agreed_at or now)
        said = replace(asked, holder=holder)
    else:
        said = replace(asked, removed_at=now, removed_why=DECLINED)
    if said == asked:
        return
    record = RequestRecord(
        right=Right.SPEAKING,
        answer=Rights.REQUESTED if agrees else Rights.WAIVED,
        at=now,
        place=AnsweredAt.LINK,
        proof=LINK,
        language=visitor.language,
        about=asked.id,
    )
    after = replace(
        before,
        contacts=tuple(said if c.id == asked.id else c for c in before.contacts),
        requests=extended(before.requests, record),
    )
    saves, deletes = enrollments.writes(changed(case, after, maker_of(now, visitor.settings)))
    entry = AuditEntry(
        at=now,
        actor=f"contact:{attempt.address_key[:12]}",
        action="representative_agreed" if agrees else "representative_declined",
        case=case.number,
        victim=notice.victim,
    )
    row = AuditRow(entry=entry, keep_days=visitor.settings.retention.audit)
    change(row, saves=saves, deletes=deletes)


def _declined(enrollment: Enrollment, id: str) -> bool:
    return any(c.id == id and c.removed_why == DECLINED for c in enrollment.contacts)
