"""The values of a case: its people, arrests, enrollments, audit entries and responses.

Times are timezone-aware UTC. Field names are the table's attribute names. No `repr` shows content.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from enum import Flag, StrEnum, auto
from typing import Any, Self

from msgspec import field

from aviso.domain.announcement import Announcement
from aviso.domain.receiving_agencies import HandOffConsent
from aviso.domain.requests import RequestRecord, Right, Rights, state_of
from aviso.domain.value import Frozen


class Channel(StrEnum):
    """How a notice reaches a person."""

    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


class Trait(Flag):
    """What a rule must know of a kind of notice, because it is not so of most."""

    NONE = 0
    UNLISTED = auto()  # the page for signing up need not name it
    TWO_PARTS = auto()  # a text must say what to do at once, so it may have two parts
    HARMLESS = auto()  # a column states it, but it could not warn a suspect
    ELSEWHERE = auto()  # the victim then waits for a court or a prosecutor: "no change" misleads
    OF_STATUS = auto()  # its news is the case's status, in the words of the settings


class Kind(StrEnum):
    """The kinds of notice; each has its own switch, channels and wording in the settings.

    They have the order in which the page for signing up lists them.
    """

    _value_: str
    rank: int  # what a person needs first. 0: it neither waits for other news nor is waited for
    traits: Trait
    column: str  # the column of the case row that states it, if one does; `_at` if it is a date

    def __new__(cls, word: str, *fields: Any) -> Self:
        """Make a kind that is its word."""
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.rank, kind.traits, kind.column = (*fields, "")[:3]
        return kind

    FIRST_CONTACT = "first_contact", 3, Trait.UNLISTED | Trait.TWO_PARTS
    REPORT_RECEIVED = "report_received", 4, Trait.UNLISTED
    ARREST = "arrest", 1, Trait.ELSEWHERE
    INITIAL_APPEARANCE = "initial_appearance", 2, Trait.ELSEWHERE
    WARRANT = "warrant", 6, Trait.TWO_PARTS, "warrant_at"
    STATUS_CHANGED = "status_changed", 9, Trait.OF_STATUS
    DETECTIVE_ASSIGNED = "detective_assigned", 5, Trait.HARMLESS, "assigned"
    SENT_TO_PROSECUTOR = "sent_to_prosecutor", 7, Trait.OF_STATUS | Trait.ELSEWHERE, "prosecutor_at"
    CASE_CLOSED = "case_closed", 11, Trait.OF_STATUS | Trait.TWO_PARTS
    CASE_REOPENED = "case_reopened", 8, Trait.OF_STATUS
    STILL_OPEN = "still_open", 10, Trait.OF_STATUS
    CORRECTION = "correction", 0, Trait.NONE
    ENROLLMENT_CONFIRMED = "enrollment_confirmed", 0, Trait.NONE
    CONTACT_CHANGED = "contact_changed", 0, Trait.NONE
    SURVEY = "survey", 0, Trait.NONE

    @property
    def fact(self) -> str:
        """How the key of its fact begins, if a column states it."""
        return self.column.removesuffix("_at")

    @property
    def early(self) -> bool:
        """Whether it could warn a suspect who may not know yet."""
        return bool(self.column) and Trait.HARMLESS not in self.traits


class Report(Frozen, frozen=True, kw_only=True):
    """The case's own row: the offense, the status and the person assigned."""

    number: str
    origin: str  # the number the case was first seen under: duty ids are made of it
    offense: str
    status: str = ""
    status_at: datetime | None = None
    reported_at: datetime | None = None
    division: str = ""
    assigned: str = ""  # the person assigned, as the agency writes the name
    assigned_at: datetime | None = None
    assigned_phone: str = ""
    assigned_email: str = ""
    warrant_at: datetime | None = None
    prosecutor_at: datetime | None = None  # when the case was sent to the prosecutor
    restricted: bool = False  # the feed's own flag
    removed: bool = False  # the records system deleted or sealed the case (docs/rules.md#12)
    restriction: str = ""  # each reason for which a rule restricted it: see `mark_restricted`
    desk_restriction: str = ""  # "restricted", or the reasons that a person lifted
    former_number: str = ""  # another case that this one may be: see `feed.aliases`
    alias_of: str = ""  # set on the row of a later number: the case's first one
    later_numbers: tuple[str, ...] = ()  # which lead here; each may have notices and notes
    undated: tuple[str, ...] = ()  # its date columns that cannot be read
    row_time: datetime | None = None
    export_time: datetime | None = None
    digest: str = ""
    first_seen: Mapping[str, datetime] = field(default_factory=dict)  # by fact key, written once


