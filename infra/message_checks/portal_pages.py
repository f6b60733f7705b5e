"""Checks how hard pages are to read: the portal, the settings' texts on it, and the desk's help.

A part of a file of strings is what follows a comment line, such as a page. Each part is measured
as a whole, because a label of two words has no reading level of its own.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from aviso.content import markup
from aviso.domain.settings import Localized, Settings
from infra.compiler import languages
from infra.message_checks import readability
from infra.repository import ROOT

FILES = ("strings.yaml", "desk_help.yaml")
FEW_WORDS = 60  # fewer do not have a level that means something


def parts_of(file: Path) -> dict[str, list[str]]:
    """Return the texts of a file of strings, by the comment above them."""
    text = file.read_text("utf-8")
    strings: Mapping[str, str] = yaml.load(text, yaml.CSafeLoader)
    found: dict[str, list[str]] = {}
    part = ""
    for line in text.splitlines():
        if line.startswith("# "):
            part = line.removeprefix("# ")
        elif line and not line[0].isspace() and (key := line.partition(":")[0]) in strings:
            found.setdefault(part, []).append(strings[key])
    return found


def settings_texts(settings: Settings) -> dict[str, list[Localized]]:
    """Return the texts of the settings that victims read on the portal."""
    statuses = settings.statuses.values()
    return {
        "statuses": [t for s in statuses for t in (s.label, s.meaning, s.next_step)],
        "resources": [place.about for place in settings.resources],
        "survey": [question.text for question in settings.survey.questions],
    }


def problems(templates: Path, settings: Settings) -> Iterator[str]:
    """Yield a line for each part of a page that is too hard to read."""
    known, _ = languages.load(templates, settings.agency.languages)
    for language, facts in known.items():
        read: dict[str, list[str]] = {}
        for file in (templates / "locales" / language / name for name in FILES):
            if not file.is_file():  # of the desk, which speaks fewer languages
                continue
            shown = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
            read |= {f"{shown}: part '{part}'": texts for part, texts in parts_of(file).items()}
        for what, said in settings_texts(settings).items():
            read[f"the agency's settings: {what} ({language})"] = [text[language] for text in said]
        for part, texts in read.items():
            if sum(len(text.split()) for text in texts) < FEW_WORDS:
                continue
            level = readability.level(
                facts.reading, [p for text in texts for p in markup.parse(text)]
            )
            if not level.easy:
                yield f"{part}: too hard to read: {level.shown}"
