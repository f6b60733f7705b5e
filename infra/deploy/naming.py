"""Names for files of our own that the settings' patterns take, as the import holds them to it.

A pattern is the records system's, so a name is written from the pattern itself: what it fixes as it
stands there, and digits of the time wherever it takes digits.
"""

import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from botocore.exceptions import ClientError

from aviso.settings import FeedFile, Settings

_parser: Any = importlib.import_module("re._parser")  # what `re` reads a pattern with
LETTERS = [chr(n) for n in (*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1))]
OTHERS = [*LETTERS, *"_-.", *map(chr, range(33, 127))]
STAMP = 14  # digits of a time, down to the second
FORMS = ("%Y%m%d_%H%M%S", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d", "%Y-%m-%dT%H-%M-%S", "%Y-%m-%d")


def names(file: FeedFile, settings: Settings, now: datetime) -> list[str]:
    """Return names that the import takes for a file of this kind: today's, and tomorrow's.

    A pattern with a day and no time has one name a day, which the day's own export may have.
    """
    found: dict[str, None] = {}
    for at in (now, now + timedelta(days=1)):
        written = (from_pattern(file.name_pattern, at, form) for form in (*FORMS, ""))
        for name in (f"{file.kind}_{at:%Y%m%d_%H%M%S}.csv", *written, f"{file.kind}.csv"):
            if _takes(settings, name) is file:
                found[name] = None
                break
    return list(found)


def unnamed(settings: Settings, now: datetime) -> str:
    """Return which kinds of file no name of ours can be written for, empty where all have one."""
    kinds = [file.kind for file in settings.feed if not names(file, settings, now)]
    return ", ".join(kinds)


def free_name(s3: Any, bucket: str, file: FeedFile, settings: Settings, now: datetime) -> str:
    """Return a name that the import takes for a file of ours, and that no export has.

    Raises:
        LookupError: when there is none.
    """
    found = names(file, settings, now)
    for name in found:
        try:
            there = s3.head_object(Bucket=bucket, Key=f"incoming/{name}")
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
            return name
        if "part" in there["Metadata"] or (
            len(found) == 1 and _imported(s3, bucket, name, there["LastModified"])
        ):  # an export of the one name there is gives way once it was read, however long that took
            return name
    if found:
        raise LookupError(
            f"the agency's own {found[-1]} is not imported yet, and a test's file would stand in "
            "its place; run the same command again once it is ('make redrive' where the import "
            "gave it up)"
        )
    raise LookupError(f"no file name could be written that the pattern for {file.kind} takes")


def summary_of(name: str) -> str:
    """Return where the import's figures of a file are."""
    return f"summaries/{name.removesuffix('.csv')}.json"


def _imported(s3: Any, bucket: str, name: str, since: datetime) -> bool:
    """Return whether the file that has this name since then was imported, as its summary says."""
    try:
        summary = s3.get_object(Bucket=bucket, Key=summary_of(name))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return False
    result: str = json.load(summary["Body"])["result"]
    written: datetime = summary["LastModified"]
    return result == "imported" and written >= since


def _takes(settings: Settings, name: str) -> FeedFile | None:
    fits = (f for f in settings.feed if re.fullmatch(f.name_pattern, name, re.IGNORECASE))
    return next(fits, None)


def from_pattern(pattern: str, at: datetime, form: str = "") -> str:
    """Return a name written from a pattern; whether it fits is for whoever asks to see.

    Args:
        pattern: a file's in the settings.
        at: the time that digits are of.
        form: how the group `stamp` is written; empty as its pattern has it.
    """
    parts = _parser.parse(pattern)
    stamp = parts.state.groupdict.get("stamp", 0) if form else 0
    return _Writer(cycle(f"{at:%Y%m%d%H%M%S}"), stamp, at.strftime(form)).written(parts)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes a text that a parsed pattern takes."""

    digits: Iterator[str]
    group: int  # of the stamp, 0 for none
    stamp: str

    def written(self, parts: Any) -> str:
        return "".join(self._part(str(kind), value) for kind, value in parts)

    def _part(self, kind: str, value: Any) -> str:
        if kind == "LITERAL":
            return chr(value)
        if kind == "IN":
            return _one_of(value, self.digits)
        if kind in ("ANY", "NOT_LITERAL"):
            return next(self.digits)
        if kind == "SUBPATTERN":
            return self.stamp if self.group and value[0] == self.group else self.written(value[3])
        if kind == "ATOMIC_GROUP":
            return self.written(value)
        if kind == "BRANCH":
            return self.written(value[1][0])
        if kind.endswith("_REPEAT"):
            return self._repeated(*value)
        return ""  # where a name begins or ends

    def _repeated(self, low: int, high: int, parts: Any) -> str:
        """Write as few as may be, and all digits of a time where any number of them may be."""
        one = self.written(parts) if high else ""
        if len(one) == 1 and one.isdigit():
            count = min(int(high), max(low, STAMP))
        else:
            count = max(low, any(letter.isdigit() for letter in one))
        more = "".join(self.written(parts) for _ in range(count - 1))
        return one + more if count else ""


def _one_of(choices: Any, digits: Iterator[str]) -> str:
    chosen = [(str(kind), value) for kind, value in choices]
    without = chosen[0][0] == "NEGATE"
    able = [c for c in "0123456789" if any(_is(c, *one) for one in chosen) is not without]
    if len(able) == 10:
        return next(digits)
    fits = (c for c in OTHERS if any(_is(c, *one) for one in chosen) is not without)
    return able[0] if able else next(fits, "")


def _is(letter: str, kind: str, value: Any) -> bool:
    if kind == "LITERAL":
        return bool(ord(letter) == value)
    if kind == "RANGE":
        return bool(value[0] <= ord(letter) <= value[1])
    if kind == "CATEGORY":
        sign = {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}[str(value).rpartition("_")[2]]
        return bool(re.match(sign, letter)) is not ("_NOT_" in str(value))
    return False
