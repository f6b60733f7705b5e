"""The judge of roles finds whose call it is, and knows the modules in which functions begin."""

import re

import pytest

from aviso.runtime import clients
from infra.repository import ROOT
from tests.support import role_judge
from tests.support.role_judge import ENTRANCES

ROW = {"TableName": "Members", "Item": {"pk": {"S": "STAFF#made-up"}}}


def put(function: str) -> list[str]:
    """Put a colleague's session as a line of a function's handler; return what is denied."""
    file = str(ROOT / "functions" / function / "handler.py")
    line = compile("client.put_item(**row)", file, "exec")
    exec(line, {"client": clients.client("dynamodb"), "row": ROW})
    found = [*role_judge.denied]
    role_judge.denied.clear()
    return found


class TestJudge:
    @pytest.mark.usefixtures("aws")
    def test_denies_a_function_what_its_role_may_not(self) -> None:
        assert put("portal") == ["Portal may not PutItem Members STAFF#"]
        assert put("staff") == []


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
