"""Names where the words of a problem are: the template's file and block, and what they include."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from infra.repository import ROOT

NUMBER = re.compile(r"\d+")
# What a check calls a piece of a message, and where a person finds it.
PLACES = {
    "sms": "block sms (it ends with parts/sms_end.txt)",
    "subject": "block subject",
    "preview": "block body, first paragraph (an email's preview)",
    "body": "block body (it ends with parts/email_end.txt)",
    "email": "block body (it ends with parts/email_end.txt)",
    "html": "block body (with parts/email_end.txt and templates/messages/email.html)",
    "letter": "block letter (with parts/letter_start.txt and parts/letter_end.txt)",
    "the template": "the template",
    "letter's title": "title of block letter",
}


def find(folders: Sequence[Path], language: str, name: str) -> Path:
    """Return a message's file in the last folder that has it, or where it is missing."""
    paths = [each / "locales" / language / "messages" / f"{name}.txt" for each in folders]
    return next((path for path in reversed(paths) if path.is_file()), paths[0])


def file(folders: Sequence[Path], language: str, name: str) -> str:
    """Return a message's file as a person types it from the repository's folder."""
    path = find(folders, language, name)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def located(path: str, problem: str) -> str:
    """Return a problem with its file and block."""
    piece, _, what = problem.partition(": ")
    return f"{path}: {PLACES.get(piece, f'block {piece}')}: {what}"


def grouped(path: str, found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a line for each cause in one file: its worst figures, and the variants that show it.

    Args:
        path: the message's file.
        found: each problem with the variant of the message that shows it.
    """
    causes: dict[str, list[tuple[str, str]]] = {}
    for problem, variant in found:
        causes.setdefault(NUMBER.sub("#", problem), []).append((problem, variant))
    for shown in causes.values():
        worst, variant = max(shown, key=lambda one: [int(n) for n in NUMBER.findall(one[0])])
        others = len({label for _, label in shown}) - 1
        and_others = f" and {others} more" if others else ""
        yield f"{located(path, worst)} [variant: {variant}{and_others}]"
