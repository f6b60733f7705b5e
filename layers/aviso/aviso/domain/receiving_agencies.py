"""The agencies that get a victim's request, and the victim's consent to that. Pure.

A jail or a detention center needs the request to tell of a release, a prosecutor to tell of the
court. What they get is a hand-off: see `hand_offs`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from aviso.domain.text import duration
from aviso.domain.value import Frozen


class ReceiverKind(StrEnum):
    """What a receiving agency is."""

    JAIL = "jail"
    JUVENILE_DETENTION = "juvenile_detention"
    PROSECUTOR = "prosecutor"


class Purpose(StrEnum):
    """What a victim wants an agency to do with the request."""

    RELEASE = "release"  # tell of a release from custody
    COURT = "court"  # tell of the court


PURPOSES = {
    ReceiverKind.JAIL: Purpose.RELEASE,
    ReceiverKind.JUVENILE_DETENTION: Purpose.RELEASE,
    ReceiverKind.PROSECUTOR: Purpose.COURT,
}


class Receiver(Frozen, frozen=True, kw_only=True):
    """A receiving agency of the settings."""

    id: str
    kind: ReceiverKind
    name: Mapping[str, str]  # language code -> text
    email: str  # gets "something waits", without personal data
    deadline: timedelta  # for the confirmation
    consent_days: int  # a consent ends after this many days, if the victim does not end it before
    feed_names: tuple[str, ...] = ()  # as the arrest rows write it

    @property
    def purpose(self) -> Purpose:
        """What it does with a request."""
        return PURPOSES[self.kind]

    def is_named(self, words: str) -> bool:
        """Whether an arrest row's words name this agency."""
        known = {*self.feed_names, *self.name.values()}
        return words.strip().casefold() in {name.strip().casefold() for name in known}


class HandOffConsent(Frozen, frozen=True, kw_only=True):
    """A victim's consent that receiving agencies get the request and one contact."""

    id: str  # random; a changed consent is a new one
    contact: str  # the id of the contact to hand on, one that was left on the portal
    purposes: tuple[Purpose, ...]
    at: datetime
    version: str  # of the wording
    language: str
    until: date | None = None  # the last day, if the victim chose one
    ended_at: datetime | None = None  # the victim took it back

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """When it was given and taken back."""
        return self.at, self.ended_at


def receivers_of(raw: Mapping[str, Mapping[str, Any]]) -> tuple[Receiver, ...]:
    """Return the receiving agencies of the settings' plain data, by id."""
    return tuple(
        Receiver(
            id=id,
            kind=ReceiverKind(agency["kind"]),
            name=agency["name"],
            email=agency["email"],
            deadline=duration(agency["deadline"]),
            consent_days=agency["consent_days"],
            feed_names=tuple(agency.get("feed_names", ())),
        )
        for id, agency in raw.items()
    )


def names_by_purpose(receivers: Sequence[Receiver], language: str) -> dict[Purpose, list[str]]:
    """Return the agencies' names in a language, by what they do with a request."""
    found: dict[Purpose, list[str]] = {}
    for receiver in receivers:
        found.setdefault(receiver.purpose, []).append(receiver.name[language])
    return {purpose: found[purpose] for purpose in Purpose if purpose in found}


def named_in(language: str, words: str, receivers: Sequence[Receiver]) -> str:
    """Return an arrest row's agency as the settings name it in a language, else as the row does."""
    found = custodian(words, receivers) if words.strip() else None
    return found.name[language] if found else words


def custodian(words: str, receivers: Sequence[Receiver]) -> Receiver | None:
    """Return the agency that holds an arrested person, or None when a person must find out.

    An arrest row that names no agency means the only one of its kind. One that names an agency
    means that agency alone: another must never get what is not for it.

    Args:
        words: the agency's name in the arrest row.
        receivers: the receiving agencies of the kind that the arrest asks for.
    """
    fit = [r for r in receivers if not words.strip() or r.is_named(words)]
    return fit[0] if len(fit) == 1 else None
