"""Turns facts into a message's words: the last step before a sender or the printer.

Each kind of notice has one template per language with four blocks: `sms`, `subject`, `body`
(email) and `letter`. What every message must contain (the sender, how to check that it is real,
how to stop) is added here, so that no template can omit it. What a channel must not contain is not
in its context, so that no template can reveal it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jinja2 import Environment
from msgspec.structs import asdict, replace

from aviso.content import direction, markup, sms_segments, templates
from aviso.content.markup import Part
from aviso.domain.model import Channel, Kind
from aviso.domain.receiving_agencies import named_in
from aviso.domain.settings import Localized, Settings
from aviso.domain.text import shown
from aviso.domain.value import Frozen


class MessageFacts(Frozen, frozen=True, kw_only=True):
    """The facts of a message. Times are aware; templates show them in the agency's zone.

    `portal_url` and the other `..._url` are complete addresses; all but the first
    act on one contact and show nothing. `check_code` proves at `<portal>/real` that the agency
    sent this message. `name` and `report_number` are used only where docs/rules.md#13 allows them.
    """

    portal_url: str
    not_me_url: str = ""
    stop_url: str = ""
    survey_url: str = ""
    speak_url: str = ""  # asks a person whom a victim named to say yes or no
    plan_url: str = ""  # asks the holder of a plan's contact to say yes or no
    check_code: str = ""
    name: str = ""  # the victim's, or that of the representative who is written to
    represents: bool = False  # the reader represents somebody else on the case
    organization: str = ""  # the name of a victim that is one: the reader is its contact person
    report_number: str = ""
    juvenile: bool = False
    appearance_at: datetime | None = None
    appearance_time_known: bool = True
    appearance_place: str = ""
    custody_agency: str = ""
    custody_phone: str = ""
    we_ask: bool = False  # the victim can say yes to a request to the jail: see `offers_to_ask`
    assigned: str = ""
    assigned_phone: str = ""
    status: str = ""  # a code of the settings
    corrects: str = ""  # what a correction withdraws: the notice's kind, or one arrest of several
    survey_until: date | None = None  # the last day to answer
    change: str = ""  # of a contact or an answer: see `fact_keys.CHANGES`
    silenced: bool = False  # others are told in the victim's place, and no code opens the case
    unspoken: bool = False  # others are told in the victim's place, and nobody is known


class CodeFacts(Frozen, frozen=True, kw_only=True):
    """The facts of the message with an access code."""

    code: str  # as it is typed
    until: datetime
    portal_url: str


class Sms(Frozen, frozen=True):
    """A text as handed to the carrier, and the parts it is charged by."""

    body: str
    segments: int
    encoding: str


class Email(Frozen, frozen=True):
    """An email; both bodies say the same."""

    subject: str
    text: str
    html: str


class Letter(Frozen, frozen=True):
    """A letter's text; the printer adds layout, address and code."""

    title: str
    parts: tuple[Part, ...]


def language_for(language: str, settings: Settings) -> str:
    """Return the language to write in: the person's, otherwise the agency's first."""
    return settings.language_for(language)


def render(
    kind: Kind,
    channel: Channel,
    language: str,
    facts: MessageFacts,
    settings: Settings,
    *,
    environment: Environment | None = None,
) -> Sms | Email | Letter:
    """Write one notice for one channel.

    Args:
        channel: the channel, which decides how much may be said (docs/rules.md#13).
        language: the person's; the agency's first when the agency does not have it.
        environment: templates that are not compiled yet, for the checker.

    Raises:
        jinja2.UndefinedError: when a template asks for what its channel must not contain.
    """
    voice = _Voice(environment or templates.environment(), kind.value, language, facts, settings)
    if channel is Channel.SMS:
        return voice.sms()
    return voice.email() if channel is Channel.EMAIL else voice.letter()


def reply(
    word: str,
    language: str,
    settings: Settings,
    portal_url: str,
    environment: Environment | None = None,
) -> Sms:
    """Write the reply to an inbound text.

    Args:
        word: stop, start or help: a block of `replies.txt`.
        environment: templates that are not compiled yet, for the checker.
    """
    facts = MessageFacts(portal_url=portal_url)
    voice = _Voice(environment or templates.environment(), "replies", language, facts, settings)
    return voice.text(word)


def access_code(
    facts: CodeFacts,
    channel: Channel,
    language: str,
    settings: Settings,
    *,
    environment: Environment | None = None,
) -> Sms | Email:
    """Write the message with an access code that somebody just asked for.

    It contains no code to check that it is real: people mix up two codes in one message.

    Args:
        channel: a text or an email.
        environment: templates that are not compiled yet, for the checker.
    """
    told = MessageFacts(portal_url=facts.portal_url)
    voice = _Voice(environment or templates.environment(), "code", language, told, settings)
    voice.values |= {"code": facts.code, "until": facts.until}
    return voice.text("sms") if channel is Channel.SMS else voice.email()


def _for_language(text: Localized, language: str) -> str:
    return text.get(language, "")


