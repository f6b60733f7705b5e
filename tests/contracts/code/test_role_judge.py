"""The judge of roles knows the modules in which the functions' own work begins."""

import re

from tests.support.role_judge import ENTRANCES, ROOT


class TestEntrance:
    def test_is_a_module_that_its_handler_imports(self) -> None:
        wrong = []
        for module, function in ENTRANCES.items():
            folder = re.sub(r"(?<!^)(?=[A-Z])", "_", function).lower()
            handlers = [folder] if folder else ["portal", "staff"]
            for name in handlers:
                text = (ROOT / "functions" / name / "handler.py").read_text(encoding="utf-8")
                lines = [line for line in text.splitlines() if line.startswith("from aviso")]
                if not any(re.search(rf"\b{module}\b", line) for line in lines):
                    wrong.append((module, name))
        assert wrong == []
