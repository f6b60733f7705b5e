"""Puts every message on one page to look at: `aviso preview` writes build/preview/index.html.

Texts are shown in bubbles with their parts, emails as an inbox shows them and as they open, letters
as text, and as they leave the printer in build/preview/letters.pdf.
"""

import html
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from aviso.content import markup
from aviso.content.messages import Email, Letter, Sms, render, reply
from aviso.content.templates import environment
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings
from infra.compiler import languages
from infra.message_checks import letter_preview, readability
from infra.message_checks.alike import REPLIES
from infra.message_checks.samples import PORTAL, Sample, prepare, samples
from infra.repository import ROOT

STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 2em; background: #eceff3; color: #1b1b1b; }
h2 { margin-top: 2.5em; border-bottom: 2px solid #1f4e79; }
h3 { font-weight: normal; color: #444; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(22em, 1fr)); gap: 2em; }
.sms { background: #fff; border-radius: 18px; padding: 12px 16px; max-width: 21em;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.note { color: #555; font-size: 13px; margin: 4px 0 14px; }
.inbox { background: #fff; padding: 8px 12px; border-left: 4px solid #1f4e79; }
.inbox b { display: block; }
iframe { width: 100%; height: 640px; border: 1px solid #bbb; background: #fff; }
.letter { background: #fff; padding: 24px 32px; border: 1px solid #bbb; }
nav a { margin-right: 1em; }
"""


def gallery(environment: Environment, settings: Settings) -> str:
    """Return the page with every message, language beside language."""
    links = " ".join(f'<a href="#{kind}">{kind}</a>' for kind in Kind)
    sections = [*_kinds(environment, settings), _answers(environment, settings)]
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Messages</title>'
        f"<style>{STYLE}</style><h1>Every message</h1><nav>{links}</nav>{''.join(sections)}</html>"
    )


def _kinds(environment: Environment, settings: Settings) -> Iterator[str]:
    for kind in Kind:
        yield f'<h2 id="{kind}">{kind}</h2>'
        for sample in samples(kind, settings):
            columns = "".join(
                f'<div lang="{code}" dir="auto">{_message(environment, kind, code, sample)}</div>'
                for code in settings.agency.languages
            )
            yield f'<h3>{html.escape(sample.label)}</h3><div class="pair">{columns}</div>'


def _message(environment: Environment, kind: Kind, language: str, sample: Sample) -> str:
    facts, settings = sample.facts, sample.settings
    shown = ""
    for channel in Channel:
        match render(kind, channel, language, facts, settings, environment=environment):
            case Sms() as sms:
                shown += _bubble(sms)
            case Email() as email:
                shown += _mail(language, email)
            case Letter() as letter:
                shown += _paper(letter)
    return shown


def _bubble(sms: Sms) -> str:
    note = f"{len(sms.body)} characters, {sms.segments} part(s), {sms.encoding}"
    return f'<div class="sms">{html.escape(sms.body)}</div><p class="note">{note}</p>'


def _mail(language: str, email: Email) -> str:
    body = markup.parse(email.text)
    known, _ = languages.load(ROOT / "templates", [language])
    note = readability.level(known[language].reading, body).shown
    return (
        f'<div class="inbox"><b>{html.escape(email.subject)}</b>{html.escape(body[0].text)}</div>'
        f'<iframe title="email" sandbox srcdoc="{html.escape(email.html)}" loading="lazy"></iframe>'
        f'<p class="note">{note}</p>'
    )


def _paper(letter: Letter) -> str:
    shown = [f"<h4>{html.escape(letter.title)}</h4>"]
    for part in letter.parts:
        text = html.escape(part.text)
        match part.form:
            case markup.Form.HEADING:
                shown.append(f"<h5>{text}</h5>")
            case markup.Form.ITEMS:
                items = "".join(f"<li>{html.escape(item)}</li>" for item in part.items)
                shown.append(f"<ul>{items}</ul>")
            case markup.Form.LINK:
                shown.append(f"<p>{text}: {html.escape(part.url)}</p>")
            case _:
                shown.append(f"<p>{text}</p>")
    return f'<details class="letter"><summary>letter</summary>{"".join(shown)}</details>'


def _answers(environment: Environment, settings: Settings) -> str:
    columns = []
    for language in settings.agency.languages:
        texts = (reply(word, language, settings, PORTAL, environment) for word in REPLIES)
        columns.append(f'<div lang="{language}" dir="auto">{"".join(map(_bubble, texts))}</div>')
    return f'<h2>replies</h2><div class="pair">{"".join(columns)}</div>'


def write(agency: Path, templates: Path) -> None:
    """Write the gallery and the letters."""
    settings = prepare(agency, templates)
    compiled = environment()
    out = ROOT / "build/preview"
    out.mkdir(parents=True, exist_ok=True)
    page, letters = out / "index.html", out / "letters.pdf"
    page.write_text(gallery(compiled, settings), "utf-8")
    letter_preview.write(letters, compiled, settings)
    print(page)
    print(letters)
