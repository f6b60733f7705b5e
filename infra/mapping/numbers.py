"""The pattern of an agency's case numbers, and a number that no case has."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

PATTERNS = 3  # different forms, at most, before a pattern says only the length
CLASSES = {"9": "[0-9]", "A": "[A-Z]"}


@dataclass(frozen=True)
class NumberPattern:
    """What goes under `agency`; `sure` is False if the numbers have too many forms."""

    pattern: str
    example: str
    sure: bool


def pattern_of(numbers: Iterable[str]) -> NumberPattern:
    """Return the pattern that fits every number.

    Args:
        numbers: without spaces and dashes, in capitals.
    """
    known = sorted({number for number in numbers if number})
    if not known:
        return NumberPattern("^[A-Z0-9]{6,12}$", "X00000000", sure=False)
    forms: dict[str, list[list[tuple[str, int]]]] = {}
    for number in known:
        runs = [(kind, len(list(run))) for kind, run in groupby(number, key=_class)]
        forms.setdefault("".join(kind for kind, _ in runs), []).append(runs)
    parts = [_joined(runs) for _, runs in sorted(forms.items(), key=lambda f: -len(f[1]))]
    pattern = f"^(?:{'|'.join(parts)})$" if len(parts) > 1 else f"^{parts[0]}$"
    sure = len(parts) <= PATTERNS and all(re.fullmatch(pattern, number) for number in known)
    if not sure:
        lengths = [len(number) for number in known]
        pattern = rf"^\w{{{min(lengths)},{max(lengths)}}}$"
    return NumberPattern(pattern, _example(known), sure)


def _class(character: str) -> str:
    return "9" if character.isdigit() else "A"


def _joined(numbers: Sequence[Sequence[tuple[str, int]]]) -> str:
    """Return one pattern for numbers with the same order of letters and digits."""
    text = ""
    for runs in zip(*numbers, strict=True):
        lengths = [length for _, length in runs]
        shortest, longest = min(lengths), max(lengths)
        count = str(shortest) if shortest == longest else f"{shortest},{longest}"
        text += f"{CLASSES[runs[0][0]]}{{{count}}}"
    return text


def _example(known: Sequence[str]) -> str:
    """Return a number of the commonest form that no case has: all zeros, or else all nines."""
    shape = known[0]
    for letter, digit in (("X", "0"), ("X", "9"), ("Z", "0"), ("Z", "9")):
        found = "".join(digit if c.isdigit() else letter for c in shape)
        if found not in known:
            return found
    return found
