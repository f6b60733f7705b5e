"""The stamp of a counted row: the cuts of its case by which every figure is shown.

Rows that are counted (notices, contacts, sign-ins, answers) get their stamp when they are written,
from the case that the writer has read in any case; it never changes. So counting needs no read, and
a recount gives the same figures after a case moved to another division.
"""

from typing import Self

from aviso.domain.model import Case
from aviso.domain.people import is_organization
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen

UNKNOWN = "unknown"
ENROLLED = "enrolled"
ORGANIZATION = "organization"  # the victim is one: counted apart from people
LONGEST = 40  # a division's name is text of the records system


class Stamp(Frozen, frozen=True, kw_only=True):
    """The cuts of every figure, and whether the victim had enrolled."""

    group: str = UNKNOWN  # the offense's group in the settings
    division: str = UNKNOWN  # as the records system writes it
    language: str = UNKNOWN  # the language the agency writes to the victim in
    enrolled: bool = False  # had a portal contact when the row was written
    organization: bool = False

    @property
    def text(self) -> str:
        """The stamp as one attribute."""
        parts = [
            self.group,
            self.division,
            self.language,
            ENROLLED if self.enrolled else "",
            ORGANIZATION if self.organization else "",
        ]
        return "|".join(parts).rstrip("|")

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the stamp in `text`; a row without one counts as unknown."""
        parts = text.split("|")
        parts += [""] * (5 - len(parts))
        group, division, language, enrolled, organization = parts[:5]
        return cls(
            group=group or UNKNOWN,
            division=division or UNKNOWN,
            language=language or UNKNOWN,
            enrolled=enrolled == ENROLLED,
            organization=organization == ORGANIZATION,
        )


def stamp_of(case: Case, victim_origin: str, settings: Settings) -> str:
    """Return the stamp of a row about this victim, from its case at this moment."""
    report, victim = case.report, case.victim(victim_origin)
    group = settings.offense_group(report.offense) if report else None
    given = case.enrollment_of(victim_origin).own_contacts  # a representative's is not a sign-up
    division = " ".join(report.division.replace("|", " ").split())[:LONGEST] if report else ""
    return Stamp(
        group=group.name if group else UNKNOWN,
        division=division or UNKNOWN,
        language=settings.language_for(victim.language if victim else ""),
        enrolled=any(c.consent.source == "portal" for c in given),
        organization=victim is not None and is_organization(victim),
    ).text
