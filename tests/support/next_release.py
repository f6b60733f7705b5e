"""A release that follows the one at hand, for tests that upgrade a stack on local AWS."""

from pathlib import Path


def of(built: Path) -> Path:
    """Return a template that differs from a built one by what a function has to run with."""
    text = built.read_text(encoding="utf-8")
    changed = text.replace('"Timeout": 300', '"Timeout": 310')
    assert changed != text
    release = built.with_name("next.yaml")
    release.write_text(changed, encoding="utf-8")
    return release