def _one_line(facts: MessageFacts) -> MessageFacts:
    """Put every value on one line: text from a feed must not become a link or a heading."""
    values = asdict(facts)
    lines: dict[str, Any] = {k: " ".join(v.split()) for k, v in values.items() if type(v) is str}
    return replace(facts, **lines)


class _Voice:
    """One message's templates and values in one language."""

    def __init__(
        self,
        environment: Environment,
        name: str,
        language: str,
        facts: MessageFacts,
        settings: Settings,
    ) -> None:
        self.environment = environment
        self.name = name  # of the file of its texts
        self.language = language_for(language, settings)
        self.facts = _one_line(facts)
        self.settings = settings
        self.folder = f"locales/{self.language}/messages"
        self.values = self._values()
        self.values["your_case"] = self._part("your_case", self.values).strip()

    def _values(self) -> dict[str, Any]:
        """Return the values that every channel may use."""
        facts, settings, language = self.facts, self.settings, self.language
        held_back = {"name", "report_number", "assigned", "assigned_phone", "status"}
        held_back |= {"organization"}
        values = {k: v for k, v in asdict(facts).items() if k not in held_back}
        portal = facts.portal_url.rstrip("/")
        status = settings.statuses.get(facts.status)
        default_phone = settings.juvenile_phone if facts.juvenile else settings.custody_phone
        return values | {
            "lang": language,
            "organization": bool(facts.organization),
            "agency": settings.agency.in_language(language),
            "sender": settings.messages.sms_sender,
            "portal_url": portal,
            "link": facts.survey_url if self.name == Kind.SURVEY and facts.survey_url else portal,
            "check_url": f"{portal}/real",
            "custody_agency": named_in(language, facts.custody_agency, settings.receivers),
            "custody_phone": shown(facts.custody_phone) or default_phone,
            "jail_phone": settings.custody_phone,
            "we_ask": facts.we_ask and not facts.represents,
            "juvenile_phone": settings.juvenile_phone,
            "prosecutor_phone": settings.prosecutor_phone,
            "staff_hours": _for_language(settings.staff_hours, language),
            "status_label": _for_language(status.label, language) if status else "",
            "status_meaning": _for_language(status.meaning, language) if status else "",
            "status_next": _for_language(status.next_step, language) if status else "",
            "worried": [
                {
                    "name": _for_language(r.name, language),
                    "phone": r.phone,
                    "hours": _for_language(r.after_arrest, language),
                }
                for r in settings.resources
                if r.after_arrest
            ],
            "resources": [
                {
                    "name": _for_language(r.name, language),
                    "phone": r.phone,
                    "about": _for_language(r.about, language),
                }
                for r in settings.resources
            ],
        }

    def _block(self, block: str, values: Mapping[str, Any]) -> str:
        template = self.environment.get_template(f"{self.folder}/{self.name}.txt")
        return "".join(template.blocks[block](template.new_context(dict(values))))

    def _title(self, values: Mapping[str, Any]) -> str:
        return " ".join(self._block("subject", values).split())

    def _part(self, name: str, values: Mapping[str, Any]) -> str:
        return self.environment.get_template(f"{self.folder}/parts/{name}.txt").render(values)

    def text(self, block: str, end: str = "") -> Sms:
        """Render a block as a text: the sender, the block's lines, then the lines of `end`."""
        written = f"{self.values['sender']}: {self._block(block, self.values).strip()}\n{end}"
        lines = (" ".join(line.split()) for line in written.splitlines())
        body = direction.marked("\n".join(line for line in lines if line), self.language)
        size = sms_segments.count(body)
        return Sms(body, size.parts, size.encoding)

    def sms(self) -> Sms:
        """Render the text: the event, where to read more, how to check and how to stop."""
        self.values["your_case"] = self.values["your_case"].replace("ó", "o")  # not in GSM-7
        return self.text("sms", self._part("sms_end", self.values))

    def email(self) -> Email:
        """Render the email; with the report number only where the agency allows one."""
        allowed = self.settings.messages.report_number
        values = self.values | {"report_number": self.facts.report_number if allowed else ""}
        subject = f"{values['agency'].short_name}: {self._title(values)}"
        body = self._parsed(self._block("body", values))
        end = self._parsed(self._part("email_end", values))
        html = self.environment.get_template("messages/email.html").render(
            values,
            subject=subject,
            body=body,
            end=end,
            direction=direction.text_direction(self.language),
        )
        return Email(subject, markup.plain((*body, *end)) + "\n", html)

    def letter(self) -> Letter:
        """Render the letter, which is in a closed envelope and may say more."""
        values = self.values | {
            "report_number": self.facts.report_number,
            "name": self.facts.name,
            "organization_name": self.facts.organization,
            "assigned": self.facts.assigned,
            "assigned_phone": shown(self.facts.assigned_phone),
        }
        text = "\n\n".join(
            (
                self._part("letter_start", values),
                self._block("letter", values),
                self._part("letter_end", values),
            )
        )
        return Letter(self._title(values), self._parsed(text))

    def _parsed(self, text: str) -> tuple[Part, ...]:
        return markup.parse(direction.marked(text, self.language))
