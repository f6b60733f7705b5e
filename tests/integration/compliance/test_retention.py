"""Personal data goes when its time has come, and stays under a hold."""

import json
from datetime import timedelta

import boto3
import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain.fact_keys import FactKey
from aviso.domain.hand_offs import HandOff, HandOffState
from aviso.domain.model import AuditEntry, Channel, Kind, Report
from aviso.domain.notice import State
from aviso.domain.notice_states import OVER
from aviso.domain.receiving_agencies import Purpose
from aviso.reporting import sealing
from aviso.storage import cases, hand_off_rows, inbox, inbox_tasks, notices, raw_rows
from aviso.storage.audited_change import AuditRow
from aviso.storage.notice_items import NoticeItem
from infra.harness.builders import NOW, NUMBER, STALKING, a_contact
from infra.harness.cloudformation import table_definitions
from tests.conftest import REGION
from tests.support.closed_case import (
    CLOSED_AT,
    LATER,
    LONG_AGO,
    a_told_notice,
    answered_under_the_later_number,
    closed,
    keep,
    note,
    renumbered,
)
from tests.support.sending import World


def forget(settings, now):
    """Let the case go that is stored now, as a night does."""
    return retention.forget(cases.read_case(NUMBER), settings, now)


def expiring(table: str) -> list[bool]:
    items = boto3.client("dynamodb", region_name=REGION).scan(TableName=table)["Items"]
    return ["expires" in item for item in items]


def let_time_pass(until) -> None:
    """Delete what DynamoDB's time to live has deleted by then."""
    client = boto3.client("dynamodb", region_name=REGION)
    for table, definition in table_definitions().items():
        names = [key["AttributeName"] for key in definition["KeySchema"]]
        for item in client.scan(TableName=table)["Items"]:
            if float(item.get("expires", {"N": "inf"})["N"]) <= until.timestamp():
                client.delete_item(TableName=table, Key={name: item[name] for name in names})


def all_tables() -> str:
    client = boto3.client("dynamodb", region_name=REGION)
    return json.dumps([client.scan(TableName=t)["Items"] for t in table_definitions()])