class Person(Frozen, frozen=True, kw_only=True):
    """The feed's data about a person on a case."""

    id: str
    origin: str  # the id the person was first seen under
    first_name: str = ""
    last_name: str = ""
    birth_date: date | None = None
    phone: str = ""  # E.164, empty when unknown or unusable
    phone_type: str = ""  # "landline" cannot receive texts; any other type may
    email: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    language: str = ""
    safe_to_contact: bool = True
    # That an officer told them: of which kinds of news, who, how and when (see `officers_word`).
    told_of: str = ""
    told_by: str = ""
    told_how: str = ""
    told_at: datetime | None = None
    removed: bool = False  # the agency took the person off the case
    row_time: datetime | None = None
    export_time: datetime | None = None
    digest: str = ""
    first_seen: datetime | None = None


class Victim(Person, frozen=True, kw_only=True):
    """A victim; others speak for minors, the incapacitated, the dead and organizations.

    What counts of a victim's standing: `victim_type`, `deceased`, `incapacitated`, the age, and
    whether `rights` is a waiver. A later row changes none of it by itself: see `standing`.
    """

    minor: bool | None = None  # None: unknown, so birth date or age decide
    age: int | None = None  # in years; None: unknown
    age_at: date | None = None  # the day on which `age` was right
    birth_date_unreadable: bool = False  # one is on file but unreadable: maybe a minor's
    deceased: bool = False
    incapacitated: bool = False  # cannot act, so that others speak
    differs: tuple[str, ...] = ()  # the words that the records system's latest row says otherwise
    confidential_address: bool = False  # Address Confidentiality Program: substitute address only
    rights: Rights = Rights.UNANSWERED
    relationship: str = ""  # to the suspect or suspects, as the feed writes it
    victim_type: str = ""  # organization, public or unknown; empty: a person
    desk_unsafe: tuple[str, ...] = ()  # contacts a person marked unsafe
    desk_unsafe_at: datetime | None = None  # when a phone or an email was last marked unsafe
    desk_home: tuple[str, ...] = ()  # street, city, region, postal code that a person entered
    desk_home_at: datetime | None = None  # when it changed, or a home was marked: codes end
    overruled: tuple[str, ...] = ()  # those of `differs` that a supervisor decided about
    judged_at: datetime | None = None  # when one decided last what counts
    answers: tuple[str, ...] = ()  # every value that `rights` had: see `request_history`


class Suspect(Person, frozen=True, kw_only=True):
    """A suspect; stored so that no notice reaches them."""

    past_contacts: tuple[str, ...] = ()  # every phone and email of any row: still a suspect's
    past_homes: tuple[str, ...] = ()  # the homes of other rows: street, line break, postal code
    unreadable_contact: bool = False  # a contact is on file but unreadable, or one was lost
    desk_cleared: str = ""  # the `entry` that a supervisor marked as wrong

    @property
    def entry(self) -> str:
        """A hash of what a person judges: the feed's data, each contact and home of any row."""
        known = {self.phone, self.email, *self.past_contacts, *self.past_homes} - {""}
        return hashlib.sha256("|".join((self.digest, *sorted(known))).encode()).hexdigest()

    @property
    def cleared(self) -> bool:
        """Whether a person said that this entry names no suspect; a changed entry is a new one."""
        return self.desk_cleared != "" and self.desk_cleared == self.entry


