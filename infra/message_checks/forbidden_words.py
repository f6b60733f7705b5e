"""Words that a message must not hold, by where they would be seen (docs/rules.md#13).

Each language's patterns are in its `language.yaml`. `offenses` reveal what happened to anyone who
reads along. `seen` must not show on a locked screen: a text, a subject, the first line of an email.
`never` is for every channel, letters too. The jailer tells of a release (A.R.S.
13-4412) and the prosecutor gives reasons (13-4408). Patterns are matched without regard to case.
"""

import re
from collections.abc import Iterable


def found(pattern: str, text: str) -> list[str]:
    """Return the words of a text that a pattern forbids."""
    return [m.group(0).strip() for m in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)]


def mentioned(names: Iterable[str], text: str) -> list[str]:
    """Return the given names that a text holds, in any case."""
    lower = text.lower()
    return [name for name in names if name and name.lower() in lower]
