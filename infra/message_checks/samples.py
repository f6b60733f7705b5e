"""What messages are checked and shown with: the sample agency, and one with everything long.

The names are the only ones a message could wrongly give away, so the checker looks for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec.structs import replace

from aviso.content.messages import MessageFacts
from aviso.domain.fact_keys import CHANGES, INCAPACITATED
from aviso.domain.model import Kind
from aviso.domain.settings import Settings, build
from aviso.notices.composing import ONE_ARREST
from infra.compiler.compile import load
from infra.compiler.kept import use

NAME = "Guadalupe Hernandez-Arriaga"
ORGANIZATION = "Quillwort Hardware LLC"
CONTACT_PERSON = "Perpetua Okonkwo-Ibarra"
DETECTIVE = "Det. Theodora Quillfeather"
# Names that no message gives away.
SECRET = (NAME, *NAME.split(), ORGANIZATION, CONTACT_PERSON, DETECTIVE)
REPORT = "26-1124-0137"
CODE = "K7M2-9QXD"
LINK_END = "AbCdEfGhIjKlMnOpQrStUvW.AbCdEfGhIjKlMn"  # as long as `links.token` makes them
PORTAL = "https://aviso.police.example"
LONG_PORTAL = "https://notices.countysheriff.example"


def prepare(agency: Path, templates: Path) -> Settings:
    """Compile an agency, so that dates can be written, and return its settings."""
    use(agency, templates)
    return build(load(agency))


@dataclass(frozen=True, slots=True)
class Sample:
    """One way a kind of message can turn out."""

    label: str
    facts: MessageFacts
    settings: Settings
    long: bool = False


def typical(portal: str = PORTAL) -> MessageFacts:
    """Return facts as most messages have them."""
    return MessageFacts(
        portal_url=portal,
        not_me_url=f"{portal}/not-me?t={LINK_END}",
        stop_url=f"{portal}/stop?t={LINK_END}",
        survey_url=f"{portal}/survey?t={LINK_END}",
        check_code=CODE,
        name=NAME,
        report_number=REPORT,
        appearance_at=datetime(2026, 12, 23, 20, 30, tzinfo=UTC),
        appearance_place="Sonora Wells Municipal Court, 200 Mesquite Avenue",
        custody_agency="Mesquite County Jail",
        custody_phone="520-555-0152",
        we_ask=True,
        assigned=DETECTIVE,
        assigned_phone="520-555-0170",
        survey_until=date(2026, 12, 30),
    )


# The kinds whose words depend on the case's status.
OF_STATUS = (
    *(Kind.STATUS_CHANGED, Kind.CASE_CLOSED, Kind.CASE_REOPENED),
    Kind.STILL_OPEN,
)


def longest(settings: Settings) -> tuple[Settings, MessageFacts]:
    """Return an agency and facts with the longest names that are realistic."""
    agency = replace(
        settings.agency,
        name="Yavapai-Prescott Indian Tribe Police Department",
        short_name="Yavapai-Prescott Tribal PD",
        short_names={},
    )
    messages = replace(settings.messages, sms_sender="Yavapai-Prescott Tribal PD")
    facts = replace(
        typical(LONG_PORTAL),
        appearance_place="Maricopa County Superior Court, Intake, Transfer and Release Facility,"
        " 2670 South 28th Drive, Phoenix, Arizona 85009",
        custody_agency="Maricopa County Intake, Transfer and Release Facility",
        represents=True,
    )
    return replace(settings, agency=agency, messages=messages), facts


def samples(kind: Kind, settings: Settings) -> Iterator[Sample]:
    """Yield every variant of a kind that has its own wording."""
    facts = typical()
    for label, varied in _varied(kind, facts, settings):
        yield Sample(label, varied, settings)
    if kind is Kind.ENROLLMENT_CONFIRMED:
        asks = replace(facts, speak_url=f"{PORTAL}/speak?t={LINK_END}", represents=True)
        yield Sample("asks a representative", asks, settings)
        plan = replace(facts, plan_url=f"{PORTAL}/plan?t={LINK_END}")
        yield Sample("asks about a plan", plan, settings)
    if kind is not Kind.SURVEY:
        of = replace(facts, organization=ORGANIZATION, name=CONTACT_PERSON, represents=True)
        for label, varied in _varied(kind, of, settings):
            yield Sample(f"organization, {label}", varied, settings)
    bare = MessageFacts(portal_url=PORTAL, corrects=facts.corrects)
    yield Sample("nothing known", bare, settings)
    allowed = replace(settings, messages=replace(settings.messages, report_number=True))
    yield Sample("report number allowed", facts, allowed)
    long_settings, long_facts = longest(settings)
    for label, varied in _varied(kind, long_facts, long_settings):
        yield Sample(f"longest, {label}", varied, long_settings, long=True)


def _changed(facts: MessageFacts) -> Iterator[tuple[str, MessageFacts]]:
    for change in sorted(CHANGES):
        yield change, replace(facts, change=change)
    yield f"{INCAPACITATED}, nobody speaks", replace(facts, change=INCAPACITATED, unspoken=True)
    for change in sorted(CHANGES - {INCAPACITATED}):
        yield f"{change}, silenced", replace(facts, change=change, silenced=True)


def _varied(
    kind: Kind, facts: MessageFacts, settings: Settings
) -> Iterator[tuple[str, MessageFacts]]:
    if kind in (Kind.ARREST, Kind.INITIAL_APPEARANCE):
        yield "adult, court date known", facts
        yield "adult, no court date", replace(facts, appearance_at=None, appearance_place="")
        young = replace(
            facts,
            juvenile=True,
            custody_agency="Mesquite County Juvenile Center",
            custody_phone="520-555-0153",
        )
        yield "juvenile, court date known", young
        yield "juvenile, no court date", replace(young, appearance_at=None, appearance_place="")
    elif kind is Kind.CORRECTION:
        for wrong in (*Kind, ONE_ARREST):
            if wrong != Kind.CORRECTION:
                yield f"of {wrong}", replace(facts, corrects=wrong)
    elif kind is Kind.CONTACT_CHANGED:
        yield from _changed(facts)
    elif kind in OF_STATUS:
        for code, status in settings.statuses.items():
            still = kind is Kind.STILL_OPEN and not status.closed
            if status.tells is kind or still:
                yield f"status {code}", replace(facts, status=code)
    else:
        yield "typical", facts