class TestClosedCase:
    def test_goes_with_all_its_rows_in_time(self, stored, settings) -> None:
        stored()
        assert forget(settings, NOW) > 0
        assert all(expiring("Cases"))
        assert all(expiring("Notices"))
        assert forget(settings, NOW) == 0

    def test_leaves_no_person_in_any_table(self, stored, settings) -> None:
        stored()
        retention.export(
            NUMBER, "v1", "records", settings, NOW
        )  # leaves its row in the audit trail
        people = ("own@example.org", "v1@example.com", "v2@example.com", "Muñoz", "+1520")
        assert "own@example.org" in all_tables()
        forget(settings, NOW)
        let_time_pass(NOW + retention.GRACE + timedelta(minutes=1))
        after_the_grace = all_tables()
        assert [person for person in people if person in after_the_grace] == []
        assert NUMBER in after_the_grace  # who was told what, and who looked: that the law was kept
        kept = settings.retention
        let_time_pass(NOW + timedelta(days=max(kept.notices, kept.audit, kept.responses) + 1))
        assert NUMBER not in all_tables()

    def test_leaves_a_told_notice_of_long_ago_the_week_of_grace(self, aws, settings) -> None:
        old = NOW - timedelta(days=settings.retention.notices + 30)
        keep(settings, closed(reported_at=old).with_victim("v1"))
        a_told_notice(NUMBER, "report", Kind.FIRST_CONTACT, "v1", at=old)
        before = len(notices.of_case(NUMBER))
        assert forget(settings, NOW) > 0
        let_time_pass(NOW + timedelta(days=7))
        retention.hold(NUMBER, "counsel", settings, NOW + timedelta(days=7))
        assert len(notices.of_case(NUMBER)) == before > 0

    @pytest.mark.parametrize("first", ["CASE", "VICTIM#v1"])
    def test_goes_wholly_in_whatever_order_it_is_deleted(self, stored, settings, first) -> None:
        stored()
        forget(settings, NOW)
        raw_rows.delete(r for r in raw_rows.of_case(NUMBER) if r.text("sk") == first)
        assert forget(settings, NOW + retention.GRACE) == 0
        assert all(expiring("Cases") + expiring("Notices"))

    def test_reopened_in_time_is_kept(self, stored, settings) -> None:
        stored()
        forget(settings, NOW)
        assert all(expiring("Cases"))
        (row,) = cases.read_rows([(NUMBER, "CASE")]).values()
        assert isinstance(row, Report)
        cases.write_row(NUMBER, replace(row, status="OPEN", digest="reopened"), row)
        assert forget(settings, NOW + timedelta(days=1)) == 0
        assert not any(expiring("Cases"))

    def test_reopened_after_the_sixth_night_is_kept(self, stored, settings) -> None:
        stored()
        for night in range(7):
            forget(settings, NOW + timedelta(days=night))
        report = cases.read_case(NUMBER).report
        assert report is not None
        cases.write_row(NUMBER, replace(report, status="OPEN", digest="reopened"), report)
        let_time_pass(NOW + timedelta(days=7, minutes=30))  # the case's turn in the seventh night
        assert forget(settings, NOW + timedelta(days=7)) == 0
        left = cases.read_case(NUMBER)
        assert (left.report is not None, len(left.victims)) == (True, 2)
        assert not any(expiring("Cases"))

    def test_with_a_late_contact_stays_until_sealed(self, aws, settings) -> None:
        # The contact was left yesterday, 399 days after the closing.
        case = (
            closed()
            .with_victim("v1")
            .with_enrollment("v1", a_contact("own@example.org", Channel.EMAIL))
            .case
        )
        assert retention.due(case, settings) == NOW + timedelta(
            days=settings.retention.closed_cases - 1
        )
        (left,) = case.enrollments[0].contacts
        sealed_on = left.consent.at + timedelta(days=sealing.open_days(settings) + 1)
        assert retention.due(case, settings) > sealed_on

    @pytest.mark.parametrize(
        ("status", "status_at"),
        [
            ("OPEN", CLOSED_AT),
            ("CLEARED_ARREST", NOW - timedelta(days=10)),
            ("CLEARED_ARREST", None),
            ("UNHEARD_OF", CLOSED_AT),
        ],
    )
    def test_newly_closed_or_open_stays(self, stored, settings, status, status_at) -> None:
        stored(status, status_at)
        assert forget(settings, NOW) == 0
        assert not any(expiring("Cases"))

    @pytest.mark.parametrize("state", sorted(set(State) - OVER))
    def test_stays_while_anything_is_owed(self, stored, settings, state) -> None:
        stored()
        (first, *_) = notices.of_case(NUMBER)
        NoticeItem(first.id, "NOTICE").update([NoticeItem.state.set(state.value)])
        for _ in range(2):
            assert forget(settings, NOW) == 0
        assert not any(expiring("Cases"))

    @pytest.mark.parametrize(
        ("change", "goes"),
        [
            ({}, False),
            ({"state": HandOffState.CONFIRMED}, True),
            ({"state": HandOffState.OVER}, True),
            ({"state": HandOffState.OVER, "unsaid": True}, False),
            ({"state": HandOffState.OVER, "reason": "taken_back"}, False),
        ],
    )
    def test_stays_while_a_hand_off_is_open(self, stored, settings, change, goes) -> None:
        stored()
        one = HandOff(
            id="h1",
            case=NUMBER,
            victim="v1",
            receiver="jail",
            purpose=Purpose.RELEASE,
            fact=FactKey("arrest:a1"),
            created_at=NOW,
            deadline=NOW,
            state=HandOffState.OWED,
        )
        hand_off_rows.insert(replace(one, **change))
        assert (forget(settings, NOW) > 0) is goes

    def test_stays_while_a_request_is_unanswered(self, stored, settings) -> None:
        stored()
        record = AuditRow(entry=AuditEntry(at=NOW, actor="a", action="b", case=""), keep_days=1)
        asked = {"text": "property", "victim": "v1", "cases": [NUMBER]}
        inbox_tasks.put_asked("asked", asked, record, NOW)
        assert forget(settings, NOW) == 0
        inbox.see_to(inbox.one("REPLY#asked"), "records", NOW, record)
        assert forget(settings, NOW) > 0

    def test_goes_with_notices_of_a_newer_release(self, stored, settings) -> None:
        stored()
        client = boto3.client("dynamodb", region_name=REGION)
        for item in client.scan(TableName="Notices")["Items"]:
            client.put_item(TableName="Notices", Item=item | {"type": {"S": "notice_9"}})
        assert forget(settings, NOW) > 0
        assert all(expiring("Notices"))

    def test_stays_while_held_for_an_advocate(self, aws, settings) -> None:
        keep(settings, closed(offense=STALKING).with_victim("v1").with_suspect().with_arrest())
        (arrest,) = [n for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST]
        assert forget(settings, NOW) == 0
        notices.move(arrest, State.SUPPRESSED, due_at=None)
        assert forget(settings, NOW) == 0  # and for a year after the arrest
        assert forget(settings, NOW + timedelta(days=400)) > 0

    def test_stays_for_what_is_owed_in_the_last_week(self, stored, settings) -> None:
        stored()
        assert forget(settings, NOW) > 0
        (first, *_) = notices.of_case(NUMBER)
        notices.move(first, State.PLANNED, due_at=NOW)
        assert forget(settings, NOW + timedelta(days=1)) == 0
        assert not any(expiring("Cases"))

    @pytest.mark.parametrize("reported_at", [NOW - timedelta(days=2), LONG_AGO.at])
    def test_with_a_mistyped_date_stays(self, aws, settings, reported_at) -> None:
        first = {"report": NOW - timedelta(days=2), "status:CLEARED_ARREST@1995-11-24": NOW}
        mistyped = closed(
            status_at=NOW.replace(year=1995), reported_at=reported_at, first_seen=first
        )
        keep(settings, mistyped.with_victim("v1"))
        assert forget(settings, NOW) == 0

    @pytest.mark.parametrize(
        ("row_time", "export_time"), [(LONG_AGO.at, NOW), (NOW, LONG_AGO.at), (None, NOW)]
    )
    def test_sealed_stays_from_when_that_was_learned(self, settings, row_time, export_time) -> None:
        sealed = closed(removed=True, row_time=row_time, export_time=export_time).case
        period = timedelta(days=settings.retention.closed_cases)
        assert retention.due(sealed, settings) == NOW + period

    def test_brought_back_by_an_export_goes_again(self, aws, settings) -> None:
        keep(settings, closed(export_time=NOW).with_victim("v1"))
        assert forget(settings, NOW) > 0

    def test_goes_with_its_later_number(self, aws, settings) -> None:
        gone = closed(later_numbers=(LATER,)).with_victim("v1").case
        World(settings, None).store(gone)
        answered_under_the_later_number()
        note(LATER, "moved to 12 Elm")
        assert forget(settings, NOW) > 0
        for table in ("Cases", "Notices", "Responses"):
            assert all(expiring(table))


