"""Who vouches for which text of a language: `approvals.csv` beside its texts.

A row has the text's name, a mark of the English and of the translation that were read together,
the level, by whom and when. Once either changes, the approval is stale. English is the source.
Not counted: the desk's words, and what an agency writes into its own settings.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from infra.compiler import yaml_lines

FILE = "approvals.csv"
STRINGS = "strings.yaml"
SOURCE = "en"
CERTIFIED, REVIEWED = "certified", "reviewed"  # by a certified translator, or by anybody else


class Approval(NamedTuple):
    """One row of the file."""

    text: str
    mark: str
    level: str
    by: str
    on: str


class ApprovalState(StrEnum):
    """What somebody's approval of a text is worth today."""

    CERTIFIED = CERTIFIED
    REVIEWED = "reviewed by their makers"
    STALE = "stale"
    UNREAD = "read by nobody"


class TranslatedText(NamedTuple):
    """A text, its source, and its state."""

    english: str
    own: str
    state: ApprovalState


type Texts = dict[str, TranslatedText]  # by name


def mark(english: str, own: str) -> str:
    """Return what changes whenever the source or the translation does."""
    return hashlib.sha256(f"{english}\0{own}".encode()).hexdigest()[:12]


def state_of(english: str, own: str, approval: Approval | None) -> ApprovalState:
    """Return the state of one text."""
    if approval is None:
        return ApprovalState.UNREAD
    if approval.mark != mark(english, own):
        return ApprovalState.STALE
    return ApprovalState.CERTIFIED if approval.level == CERTIFIED else ApprovalState.REVIEWED


def texts_in(place: Path, code: str) -> Texts:
    """Return the texts of a language that a victim may read, by name.

    Args:
        place: the templates, or the folder of a state's law.
        code: the language; what it lacks is left out.
    """
    english, own = (_words(place / "locales" / each) for each in (SOURCE, code))
    known = read(place / "locales" / code / FILE)
    return {
        name: TranslatedText(source, own[name], state_of(source, own[name], known.get(name)))
        for name, source in english.items()
        if name in own
    }


def _words(folder: Path) -> dict[str, str]:
    strings = folder / STRINGS
    found: dict[str, str] = dict(yaml_lines.read(strings).data) if strings.is_file() else {}
    return found | {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.txt"))
    }


def read(file: Path) -> dict[str, Approval]:
    """Return the approvals of one folder, by the text's name."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["text"]: Approval(**row) for row in csv.DictReader(lines)}


def write(file: Path, known: Iterable[Approval]) -> None:
    """Write them, one on a line, so that two people's approvals merge."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerows([Approval._fields, *sorted(known)])


def translated(places: Sequence[Path], codes: Iterable[str]) -> dict[str, Texts]:
    """Return the texts of each language but the source, by its code."""
    return {
        code: {name: text for place in places for name, text in texts_in(place, code).items()}
        for code in codes
        if code != SOURCE
    }


def sentences(known: Mapping[str, Texts]) -> Iterator[str]:
    """Yield a line for each language: how many of its texts are in each state."""
    for code, texts in known.items():
        counted = Counter(text.state for text in texts.values())
        yield f"texts in {code}: " + ", ".join(
            f"{counted[state]} {state}" for state in ApprovalState
        )


def not_certified(known: Mapping[str, Texts]) -> str:
    """Return a mark of all texts that no certified translator vouches for; empty without any."""
    left = [
        f"{code} {name} {mark(text.english, text.own)}"
        for code, texts in sorted(known.items())
        for name, text in sorted(texts.items())
        if text.state is not ApprovalState.CERTIFIED
    ]
    return mark("", "\n".join(left)) if left else ""
