"""Checks every text, email and letter; `python -m infra.message_checks` prints what it finds.

Every kind, language, channel and variant is rendered with realistic values. The table shows parts
and reading level; each problem is one line that names the template, its block and what is wrong.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.exceptions import TemplateError

from aviso.content import markup, sms_segments
from aviso.content.messages import CodeFacts, Email, Letter, Sms, access_code, render, reply
from aviso.content.templates import build_environment
from aviso.domain.model import Channel, Kind, Trait
from aviso.domain.settings import Settings
from infra.compiler import languages, state_law
from infra.compiler.languages import Language
from infra.message_checks import forbidden_words, readability, required_facts
from infra.message_checks.alike import REPLIES, alike
from infra.message_checks.places import file, grouped, located
from infra.message_checks.samples import CODE, PORTAL, REPORT, SECRET, Sample, samples

SUBJECT_CHARACTERS = 60
# Where a person must be told what to do at once, or the link is long: see also `Trait`.
# The opt-in's own text carries two links and the terms carriers ask for.
MOST_PARTS = 2
MOST_PARTS_OPT_IN = 3  # at an agency with long names; two at the sample's
# Characters in one to three parts of GSM-7. As many characters in UCS-2 take more parts, and nobody
# can shorten an alphabet (docs/translating.md).
IN_GSM_7 = {1: 160, 2: 306, 3: 459}
A_PART_OF_UCS_2 = 67


@dataclass(frozen=True, slots=True)
class Row:
    """What the table shows of one message."""

    kind: str
    language: str
    label: str
    characters: int
    parts: int
    body: str
    letter: str


def check(
    folders: Sequence[Path], settings: Settings, kinds: Iterable[Kind] = Kind
) -> tuple[list[Row], list[str]]:
    """Render and judge every message.

    Args:
        folders: the templates, and the folder of the law, whose texts replace them.
        settings: the agency's, whose languages and names are used.
        kinds: the notices to judge; replies and codes are always judged.
    """
    known, wrong = languages.load(folders[0], settings.agency.languages)
    environment = build_environment(languages.loader(folders, known))
    equals = [code for code, language in known.items() if not language.draft]
    problems = [*map(str, wrong), *alike(folders, equals)]
    asked = state_law.asked_of_kinds(folders[-1])
    rows: list[Row] = []
    for kind in kinds:
        for language in known.values():
            path = file(folders, language.code, kind)
            shown: list[tuple[str, str]] = []
            for sample in samples(kind, settings):
                try:
                    row, found = _judge(environment, kind, language, sample, asked)
                except (TemplateError, KeyError) as error:
                    shown.append((f"the template: {error!r}", sample.label))
                    continue
                rows.append(row)
                shown += ((problem, sample.label) for problem in found)
            problems += grouped(path, shown)
    for language in known.values():
        for name, judge in (("replies", _replies), ("code", _access_code)):
            path = file(folders, language.code, name)
            problems += (located(path, p) for p in judge(environment, language, settings))
    return rows, list(dict.fromkeys(problems))


def _judge(
    environment: Environment,
    kind: Kind,
    language: Language,
    sample: Sample,
    asked: Mapping[str, Mapping[str, Any]],
) -> tuple[Row, list[str]]:
    facts, settings = sample.facts, sample.settings
    sms = render(kind, Channel.SMS, language.code, facts, settings, environment=environment)
    email = render(kind, Channel.EMAIL, language.code, facts, settings, environment=environment)
    letter = render(kind, Channel.LETTER, language.code, facts, settings, environment=environment)
    assert isinstance(sms, Sms)
    assert isinstance(email, Email)
    assert isinstance(letter, Letter)
    body = markup.parse(email.text)
    levels = [readability.level(language.reading, parts) for parts in (body, letter.parts)]
    found = [
        *_sms(kind, language, sample, sms),
        *_email(language, sample, email, body),
        *_letter(language, sample, letter),
        *required_facts.missing(kind, sample, email.text, markup.plain(letter.parts), asked),
    ]
    for where, level in zip(("email", "letter"), levels, strict=True):
        if not level.easy:
            found.append(f"{where}: too hard to read: {level.shown}")
    shown = (len(sms.body), sms.segments, levels[0].shown, levels[1].shown)
    return Row(kind.value, language.code, sample.label, *shown), found


def _forbidden(where: str, language: Language, text: str) -> Iterator[str]:
    """Find what must not show on a locked screen."""
    for pattern in (language.seen, language.offenses, language.never):
        for word in forbidden_words.found(pattern, text):
            yield f'{where}: holds "{word}"'
    for name in forbidden_words.mentioned((*SECRET, REPORT), text):
        yield f'{where}: gives away "{name}"'


def _sms(kind: Kind, language: Language, sample: Sample, sms: Sms) -> Iterator[str]:
    most = MOST_PARTS
    long = sample.long or bool(sample.facts.organization)  # "your organization's case"
    if long and kind is Kind.ENROLLMENT_CONFIRMED:
        most = MOST_PARTS_OPT_IN
    elif not long and kind.rank and Trait.TWO_PARTS not in kind.traits:
        most = 1
    most = _allowed(most, language)
    if sms.segments > most and not _foreign(language, sms):
        yield f"sms: {len(sms.body)} characters take {sms.segments} parts, at most {most}"
    yield from _any_sms(language, sample.settings, sms)
    link = sample.facts.survey_url if kind is Kind.SURVEY else sample.facts.portal_url
    for what, needed in (
        ("the link", link),
        ("the check code", sample.facts.check_code),
        ("the agency's phone", sample.settings.agency.phone),
        ("how to stop", language.stop),
    ):
        if needed not in sms.body:
            yield f"sms: lacks {what}"


def _allowed(parts: int, language: Language) -> int:
    """Return how many parts may be used for what takes so many in GSM-7."""
    if language.alphabet == "GSM-7":
        return parts
    return -(-IN_GSM_7[parts] // A_PART_OF_UCS_2)


def _foreign(language: Language, sms: Sms) -> str:
    """Return the letters for which a text of a language in GSM-7 takes more parts."""
    return sms_segments.outside_gsm(sms.body) if language.alphabet == "GSM-7" else ""


def _any_sms(language: Language, settings: Settings, sms: Sms) -> Iterator[str]:
    if foreign := _foreign(language, sms):
        yield f"sms: {foreign}: not in GSM-7, so a part holds 70 characters, not 160"
    if not sms.body.startswith(f"{settings.messages.sms_sender}: "):
        yield "sms: does not begin with who sends it"
    yield from _forbidden("sms", language, sms.body)


def _replies(environment: Environment, language: Language, settings: Settings) -> Iterator[str]:
    """Judge the answers to STOP, START and HELP."""
    for word in REPLIES:
        try:
            sms = reply(word, language.code, settings, PORTAL, environment)
        except (TemplateError, KeyError) as error:
            yield f"{word}: {error!r}"
            continue
        if sms.segments > _allowed(MOST_PARTS, language):
            yield f"{word}: takes {sms.segments} parts"
        if word != "stop" and language.stop not in sms.body:
            yield f"{word}: does not say how to stop"
        found = _any_sms(language, settings, sms)
        yield from (f"{word}: {problem.removeprefix('sms: ')}" for problem in found)


def _access_code(environment: Environment, language: Language, settings: Settings) -> Iterator[str]:
    """Judge the message that carries an access code, which a stranger's eye may fall on."""
    until = datetime(2026, 12, 23, 20, 30, tzinfo=UTC)
    facts = CodeFacts(code=CODE, until=until, portal_url=PORTAL)
    try:
        sms, email = (
            access_code(facts, channel, language.code, settings, environment=environment)
            for channel in (Channel.SMS, Channel.EMAIL)
        )
    except (TemplateError, KeyError) as error:
        yield f"sms: {error!r}"
        return
    if not isinstance(sms, Sms) or not isinstance(email, Email):
        raise TypeError("a text is a text, and an email an email")
    yield from _code_sms(language, settings, sms)
    yield from _code_email(language, settings, email)


