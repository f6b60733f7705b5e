"""What the template passes on from a table's stream is what the counters read."""

import json
import re

from aviso.reporting.counted_facts import CALL, LOGINS
from infra.repository import ROOT


class TestAuditStream:
    def test_passes_on_each_action_that_is_counted(self) -> None:
        text = (ROOT / "template.yaml").read_text("utf-8")
        (actions,) = re.findall(r'\{"action": \{"S": (\[[^]]*\])\}\}', text)
        assert set(json.loads(actions)) == LOGINS | {CALL}
