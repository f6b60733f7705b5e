"""The few markup forms of a message, so that one wording serves text, HTML and print.

A body is paragraphs separated by blank lines. `## ` starts a heading, `- ` an item of a list, and
`[what it does](address)` alone on its line is a link. A Markdown library would add dozens of forms
that nobody uses to every message, and its import to every cold start.
"""

import re
from enum import StrEnum

from aviso.domain.value import Frozen

_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<url>\S+)\)")


class Form(StrEnum):
    """The form of a part of a message."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEMS = "items"
    LINK = "link"


class Part(Frozen, frozen=True):
    """One paragraph, heading, list or link. Only a list has `items`, only a link a `url`."""

    form: Form
    text: str = ""
    url: str = ""
    items: tuple[str, ...] = ()

    def plain(self) -> str:
        """Return the part as plain text."""
        if self.form is Form.ITEMS:
            return "\n".join(f"- {item}" for item in self.items)
        if self.form is Form.LINK:
            return f"{self.text}:\n{self.url}"
        return self.text


def _blocks(text: str) -> list[list[str]]:
    """Group lines into paragraphs and lists, with headings and links on their own."""
    blocks: list[list[str]] = []
    previous = ""
    for line in (" ".join(raw.split()) for raw in text.splitlines()):
        kind = _kind(line)
        if line and kind == previous and kind in ("text", "item"):
            blocks[-1].append(line)
        elif line:
            blocks.append([line])
        # A blank line ends a paragraph, but not a list: templates leave blank lines where an
        # optional item is absent.
        previous = kind if line else ("item" if previous == "item" else "")
    return blocks


def _kind(line: str) -> str:
    if line.startswith("- "):
        return "item"
    if line.startswith("## "):
        return "heading"
    return "link" if _LINK.fullmatch(line) else "text"


def _part(lines: list[str]) -> Part:
    match _kind(lines[0]):
        case "item":
            return Part(Form.ITEMS, items=tuple(line[2:] for line in lines))
        case "heading":
            return Part(Form.HEADING, lines[0][3:])
        case "link" if link := _LINK.fullmatch(lines[0]):
            return Part(Form.LINK, link["text"], link["url"])
    return Part(Form.PARAGRAPH, " ".join(lines))


def parse(text: str) -> tuple[Part, ...]:
    """Return the parts of a rendered body, in order."""
    return tuple(_part(lines) for lines in _blocks(text))


def plain(parts: tuple[Part, ...]) -> str:
    """Return parts as a plain-text email shows them."""
    return "\n\n".join(part.plain() for part in parts)
