"""The senders get their rates from the template under the names they read, in a bounded number."""

import re
from typing import Any

from infra.deploy import sending_rates
from infra.harness import cloudformation
from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS

TEMPLATE: dict[str, Any] = cloudformation.read(ROOT / "template.yaml")
DEFAULTS = {name: p.get("Default") for name, p in TEMPLATE["Parameters"].items()}
DELIVERY = ROOT / "layers/aviso/aviso/providers"
SENDER = FUNCTIONS["SendNotice"]


class TestRates:
    def test_reach_the_senders_that_read_them(self) -> None:
        code = "".join(path.read_text() for path in DELIVERY.glob("*.py"))
        read = set(re.findall(r'pacing\.share\("(\w+)"\)', code))
        read |= set(re.findall(r'environment\.name\("(SENDERS)"', code))
        variables = SENDER["Environment"]["Variables"]
        given = {
            "SMS_PER_SECOND": {"Ref": "SmsPerSecond"},
            "EMAIL_PER_SECOND": {"Ref": "EmailPerSecond"},
            "SENDERS": {"Ref": "Senders"},
        }
        assert read == given.keys()
        assert given.items() <= variables.items()

    def test_are_shared_by_no_more_senders_than_expected(self) -> None:
        reserved = SENDER["ReservedConcurrentExecutions"]
        assert reserved == {"If": ["ReservesSenders", {"Ref": "Senders"}, {"Ref": "AWS::NoValue"}]}
        assert DEFAULTS["ReserveSenders"] == "true"

    def test_leave_each_share_a_message_a_second(self) -> None:
        assert 1 <= DEFAULTS["Senders"] <= min(DEFAULTS["SmsPerSecond"], DEFAULTS["EmailPerSecond"])

    def test_count_with_the_reserved_concurrency(self) -> None:
        assert DEFAULTS["PortalConcurrency"] == sending_rates.PORTAL
        reserving = {n for n, f in FUNCTIONS.items() if "ReservedConcurrentExecutions" in f}
        assert reserving == {"Portal", "SendNotice"}
