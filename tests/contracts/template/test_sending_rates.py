"""The senders get their rates from the template under the names they read, in a bounded number."""

import re
from functools import partial
from types import SimpleNamespace
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

    def test_are_by_default_those_of_a_new_account(self) -> None:
        answers = {
            "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 10}},
            "get_account": {"SendQuota": {"MaxSendRate": 1.0}},
        }
        new = SimpleNamespace(**{name: partial(dict, it) for name, it in answers.items()})
        given = sending_rates.parameters(lambda _: new, {"sms_number": "none"})
        assert given == {name: str(DEFAULTS[name]) for name in given}

    def test_count_with_the_reserved_concurrency(self) -> None:
        reserving = {n for n, f in FUNCTIONS.items() if "ReservedConcurrentExecutions" in f}
        assert reserving == {"Portal", "SendNotice"}
