"""Write docs/notices.md: what victims are told, by which rule, when, and in which words.

python -m infra.documents.notices
"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment

from aviso.content.messages import Email, Sms, render
from aviso.content.templates import environment
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import KindSettings, Settings
from infra.compiler import languages, yaml_lines
from infra.message_checks.samples import Sample, prepare, samples
from infra.repository import ROOT

DATA = Path(__file__).with_suffix(".yaml")
PAGE = ROOT / "docs/notices.md"
TOLD = {
    "always": "everyone",
    "unless_waived": "all but those who waived",
    "if_requested": "those who asked",
}
WORDED = {Kind.CONTACT_CHANGED: "contact"}  # the example shown, where the first is not typical
USUAL = (("sms", "email"), ("letter",))
HEAD = """# What victims are told, and why

The messages as victims get them, with the sample agency's settings, and the law behind each.

## A text, as it arrives

"""
OTHERS = """
Each text ends in the same way: a link, a code to check that it is real, the agency's phone, and how
to end texts. `aviso preview` shows every text, email and letter.

## What each text says

"""
EMAIL = """
## An email

About an arrest, without the links at its end:

"""
TABLE = """
## By which law, and when

An agency sets its own, so have your counsel read them.

"""
RULES = """
- **Deadline** and **no older than** run from when the agency's files first showed the fact. What is
  older by then is not news ([rule 9](rules.md#9)). A notice that gets too old while it waits
  becomes a task.
- **At night** says whether texts go between {night}.
- **Channels**: text and email, then a letter{others}.
- **A correction** goes to exactly those who were told something that was taken back.
- **What comes, goes and comes back** within two weeks (a status, a detective, a warrant)
  becomes a task.
- **`still_open`** goes only to victims who signed up, once for each number of days in
  `messages.still_open_days`.
- **News that could warn a suspect** does not go to a contact that somebody left without a code.
- **When something is not known**, such as an age or a date, nothing is sent, and a person has a
  task.

## What may be said where

| | text, subject, first line | email | letter |
| --- | --- | --- | --- |
| the event in plain words | yes, except for a warrant | yes | yes |
| time and place of a court date, the jail's phone | no | yes | yes |
| where to get help | no | yes, the same list for everyone | yes |
| report number | no | only with `messages.report_number` | yes |
| the reader's own name, the detective's | no | no | yes |
| offense, suspect's name | no | no | no |
| that we will tell of a release (13-4412), reasons of a prosecutor (13-4408) | no | no | no |
"""


def data() -> list[dict[str, Any]]:
    """Return the events, each with its law, kind and test."""
    found: list[dict[str, Any]] = yaml_lines.read(DATA).data
    return found


def page(events: list[dict[str, Any]], settings: Settings) -> str:
    """Return the page as Markdown."""
    table = "\n".join(_table(events, settings))
    words = "\n".join(_texts(settings, environment()))
    whole = "\n".join(_whole(settings, environment()))
    others = "".join(
        f"; `{kind}`: {_ladder(rules)}"
        for kind, rules in settings.kinds.items()
        if rules.ladder != USUAL
    )
    email = _email(settings, environment())
    night = f"{settings.messages.quiet_from:%H:%M} and {settings.messages.quiet_until:%H:%M}"
    rules = RULES.format(others=others, night=night)
    return f"{HEAD}{whole}\n{OTHERS}{words}\n{EMAIL}{email}\n{TABLE}{table}\n{rules}"


def _table(events: list[dict[str, Any]], settings: Settings) -> Iterator[str]:
    yield "| event | law | kind | sent | deadline | no older than | at night | told to |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for event in events:
        rules = settings.kinds[Kind(event["kind"])]
        cells = (
            event["event"],
            event["law"],
            f"`{event['kind']}`",
            "yes" if rules.on else "no",
            span(rules.deadline),
            span(rules.age_limit),
            "no" if rules.quiet_hours else "yes",
            TOLD[rules.told],
        )
        yield f"| {' | '.join(cells)} |"


def _ladder(rules: KindSettings) -> str:
    named = {Channel.SMS: "text", Channel.EMAIL: "email", Channel.LETTER: "letter"}
    return ", then ".join(" and ".join(named[channel] for channel in rung) for rung in rules.ladder)


def span(time: timedelta) -> str:
    """Return a span in the largest unit that is whole, a day counting as hours."""
    minutes = int(time.total_seconds()) // 60
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes % size == 0 and (unit != "day" or minutes >= 2 * size):
            many = minutes // size
            return f"{many} {unit}" + ("s" if many > 1 else "")
    raise ValueError(time)


def _whole(settings: Settings, templates: Environment) -> Iterator[str]:
    """Yield the text about an arrest as a phone shows it, in each language."""
    yield "```text"
    for number, language in enumerate(settings.agency.languages):
        if number:
            yield ""
        yield _text(Kind.ARREST, language, settings, templates)
    yield "```"


def _texts(settings: Settings, templates: Environment) -> Iterator[str]:
    """Yield the first line of each kind's text, in each language."""
    names = languages.names("en", settings.agency.languages)
    yield f"| kind | {' | '.join(names.values())} |"
    yield "| --- |" + " --- |" * len(settings.agency.languages)
    for kind in Kind:
        said = (
            _text(kind, language, settings, templates).splitlines()[0].partition(": ")[2]
            for language in settings.agency.languages
        )
        yield f"| `{kind}` | {' | '.join(said)} |"


def _text(kind: Kind, language: str, settings: Settings, templates: Environment) -> str:
    """Return a kind's text."""
    sample = _sample(kind, settings)
    shown = render(
        kind, Channel.SMS, language, sample.facts, sample.settings, environment=templates
    )
    assert isinstance(shown, Sms)
    return shown.body.strip()


def _sample(kind: Kind, settings: Settings) -> Sample:
    """Return how a kind of message usually turns out."""
    every = list(samples(kind, settings))
    return next((one for one in every if one.label == WORDED.get(kind)), every[0])


def _email(settings: Settings, templates: Environment) -> str:
    sample = _sample(Kind.ARREST, settings)
    shown = render(
        Kind.ARREST, Channel.EMAIL, "en", sample.facts, sample.settings, environment=templates
    )
    assert isinstance(shown, Email)
    body = shown.text.partition("\nSee your case:")[0].strip()
    return f"```text\n{shown.subject}\n\n{body}\n```"


def main() -> int:
    """Write the page; return the exit status."""
    settings = prepare(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    PAGE.write_text(page(data(), settings), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
