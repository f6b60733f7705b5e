"""Personal data goes when its time has come, stays under a hold, and is its victim's to see."""

import json
from datetime import timedelta

import boto3
import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain.duties import duty_id
from aviso.domain.errors import Conflict
from aviso.domain.model import AuditEntry, Channel, Consent, Kind, Report, SurveyResponse, Victim
from aviso.domain.notice import Duty, State
from aviso.domain.notice_states import OVER
from aviso.domain.staff import Remark
from aviso.notices import planning
from aviso.reporting import erasure, sealing
from aviso.storage import (
    audit,
    case_decisions,
    cases,
    inbox,
    inbox_tasks,
    notices,
    survey_responses,
)
from aviso.storage.audited_change import AuditRow
from aviso.storage.notice_items import NoticeItem
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact
from infra.harness.cloudformation import table_definitions
from tests.conftest import REGION
from tests.support.sending import World

OTHER = "2611240077"
CLOSED_AT = NOW - timedelta(days=400)
LONG_AGO = Consent(version="1", at=CLOSED_AT - timedelta(days=1), language="es", source="portal")


@pytest.fixture
def stored(aws, settings):
    """Store a case with two victims, one of them enrolled, and tell what it owes."""

    def store(status="CLEARED_ARREST", status_at=CLOSED_AT):
        case = (
            closed(status=status, status_at=status_at, reported_at=status_at or CLOSED_AT)
            .with_victim("v1")
            .with_victim("v2")
            .with_suspect()
            .with_enrollment("v1", a_contact("own@example.org", Channel.EMAIL, consent=LONG_AGO))
            .case
        )
        World(settings, None).store(case)
        a_told_notice(NUMBER, "report", Kind.FIRST_CONTACT, "v1")
        planning.plan(NUMBER, settings, NOW)

    return store


def a_told_notice(number, fact, kind, victim) -> str:
    """Enter a notice in the ledger that was delivered, and return its id."""
    duty = Duty(
        id=duty_id(number, fact, kind, victim),
        case=number,
        victim=victim,
        kind=kind,
        fact=fact,
        fact_at=NOW,
        first_seen=NOW,
        deadline=NOW + timedelta(days=1),
    )
    notices.insert(duty, State.DELIVERED, NOW, "", NOW)
    return duty.id


def keep(settings, builder):
    """Store a case as it is, and plan what it owes."""
    World(settings, None).store(builder.case)
    planning.plan(NUMBER, settings, NOW)


def closed(**report):
    return a_case().with_report(
        **(
            {"status": "CLEARED_ARREST", "status_at": CLOSED_AT, "reported_at": LONG_AGO.at}
            | report
        )
    )


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
    told = len(notices.of_case(NUMBER))
    assert retention.erase(NUMBER, "v1", "records", settings, NOW) >= 2
    left = everything_stored()
    assert "own@example.org" not in left
    assert "v1@example.com" not in left
    assert "v2@example.com" in left
    assert len(notices.of_case(NUMBER)) == told > 0
    assert [v.id for v in cases.read_case(NUMBER).victims] == ["v2"]


HERS, SHARED, ELSEWHERE, STRANGE = (f"+1520555014{n}" for n in range(4))


def a_text(id, phone, maybe_stop=False, cases=()):
    data = {"text": f"text {id}", "address": phone, "address_key": "k", "at": NOW.isoformat()}
    inbox_tasks.put_reply(id, data | {"maybe_stop": maybe_stop, "cases": list(cases)}, NOW)


def texts():
    return {text.id for text in inbox.texts()}


def test_an_erased_victims_texts_go_with_her_but_none_that_may_be_anothers(aws, settings):
    case = closed(status="OPEN").with_victim("v1", phone=HERS).with_victim("v2", phone=SHARED)
    keep(settings, case.with_enrollment("v1", a_contact(SHARED), a_contact(ELSEWHERE)))
    other = a_case().with_report(number=OTHER, origin=OTHER).with_victim("v9", phone=ELSEWHERE)
    World(settings, None).store(replace(other.case, number=OTHER))
    for id, phone in (("shared", SHARED), ("elsewhere", ELSEWHERE), ("strange", STRANGE)):
        a_text(id, phone)
    a_text("unread", HERS)
    for id in ("seen", "seen-stop"):
        a_text(id, HERS, maybe_stop=id == "seen-stop")
        record = AuditRow(entry=AuditEntry(at=NOW, actor="a", action="b", case=""), keep_days=1)
        inbox.see_to(inbox.one(f"REPLY#{id}"), "records", NOW, record)
    a_text("unread-stop", HERS, maybe_stop=True)  # nobody has handled it yet
    shown = retention.export(NUMBER, "v1", "records", settings, NOW)["texts"]
    assert {text["text"].removeprefix("text ") for text in shown} == {
        *("unread", "seen", "seen-stop", "unread-stop")
    }
    retention.erase(NUMBER, "v1", "records", settings, NOW)
    assert texts() == {"shared", "elsewhere", "strange", "unread-stop"}


