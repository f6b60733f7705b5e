"""The storm's package names each of its files, so that a reader finds what does what."""

import re

from infra.repository import ROOT

FOLDER = ROOT / "tests/storm"


class TestContents:
    def test_name_each_file(self):
        text = (FOLDER / "__init__.py").read_text(encoding="utf-8")
        modules = {path.stem for path in FOLDER.glob("[!_]*.py")}
        files = {path.name for path in FOLDER.glob("*.json")}
        assert {*re.findall(r"`([a-z_]+(?:\.json)?)`", text)} == modules | files
