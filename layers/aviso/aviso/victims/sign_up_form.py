"""The form on which a visitor leaves a phone or an email."""

from collections.abc import Collection, Sequence

from aviso.domain import addresses, text_regions
from aviso.domain.errors import EnrollmentInvalid
from aviso.domain.model import Channel
from aviso.domain.settings import UNITED_STATES
from aviso.domain.value import Frozen

ANSWERS = {"yes": True, "no": False}


class Asked(Frozen, frozen=True, kw_only=True):
    """One checked contact that a visitor wants to be told on."""

    channel: Channel
    address: str
    language: str
    safe: bool


def parse_phone(typed: str, texted: Collection[str]) -> str:
    """Return a typed phone as E.164.

    Raises:
        EnrollmentInvalid: when it cannot get a text, or its region is not one the agency texts.
    """
    phone = addresses.phone(typed)
    if not phone:
        raise EnrollmentInvalid("phone", "enroll_phone_wrong")
    if not text_regions.can_text(phone, texted):
        raise EnrollmentInvalid("phone", "enroll_phone_region")
    return phone


def parse_email(typed: str, _texted: Collection[str]) -> str:
    """Return a typed email in its normal form.

    Raises:
        EnrollmentInvalid: when it is not an address. Its receipt will say whether it exists.
    """
    email = addresses.email(typed)
    if not email:
        raise EnrollmentInvalid("email", "enroll_email_wrong")
    return email


PARSERS = {Channel.SMS: ("phone", parse_phone), Channel.EMAIL: ("email", parse_email)}


def read_form(
    form: dict[str, str], languages: Sequence[str], texted: Collection[str] = UNITED_STATES
) -> tuple[list[Asked], list[EnrollmentInvalid]]:
    """Check the typed form; return the contacts and all errors.

    Args:
        form: `phone`, `email`, `<field>_safe` (yes or no), `language` and `consent`.
        languages: the languages the agency writes in; the first is the default.
        texted: the regions that the agency texts.
    """
    asked: list[Asked] = []
    wrong: list[EnrollmentInvalid] = []
    language = form.get("language", "")
    for channel, (field, parse) in PARSERS.items():
        typed = form.get(field, "").strip()
        if not typed:
            continue
        safe = ANSWERS.get(form.get(f"{field}_safe", ""))
        try:
            address = parse(typed, texted)
        except EnrollmentInvalid as error:
            wrong.append(error)
            address = ""
        if safe is None:
            wrong.append(EnrollmentInvalid(f"{field}_safe", f"enroll_{field}_safe_missing"))
        asked.append(
            Asked(
                channel=channel,
                address=address,
                language=language if language in languages else languages[0],
                safe=bool(safe),
            )
        )
    if not asked:
        wrong.append(EnrollmentInvalid("phone", "enroll_nothing_typed"))
    if form.get("consent") != "yes":
        wrong.append(EnrollmentInvalid("consent", "enroll_consent_missing"))
    return asked, wrong
