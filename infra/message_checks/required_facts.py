"""What the law wants told with each event, as values that must be found in the message.

Its rows follow the table of `docs/notices.md`; CODE is not law, so it is not here.
"""

from collections.abc import Iterator

from aviso.domain.model import Kind
from infra.message_checks.samples import Sample


def missing(kind: Kind, sample: Sample, email: str, letter: str) -> Iterator[str]:
    """Find what an email or a letter of this kind fails to tell."""
    for statute, what, value in _wanted(kind, sample):
        for channel, text in (("email", email), ("letter", letter)):
            if value not in text:
                yield f"{channel}: lacks {what} ({statute})"
    if kind is Kind.DETECTIVE_ASSIGNED and sample.facts.assigned not in letter:
        yield "letter: lacks the detective (A.R.S. 41-2414)"


def _wanted(kind: Kind, sample: Sample) -> Iterator[tuple[str, str, str]]:
    facts, settings = sample.facts, sample.settings
    if kind is Kind.FIRST_CONTACT:
        law = "A.R.S. 13-4405(A), 8-386(A)"
        yield law, "the agency's phone", settings.agency.phone
        yield law, "the jail's phone", settings.custody_phone
        yield law, "the detention center's phone", settings.juvenile_phone
        for resource in settings.resources:
            yield law, "a place to get help", resource.phone
    elif kind in (Kind.ARREST, Kind.INITIAL_APPEARANCE):
        law = "A.R.S. 8-386.01(C)" if facts.juvenile else "A.R.S. 13-4405.01(C)"
        default = settings.juvenile_phone if facts.juvenile else settings.custody_phone
        yield law, "the custodial agency's phone", facts.custody_phone or default
        yield law, "the place of the appearance", facts.appearance_place
        if facts.appearance_at:
            local = facts.appearance_at.astimezone(settings.agency.zone)
            yield law, "the date of the appearance", str(local.year)
            yield law, "the day of the appearance", f" {local.day}"
            yield law, "the time of the appearance", f"{local.hour % 12 or 12}:{local.minute:02}"
    elif kind is Kind.SENT_TO_PROSECUTOR:
        yield "A.R.S. 41-2414", "the prosecutor's phone", settings.prosecutor_phone