class Speaker(Person, frozen=True, kw_only=True):
    """A person whom the feed names as speaking for a victim."""

    victim: str  # the victim's id as the feed writes it
    relation: str = "representative"  # guardian, next_of_kin or representative


class Arrest(Frozen, frozen=True, kw_only=True):
    """An arrest on the case, and the initial appearance that follows it."""

    id: str
    origin: str
    suspect: str  # the suspect's id as the feed writes it
    arrested_at: datetime | None = None
    juvenile: bool = False
    custody_agency: str = ""
    custody_phone: str = ""
    appearance_at: datetime | None = None
    appearance_time_known: bool = True  # False: the feed gave a day and no time of it
    appearance_place: str = ""
    withdrawn_at: datetime | None = None
    withdrawals: int = 0  # how often it was withdrawn: a reinstated arrest is a new fact
    undated: tuple[str, ...] = ()  # as a report's
    row_time: datetime | None = None
    export_time: datetime | None = None
    digest: str = ""
    first_seen: Mapping[str, datetime] = field(default_factory=dict)


class Consent(Frozen, frozen=True, kw_only=True):
    """A person's consent: which wording, when and how."""

    version: str
    at: datetime
    language: str
    source: str  # portal, report, desk


class Holder(Frozen, frozen=True, kw_only=True):
    """Whose contact it is, when a victim named another person to speak for them."""

    first_name: str
    last_name: str
    agreed_at: datetime | None = None  # until then they get only the question
    lives_with_suspect: bool = False  # perhaps, by the home that was typed and is not stored


class EnrolledContact(Frozen, frozen=True, kw_only=True):
    """A phone or an email that a victim left on the portal: their own, or a representative's."""

    id: str  # random; notices about this contact name it by this id, never by its address
    channel: Channel
    address: str
    language: str
    consent: Consent
    safe: bool = True
    new_to_agency: bool = True  # not on file with the report when it was left
    level: str = "knowledge"  # how the giver was verified: see `contacts`
    root: str = ""  # which contact's code let it in: see `changes`
    giver: str = ""  # origin id of the guardian who gave it for a minor, if known
    holder: Holder | None = None  # the representative whose it is; see `representatives`
    first: bool = False  # the contact with which its victim enrolled
    first_by_visit: bool = False  # the first left during a visit, not before the report came
    stamp: str = ""  # see `report_dimensions`
    tied_at: datetime | None = None  # when it joined its case, if left before the report came
    removed_at: datetime | None = None
    removed_why: str = ""

    @property
    def added_at(self) -> datetime:
        """When the case got this contact: after the consent if it was left before the report."""
        return self.tied_at or self.consent.at

    @property
    def active(self) -> bool:
        """Whether nobody has removed the contact."""
        return self.removed_at is None


