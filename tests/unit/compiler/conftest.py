"""What tests of the compiler share: a small folder of templates."""

from pathlib import Path

import pytest

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