def test_texts_from_a_phone_that_was_hers_alone_when_they_came_go_with_her(aws, settings):
    keep(settings, closed(status="OPEN").with_victim("v1", phone=HERS))
    other = a_case().with_report(number=OTHER, origin=OTHER).with_victim("v9", phone=ELSEWHERE)
    World(settings, None).store(replace(other.case, number=OTHER))
    a_text("former", STRANGE, cases=[NUMBER])
    a_text("shared-then", STRANGE, cases=[NUMBER, OTHER])
    a_text("anothers-now", ELSEWHERE, cases=[NUMBER])
    retention.erase(NUMBER, "v1", "records", settings, NOW)
    assert texts() == {"shared-then", "anothers-now"}


def test_texts_from_a_former_phone_of_a_case_with_two_victims_may_be_the_others(aws, settings):
    keep(settings, closed(status="OPEN").with_victim("v1", phone=HERS).with_victim("v2", phone=""))
    a_text("former", STRANGE, cases=[NUMBER])
    retention.erase(NUMBER, "v1", "records", settings, NOW)
    assert texts() == {"former"}


def test_export_and_erasure_are_audited_with_their_actor(stored, settings) -> None:
    stored("OPEN", NOW)
    retention.export(NUMBER, "v1", "records", settings, NOW)
    retention.erase(NUMBER, "v1", "records", settings, NOW)
    done = {(e.actor, e.action) for e in audit.of_case(NUMBER)}
    assert {("records", "victim_exported"), ("records", "victim_erased")} <= done


@pytest.mark.parametrize("state", sorted(set(State) - OVER))
def test_a_case_stays_for_as_long_as_anything_on_it_is_owed(stored, settings, state) -> None:
    stored()
    (first, *_) = notices.of_case(NUMBER)
    NoticeItem(first.id, "NOTICE").update([NoticeItem.state.set(state.value)])
    for _ in range(2):
        assert retention.forget(NUMBER, settings, NOW) == 0
    assert not any(expiring("Cases"))


def test_a_restricted_case_closed_long_ago_stays_when_an_arrest_is_held_for_an_advocate(
    aws, settings
) -> None:
    keep(settings, closed(offense=STALKING).with_victim("v1").with_suspect().with_arrest())
    (arrest,) = [n for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST]
    assert retention.forget(NUMBER, settings, NOW) == 0
    notices.move(arrest, State.SUPPRESSED, due_at=None)
    assert retention.forget(NUMBER, settings, NOW) == 0  # and for a year after the arrest
    assert retention.forget(NUMBER, settings, NOW + timedelta(days=400)) > 0


def test_something_owed_within_the_week_of_grace_keeps_its_case_after_all(stored, settings) -> None:
    stored()
    assert retention.forget(NUMBER, settings, NOW) > 0
    (first, *_) = notices.of_case(NUMBER)
    notices.move(first, State.PLANNED, due_at=NOW)
    assert retention.forget(NUMBER, settings, NOW + timedelta(days=1)) == 0
    assert not any(expiring("Cases"))


@pytest.mark.parametrize("reported_at", [NOW - timedelta(days=2), LONG_AGO.at])
def test_a_closing_date_that_was_mistyped_forgets_no_case_of_this_week(
    aws, settings, reported_at
) -> None:
    first = {"report": NOW - timedelta(days=2), "status:CLEARED_ARREST@1995-11-24": NOW}
    mistyped = closed(status_at=NOW.replace(year=1995), reported_at=reported_at, first_seen=first)
    keep(settings, mistyped.with_victim("v1"))
    assert retention.forget(NUMBER, settings, NOW) == 0


def test_what_a_full_export_brings_back_after_it_was_forgotten_goes_once_more(
    aws, settings
) -> None:
    keep(settings, closed(export_time=NOW).with_victim("v1"))
    assert retention.forget(NUMBER, settings, NOW) > 0


# Renumbered: the feed calls the victim v9 now, and the case had another number before.
OLD = "2611240009"


def renumbered():
    own = a_contact("own@example.org", Channel.EMAIL)
    return (
        a_case()
        .with_report(known_as=(OLD,))
        .with_victim("v9", origin="v1", known_as=("v5", "v9"))
        .with_representative("r1", victim="v9")
        .with_enrollment("v1", own)
    )


def answered_under_the_old_number() -> str:
    asked = a_told_notice(OLD, "survey:1", Kind.SURVEY, "v5")
    said = {"comment": "a private thing"}
    response = SurveyResponse(
        survey=asked,
        case=OLD,
        victim="v5",
        answers=said,
        asked_at=NOW,
        answered_at=NOW,
        changed_at=NOW,
    )
    survey_responses.write(response, None)
    return asked


