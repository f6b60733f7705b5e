"""Counting instructions: by where a package is, not by what a path contains."""

from datetime import date
from typing import Any

import pytest

from benchmarks import instructions

BODY = "def do():\n    return [n for n in range(100)]\n"


def function_in(file):
    """Return a function that Python says is in a file."""
    scope: dict[str, Any] = {}
    exec(compile(BODY, str(file), "exec"), scope)
    return scope["do"]


class TestCount:
    def test_excludes_a_library_in_a_clone_called_aviso(self, compiled):
        file = "/home/ana/aviso/.venv/lib/python3.13/site-packages/botocore/client.py"
        assert instructions.instructions(function_in(file)) == 0

    def test_includes_the_domain_package(self, compiled):
        from aviso.content import dates

        assert instructions.instructions(lambda: dates.month(date(2026, 11, 26), "en")) > 0

    def test_includes_a_package_reached_through_a_link(self, tmp_path, monkeypatch):
        package = tmp_path / "site" / "ours_for_this_test"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (tmp_path / "linked").symlink_to(tmp_path / "site")
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        monkeypatch.setattr(instructions, "OURS", (package.name,))
        linked = tmp_path / "linked" / package.name / "code.py"
        assert instructions.instructions(function_in(linked)) > 100

    def test_fails_for_a_package_that_is_not_there(self, monkeypatch):
        monkeypatch.setattr(instructions, "OURS", ("no_such_package",))
        with pytest.raises(RuntimeError, match="no_such_package"):
            instructions.folders()
