"""Victims' choices on the portal: enrollments, and the rows by which the desk finds contacts.

An enrollment is two rows, written in one transaction under the version of the first.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import json
from msgspec.structs import asdict, replace

from aviso.domain.announcement import Announcement
from aviso.domain.contacts import KNOWLEDGE
from aviso.domain.model import Channel, Consent, EnrolledContact, Enrollment, Holder
from aviso.domain.receiving_agencies import HandOffConsent, Purpose
from aviso.domain.representatives import as_person
from aviso.domain.requests import AnsweredAt, RequestRecord, Right, Rights, extended
from aviso.domain.row_size import within_room
from aviso.domain.value import Frozen
from aviso.storage import name_hashes
from aviso.storage.case_items import (
    ChoicesItem,
    ContactItem,
    ContactMap,
    EnrollmentItem,
    HandOffMap,
    RequestMap,
    partition,
    touched_shard,
)
from aviso.storage.model_calls import transaction
from aviso.storage.tables import Write, conflict_if_changed


def enrollment_of(
    values: Mapping[str, Any], choices: Mapping[str, Any] | None = None
) -> Enrollment:
    """Return the enrollment of an item's values, by attribute.

    Args:
        choices: those of the same victim's `ChoicesItem`, if there is one.
    """
    more = choices or {}
    contacts = (*(values.get("contacts") or ()), *(more.get("named") or ()))
    return Enrollment(
        victim=values["victim"],
        contacts=tuple(_contact_of(c.attribute_values) for c in contacts),
        requests=_requests_of(values, more.get("requests") or ()),
        locked_at=values.get("locked_at"),
        lock_at=values.get("lock_at"),
        disowned=values.get("disowned") or {},
        given_back=values.get("given_back") or {},
        hand_off=_hand_off_of(more.get("hand_off")),
        changes=tuple(json.decode(text, type=Announcement) for text in values.get("changes") or ()),
        version=int(values.get("version") or 0),
    )


def _requests_of(
    values: Mapping[str, Any], stored: Iterable[RequestMap]
) -> tuple[RequestRecord, ...]:
    records = tuple(_request_of(item.attribute_values) for item in stored)
    answer = Rights(values.get("rights") or Rights.UNANSWERED)
    at = values.get("rights_at")
    last = max((r.at for r in records if r.right is Right.NEWS), default=None)
    if answer is Rights.UNANSWERED or at is None or (last is not None and at <= last):
        return records
    given = RequestRecord(
        right=Right.NEWS, answer=answer, at=at, place=AnsweredAt.PORTAL, proof=KNOWLEDGE
    )
    return extended(records, given)


def _request_of(values: Mapping[str, Any]) -> RequestRecord:
    known = {name: value for name, value in values.items() if value is not None}
    return RequestRecord(
        **known
        | {
            "right": Right(values["right"]),
            "answer": Rights(values["answer"]),
            "place": AnsweredAt(values["place"]),
        }
    )


def _hand_off_of(stored: HandOffMap | None) -> HandOffConsent | None:
    if stored is None:
        return None
    values = stored.attribute_values
    return HandOffConsent(
        id=values["id"],
        contact=values["contact"],
        purposes=tuple(Purpose(word) for word in values["purposes"] if word in set(Purpose)),
        at=values["at"],
        version=values["version"],
        language=values["language"],
        until=values.get("until"),
        ended_at=values.get("ended_at"),
    )


def _contact_of(values: Mapping[str, Any]) -> EnrolledContact:
    return EnrolledContact(
        id=values["id"],
        channel=Channel(values["channel"]),
        address=values["address"],
        language=values["language"],
        consent=Consent(
            version=values["consent_version"],
            at=values["consent_at"],
            language=values["consent_language"],
            source=values["consent_source"],
        ),
        safe=values["safe"],
        new_to_agency=values["new_to_agency"],
        level=values["level"],
        root=values.get("root") or "",
        giver=values.get("giver") or "",
        holder=_holder_of(values),
        first=bool(values.get("first")),
        first_by_visit=bool(values.get("first_by_visit")),
        stamp=values.get("stamp") or "",
        tied_at=values.get("tied_at"),
        removed_at=values.get("removed_at"),
        removed_why=values.get("removed_why") or "",
    )


def _holder_of(values: Mapping[str, Any]) -> Holder | None:
    if not values.get("holder_last"):
        return None
    return Holder(
        first_name=values.get("holder_first") or "",
        last_name=values["holder_last"],
        agreed_at=values.get("agreed_at"),
        lives_with_suspect=bool(values.get("lives_with_suspect")),
    )


def enrollment_item(number: str, enrollment: Enrollment) -> EnrollmentItem:
    """Return the item of an enrollment; its row time is the victim's last change."""
    changed = _changed_at(enrollment)
    return EnrollmentItem(
        partition(number),
        f"ENROLLMENT#{enrollment.victim}",
        victim=enrollment.victim,
        row_time=changed,
        touched_in=touched_shard(number) if changed else None,
        touched_at=changed,
        contacts=[_contact_map(c) for c in enrollment.contacts if not c.holder],
        rights=enrollment.rights.value,
        rights_at=enrollment.rights_at,
        locked_at=enrollment.locked_at,
        lock_at=enrollment.lock_at,
        disowned=dict(enrollment.disowned) or None,
        given_back=dict(enrollment.given_back) or None,
        changes=_changes(enrollment) or None,
        version=enrollment.version,
    )