def _code_sms(language: Language, settings: Settings, sms: Sms) -> Iterator[str]:
    if sms.segments > _allowed(MOST_PARTS, language):
        yield f"sms: takes {sms.segments} parts"
    for what, needed in (
        ("the code", CODE),
        ("the agency's phone", settings.agency.phone),
        ("how to stop", language.stop),
    ):
        if needed not in sms.body:
            yield f"sms: lacks {what}"
    yield from _any_sms(language, settings, sms)


def _code_email(language: Language, settings: Settings, email: Email) -> Iterator[str]:
    body = markup.parse(email.text)
    if CODE in email.subject:
        yield "subject: shows the code"
    yield from _forbidden("subject", language, email.subject)
    yield from _forbidden("preview", language, body[0].text)
    for what, needed in (("the code", CODE), ("the agency's phone", settings.agency.phone)):
        if needed not in email.text or needed not in email.html:
            yield f"body: lacks {what}"
    if not (level := readability.level(language.reading, body)).easy:
        yield f"body: too hard to read: {level.shown}"


def _email(
    language: Language, sample: Sample, email: Email, body: tuple[markup.Part, ...]
) -> Iterator[str]:
    facts, settings = sample.facts, sample.settings
    if len(email.subject) > SUBJECT_CHARACTERS:
        yield f"subject: {len(email.subject)} characters, at most {SUBJECT_CHARACTERS}"
    agency = settings.agency.in_language(language.code)
    if not email.subject.startswith(f"{agency.short_name}: "):
        yield "subject: does not begin with who sends it"
    yield from _forbidden("subject", language, email.subject)
    yield from _forbidden("preview", language, body[0].text)
    ours = email.text
    for resource in settings.resources:  # the list goes to everyone alike, so it tells nothing
        ours = ours.replace(resource.name.get(language.code, ""), "")
    for pattern in (language.offenses, language.never):
        for word in forbidden_words.found(pattern, ours):
            yield f'body: holds "{word}"'
    secret = [*SECRET] + ([] if settings.messages.report_number else [REPORT])
    for name in forbidden_words.mentioned(secret, email.text + email.html):
        yield f'body: gives away "{name}"'
    for what, needed in (
        ("how to stop", facts.stop_url),
        ("the link for a wrong person", facts.not_me_url),
        ("the check code", facts.check_code),
        ("the portal", facts.portal_url),
        ("the agency's phone", settings.agency.phone),
    ):
        if needed not in email.text or needed.replace("&", "&amp;") not in email.html:
            yield f"body: lacks {what}"
    yield from _html(language, sample, email.html)