class ContactPlan(Frozen, frozen=True, kw_only=True):
    """How a victim of a restricted case agreed to hear of news by itself: see `contact_plans`."""

    address: str  # a phone or email of hers
    language: str
    kinds: tuple[str, ...]  # of news that may go there
    days: tuple[int, ...]  # 0: Monday
    from_hour: int  # on the agency's clock
    to_hour: int  # the first hour that is too late; 24: midnight
    answers: str  # who answers that phone, as she said
    until: date  # the last day
    # What the desk and the contact's holder add.
    id: str = ""  # random; the question to its contact is named by it
    made_at: datetime | None = None
    made_by: str = ""  # the member who agreed it with her
    basis: str = ""  # what a member saw who last looked: see `basis_of`; empty: it changed since
    seen_at: datetime | None = None  # when a second member last looked
    confirmed_at: datetime | None = None  # by a link that went to its contact
    declined_at: datetime | None = None  # by such a link; then a member asks her, and ends it
    ended_at: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether a member ended it, or its contact said no."""
        return (self.ended_at or self.declined_at) is not None

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """When it was made and changed."""
        return self.made_at, self.seen_at, self.confirmed_at, self.declined_at, self.ended_at


class Enrollment(Frozen, frozen=True, kw_only=True):
    """One victim's contacts, requests and lock on the portal; empty when there is none."""

    victim: str  # the victim's origin id
    contacts: tuple[EnrolledContact, ...] = ()
    requests: tuple[RequestRecord, ...] = ()  # never changed, the earliest first
    locked_at: datetime | None = None  # since then only the holder of a code may see the case
    lock_at: datetime | None = None  # last lock or unlock: the contacts hear of it
    not_told_at: datetime | None = None  # the victim said that until then no officer told them
    disowned: Mapping[str, datetime] = field(default_factory=dict)  # "not me": address key -> when
    given_back: Mapping[str, datetime] = field(default_factory=dict)  # usable again: likewise
    hand_off: HandOffConsent | None = None  # None: never asked for
    plan: ContactPlan | None = None  # the latest one
    changes: tuple[Announcement, ...] = ()  # the earliest first
    version: int = 0  # 0: not stored

    @property
    def active_contacts(self) -> tuple[EnrolledContact, ...]:
        """The contacts that nobody has removed."""
        return tuple(c for c in self.contacts if c.active)

    @property
    def representatives(self) -> tuple[EnrolledContact, ...]:
        """The contacts of those whom the victim named to speak for them."""
        return tuple(contact for contact in self.active_contacts if contact.holder)

    @property
    def own_contacts(self) -> tuple[EnrolledContact, ...]:
        """The active contacts that are the victim's own."""
        return tuple(contact for contact in self.active_contacts if not contact.holder)

    @property
    def usable_contacts(self) -> tuple[EnrolledContact, ...]:
        """The active contacts that are safe."""
        return tuple(contact for contact in self.active_contacts if contact.safe)

    @property
    def rights(self) -> Rights:
        """The answer about news that was given on the portal or at the desk."""
        return state_of(self.requests, Right.NEWS)

    @property
    def rights_at(self) -> datetime | None:
        """When it was given."""
        return max((r.at for r in self.requests if r.right is Right.NEWS), default=None)


class Case(Frozen, frozen=True, kw_only=True):
    """The whole case, as one consistent read of its partition returns it."""

    number: str
    report: Report | None = None
    victims: tuple[Victim, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    former_speakers: tuple[Speaker, ...] = ()  # nobody tells them, but one may be a suspect
    arrests: tuple[Arrest, ...] = ()
    enrollments: tuple[Enrollment, ...] = ()

    @property
    def origin(self) -> str:
        """The number that duty ids are made of, the same under every later number."""
        return self.number

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that the case has or had, the first one first."""
        return (self.number, *(self.report.later_numbers if self.report else ()))

    @property
    def shown(self) -> str:
        """The number that the records system has for it now."""
        return self.report.number if self.report else self.number

    @property
    def suspected(self) -> tuple[Suspect, ...]:
        """The suspects, without the entries that a person marked as wrong."""
        return tuple(suspect for suspect in self.suspects if not suspect.cleared)

    def victim(self, origin: str) -> Victim | None:
        """Return the victim first seen under this id, if still on the case."""
        return next((v for v in self.victims if v.origin == origin), None)

    def enrollment_of(self, victim_origin: str) -> Enrollment:
        """Return this victim's enrollment on the portal, an empty one if there is none."""
        found = (e for e in self.enrollments if e.victim == victim_origin)
        return next(found, None) or Enrollment(victim=victim_origin)

    def speakers_for(self, victim: Victim) -> tuple[Speaker, ...]:
        """Return the people whom the feed names as speaking for this victim."""
        return tuple(s for s in self.speakers if s.victim == victim.id)


class AuditEntry(Frozen, frozen=True, kw_only=True):
    """Who saw or changed what; audit rows are never changed, and deleted only by retention."""

    at: datetime
    actor: str  # "visit:<start of the session's key>", "visitor" or a staff member's id
    action: str
    case: str
    victim: str = ""
    origin: str = ""  # the case's origin number, where a row is counted
    stamp: str = ""  # see `report_dimensions`
    subject: str = ""  # another subject: a staff account's id, a print run
