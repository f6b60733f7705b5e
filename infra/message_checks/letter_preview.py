"""Every letter as it leaves the printer, for `aviso preview`: build/preview/letters.pdf."""

from collections.abc import Iterator
from datetime import date
from itertools import cycle
from pathlib import Path

from jinja2 import Environment

from aviso.content.messages import Letter, render
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings
from aviso.letters import pdf
from infra.message_checks.samples import CODE, NAME, Sample, samples

ADDRESSES = (
    (NAME.upper(), "12 E PIMA ST", "SONORA WELLS AZ 85701"),
    (
        "MARÍA DE LOS ÁNGELES HERNÁNDEZ-ARRIAGA Y VILLASEÑOR",
        "1200 S AVENIDA DE LOS NIÑOS HÉROES DE CHAPULTEPEC APT 1204",
        "SONORA WELLS AZ 85701-1234",
    ),
)


def write(path: Path, environment: Environment, settings: Settings) -> None:
    """Write every variant of every kind in every language, with addresses short and long."""
    pairs = ((kind, sample) for kind in Kind for sample in samples(kind, settings))
    with path.open("wb") as out:
        mails = _mails(pairs, environment, settings)
        pdf.render(mails, settings, out, environment)


def _mails(
    pairs: Iterator[tuple[Kind, Sample]], environment: Environment, settings: Settings
) -> Iterator[pdf.Mail]:
    addresses = cycle(ADDRESSES)
    for kind, sample in pairs:
        for language in settings.agency.languages:
            text = render(
                kind,
                Channel.LETTER,
                language,
                sample.facts,
                sample.settings,
                environment=environment,
            )
            if isinstance(text, Letter):
                yield pdf.Mail(
                    address=next(addresses),
                    language=language,
                    title=text.title,
                    parts=text.parts,
                    day=date(2026, 11, 24),
                    portal_url=sample.facts.portal_url,
                    code=CODE,
                    code_until=date(2026, 12, 4),
                )
