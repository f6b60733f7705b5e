"""What a statement's resource is called here, and which ARNs of a run on local AWS it means.

A name that AWS makes up holds the logical id of what it names (`aviso-Tables-1f01-Cases-B0BA`), and
a name of our own is written out in the template; so the ARNs that local AWS saw tell which
statement they fall under.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PART = r"[^:/]*"  # of an ARN: whatever AWS or the account fills in
TABLE = re.compile(r"^Tables\.Outputs\.(\w+)Arn$")
HOLE = re.compile(r"\$\{([\w.:]+)\}|(\*)")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a statement."""

    label: str  # as a person reads it: Cases/index/phone_index
    pattern: str  # a regular expression of the ARNs that it means
    but: bool = False  # whether it means all but these (NotResource)

    def means(self, arn: str) -> bool:
        """Whether the statement speaks of this ARN; `*` is a call that names none."""
        return (re.fullmatch(self.pattern, arn, re.IGNORECASE) is None) is self.but


def resource(written: Any, but: bool = False) -> Resource:
    """Return what a template's `Resource` means, or `NotResource` with `but`."""
    text = written if isinstance(written, str) else _text(written)
    short = HOLE.sub(lambda hole: _called(hole[1]) if hole[1] else "*", text)
    if short.startswith("arn:"):
        _, _, service, _, _, rest = short.split(":", 5)
        short = service if but else re.sub(r"(^|(?<=:))-+|-+(?=/|$)", "", rest)
    return Resource(f"all but {short}" if but else short, _pattern(text), but)


def _called(hole: str) -> str:
    """Return a person's name for what fills a hole; nothing for account, region and stack."""
    if table := TABLE.match(hole):
        return table[1]
    if ".Outputs." in hole:
        return hole.rpartition(".")[2]
    return "" if hole.startswith("AWS::") else hole.removesuffix(".Arn").removesuffix(".Id")


def _text(written: Mapping[str, Any]) -> str:
    ((how, value),) = written.items()
    return str(value) if how == "Sub" else f"${{{value}}}"


def _pattern(text: str) -> str:
    """Return a text with holes as a regular expression."""
    found, at = "", 0
    for hole in HOLE.finditer(text):
        found += re.escape(text[at : hole.start()]) + _filled(hole[1])
        at = hole.end()
    return found + re.escape(text[at:])


def _filled(hole: str | None) -> str:
    """Return what may fill a hole: anything for a star, the ARN or a name of a resource."""
    if hole is None:
        return ".*"
    if table := TABLE.match(hole):
        return rf"arn:.*:table/{PART}-{table[1]}-{PART}"
    name, _, attribute = hole.partition(".")
    return rf"arn:.*{PART}-{name}-{PART}" if attribute in ("Arn", "Id") else PART
