"""The sample agency with Arabic switched on: the third language, and the one from right to left.

A text of the settings that `agency_in_arabic.yaml` does not have stays in English.
"""

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from aviso.content import messages, templates
from aviso.domain import stop_words
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings
from aviso.letters import pdf
from aviso.web import birth_dates
from infra.compiler import yaml_lines
from infra.compiler.kept import folder_of
from infra.message_checks.samples import CODE, samples
from infra.repository import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"
MONTHS = birth_dates._months
TEXTS = Path(__file__).with_name("agency_in_arabic.yaml")


def write(folder: Path, *, try_drafts: bool = True) -> Path:
    """Write the agency's settings into a folder, and return their file."""
    texts = yaml_lines.read(TEXTS).data
    data = _with_arabic(yaml_lines.read(SAMPLE).data, texts)
    agency = data["agency"]
    agency |= {"languages": ["en", "es", "ar"], "try_drafts": try_drafts}
    agency["names"]["ar"] = texts[agency["name"]]
    data["feed"]["people"]["values"]["language"]["ARA"] = "ar"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "agency.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def _with_arabic(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_arabic(item, texts) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("en"), str) and isinstance(value.get("es"), str):
        return {**value, "ar": texts.get(value["en"], value["en"])}
    return {key: _with_arabic(item, texts) for key, item in value.items()}


def compiled(folder: Path) -> Path:
    """Compile the agency in a folder, and return where `aviso_compiled` is imported from."""
    return folder_of(write(folder), ROOT / "templates")


@contextmanager
def switched_on(out: Path, patch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Have the agency that was compiled there as `aviso_compiled`, in Arabic too."""
    from aviso.web.staff import pages  # now: it imports the compiled stylesheets

    made = (Settings.current, templates.environment, pages.strings, stop_words.replies, MONTHS)
    kept = {name: module for name, module in sys.modules.items() if _compiled(name)}
    _forget(kept, made)
    patch.syspath_prepend(str(out))
    importlib.invalidate_caches()
    try:
        yield Settings.current()
    finally:
        _forget([name for name in sys.modules if _compiled(name)], made)
        sys.modules.update(kept)


def _compiled(name: str) -> bool:
    return name.partition(".")[0] == "aviso_compiled"


def _forget(names: Iterable[str], made: Iterable[Any]) -> None:
    """Forget the settings and what was made of them."""
    for name in list(names):
        del sys.modules[name]
    for cached in made:
        cached.cache_clear()


def letter(settings: Settings, kind: Kind = Kind.ARREST) -> pdf.Mail:
    """Return a letter in Arabic, with an access code."""
    sample = next(samples(kind, settings))
    text: Any = messages.render(kind, Channel.LETTER, "ar", sample.facts, sample.settings)
    return pdf.Mail(
        address=("ANA MUNOZ", "12 E PIMA ST", "SONORA WELLS AZ 85701"),
        language="ar",
        title=text.title,
        parts=text.parts,
        day=date(2026, 11, 24),
        portal_url="https://portal.example.org",
        code=CODE,
        code_until=date(2026, 12, 4),
    )
