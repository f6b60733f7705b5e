"""The deployment's test of replies asks once for each number, and says when none came."""

from datetime import timedelta

import pytest

from aviso.storage import inbox_tasks
from infra.deploy import smoke_test_reply
from infra.deploy.smoke_test_rows import Operator
from infra.harness.builders import NOW

PHONE, NUMBER = "+15205550123", "+18445550123"


def walked(number: str = NUMBER) -> list[str]:
    operator = Operator(phone=PHONE, email="operator@example.org", texts_from=number)
    return list(smoke_test_reply.walk(operator, NOW, wait_seconds=0))


@pytest.mark.usefixtures("aws")
class TestReply:
    def test_that_arrived_is_not_asked_for_again(self) -> None:
        inbox_tasks.put_reply("1", {"address": PHONE, "text": "HELLO"}, NOW + timedelta(seconds=9))
        asked, arrived = walked()
        assert f"text HELLO from your phone to {NUMBER}" in asked
        assert "in the inbox" in arrived
        assert [*walked()] == [f"reply: one to {NUMBER} arrived at an earlier deployment"]
        assert len(walked("+18445550199")) == 2

    @pytest.mark.parametrize(
        ("phone", "before"), [(PHONE, timedelta(seconds=1)), ("+15205550199", timedelta(0))]
    )
    def test_of_before_or_another_phone_proves_nothing(self, phone, before) -> None:
        inbox_tasks.put_reply("1", {"address": phone, "text": "HELLO"}, NOW - before)
        assert "not proved: no text from your phone" in walked()[-1]

    def test_without_a_number_is_not_awaited(self) -> None:
        (line,) = walked("none")
        assert "not proved" in line
        assert "'sms_number'" in line
