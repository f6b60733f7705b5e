"""Compare what the paths of the feed led to: every row and every message, also their times.

Left out is only what is about the imports themselves, or made by chance:

- Notices: the claim's `token`, its `lease_until`, how often a claim was tried (`tries`), and the
  provider's numbers, which count in the order of hand-over;
- Cases: the hashes of names, whose key each path makes for itself (the row `NAMEKEY` of Guards);
- Guards: which objects were imported, and when each kind of file came last. A code's row counts,
  but not its key, which is made of the code;
- Tallies: which events were counted. A counter is the sum of its shards;
- letters: the codes in them.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pypdf import PdfReader

Item = Mapping[str, Any]
End = Mapping[str, Any]  # what `play` returns
BY_CHANCE = {
    "Cases": {"surname_key", "name_key"},
    "Notices": {"token", "lease_until", "tries", "provider_id"},
}
OF_IMPORTS = ("IMPORTED#", "FEED#", "IMPORT#people")
A_CODE = re.compile(r"\b[0-9A-Z]{4}(?:[ -][0-9A-Z]{4})+\b")


def differences(ends: Mapping[str, End]) -> list[str]:
    """Return how each path's end differs from the first one's, one line each."""
    first, *others = ends
    here = _things(ends[first])
    return [line for path in others for line in _differing(path, here, _things(ends[path]))]


def counts(end: End) -> dict[str, int]:
    """Return how many objects, rows, messages and letters there are."""
    return {
        "objects": end["objects"],
        "rejected": end["rejected"],
        "cases": sum(key.endswith("|CASE") for key in end["tables"]["Cases"]),
        "case_rows": len(end["tables"]["Cases"]),
        "notices": len(end["tables"]["Notices"]),
        "messages": len(end["messages"]),
        "letters": sum(_pages(pdf) for name, pdf in end["letters"].items() if _is_pdf(name)),
    }


def _differing(path: str, here: Counter[Any], there: Counter[Any]) -> Iterator[str]:
    for sign, some in (("-", here - there), ("+", there - here)):
        for (table, key, content), times in sorted(some.items()):
            yield f"{path} {sign} {table} {key} {content}" + (f" x{times}" if times > 1 else "")


def _things(end: End) -> Counter[tuple[str, str, str]]:
    """Return rows and messages as table, key and content."""
    found: Counter[tuple[str, str, str]] = Counter()
    for table, items in end["tables"].items():
        for key, item in items.items():
            if not key.startswith((*OF_IMPORTS, "NAMEKEY", "EVENT#", "DAYS#")):
                name = "CODE" if key.startswith("CODE#") else key
                found[table, name, _content(table, item)] += 1
    for key, numbers in _summed(end["tables"]["Tallies"]).items():
        found["Tallies", key, str(sorted(numbers.items()))] += 1
    for at, channel, address, words in end["messages"]:
        found["messages", address, f"{at} {channel} {words}"] += 1
    for name, body in end["letters"].items():
        found["letters", name, _words(body) if _is_pdf(name) else body.decode()] += 1
    return found


def _content(table: str, item: Item) -> str:
    left_out = BY_CHANCE.get(table, set()) | {"pk"}
    return str(sorted((name, str(v)) for name, v in item.items() if name not in left_out))


def _summed(tallies: Mapping[str, Item]) -> dict[str, Counter[str]]:
    """Return each day's counters, their shards added; without those that are zero."""
    found: dict[str, Counter[str]] = {}
    for key, item in tallies.items():
        if key.startswith("DAYS#"):
            numbers = found.setdefault(f"DAYS|{key.partition('|')[2]}", Counter())
            for name, value in item.items():
                if "N" in value and name != "expires":
                    numbers[name] += int(value["N"])
    summed = {key: Counter({n: v for n, v in c.items() if v}) for key, c in found.items()}
    return {key: numbers for key, numbers in summed.items() if numbers}


def _is_pdf(name: str) -> bool:
    return name.endswith(".pdf")


def _pages(body: bytes) -> int:
    return len(PdfReader(io.BytesIO(body)).pages)


def _words(body: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    return A_CODE.sub("CODE", "\n".join(pages))
