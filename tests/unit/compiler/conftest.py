"""What tests of the compiler share: a small folder of templates, and changed settings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.compiler.settings_checks import check
from infra.compiler.yaml_lines import read
from infra.repository import ROOT
from tests.support.small_templates import FILES, Write


@pytest.fixture
def folder(tmp_path: Path) -> Write:
    """Write a small templates folder; a value of None leaves its file out."""

    def write(changes: dict[str, str | None]) -> Path:
        for name, text in (FILES | changes).items():
            if text is not None:
                path = tmp_path / "templates" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
        return tmp_path / "templates"

    return write


@pytest.fixture
def found(tmp_path: Path) -> Callable[[str, str], str]:
    """Return what is wrong with the sample agency after one change of its text."""

    def change(before: str, after: str) -> str:
        text = (ROOT / "infra/agency/sample.yaml").read_text("utf-8")
        assert before in text
        path = tmp_path / "agency.yaml"
        path.write_text(text.replace(before, after, 1), "utf-8")
        return "\n".join(str(problem) for problem in check(read(path)))

    return change
