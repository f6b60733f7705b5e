"""Codes in a file that the settings do not know, by column, with their lines.

A column that is mapped by mistake may hold names. So a code is shown only if it is short and most
of its column's cells hold known codes. Otherwise only its lines are given.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress

from aviso.domain.errors import RowRejected
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.feed.export_file import ExportFile
from aviso.feed.rows import ROLES

CODES = {"cases": ("offense", "status"), "people": ("role", "relationship"), "arrests": ()}
KNOWN: Mapping[str, Callable[[str, Settings], bool]] = {
    "offense": lambda code, settings: settings.offense_group(code) is not None,
    "status": lambda code, settings: code.upper() in settings.statuses,
    "role": lambda code, _: code.lower() in ROLES,
    "relationship": lambda code, settings: any(
        code.upper() in words for words in settings.ordinary_relationships.values()
    ),
}
SHORT = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,15}")


class UnknownCode(Frozen, frozen=True):
    """A code that the settings do not know."""

    name: str  # of its column, the canonical one
    column: str  # the agency's
    code: str  # empty when it may not be shown
    lines: tuple[int, ...]


def unknown(export: ExportFile) -> list[UnknownCode]:
    """Return the unknown codes of a file, the most frequent of a column first."""
    names = [name for name in CODES[export.file.kind] if export.has(name)]
    known = Counter[str]()
    lines: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in names}
    for record in export.rows():
        with suppress(RowRejected):
            values = export.values(record)
            if export.ignored(values):
                continue
            for name in names:
                code, translated = values.mapped(name), export.file.values.get(name, {})
                as_meant = name == "relationship" and values.text(name).upper() in translated
                if as_meant or KNOWN[name](code, export.settings):
                    known[name] += 1
                elif code:
                    lines[name][code].append(record.line)
    return [found for name in names for found in _of(export, name, lines[name], known[name])]


def _of(
    export: ExportFile, name: str, lines: Mapping[str, list[int]], known: int
) -> list[UnknownCode]:
    column = export.file.columns[name]
    codes = known >= sum(map(len, lines.values()))
    shown = {code for code in lines if codes and SHORT.fullmatch(code)}
    hidden = sorted(line for code in lines.keys() - shown for line in lines[code])
    found = [UnknownCode(name, column, code, tuple(lines[code])) for code in shown]
    found.sort(key=lambda code: (-len(code.lines), code.code))
    return [*found, *([UnknownCode(name, column, "", tuple(hidden))] if hidden else [])]
