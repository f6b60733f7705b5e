"""How hard a text is to read: one number a language, with the number that must be kept.

English: Flesch-Kincaid grade (Kincaid and others, 1975), syllables by syllapy's dictionary.
Spanish: the Flesch-Szigriszt index that the INFLESZ scale reads (Szigriszt Pazos 1993;
Barrio-Cantalejo and others 2008: 65 and more is "quite easy", primary school) and Fernández
Huerta's (1959, in its corrected form). The usual library for both, textstat, brings NLTK and
fetches a dictionary when it first runs; a check must give the same answer without a network.
Another language has no formula here (`reading: none` in its `language.yaml`): a translator judges.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import syllapy

from aviso.content.markup import Form, Part

ENGLISH_GRADE = 8.0  # at most
INFLESZ = 65.0  # at least
FERNANDEZ_HUERTA = 65.0  # at least

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class ReadingLevel:
    """A text's reading level: what to print, and whether it is easy enough."""

    shown: str
    easy: bool


def level(formula: str, parts: Sequence[Part]) -> ReadingLevel:
    """Return the reading level of a message's parts; links and headings count as sentences.

    Args:
        formula: english, spanish or none, as a language's `language.yaml` has it.
    """
    if formula == "none":
        return ReadingLevel("not measured", easy=True)
    return _level(formula, tuple(_texts(parts)))


@cache
def _level(formula: str, texts: Sequence[str]) -> ReadingLevel:
    sentences = [words for text in texts for words in _sentences(text)]
    return _spanish(sentences) if formula == "spanish" else _english(sentences)


def _texts(parts: Sequence[Part]) -> list[str]:
    found: list[str] = []
    for part in parts:
        found += part.items if part.form is Form.ITEMS else (part.text,)
    return found


def _sentences(text: str) -> list[list[str]]:
    text = _ADDRESS.sub("", text).replace("a.m.", "am").replace("p.m.", "pm")
    split = (_WORD.findall(piece) for piece in re.split(r"[.!?:;]+(?:\s|$)", text))
    return [words for words in split if words]


def _means(sentences: list[list[str]], syllables: list[int]) -> tuple[float, float]:
    """Return words a sentence and syllables a word."""
    words = sum(len(s) for s in sentences)
    return words / len(sentences), sum(syllables) / words


def _english(sentences: list[list[str]]) -> ReadingLevel:
    counts = [max(1, syllapy.count(w.replace("’", "'").lower())) for s in sentences for w in s]
    long, heavy = _means(sentences, counts)
    grade = 0.39 * long + 11.8 * heavy - 15.59
    return ReadingLevel(f"grade {grade:.1f}", grade <= ENGLISH_GRADE)


def _spanish(sentences: list[list[str]]) -> ReadingLevel:
    long, heavy = _means(sentences, [spanish_syllables(w) for s in sentences for w in s])
    szigriszt = 206.835 - 62.3 * heavy - long
    huerta = 206.84 - 60 * heavy - 1.02 * long
    easy = szigriszt >= INFLESZ and huerta >= FERNANDEZ_HUERTA
    return ReadingLevel(f"INFLESZ {szigriszt:.0f}, FH {huerta:.0f}", easy)


@cache
def spanish_syllables(word: str) -> int:
    """Count a Spanish word's syllables.

    Each strong or accented vowel is a nucleus, weak vowels join one beside them, and the u of
    que, qui, gue, gui is silent.
    """
    letters = re.sub(r"qu(?=[eiéí])|gu(?=[eiéí])", "k", word.lower())
    letters = re.sub(r"y(?=[aeiouáéíóú])", "j", letters)
    count = 0
    for run in re.findall(r"[aeiouyáéíóúü]+", letters):
        strong = sum(c in "aeoáéóíú" for c in run)
        count += strong or 1
    return max(1, count)