class TestLegalHold:
    def test_keeps_a_case_until_it_ends(self, stored, settings) -> None:
        stored()
        retention.hold(NUMBER, "counsel", settings, NOW)
        assert forget(settings, NOW) == 0
        with pytest.raises(retention.LegalHoldError):
            retention.erase(NUMBER, "v1", "records", settings, NOW)
        retention.hold(NUMBER, "counsel", settings, NOW, on=False)
        assert forget(settings, NOW) > 0

    def test_on_the_last_day_of_grace_keeps_all_rows(self, stored, settings) -> None:
        stored()
        for night in range(retention.GRACE.days):
            forget(settings, NOW + timedelta(days=night))
        retention.hold(NUMBER, "counsel", settings, NOW + retention.GRACE - timedelta(hours=18))
        assert not any(expiring("Cases") + expiring("Notices"))

    def test_on_a_later_number_holds_the_case(self, aws, settings) -> None:
        retention.hold(LATER, "counsel", settings, NOW)
        keep(settings, renumbered())
        with pytest.raises(retention.LegalHoldError):
            retention.erase(NUMBER, "v1", "records", settings, NOW)
        for _ in range(2):
            retention.hold(NUMBER, "counsel", settings, NOW, on=False)
        assert retention.erase(NUMBER, "v1", "records", settings, NOW) > 0
