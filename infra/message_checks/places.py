"""Names where the words of a problem are: the template's file and block, and what they include."""

from pathlib import Path

from infra.message_checks import ROOT

# What a check calls a piece of a message, and where a person finds it.
PLACES = {
    "sms": "block sms (it ends with parts/sms_end.txt)",
    "subject": "block subject",
    "preview": "block body, first paragraph (an email's preview)",
    "body": "block body (it ends with parts/email_end.txt)",
    "email": "block body (it ends with parts/email_end.txt)",
    "html": "block body (with parts/email_end.txt and templates/messages/email.html)",
    "letter": "block letter (with parts/letter_start.txt and parts/letter_end.txt)",
    "letter's title": "title of block letter",
}


def file(templates: Path, language: str, name: str) -> str:
    """Return a message's file as a person types it from the repository's folder."""
    path = templates / "locales" / language / "messages" / f"{name}.txt"
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def located(path: str, problem: str, variant: str = "") -> str:
    """Return a problem with its file and block, and the variant of the message that shows it."""
    piece, _, what = problem.partition(": ")
    shown = f" [variant: {variant}]" if variant else ""
    return f"{path}: {PLACES.get(piece, f'block {piece}')}: {what}{shown}"
