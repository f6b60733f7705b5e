"""Messages as their receivers read them: rendered from one case's facts, in a language."""

from datetime import UTC, datetime

from aviso.content import markup, messages
from aviso.content.messages import Email, Letter, MessageFacts, Sms
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings

PORTAL = "https://aviso.police.example"
LANGUAGES = ("en", "es")
FACTS = MessageFacts(
    portal_url=PORTAL,
    not_me_url=f"{PORTAL}/not-me?t=n1",
    stop_url=f"{PORTAL}/stop?t=s1",
    check_code="K7M2-9QXD",
    name="Rosa Imaginaria",
    report_number="26-1124-0137",
    appearance_at=datetime(2026, 3, 5, 3, 30, tzinfo=UTC),  # the evening of the 4th in Arizona
    appearance_place="Municipal Court, Room 2",
    custody_agency="Mesquite County Jail",
    custody_phone="520-555-0152",
    assigned="Det. Imogen Example",
    assigned_phone="520-555-0170",
)


def sms(kind: Kind, language: str, settings: Settings, facts: MessageFacts = FACTS) -> Sms:
    """Return a text."""
    said = messages.render(kind, Channel.SMS, language, facts, settings)
    assert isinstance(said, Sms)
    return said


def email(kind: Kind, language: str, settings: Settings, facts: MessageFacts = FACTS) -> Email:
    """Return an email."""
    said = messages.render(kind, Channel.EMAIL, language, facts, settings)
    assert isinstance(said, Email)
    return said


def letter(kind: Kind, language: str, settings: Settings, facts: MessageFacts = FACTS) -> str:
    """Return a letter's words."""
    said = messages.render(kind, Channel.LETTER, language, facts, settings)
    assert isinstance(said, Letter)
    return markup.plain(said.parts)
