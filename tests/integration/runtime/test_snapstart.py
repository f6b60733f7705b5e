"""A function may start from a snapshot of its import: nothing is in it that must not be shared."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS

# Imports a handler as Lambda does before a snapshot, with no network and no chance at hand; what
# is imported from third parties may seed itself, what Aviso made may not.
LOOK = """
import importlib.util, random, socket, sys
def refuse(*_): raise AssertionError("a connection before the snapshot")
socket.socket.connect = refuse
before = random.getstate()
spec = importlib.util.spec_from_file_location("handler", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
from aviso.runtime import clients, secrets
assert random.getstate() == before, "chance was used before the snapshot"
assert secrets._cache == {}, "a secret was read before the snapshot"
assert clients.client.cache_info().currsize == 0, "a client was made before the snapshot"
"""


class TestSnapshot:
    @pytest.mark.parametrize("name", ["Portal", "Staff"])
    def test_holds_nothing_secret_random_or_open(self, compiled: Path, name: str) -> None:
        assert "SnapsPages" in str(FUNCTIONS[name]["SnapStart"])
        paths = [str(compiled.parent), str(ROOT / "layers/aviso")]
        without = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(ROOT / FUNCTIONS[name]["CodeUri"] / "handler.py")],
            env=without | {"PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