def _changes(enrollment: Enrollment) -> list[str]:
    """Return the changes that the row has room for, the earliest first.

    Those that can silence the victim are dropped last: a supervisor may still have to look.
    """
    texts = {change: json.encode(change).decode() for change in reversed(enrollment.changes)}
    kept = set(within_room(texts[change] for change in sorted(texts, key=lambda c: not c.asks)))
    return [texts[change] for change in enrollment.changes if texts[change] in kept]


def choices_item(number: str, enrollment: Enrollment) -> ChoicesItem:
    """Return the item of what an enrollment's own does not have."""
    requests = [
        RequestMap(  # type: ignore[no-untyped-call]  # pynamodb's own
            **{name: value or None for name, value in asdict(record).items()}
        )
        for record in enrollment.requests
    ]
    return ChoicesItem(
        partition(number),
        f"CHOICES#{enrollment.victim}",
        victim=enrollment.victim,
        named=[_contact_map(c) for c in enrollment.contacts if c.holder] or None,
        requests=requests or None,
        hand_off=_hand_off_map(enrollment.hand_off) if enrollment.hand_off else None,
    )


def _changed_at(enrollment: Enrollment) -> datetime | None:
    times = [t for c in enrollment.contacts for t in (c.added_at, c.removed_at)]
    times += [c.holder.agreed_at for c in enrollment.contacts if c.holder]
    times += [enrollment.locked_at, enrollment.lock_at, *(r.at for r in enrollment.requests)]
    times += [change.at for change in enrollment.changes]
    times += [*enrollment.disowned.values(), *enrollment.given_back.values()]
    times += [t for c in (enrollment.hand_off,) if c for t in (c.at, c.ended_at)]
    return max((t for t in times if t), default=None)


def _contact_map(c: EnrolledContact) -> ContactMap:
    return ContactMap(  # type: ignore[no-untyped-call]  # pynamodb's own
        id=c.id,
        channel=c.channel.value,
        address=c.address,
        language=c.language,
        consent_version=c.consent.version,
        consent_at=c.consent.at,
        consent_language=c.consent.language,
        consent_source=c.consent.source,
        safe=c.safe,
        new_to_agency=c.new_to_agency,
        level=c.level,
        root=c.root or None,
        giver=c.giver or None,
        holder_first=(c.holder and c.holder.first_name) or None,
        holder_last=c.holder and c.holder.last_name,
        agreed_at=c.holder and c.holder.agreed_at,
        lives_with_suspect=(c.holder and c.holder.lives_with_suspect) or None,
        first=c.first or None,
        first_by_visit=c.first_by_visit or None,
        stamp=c.stamp or None,
        tied_at=c.tied_at,
        removed_at=c.removed_at,
        removed_why=c.removed_why or None,
    )