def _html(language: Language, sample: Sample, html: str) -> Iterator[str]:
    if f'<html lang="{language.code}"' not in html:
        yield "html: does not name its language"
    if fetched := re.findall(r"<(?:img|script|link|iframe)\b|\bsrc=|url\(", html):
        yield f"html: fetches something: {fetched[0]}"
    for address in re.findall(r'href="([^"]*)"', html):
        if not address.startswith(sample.facts.portal_url):
            yield f"html: links elsewhere: {address}"


def _letter(language: Language, sample: Sample, letter: Letter) -> Iterator[str]:
    text = markup.plain(letter.parts)
    for word in forbidden_words.found(language.never, text):
        yield f'letter: holds "{word}"'
    yield from _forbidden("letter's title", language, letter.title)
    facts = sample.facts
    for needed in (facts.name, facts.report_number, facts.portal_url, facts.check_code):
        if needed not in text:
            yield f'letter: lacks "{needed}"'
    if sample.settings.agency.phone not in text:
        yield "letter: lacks the agency's phone"


def table(rows: list[Row]) -> str:
    """Return the rows as text in columns, the longest variant of each message."""
    longest: dict[tuple[str, str], Row] = {}
    for row in rows:
        kept = longest.get((row.kind, row.language))
        if not row.label.startswith("longest") and (not kept or row.characters > kept.characters):
            longest[row.kind, row.language] = row
    head = f"{'kind':21}{'':4}{'text':>5}{'parts':>6}  {'email':20}  letter"
    lines = [
        f"{r.kind:21}{r.language:4}{r.characters:>5}{r.parts:>6}  {r.body:20}  {r.letter}"
        for r in longest.values()
    ]
    return "\n".join([head, *lines])
