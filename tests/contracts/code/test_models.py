"""The rigs' models reach nothing of the product, so they do not share its errors."""

import pytest

from infra.repository import ROOT
from tests.support import imports
from tests.support.imports import of_the_product

MODELS = sorted(path.stem for path in (ROOT / "tests/rig/model").glob("[a-z]*.py"))


class TestModels:
    @pytest.mark.parametrize("module", MODELS)
    def test_reach_nothing_of_the_product(self, module):
        assert of_the_product(f"tests.rig.model.{module}") == []

    def test_that_reach_it_through_others_are_found(self, monkeypatch, tmp_path):
        files = {
            "model": "def f():\n    from infra.harness import rows\n",
            "infra/harness/rows": "import json\nfrom aviso.domain import csv_text\n",
            "infra/harness/__init__": "import infra.other\n",
            "infra/other": "from functions.portal import handler\n",
        }
        for name, text in files.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.setattr(imports, "ROOT", tmp_path)
        imports.forget()
        found = of_the_product("model")
        imports.forget()
        assert {one.partition(" ")[0] for one in found} == {"infra.harness.rows", "infra.other"}
