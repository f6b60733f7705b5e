"""The words of records systems (`words.yaml`), and how like two headings are.

Nothing here reads a value: `shapes.py` says what values look like.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from aviso.feed.header import words
from infra.compiler import yaml_lines

WORDS = Path(__file__).with_name("words.yaml")
SAME = 86  # rapidfuzz's ratio from which two words are one word with a typing error
ONLY_WORDS = 88.0  # how harmless a heading is that has only harmless words
SHORT = 5  # shorter words are compared exactly: "age" and "aged" differ
ACRONYM = re.compile(r"(?<=[A-Z])(?=[A-Z][a-z]{2})")  # where MOType and DAReferral are cut
KIND = re.compile(r"^(?:[bdilns]|str|int)(?=[A-Z][A-Za-z])")  # the kind of value: dBirth, sCity
FORMERLY = re.compile(r"(?:EX|FORMER|ESTRANGED)[ -]+(?=\S)")  # before a relationship
LAST_DIGIT = re.compile(r"(?<=[a-z]) \d$")  # the number of a column that there is several times
AGENCY = re.compile(r"[a-z]{1,3}(pd|so)")  # whose column it is: LAPD, SFPD, BCSO
VOWELS = re.compile(r"(?<!^)[aeiou]")  # what PRCNCT and ARRGN leave out
SKELETON = 4  # letters that a word without its vowels must have to be known
# Words that say little: a heading may have them or not.
WEAK = {"flag": 0.2, "code": 0.3, "number": 0.7, "id": 0.8, "type": 0.8, "time": 0.8}
WEAK |= {"lead": 0.4, "primary": 0.4, "main": 0.4}
EARLIER = 0.04  # what each place in a list takes from a phrase
DIGITS = 0.3  # the same for a number: "Phone 1" is a phone


@cache
def vocabulary() -> Mapping[str, Any]:
    """Return the content of `words.yaml`."""
    found: Mapping[str, Any] = yaml_lines.read(WORDS).data
    return found


@cache
def phrases(kind: str, field: str) -> tuple[str, ...]:
    """Return the headings by which a field is known."""
    return tuple(vocabulary()["fields"][kind][field]["phrases"])


@cache
def canonical(text: str) -> str:
    """Return a heading's words in one form: "Date Rptd" and ReportedDateUtc are alike."""
    letters = (c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    plain_text = "".join(letters).replace("'", "")
    spelled = ACRONYM.sub(" ", KIND.sub("", plain_text).replace("#", " number "))
    apart = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", words(spelled))
    tokens = [part for token in apart.split() for part in _parts(token)]
    plain = " ".join(" ".join(_abbreviation(token) for token in tokens).split())
    for pair, meant in vocabulary()["pairs"].items():
        plain = re.sub(rf"\b{pair}\b", meant, plain)
    said = plain.split()
    return " ".join(word for word, after in zip_longest(said, said[1:]) if word != after)


@cache
def likeness(heading: str, phrases: tuple[str, ...], whose: tuple[str, ...] = ()) -> float:
    """Return from 0 to 100 how like a heading is to the best of some phrases.

    An earlier phrase counts a little more than a later one. `whose` are words that may come before
    any heading of the file, such as "victim".
    """
    said = canonical(heading)
    if _heard(said).isdisjoint(_words_of(phrases)):
        return 0.0
    places = _with_a_word_of(said, phrases)
    shorter = _without(said, whose)
    best = 0.0
    for index in places:
        wanted = canonical(phrases[index])
        like = max(_overlap(said, wanted), *(_overlap(bare, wanted) - 2 for bare in shorter))
        best = max(best, like - index * EARLIER)
    return best


def _without(said: str, whose: tuple[str, ...]) -> list[str]:
    """Return a heading without all the words that say whose it is, and without each of them."""
    mine = said.split()
    bare = " ".join(word for word in mine if word not in whose)
    return [bare, *(" ".join(mine[:n] + mine[n + 1 :]) for n, w in enumerate(mine) if w in whose)]


@cache
def harmless(heading: str) -> float:
    """Return how like a heading is to one that carries nothing about anybody's safety."""
    said, phrases = LAST_DIGIT.sub("", canonical(heading)), _harmless_phrases()
    near = [_overlap(said, canonical(phrases[n])) for n in _with_a_word_of(said, phrases)]
    return max(*near, ONLY_WORDS if _only_harmless(said.split()) else 0, 0)


@cache
def word_list(name: str) -> frozenset[str]:
    """Return a list of words of `words.yaml`, in the form that headings have."""
    each = str(vocabulary()[name]).split()
    return frozenset(word for text in each for word in canonical(text).split())


def doubtful(heading: str) -> bool:
    """Whether a heading means two things, of which only values can tell which."""
    return not word_list("doubtful_words").isdisjoint(canonical(heading).split())


def graded(heading: str) -> frozenset[str]:
    """Return values that are a degree under a heading: a minor injury is nobody's age."""
    degree = not word_list("degree_words").isdisjoint(canonical(heading).split())
    return frozenset({"MINOR"} if degree else ())


def _only_harmless(said: list[str]) -> bool:
    """Whether a heading has only harmless words, and one that says what it is about.

    "Victim code" may be anything; "weapon code", "party race" and "district 2012" are harmless.
    """
    left = {word for word in said if not word.isdigit()} or set(said)
    telling = left - _beside()
    return bool(telling) and telling <= word_list("harmless_words")


@cache
def safety_hint(heading: str) -> tuple[str, bool] | None:
    """Return which safety field a heading's words may mean, and whether yes and no are swapped."""
    said = canonical(heading).split()
    for rule in vocabulary()["safety"]:
        for group in rule["words"]:
            if all(_has(said, canonical(str(word)) or str(word)) for word in group):
                return rule["field"], bool(rule.get("inverted"))
    return None


def known_value(field: str, value: str) -> str | None:
    """Return Aviso's value for a code of a records system, or None when it is not known.

    Who once was close, such as an "EX-GIRLFRIEND", is as close as before.
    """
    spelled = " ".join(value.upper().split())
    if field == "relationship" and (former := FORMERLY.match(spelled)):
        return _values(field).get(spelled) or _values(field).get(spelled[former.end() :])
    return _values(field).get(spelled)


def has_known_values(field: str) -> bool:
    """Whether the vocabulary knows codes of a field."""
    return bool(_values(field))


def plain_values(values: Collection[str]) -> bool:
    """Whether values, in capitals, are a public list that carries nothing: states, directions."""
    lists = vocabulary()["plain_values"]
    return any(
        {*rule["needs"]} <= {*values} <= {*rule["values"]} and len(values) >= rule["least"]
        for rule in lists
    )


@cache
def _values(field: str) -> Mapping[str, str]:
    table = vocabulary()["values"].get(field, {})
    return {str(code): ours for ours, codes in table.items() for code in codes}


@cache
def _harmless_phrases() -> tuple[str, ...]:
    return tuple(map(str, vocabulary()["harmless"]))


def _with_a_word_of(said: str, phrases: tuple[str, ...]) -> list[int]:
    """Return the places of the phrases that share a word with a heading, in order.

    The others are not at all like it, and to compare each of them takes most of the time.
    """
    places = _places(phrases)
    return sorted({n for like in _heard(said) & _words_of(phrases) for n in places[like]})


@cache
def _heard(said: str) -> frozenset[str]:
    """Return every word of a phrase that is the same as one of a heading."""
    return frozenset(like for word in said.split() for like in _alike(word))


@cache
def _words_of(phrases: tuple[str, ...]) -> frozenset[str]:
    """Return the words of some phrases."""
    return frozenset(_places(phrases))


@cache
def _places(phrases: tuple[str, ...]) -> Mapping[str, list[int]]:
    """Return the places of the phrases that have each word."""
    found = defaultdict[str, list[int]](list)
    for place, phrase in enumerate(phrases):
        for word in canonical(phrase).split():
            found[word].append(place)
    return found


@cache
def _alike(word: str) -> list[str]:
    """Return the words of all phrases that are the same word."""
    return [wanted for wanted in _spoken() if wanted == word or _same(word, wanted)]


@cache
def _spoken() -> frozenset[str]:
    """Return every word of a phrase, in the form that headings have."""
    phrases = (*_phrases(vocabulary()), *_harmless_phrases())
    return frozenset(word for phrase in phrases for word in canonical(phrase).split())


@cache
def _overlap(one: str, other: str) -> float:
    """Return how many of two headings' words are the same, weighted, from 0 to 100."""
    mine, theirs = one.split(), other.split()
    if not mine or not theirs:
        return 0
    total = sum(map(_weight, (*mine, *theirs)))
    left, shared = list(theirs), 0.0
    for word in mine:
        if match := next((w for w in left if _same(word, w)), None):
            left.remove(match)
            shared += 2 * _weight(match)
    return 100 * shared / total


def _weight(word: str) -> float:
    return DIGITS if word.isdigit() else WEAK.get(word, 1)


def _same(one: str, other: str) -> bool:
    """Whether two words are one, perhaps with a typing error: "related" is not "relocated"."""
    if min(len(one), len(other)) < SHORT or {one, other} <= _known():
        return one == other
    return fuzz.ratio(one, other) >= SAME


def _has(said: list[str], words_wanted: str) -> bool:
    return all(any(_same(word, wanted) for word in said) for wanted in words_wanted.split())


def _abbreviation(token: str) -> str:
    """Return the word that a shortened one, a plural or one without vowels means."""
    table = vocabulary()["abbreviations"]
    if AGENCY.fullmatch(token) and token not in _known():
        return ""
    one = token.removesuffix("s")
    if token not in table and one in _known():
        token = one
    if token in table or token in _known():
        return str(table.get(token, token))
    meant = _skeletons().get(token, token) if len(token) >= SKELETON else token
    return str(table.get(meant, meant))


@cache
def _skeletons() -> Mapping[str, str]:
    """Return each known word by its consonants, without those that two words share."""
    found: dict[str, set[str]] = {}
    for word in _known():
        meant = str(vocabulary()["abbreviations"].get(word, word))
        found.setdefault(VOWELS.sub("", word), set()).add(meant)
    return {bare: next(iter(meant)) for bare, meant in found.items() if len(meant) == 1}


@cache
def _beside() -> frozenset[str]:
    """Return the words that say only whose a column is, or nothing."""
    whose = (word for kind in vocabulary()["kinds"].values() for word in kind["whose"])
    return frozenset({*whose, *str(vocabulary()["bland_words"]).split()})


@cache
def _known() -> frozenset[str]:
    """Return every word that can be cut out of a heading without separators."""
    found = vocabulary()
    phrases = [*found["harmless"], *_phrases(found)]
    safety = [str(w) for rule in found["safety"] for group in rule["words"] for w in group]
    texts = (*phrases, *safety, found["harmless_words"])
    each = {word for text in texts for word in str(text).split()}
    return frozenset(each | set(found["abbreviations"]))


def _phrases(found: Mapping[str, Any]) -> list[str]:
    return [p for kind in found["fields"].values() for f in kind.values() for p in f["phrases"]]


@cache
def _parts(token: str) -> tuple[str, ...]:
    """Cut a word without separators into known words: INVLTYP is invl and typ."""
    if token in _known() or len(token) < SHORT or not token.isalpha():
        return (token,)
    best: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(2, len(token) + 1):
        for start in range(end - 1):
            piece = token[start:end]
            if start in best and piece in _known():
                cut = (*best[start], piece)
                if end not in best or _cost(cut) < _cost(best[end]):
                    best[end] = cut
    found = best.get(len(token), (token,))
    # Three short pieces in a row are chance, such as the "st at us" of another language.
    chance = any(len(a) < 3 and len(b) < 3 for a, b in pairwise(found))
    return (token,) if chance else found


def _cost(cut: Sequence[str]) -> tuple[int, int]:
    """Few words are likelier than many, and whole words than short ones: not "vict image"."""
    return len(cut), sum(word in vocabulary()["abbreviations"] for word in cut)
