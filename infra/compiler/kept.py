"""Compiled settings that are kept: what has not changed is not compiled again.

A command or a rig of tests needs the package `aviso_compiled` before it does anything. To compile
it takes 1.2 s of processor time. So each state of the inputs has a folder under build/settings/,
which `use` makes importable. `make clean` deletes them all.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.compiler.search_path import importable
from infra.repository import ROOT

FOLDER = ROOT / "build" / "settings"
# What the package depends on besides an agency's file and the templates: the presets, the schema
# and the law, the compiler, the product's own settings and filters, the versions of the libraries.
SOURCES = (
    *("infra/agency", "infra/law", "infra/compiler"),
    *("layers/aviso/aviso", "requirements-dev.txt"),
)
UNUSED = 24 * 3600  # seconds after which a folder is deleted; a command may run for hours


def folder_of(agency: Path, templates: Path) -> Path:
    """Return the folder that has an agency's `aviso_compiled`; it is compiled if it is new.

    Nobody writes into a folder once it is there, so that commands at the same time may share it.

    Raises:
        SettingsMistakes: with every mistake; nothing is kept.
    """
    folder = FOLDER / _state(agency, templates)
    if folder.exists():
        os.utime(folder)
        return folder
    from infra.compiler.compile import compile_agency  # it loads Jinja and the time zones

    FOLDER.mkdir(parents=True, exist_ok=True)
    _drop_unused()
    half_done = Path(tempfile.mkdtemp(suffix=".half", dir=FOLDER))
    try:
        compile_agency(agency, templates, half_done)
        half_done.rename(folder)
    except OSError:  # another command was faster
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    return folder


def use(agency: Path, templates: Path) -> None:
    """Have this process import an agency's compiled settings from now on.

    Raises:
        SettingsMistakes: with every mistake.
    """
    importable(folder_of(agency, templates))


def _state(agency: Path, templates: Path) -> str:
    """Return a hash of everything that decides the package's bytes."""
    digest = hashlib.sha256(f"{sys.version}\0".encode() + agency.read_bytes())
    for name, content in _inputs(templates):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:20]


def _inputs(templates: Path) -> Iterator[tuple[str, bytes]]:
    for top in (templates, *(ROOT / source for source in SOURCES)):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(top).as_posix(), path.read_bytes()


def _drop_unused() -> None:
    for folder in FOLDER.iterdir():
        if folder.stat().st_mtime < time.time() - UNUSED:
            shutil.rmtree(folder, ignore_errors=True)
