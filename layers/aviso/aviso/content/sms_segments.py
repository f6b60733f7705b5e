"""The number of parts that a text message is sent and charged in, for wording and checker.

Alphabet and part sizes: 3GPP TS 23.038 (6.2.1 and 6.2.1.1) and TS 23.040 (9.2.3.24.1). A text
with one character outside the alphabet is sent as UCS-2, in less than half the space. The small
libraries for this either have had no release for years or are codecs that do not count.
"""

from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # each takes an escape and a character


class Segments(NamedTuple):
    """A text's parts, and its encoding (GSM-7 or UCS-2), which decides them."""

    parts: int
    encoding: str


def outside_gsm(text: str) -> str:
    """Return the characters that would force UCS-2, in order, each once."""
    return "".join(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENDED))


def _parts(widths: list[int], single: int, part: int) -> int:
    """Count parts; a character of two units is never split over two parts."""
    if sum(widths) <= single:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts


def count(text: str) -> Segments:
    """Return in how many parts `text` is sent: 160 or 153 units each, or 70 or 67 in UCS-2."""
    if outside_gsm(text):
        widths = [2 if ord(c) > 0xFFFF else 1 for c in text]
        return Segments(_parts(widths, 70, 67), "UCS-2")
    return Segments(_parts([2 if c in EXTENDED else 1 for c in text], 160, 153), "GSM-7")
