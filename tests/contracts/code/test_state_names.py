"""What is a state's own is in its folder of `infra/law`, and in the settings."""

import re

from infra.compiler import state_law
from infra.repository import ROOT

LAWS = sorted((ROOT / "infra/law").glob("*/"))
NAMES = "|".join(state_law.names_of_state(law)[1] for law in LAWS)
OF_A_STATE = re.compile(rf"(?i)\b({NAMES})\b|\b(A\.R\.S|H\.R\.S)\.")


class TestPackage:
    def test_names_no_state_and_no_statute_of_one(self) -> None:
        texts = {
            path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
            for place in ("layers", "functions")
            for path in (ROOT / place).rglob("*.py")
        }
        assert len(texts) > 100
        assert [name for name, text in texts.items() if OF_A_STATE.search(text)] == []
