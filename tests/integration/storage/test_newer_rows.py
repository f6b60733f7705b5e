"""What a newer release wrote is neither misread nor dropped (docs/decisions/row-formats.md)."""

from datetime import timedelta

import pytest

from aviso.domain.errors import Conflict
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.roster import usable
from aviso.domain.staff import Role
from aviso.feed.checkpoint import Progress
from aviso.feed.file_names import Source
from aviso.notices import planning
from aviso.storage import cases, counted_rows, markers, notices, staff_accounts, tasks
from aviso.storage.guard_items import GuardItem
from aviso.storage.model_calls import client
from infra.harness.builders import NOW, NUMBER, an_arrest_case, case_at
from infra.harness.portal_browser import store
from infra.harness.staff_browser import StaffBrowser

MINUTE = timedelta(minutes=1)
SOURCE = Source(bucket="feed", key="incoming/cases.csv", etag="1", size=1, modified=NOW)


def change(table, key, **values):
    """Set attributes of a row as a newer release would."""
    client().update_item(
        TableName=table,
        Key={name: {"S": value} for name, value in key.items()},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )


@pytest.fixture
def planned(aws, settings):
    """Return the notices of an arrest's case, as planned."""
    store(an_arrest_case().case)
    planning.plan(NUMBER, settings, NOW)
    return notices.of_case(NUMBER)


class TestNotice:
    @pytest.mark.parametrize(
        "newer", [{"kind": {"S": "bail"}}, {"type": {"S": "notice_9"}}, {"state": {"S": "asleep"}}]
    )
    def test_of_a_newer_release_is_left_alone(self, planned, settings, newer):
        for notice in planned:
            change("Notices", {"pk": notice.id, "sk": "NOTICE"}, **newer)
        assert list(notices.due(NOW + timedelta(days=9), 99)) == []
        assert list(notices.open_notices()) == []
        assert planning.plan(NUMBER, settings, NOW) == 0  # not entered again

    def test_of_a_newer_type_is_not_claimed(self, planned):
        change("Notices", {"pk": planned[0].id, "sk": "NOTICE"}, type={"S": "notice_9"})
        with pytest.raises(Conflict):
            notices.claim(planned[0].id, token="t", lease_until=NOW, due_at=NOW)
        assert notices.read(planned[0].id) is None

    def test_of_a_newer_type_has_no_state_here(self, planned):
        change("Notices", {"pk": planned[0].id, "sk": "NOTICE"}, type={"S": "notice_9"})
        assert planned[0].id not in notices.states(notice.id for notice in planned)

    @pytest.mark.parametrize("newer", [{"kind": {"S": "bail"}}, {"type": {"S": "notice_9"}}])
    def test_of_a_newer_release_counts_nothing_here(self, planned, newer):
        for notice in planned:
            change("Notices", {"pk": notice.id, "sk": "NOTICE"}, **newer)
        assert list(counted_rows.every_row()) == []

    def test_of_an_unknown_kind_is_no_task(self, planned):
        key = {"pk": planned[0].id, "sk": "NOTICE"}
        change("Notices", key, state={"S": State.HELD.value}, task={"S": "HELD"})
        assert len(tasks.waiting()) == 1
        change("Notices", key, kind={"S": "bail"})
        assert tasks.waiting() == []


class TestCase:
    def test_with_a_newer_row_is_restricted(self, planned, settings):
        row = {"pk": {"S": f"CASE#{NUMBER}"}, "sk": {"S": "SUSPECT#s9"}, "type": {"S": "suspect_2"}}
        client().put_item(TableName="Cases", Item=row)
        case = cases.read_case(NUMBER)
        context = case_at(case, settings)
        assert usable(context, case.victims[0]).trouble is HoldReason.RESTRICTED_RECORDED
        planning.plan(NUMBER, settings, NOW)
        assert {n.state for n in notices.of_case(NUMBER)} == {State.HELD}

    def test_goes_on_once_its_rows_are_known(self, planned, settings):
        row = {"pk": {"S": f"CASE#{NUMBER}"}, "sk": {"S": "SUSPECT#s9"}, "type": {"S": "suspect_2"}}
        client().put_item(TableName="Cases", Item=row)
        planning.plan(NUMBER, settings, NOW)
        client().delete_item(TableName="Cases", Key={k: row[k] for k in ("pk", "sk")})
        planning.plan(NUMBER, settings, NOW)
        assert {n.state for n in notices.of_case(NUMBER)} == {State.PLANNED}


class TestReport:
    """The row of the case itself is a newer release's."""

    @pytest.fixture
    def newer(self, planned):
        change("Cases", {"pk": f"CASE#{NUMBER}", "sk": "CASE"}, type={"S": "report_2"})

    def test_of_a_newer_type_makes_half_a_case(self, newer, settings):
        context = case_at(cases.read_case(NUMBER), settings)
        assert usable(context, context.case.victims[0]).trouble is HoldReason.RESTRICTED_NO_REPORT

    def test_of_a_newer_type_is_still_looked_at(self, newer):
        assert list(cases.numbers()) == [NUMBER]


class TestRole:
    def test_of_a_newer_release_gives_no_powers(self, aws):
        browser = StaffBrowser()
        member = browser.sign_in(Role.RECORDS, now=NOW)
        change("Members", {"pk": f"STAFF#{member.key}"}, roles={"SS": ["records", "auditor"]})
        found = staff_accounts.resume(member.key, NOW, NOW + MINUTE)
        assert found.roles == {Role.RECORDS}


class TestCheckpoint:
    def test_of_a_newer_release_is_gone_on_with(self, aws):
        Progress(offset=7, doubts={"age": 3}).save(SOURCE, NOW)
        rows = [(item.pk, item.data) for item in GuardItem.scan() if item.data]
        ((pk, data),) = [(pk, data) for pk, data in rows if "doubts" not in pk]
        markers.put_marker(pk, data | {"newer": 1}, NOW, MINUTE)
        found = Progress.resumed(SOURCE, NOW)
        assert (found.offset, found.doubts) == (7, {"age": 3})
