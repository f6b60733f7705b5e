"""What a text that somebody sent us asks for: to stop, to start, for help, or something else.

A reply opts out when a reasonable person would read it so (47 CFR 64.1200(a)(10)). What is unclear
goes to a person (docs/decisions/stop-words.md).
"""

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from aviso.domain.text import unaccented


class Meaning(StrEnum):
    """What an inbound text asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


# Words with one meaning when they are the whole sentence. 47 CFR 64.1200(a)(10) lists all but the
# last two, which carriers use. Each language's words are in its `replies.yaml`.
STOP_WORDS = frozenset(
    {"stop", "quit", "end", "revoke", "cancel", "unsubscribe", "optout", "stopall", "remove"}
)
MISSPELT = {
    "stp",
    "sto",
    "stopp",
    "stpo",
    "sotp",
    "tsop",
    "syop",
    "dtop",
    "unsuscribe",
    "unsubcribe",
}
# A comma ends a clause, not a sentence: "dark hair, alto, in a red shirt" is about somebody tall.
SENTENCE_ENDS = re.compile(r"[.!?;؟؛\n\r]+| [-–—]+ ")
CLAUSE_ENDS = re.compile(r"[.!?;:,؟؛،\n\r]+| [-–—]+ ")


class Replies(NamedTuple):
    """What people text back, over all languages; patterns fit a text without case and marks."""

    stop: dict[str, frozenset[str]]  # language -> words and sentences that are the whole sentence
    inside: dict[str, re.Pattern[str]]  # language -> stops inside a longer sentence
    whole: dict[Meaning, dict[str, frozenset[str]]]  # START and HELP, by language
    courtesies: frozenset[str]  # words that change nothing
    denied: re.Pattern[str]  # a negated stop word asks for the opposite
    somebody_else: re.Pattern[str]  # such a sentence goes to a person
    maybe_stop: re.Pattern[str]
    word: re.Pattern[str]


@cache
def replies() -> Replies:
    """Return the words of every language; the agency's own languages do not matter."""
    from aviso_compiled.replies import REPLIES  # the build writes this module

    known = REPLIES.items()
    letters = "".join(words["letters"] for words in REPLIES.values())

    def either(key: str, around: str = "{}") -> re.Pattern[str]:
        return re.compile(
            around.format("|".join(p for words in REPLIES.values() for p in words[key]))
        )

    return Replies(
        stop={"": STOP_WORDS}
        | {code: frozenset([*words["stop"], *words["stop_sentences"]]) for code, words in known},
        inside={code: re.compile("|".join(words["stop_phrases"])) for code, words in known},
        whole={
            meaning: {code: frozenset(words[meaning]) for code, words in known}
            for meaning in (Meaning.START, Meaning.HELP)
        },
        courtesies=frozenset(word for words in REPLIES.values() for word in words["courtesies"]),
        denied=either("denied"),
        somebody_else=either("somebody_else", r"\b(?:{})\b"),
        maybe_stop=either("maybe_stop", r"\b(?:{})\b"),
        word=re.compile(f"[a-z0-9{letters}]+"),
    )


def classify(text: str) -> tuple[Meaning, str]:
    """Return what a text asks for, and its language if the words show it.

    A stop may be one sentence among others; START and HELP must be the whole text.
    """
    sentences = _parts(text, SENTENCE_ENDS)
    for sentence in sentences:
        if (language := _stops(sentence)) is not None:
            return Meaning.STOP, language
    known = replies()
    for clause in _parts(text, CLAUSE_ENDS):
        if known.denied.search(clause) or known.somebody_else.search(clause):
            continue
        for language, phrases in known.inside.items():
            if phrases.search(clause):
                return Meaning.STOP, language
    whole = " ".join(sentences)
    for meaning, words in known.whole.items():
        for language, of in words.items():
            if whole in of:
                return meaning, language
    return Meaning.OTHER, ""


def may_ask_to_stop(text: str) -> bool:
    """Whether a text has a word that people stop us with, so a person should read it soon."""
    return bool(replies().maybe_stop.search(bare(text)))


def bare(text: str) -> str:
    """Return the words of a text: no case, accents, apostrophes or marks."""
    letters = re.sub(r"['’‘`´]", "", unaccented(text.casefold()))
    return " ".join(replies().word.findall(letters))


def _stops(sentence: str) -> str | None:
    """Return the language in which a sentence says only stop."""
    joined = sentence.replace(" ", "")  # opt out, s t o p
    once = re.sub(r"(.)\1{2,}", r"\1", joined)  # stoooop
    again = {" ".join(set(sentence.split()))}  # stop stop stop
    for language, known in replies().stop.items():
        if {sentence, joined, once, *again} & known:
            return language
    return "" if sentence in MISSPELT else None


def _parts(text: str, ends: re.Pattern[str]) -> list[str]:
    """Return the parts of a text as plain words without courtesies and empty parts."""
    polite = replies().courtesies
    parts = (bare(part).split() for part in ends.split(text))
    kept = (" ".join(word for word in words if word not in polite) for words in parts)
    return [part for part in kept if part]