def note(number: str, text: str) -> None:
    entry = AuditEntry(at=NOW, actor="staff:1", action="note_added", case=number)
    case_decisions.add_remark(
        number, Remark(at=NOW, by="rosa", text=text), AuditRow(entry=entry, keep_days=1)
    )


@pytest.mark.parametrize("id", ["v1", "v5", "v9"])
def test_a_renumbered_victim_is_erased_and_shown_by_whichever_id_is_given(
    aws, settings, id
) -> None:
    keep(settings, renumbered())
    asked = answered_under_the_old_number()
    note(OLD, "moved to 12 Elm")
    left_behind = Report(number=OLD, origin=OLD, offense="", renumbered_to=NUMBER)
    cases.write_row(OLD, left_behind, None)
    everything = ("own@example.org", "v9@example.com", "+15205550177", "a private thing", "12 Elm")
    held = json.dumps(retention.export(NUMBER, id, "records", settings, NOW), default=str)
    assert [word for word in (*everything, asked) if word not in held] == []
    retention.erase(OLD if id == "v1" else NUMBER, id, "records", settings, NOW)
    assert [word for word in everything if word in everything_stored()] == []
    with pytest.raises(LookupError):
        retention.erase(NUMBER, id, "records", settings, NOW)


def test_what_was_said_of_a_renumbered_victim_is_shown_and_erased_under_a_former_id_too(
    aws, settings
) -> None:
    keep(settings, renumbered())
    left = Victim(id="v5", origin="v5", digest="renumbered:v9", desk_unsafe=("+15205550109",))
    cases.write_row(NUMBER, left, None)
    place = Victim(id="v1", origin="v1", digest="renumbered:v9")
    cases.write_row(NUMBER, place, None)
    held = json.dumps(retention.export(NUMBER, "v9", "records", settings, NOW), default=str)
    assert "+15205550109" in held
    assert "VICTIM#v1" not in held
    retention.erase(NUMBER, "v9", "records", settings, NOW)
    assert "+15205550109" not in everything_stored()
    assert "VICTIM#v1" in everything_stored()


def test_an_erasure_that_stopped_half_way_is_ended_by_asking_again(
    aws, settings, monkeypatch
) -> None:
    keep(settings, renumbered())
    calls: list[object] = []
    erase = erasure.erase

    def stops(*args):
        calls.append(args)
        if len(calls) == 2:
            raise Conflict("a row changed meanwhile")
        return erase(*args)

    monkeypatch.setattr(erasure, "erase", stops)
    with pytest.raises(Conflict):
        retention.erase(NUMBER, "v9", "records", settings, NOW)
    retention.erase(NUMBER, "v9", "records", settings, NOW)
    left = everything_stored()
    assert [w for w in ("own@example.org", "v9@example.com", "+15205550177") if w in left] == []


def test_nobody_is_told_that_a_victim_was_erased_who_never_was_there(stored, settings) -> None:
    stored("OPEN", NOW)
    for act in (retention.erase, retention.export):
        with pytest.raises(LookupError):
            act(NUMBER, "v7", "records", settings, NOW)
    assert "v1@example.com" in everything_stored()


def test_notes_on_a_case_with_another_victim_stay_and_are_counted(stored, settings) -> None:
    stored("OPEN", NOW)
    note(NUMBER, "moved to 12 Elm")
    retention.erase(NUMBER, "v1", "records", settings, NOW)
    assert "12 Elm" in everything_stored()
    assert retention.notes_left(NUMBER) == 1
    retention.erase(NUMBER, "v2", "records", settings, NOW)
    assert retention.notes_left(NUMBER) == 0


def test_what_lies_under_a_former_number_goes_with_its_case(aws, settings) -> None:
    gone = closed(known_as=(OLD,)).with_victim("v1").case
    World(settings, None).store(gone)
    answered_under_the_old_number()
    note(OLD, "moved to 12 Elm")
    assert retention.forget(NUMBER, settings, NOW) > 0
    for table in ("Cases", "Notices", "Responses"):
        assert all(expiring(table))


def test_a_hold_on_a_former_number_holds_the_case_that_took_it_up(aws, settings) -> None:
    retention.hold(OLD, "counsel", settings, NOW)
    keep(settings, renumbered())
    with pytest.raises(retention.LegalHoldError):
        retention.erase(NUMBER, "v1", "records", settings, NOW)
    for _ in range(2):
        retention.hold(NUMBER, "counsel", settings, NOW, on=False)
    assert retention.erase(NUMBER, "v1", "records", settings, NOW) > 0


def test_another_case_that_has_a_former_number_now_is_left_alone(aws, settings) -> None:
    keep(settings, renumbered())
    there = a_case().with_report(number=OLD, origin=OLD).with_victim("v9", phone="+15205550144")
    World(settings, None).store(replace(there.case, number=OLD))
    retention.erase(NUMBER, "v9", "records", settings, NOW)
    assert "+15205550144" in everything_stored()
