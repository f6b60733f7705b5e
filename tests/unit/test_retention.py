"""Personal data goes when its time has come, stays under a hold, and is its victim's to see."""

import json
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from aviso import planning, retention
from aviso.models import Channel, Consent, Kind, Report
from aviso.store import audit, cases
from aviso.store import notices as ledger
from aviso.tallies import sealing
from tests.builders import NOW, NUMBER, a_case, a_contact
from tests.conftest import REGION, table_definitions
from tests.unit.test_notice_flow import World

CLOSED_AT = NOW - timedelta(days=400)
LONG_AGO = Consent(version="1", at=CLOSED_AT - timedelta(days=1), language="es", source="portal")


@pytest.fixture
def stored(aws, settings):
    """Store a case with two victims, one of them enrolled, and plan what it owes."""

    def store(status="CLEARED_ARREST", status_at=CLOSED_AT):
        case = (
            a_case()
            .with_report(status=status, status_at=status_at)
            .with_victim("v1")
            .with_victim("v2")
            .with_suspect()
            .with_enrollment("v1", a_contact("own@example.org", Channel.EMAIL, consent=LONG_AGO))
            .case
        )
        World(settings, None).store(case)
        planning.plan(NUMBER, settings, NOW)

    return store


def expiring(table: str) -> list[bool]:
    items = boto3.client("dynamodb", region_name=REGION).scan(TableName=table)["Items"]
    return ["expires" in item for item in items]


def everything_stored() -> str:
    client = boto3.client("dynamodb", region_name=REGION)
    return json.dumps([client.scan(TableName=t)["Items"] for t in ("Cases", "Responses")])


def test_a_case_closed_for_long_enough_goes_with_all_its_rows(stored, settings) -> None:
    stored()
    assert retention.forget(NUMBER, settings, NOW) > 0
    assert all(expiring("Cases"))
    assert all(expiring("Notices"))
    assert retention.forget(NUMBER, settings, NOW) == 0


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


def test_of_a_forgotten_case_no_table_knows_a_person_and_in_the_end_not_the_case(
    stored, settings
) -> None:
    stored()
    retention.export(NUMBER, "v1", "records", settings, NOW)  # leaves its row in the audit trail
    people = ("own@example.org", "v1@example.com", "v2@example.com", "Muñoz", "+1520")
    assert "own@example.org" in all_tables()
    retention.forget(NUMBER, settings, NOW)
    let_time_pass(NOW + retention.GRACE + timedelta(minutes=1))
    after_the_grace = all_tables()
    assert [person for person in people if person in after_the_grace] == []
    assert NUMBER in after_the_grace  # who was told what, and who looked: that the law was kept
    kept = settings.retention
    let_time_pass(NOW + timedelta(days=max(kept.notices, kept.audit, kept.responses) + 1))
    assert NUMBER not in all_tables()


def test_a_case_that_reopens_before_it_went_is_kept_after_all(stored, settings) -> None:
    stored()
    retention.forget(NUMBER, settings, NOW)
    assert all(expiring("Cases"))
    (row,) = cases.read_rows([(NUMBER, "CASE")]).values()
    assert isinstance(row, Report)
    cases.write_row(NUMBER, replace(row, status="OPEN", digest="reopened"), row)
    assert retention.forget(NUMBER, settings, NOW + timedelta(days=1)) == 0
    assert not any(expiring("Cases"))


def test_a_contact_left_after_the_closing_keeps_its_case_until_its_day_is_sealed(
    aws, settings
) -> None:
    # The contact was left yesterday, 399 days after the closing.
    case = (
        a_case()
        .with_report(status="CLEARED_ARREST", status_at=CLOSED_AT)
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
def test_a_case_that_is_open_or_newly_closed_stays(stored, settings, status, status_at) -> None:
    stored(status, status_at)
    assert retention.forget(NUMBER, settings, NOW) == 0
    assert not any(expiring("Cases"))


def test_a_legal_hold_keeps_a_case_until_it_ends(stored, settings) -> None:
    stored()
    retention.hold(NUMBER, "counsel", settings, NOW)
    assert retention.forget(NUMBER, settings, NOW) == 0
    with pytest.raises(retention.LegalHoldError):
        retention.erase(NUMBER, "v1", "records", settings, NOW)
    retention.hold(NUMBER, "counsel", settings, NOW, on=False)
    assert retention.forget(NUMBER, settings, NOW) > 0


def test_a_victim_sees_all_that_is_held_about_them_and_nobody_else(stored, settings) -> None:
    stored("OPEN", NOW)
    shown = json.dumps(retention.export(NUMBER, "v1", "records", settings, NOW), default=str)
    assert "own@example.org" in shown
    assert "v1@example.com" in shown
    assert "v2" not in shown
    assert Kind.REPORT_RECEIVED in shown or Kind.FIRST_CONTACT in shown


def test_an_erased_victims_personal_data_is_gone_and_the_proof_of_notice_stays(
    stored, settings
) -> None:
    stored("OPEN", NOW)
    told = len(ledger.of_case(NUMBER))
    assert retention.erase(NUMBER, "v1", "records", settings, NOW) >= 2
    left = everything_stored()
    assert "own@example.org" not in left
    assert "v1@example.com" not in left
    assert "v2@example.com" in left
    assert len(ledger.of_case(NUMBER)) == told > 0
    assert [v.id for v in cases.read_case(NUMBER).victims] == ["v2"]


def test_whoever_exports_or_erases_is_in_the_audit_trail(stored, settings) -> None:
    stored("OPEN", NOW)
    retention.export(NUMBER, "v1", "records", settings, NOW)
    retention.erase(NUMBER, "v1", "records", settings, NOW)
    done = {(e.actor, e.action) for e in audit.of_case(NUMBER)}
    assert {("records", "victim_exported"), ("records", "victim_erased")} <= done