def _hand_off_map(consent: HandOffConsent) -> HandOffMap:
    return HandOffMap(  # type: ignore[no-untyped-call]  # pynamodb's own
        id=consent.id,
        contact=consent.contact,
        purposes=[str(purpose) for purpose in consent.purposes],
        at=consent.at,
        version=consent.version,
        language=consent.language,
        until=consent.until,
        ended_at=consent.ended_at,
    )


def contact_item(number: str, victim: str, contact: EnrolledContact) -> ContactItem:
    """Return the row by which the desk finds an enrolled contact, and exports a new one."""
    sms, holder = contact.channel is Channel.SMS, contact.holder
    surname, name = name_hashes.of_named(as_person(holder)) if holder else (None, None)
    return ContactItem(
        partition(number),
        _contact_key(contact),
        victim=victim,
        phone=contact.address if sms else None,
        email=None if sms else contact.address,
        task=ContactItem.NEW if contact.new_to_agency and contact.safe else None,
        at=contact.added_at,
        surname_key=surname,
        name_key=name,
    )


def _contact_key(contact: EnrolledContact) -> str:
    return f"CONTACT#{contact.id}"


def added(now: Enrollment, before: Enrollment) -> list[EnrolledContact]:
    """Return the contacts that an enrollment has now and did not have before."""
    known = {contact.id for contact in before.contacts}
    return [contact for contact in now.contacts if contact.id not in known]


def taken_off(now: Enrollment, before: Enrollment) -> list[EnrolledContact]:
    """Return the contacts that an enrollment had before and that are removed now."""
    removed = {contact.id for contact in now.contacts if not contact.active}
    return [contact for contact in before.active_contacts if contact.id in removed]


class EnrollmentChange(Frozen, frozen=True, kw_only=True):
    """What a victim's enrollment becomes, from the version that was read."""

    number: str  # the case's
    before: Enrollment
    after: Enrollment


def writes(
    change: EnrollmentChange, *, new_contacts: bool = True
) -> tuple[list[Write], list[Write]]:
    """Return the writes that store an enrollment over the version that was read.

    Args:
        new_contacts: added contacts are new, so the desk must find and export them; False for an
            enrollment that only moves to another number.

    Raises:
        ValueError: when a record of a request was changed or is missing: it is there for good.
    """
    number, enrollment, replaces = change.number, change.after, change.before
    if not set(replaces.requests) <= set(enrollment.requests):
        raise ValueError("a record of a request is never changed or removed")
    unchanged = (
        EnrollmentItem.version == replaces.version
        if replaces.version
        else EnrollmentItem.pk.does_not_exist()
    )
    given = added(enrollment, replaces) if new_contacts else []
    saves: list[Write] = [
        (enrollment_item(number, replace(enrollment, version=replaces.version + 1)), unchanged),
        *((contact_item(number, enrollment.victim, c), None) for c in given),
    ]
    if _choices(enrollment) != _choices(replaces):
        saves.append((choices_item(number, enrollment), None))
    gone = taken_off(enrollment, replaces)
    return saves, [(ContactItem(partition(number), _contact_key(c)), None) for c in gone]


def _choices(enrollment: Enrollment) -> tuple[Any, ...]:
    """Return what is in the second row of an enrollment."""
    named = tuple(c for c in enrollment.contacts if c.holder)
    return named, enrollment.requests, enrollment.hand_off


def write_enrollment(
    number: str,
    enrollment: Enrollment,
    replaces: Enrollment | None = None,
    *,
    new_contacts: bool = False,
) -> None:
    """Store an enrollment over the version that was read, None when it is new; see `writes`.

    Raises:
        Conflict: when it changed since it was read; read again and repeat the change.
    """
    before = replaces or Enrollment(victim=enrollment.victim)
    change = EnrollmentChange(number=number, before=before, after=enrollment)
    saves, deletes = writes(change, new_contacts=new_contacts)
    with conflict_if_changed("the enrollment changed since it was read"), transaction() as write:
        for item, condition in saves:
            write.save(item, condition=condition)
        for item, condition in deletes:
            write.delete(item, condition=condition)
