"""A night that fails while it lets a case go leaves nothing half-done for ever."""

from datetime import timedelta
from itertools import repeat

import boto3
import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.storage import cases, model_calls, raw_rows
from infra.harness.builders import NOW, NUMBER
from infra.harness.staff_browser import audited
from tests.conftest import REGION

WRITES = 7  # of a whole night, and one more
THIRD = NOW + timedelta(days=2)
FOURTH = NOW + timedelta(days=3)


def forget(settings, now):
    return retention.forget(cases.read_case(NUMBER), settings, now)


def expiring() -> list[bool]:
    client = boto3.client("dynamodb", region_name=REGION)
    return [
        "expires" in item
        for table in ("Cases", "Notices")
        for item in client.scan(TableName=table)["Items"]
    ]


@pytest.fixture(params=range(WRITES))
def interrupted(request, aws, monkeypatch):
    """Do something of which one write is throttled: the first one, the second, and so on."""

    def run(work) -> bool:
        client, left = model_calls.client(), [*repeat(True, request.param)]
        write = client.update_item

        def throttled(**asked):
            if not left:
                raise ConnectionError("throttled")
            left.pop()
            return write(**asked)

        with monkeypatch.context() as once:
            once.setattr(client, "update_item", throttled)
            try:
                work()
            except ConnectionError:
                return True
        return False

    def go(work) -> None:
        assert run(work) is (request.param < WRITES - 1)

    return go


class TestNight:
    def test_ends_what_one_before_began(self, stored, settings, interrupted):
        stored()
        interrupted(lambda: forget(settings, NOW))
        forget(settings, THIRD)
        assert all(expiring())
        assert "case_forgotten" in {action for _, action, _ in audited()}

    def test_keeps_all_of_a_case_with_a_hold(self, stored, settings, interrupted):
        stored()
        interrupted(lambda: forget(settings, NOW))
        retention.hold(NUMBER, "counsel", settings, THIRD)
        forget(settings, THIRD)
        assert not any(expiring())

    def test_ends_keeping_that_one_before_began(self, stored, settings, interrupted):
        stored()
        forget(settings, NOW)
        report = cases.read_case(NUMBER).report
        cases.write_row(NUMBER, replace(report, status="OPEN", digest="reopened"), report)
        interrupted(lambda: forget(settings, THIRD))
        forget(settings, FOURTH)
        assert not any(expiring())

    def test_ends_keeping_that_a_hold_began(self, stored, settings, interrupted):
        stored()
        forget(settings, NOW)
        interrupted(lambda: retention.hold(NUMBER, "counsel", settings, THIRD))
        forget(settings, FOURTH)
        assert not any(expiring())

    def test_ends_keeping_what_is_left_without_the_report(self, stored, settings, interrupted):
        stored()
        forget(settings, NOW)
        interrupted(lambda: retention.hold(NUMBER, "counsel", settings, THIRD))
        raw_rows.delete(row for row in raw_rows.of_case(NUMBER) if row.text("sk") == "CASE")
        forget(settings, FOURTH)
        assert not any(expiring())


class TestKeeping:
    def test_leaves_out_what_is_deleted_meanwhile(self, stored, settings):
        stored()
        forget(settings, NOW)
        first, *rest = raw_rows.of_case(NUMBER)
        raw_rows.delete([first])
        raw_rows.keep([first, *rest])
        left = list(raw_rows.of_case(NUMBER))
        assert [row.key for row in left] == [row.key for row in rest]
        assert not any("expires" in row.content for row in left)
