"""Victims' choices on the portal: enrollments, and the rows by which the desk finds contacts.

An enrollment is two rows, written in one transaction under the version of the first.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import json
from msgspec.structs import replace

from aviso.domain.announcement import Announcement
from aviso.domain.contacts import KNOWLEDGE
from aviso.domain.model import Channel, Consent, ContactPlan, EnrolledContact, Enrollment
from aviso.domain.receiving_agencies import HandOffConsent, Purpose
from aviso.domain.representatives import as_person
from aviso.domain.requests import AnsweredAt, RequestRecord, Right, Rights, extended
from aviso.domain.row_size import within_room
from aviso.domain.value import Frozen
from aviso.storage import name_hashes
from aviso.storage.case_items import (
    ChoicesItem,
    ContactItem,
    EnrollmentItem,
    partition,
    touched_shard,
)
from aviso.storage.codec import fields_of, value_of
from aviso.storage.model_calls import transaction
from aviso.storage.tables import Write, conflict_if_changed

# The attributes of a contact's map that are its holder's, with their fields.
HOLDER = {
    "holder_first": "first_name",
    "holder_last": "last_name",
    "agreed_at": "agreed_at",
    "lives_with_suspect": "lives_with_suspect",
}


def enrollment_of(
    values: Mapping[str, Any], choices: Mapping[str, Any] | None = None
) -> Enrollment:
    """Return the enrollment of an item's values, by attribute.

    Args:
        choices: those of the same victim's `ChoicesItem`, if there is one.
    """
    more = choices or {}
    contacts = (*(values.get("contacts") or ()), *(more.get("named") or ()))
    return value_of(
        Enrollment,
        values,
        contacts=[_contact_of(stored) for stored in contacts],
        requests=_requests_of(values, more.get("requests") or ()),
        hand_off=_hand_off_of(more.get("hand_off")),
        plan=value_of(ContactPlan, more["plan"]) if more.get("plan") else None,
        changes=[json.decode(text, type=Announcement) for text in values.get("changes") or ()],
    )


def _requests_of(
    values: Mapping[str, Any], stored: Iterable[Mapping[str, Any]]
) -> tuple[RequestRecord, ...]:
    records = tuple(value_of(RequestRecord, record) for record in stored)
    answer = Rights(values.get("rights") or Rights.UNANSWERED)
    last = max((r.at for r in records if r.right is Right.NEWS), default=None)
    if answer is Rights.UNANSWERED or values.get("rights_at") is None:
        return records
    given = value_of(
        RequestRecord,
        {"right": Right.NEWS, "answer": answer, "place": AnsweredAt.PORTAL, "proof": KNOWLEDGE},
        at=values["rights_at"],
    )
    return extended(records, given) if last is None or given.at > last else records


def _hand_off_of(stored: Mapping[str, Any] | None) -> HandOffConsent | None:
    if stored is None:
        return None
    purposes = [word for word in stored["purposes"] if word in Purpose]
    return value_of(HandOffConsent, stored, purposes=purposes)


def _contact_of(stored: Mapping[str, Any]) -> EnrolledContact:
    consent = {name: stored[f"consent_{name}"] for name in Consent.__struct_fields__}
    holder = {field: stored[name] for name, field in HOLDER.items() if name in stored}
    return value_of(EnrolledContact, stored, consent=consent, holder=holder or None)


def _stored_contact(contact: EnrolledContact) -> dict[str, Any]:
    """Return a contact's map: it has the fields of its consent and of its holder, too."""
    holder = fields_of(contact.holder) if contact.holder else {}
    return {
        **fields_of(contact),
        **{name: getattr(contact, name) for name in ("safe", "new_to_agency", "level")},
        **{f"consent_{name}": value for name, value in fields_of(contact.consent).items()},
        **{name: holder.get(field) for name, field in HOLDER.items()},
        **dict.fromkeys(("consent", "holder")),
    }


def enrollment_item(number: str, enrollment: Enrollment) -> EnrollmentItem:
    """Return the item of an enrollment; its row time is the victim's last change."""
    changed = _changed_at(enrollment)
    return EnrollmentItem(
        partition(number),
        f"ENROLLMENT#{enrollment.victim}",
        **fields_of(enrollment)
        | {
            "row_time": changed,
            "touched_in": touched_shard(number) if changed else None,
            "touched_at": changed,
            "contacts": [_stored_contact(c) for c in enrollment.contacts if not c.holder],
            "rights": enrollment.rights,
            "rights_at": enrollment.rights_at,
            "changes": _changes(enrollment) or None,
            "version": enrollment.version,
        }
        | dict.fromkeys(("requests", "hand_off", "plan")),
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
    return ChoicesItem(
        partition(number),
        f"CHOICES#{enrollment.victim}",
        victim=enrollment.victim,
        named=[_stored_contact(c) for c in enrollment.contacts if c.holder] or None,
        requests=[fields_of(record) for record in enrollment.requests] or None,
        hand_off=fields_of(enrollment.hand_off) if enrollment.hand_off else None,
        plan=fields_of(enrollment.plan) if enrollment.plan else None,
    )


def let_rest(number: str, enrollment: Enrollment) -> None:
    """Record that something changed since a member looked at a victim's plan.

    Raises:
        Conflict: when the plan is another by now.
    """
    plan = enrollment.plan
    assert plan is not None, "only a plan can rest"
    item = ChoicesItem(partition(number), f"CHOICES#{enrollment.victim}")
    rests = ChoicesItem.plan.set(fields_of(replace(plan, basis="")))
    with conflict_if_changed("the plan is another by now"):
        item.update([rests], condition=ChoicesItem.plan == fields_of(plan))


def _changed_at(enrollment: Enrollment) -> datetime | None:
    times = [t for c in enrollment.contacts for t in (c.added_at, c.removed_at)]
    times += [c.holder.agreed_at for c in enrollment.contacts if c.holder]
    times += [enrollment.locked_at, enrollment.lock_at, enrollment.not_told_at]
    times += [record.at for record in enrollment.requests]
    times += [change.at for change in enrollment.changes]
    times += [*enrollment.disowned.values(), *enrollment.given_back.values()]
    times += [t for one in (enrollment.hand_off, enrollment.plan) if one for t in one.times]
    return max((t for t in times if t), default=None)


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
    return named, enrollment.requests, enrollment.hand_off, enrollment.plan


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
