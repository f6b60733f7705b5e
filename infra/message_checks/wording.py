"""How a message begins, as its template says it: for programs that recognize a message they read.

The demo, the pictures, the simulation and the tests ask here, so that a new wording is written in
one place, the template.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from infra.message_checks.places import find
from infra.repository import ROOT

OURS = (ROOT / "templates", ROOT / "infra/law/arizona")  # the sample agency's texts
_FOR_ORGANIZATIONS = re.compile(r"{% if organization %}\n.*?{% else %}\n", re.DOTALL)
_CHOICE = re.compile(r"{% if organization %}[^{}]*{% else %}([^{}]*){% endif %}")


class Opening(NamedTuple):
    """The first words of a message in each form."""

    sms: str
    subject: str
    body: str  # of an email and a letter


def opening(kind: str, language: str, folders: Sequence[Path] = OURS) -> Opening:
    """Return the first words of a notice of this kind.

    Raises:
        ValueError: when a variable is among them, so that nothing can be recognized by them.
    """
    path = find(folders, language, kind)
    template = for_people(path.read_text("utf-8"), language)
    first = Opening(*(_first_line(template, block) for block in Opening._fields))
    if unclear := [words for words in first if not words or "{" in words]:
        raise ValueError(f"{path} begins with a variable: '{unclear[0]}'.")
    return first


def for_people(template: str, language: str) -> str:
    """Return a template with the words for people in place of those for organizations."""
    part = ROOT / "templates/locales" / language / "messages/parts/your_case.txt"
    words = _CHOICE.sub(r"\1", part.read_text("utf-8")).strip() if part.exists() else ""
    plain = _CHOICE.sub(r"\1", _FOR_ORGANIZATIONS.sub("", template)).replace(
        "{{ your_case }}", words
    )
    return plain.replace("{{ your_case|capitalize }}", words.capitalize())


def _first_line(template: str, block: str) -> str:
    found = re.search(rf"{{% block {block} %}}\s*(.*?)(\n|{{% endblock %}})", template)
    return found[1] if found else ""
