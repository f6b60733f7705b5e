"""Words that a message must not hold, by where they would be seen (docs/rules.md#13).

Patterns are matched without regard to case. `seen` is for what shows on a locked screen: a text, a
subject, the first line of an email. `never` is for every channel, letters too.
"""

import re
from collections.abc import Iterable, Mapping

# An offense reveals what happened to anyone who reads along.
OFFENSES: Mapping[str, str] = {
    "en": r"assault\w*|rap(?:e|ed|ist)|murder\w*|homicide|manslaughter|kill(?:ed|ing)|stalk\w*"
    r"|burgl\w*|robb(?:ed|ery)|theft|stolen|fraud|forgery|arson|kidnap\w*|harass\w*|molest\w*"
    r"|domestic|violence|sexual\w*|trespass\w*|weapons?|shoplift\w*|collision|identity",
    "es": r"agresi[oó]n\w*|viola\w+|asesin\w*|homicidi\w*|acos\w+|rob(?:o|os|ada|ado|aron)"
    r"|hurt\w+|fraude|falsific\w*|incendi\w*|secuestr\w*|doméstic\w*|violencia|sexual\w*|abus[oó]"
    r"|arma|armas|choque|allanamiento",
}
SEEN: Mapping[str, str] = {
    "en": r"victims?|crimes?|criminal\w*|suspects?|offenders?|defendants?|report number|case number"
    r"|abus\w*",
    "es": r"v[ií]ctimas?|delitos?|crimen\w*|sospechos\w+|agresor\w*|acusad[oa]s?|imputad[oa]s?"
    r"|número de (?:reporte|caso)|abus\w*",
}
# The jailer tells of a release (A.R.S. 13-4412) and the prosecutor gives reasons (13-4408).
NEVER: Mapping[str, str] = {
    "en": r"we (?:will|can) (?:tell|notify|let) you (?:know )?(?:when|if|of|about) [^.]*"
    r"\b(?:releas|let go|let out|set free|escap)\w*|[^.]*prosecutor[^.]*\bbecause\b",
    "es": r"(?:le|les) (?:avisaremos|diremos|podemos avisar)[^.]*"
    r"(?:salga|sale|salió|liber|suelt|escap)\w*|[^.]*(?:fiscal|fiscalía)[^.]*\bporque\b",
}
STOP: Mapping[str, str] = {"en": "Reply STOP to end", "es": "Responda ALTO para terminar"}


def found(pattern: str, text: str) -> list[str]:
    """Return the words of a text that a pattern forbids."""
    return [m.group(0).strip() for m in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)]


def mentioned(names: Iterable[str], text: str) -> list[str]:
    """Return the given names that a text holds, in any case."""
    lower = text.lower()
    return [name for name in names if name and name.lower() in lower]
