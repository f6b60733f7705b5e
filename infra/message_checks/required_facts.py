"""What a message must tell, as values that must be found in it.

`tells` in a law's `kinds.yaml` lists what the law asks for, by the names of FACTS.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aviso.domain.model import Kind
from infra.message_checks.samples import Sample

type Fact = tuple[str, str]  # what it is, and the value


def missing(
    kind: Kind, sample: Sample, email: str, letter: str, asked: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Find what an email or a letter of this kind fails to tell.

    Args:
        kind: the kind of notice.
        sample: what it tells of.
        email: the email's text.
        letter: the letter's text.
        asked: what the law asks for, by kind, as `state_law.asked_of_kinds` returns it.
    """
    law = asked.get(kind, {})
    for name in law.get("tells", ()):
        for what, value in FACTS[name](sample):
            for channel, text in (("email", email), ("letter", letter)):
                if value not in text:
                    yield f"{channel}: lacks {what} ({law['clause']})"
    if kind is Kind.DETECTIVE_ASSIGNED and sample.facts.assigned not in letter:
        yield "letter: lacks the detective"
    if kind is Kind.SENT_TO_PROSECUTOR:
        phone = sample.settings.prosecutor_phone
        yield from (
            f"{channel}: lacks the prosecutor's phone"
            for channel, text in (("email", email), ("letter", letter))
            if phone not in text
        )


def _custodian(sample: Sample) -> Iterator[Fact]:
    facts, settings = sample.facts, sample.settings
    default = settings.juvenile_phone if facts.juvenile else settings.custody_phone
    yield "the custodial agency's phone", facts.custody_phone or default


def _appearance(sample: Sample) -> Iterator[Fact]:
    facts = sample.facts
    yield "the place of the appearance", facts.appearance_place
    if facts.appearance_at:
        local = facts.appearance_at.astimezone(sample.settings.agency.zone)
        yield "the date of the appearance", str(local.year)
        yield "the day of the appearance", f" {local.day}"
        yield "the time of the appearance", f"{local.hour % 12 or 12}:{local.minute:02}"


FACTS: Mapping[str, Callable[[Sample], Iterator[Fact]]] = {
    "agency_phone": lambda sample: iter([("the agency's phone", sample.settings.agency.phone)]),
    "jail_phones": lambda sample: iter(
        [
            ("the jail's phone", sample.settings.custody_phone),
            ("the detention center's phone", sample.settings.juvenile_phone),
        ]
    ),
    "resources": lambda sample: (
        ("a place to get help", place.phone) for place in sample.settings.resources
    ),
    "custodian_phone": _custodian,
    "appearance": _appearance,
}
