"""Reads what people text back in each language: `replies.yaml` in the language's folder.

Every build knows the words of every language, drafts too: a person who writes "alto" wants no more
texts, even from an agency that writes in English only.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.compiler.yaml_lines import Problem, YamlFile, read

FILE = "replies.yaml"
WORDS = ("stop", "start", "help", "courtesies")
PATTERNS = ("stop_phrases", "denied", "somebody_else", "maybe_stop")
LISTS = ("stop_sentences", *PATTERNS)
LETTERS = "letters"  # a range for a regular expression; empty for Latin letters


def load(templates: Path) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Return each language's words, and the mistakes in them."""
    sources = [read(path) for path in sorted(templates.glob(f"locales/*/{FILE}"))]
    if problems := [p for s in sources for p in (*s.problems, *_wrong(s))]:
        return {}, problems
    return {Path(source.file).parent.name: _words(source.data) for source in sources}, []


def _words(data: Mapping[str, Any]) -> dict[str, Any]:
    words = {key: data[key].split() for key in WORDS}
    return words | {key: data[key] for key in LISTS} | {LETTERS: data.get(LETTERS, "")}


def _wrong(source: YamlFile) -> list[Problem]:
    if source.problems:
        return []
    data = source.data if isinstance(source.data, dict) else {}
    found = [source.problem((k,), "is missing or not a text") for k in WORDS if not _text(data, k)]
    for key in LISTS:
        listed = data.get(key)
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            found.append(source.problem((key,), "is missing or not a list of texts"))
        elif key in PATTERNS:
            wrong = [n for n, pattern in enumerate(listed) if not _pattern(pattern)]
            found += [source.problem((key, n), "is not a regular expression") for n in wrong]
    return found


def _text(data: Mapping[str, Any], key: str) -> bool:
    return isinstance(data.get(key), str)


def _pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
