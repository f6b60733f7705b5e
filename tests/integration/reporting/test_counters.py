"""Every number on the dashboard equals a recount, however often its records come (promise 3)."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import boto3
import pytest
from msgspec.structs import replace

from aviso import reporting
from aviso.compliance import retention
from aviso.domain.errors import Conflict
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import was_told
from aviso.domain.survey_rules import FIRST
from aviso.notices import survey_invitations
from aviso.providers.receipts import Outcome
from aviso.reporting import counting, sealing
from aviso.reporting.counted_facts import facts
from aviso.runtime import hashing
from aviso.storage import cases, counters, notices, suppressions
from aviso.victims import (
    access_codes,
    early_sign_up,
    opt_out,
    sign_up,
    sign_up_form,
    survey_answers,
    verification,
    visits,
)
from infra.harness.builders import NOW, NUMBER, a_case, a_contact, a_notice
from infra.harness.portal_browser import aws_calls
from infra.ops.counter_differences import differences
from tests.support.sending import EMAIL, HOME, PHONE, World
from tests.support.stream_records import Streams

TODAY = date(2026, 11, 24)
BIRTHDAY = date(1985, 4, 12)


class Counted(World):
    """The flow with its streams, each record delivered twice."""

    def __init__(self, settings, provider):
        super().__init__(settings, provider)
        self.streams = Streams()
        self.done: Counter[str] = Counter()

    def tally(self, times=2):
        for record in self.streams.records():
            for _ in range(times):
                self.done += reporting.count_record(record, self.settings)

    def figures(self, first=TODAY - timedelta(days=60), last=TODAY + timedelta(days=60)):
        return reporting.read(first, last, self.settings, self.now)

    def total(self, metric, cut="all"):
        return self.figures().total(metric, cut)

    def value(self, name, cut="all"):
        return self.figures().values(cut)[name].value

    def differences(self):
        return differences(self.settings)

    def log_in(self, number=NUMBER, name="Muñoz-v1"):
        claim = verification.Claim(
            number=number, last_name=name, birth_dates=[BIRTHDAY], source="203.0.113.9"
        )
        _, session = visits.open_case(claim, self.settings, self.now)
        self.tally()
        return session

    def answer(self, notice, answers, **how):
        return survey_answers.answer(
            notice, answers, self.settings.survey.questions, self.now, **how
        )

    def enroll(self, session, *typed):
        asked = [
            sign_up_form.Asked(
                channel=Channel.EMAIL if "@" in address else Channel.SMS,
                address=address,
                language="es",
                safe=True,
            )
            for address in typed
        ]
        assert sign_up.enroll(session, asked, "es", self.settings, self.now)
        self.tally()


def arrested(**victim):
    case = a_case().with_report(division="West").with_suspect().with_arrest()
    return case.with_victim(**({"phone": PHONE, "email": EMAIL} | victim))


def test_logins_are_counted_each_time_and_their_victims_once(world):
    world.store(arrested().case)
    for _ in range(3):
        world.log_in()
    assert (world.total("logins"), world.total("visitors")) == (3, 1)
    assert world.total("logins", "division:West") == 3
    assert world.total("logins", "language:es") == 3
    assert world.total("logins", "group:burglary") == 3
    assert world.differences() == []


def test_a_victim_who_comes_back_another_day_is_no_new_visitor(world):
    world.store(arrested().case)
    world.log_in()
    world.now += timedelta(days=2)
    world.log_in()
    days = world.figures().by("day")
    assert [days[d]["visitors"].value for d in ("2026-11-24", "2026-11-26")] == [1, 0]
    assert world.differences() == []


def test_records_of_two_days_in_the_wrong_order_still_equal_a_recount(world):
    world.store(arrested().case)
    for _ in range(2):
        claim = verification.Claim(
            number=NUMBER, last_name="Muñoz-v1", birth_dates=[BIRTHDAY], source="203.0.113.9"
        )
        visits.open_case(claim, world.settings, world.now)
        world.now += timedelta(days=1)
    records = world.streams.records()
    for record in reversed(records):
        reporting.count_record(record, world.settings)
    assert world.total("visitors") == 1
    assert world.differences() == []


def test_enrolled_victims_and_contacts_new_to_the_agency(world):
    world.store(arrested(phone=PHONE, email="").case)
    session = world.log_in()
    world.enroll(session, PHONE, "new@example.org")
    world.enroll(session, "other@example.org")
    assert world.total("enrolled") == 1
    assert world.total("contacts") == 3
    assert world.value("contacts_new_share") == pytest.approx(2 / 3)
    assert world.value("enrolled_share") == 1
    assert world.differences() == []


def test_a_victim_helped_at_the_desk_first_enrolls_when_she_signs_up_herself(world):
    at_the_desk = a_contact("+15205550124", level="desk")
    consent = replace(at_the_desk.consent, source="desk")
    case = arrested().with_enrollment("v1", replace(at_the_desk, consent=consent)).case
    world.store(case)
    world.enroll(world.log_in(), "own@example.org")
    assert (world.total("enrolled"), world.total("contacts")) == (1, 1)
    assert world.value("enrolled_share") == 1
    assert world.differences() == []


def test_who_signed_up_before_the_report_was_there_is_no_visitor_until_she_comes(world):
    case = arrested(phone="", email="").case
    world.store(case)
    claim = verification.Claim(
        number=NUMBER, last_name="Muñoz-v1", birth_dates=[BIRTHDAY], source="s"
    )
    asked = sign_up_form.Asked(
        channel=Channel.EMAIL, address="soon@example.org", language="es", safe=True
    )
    early_sign_up.leave(claim, [asked], "es", world.settings, world.now)
    assert early_sign_up.tie_all(world.settings, world.now)["early_tied"] == 1
    world.tally()
    assert (world.total("enrolled"), world.total("visitors")) == (1, 0)
    assert world.figures().values()["enrolled_share"].over == 0
    world.enroll(world.log_in(), "later@example.org")
    assert (world.total("enrolled"), world.value("enrolled_share")) == (1, 1)
    assert world.differences() == []


def test_an_arrest_told_to_who_had_enrolled_counts_whatever_contact_it_went_to(world):
    shared = a_contact(PHONE)  # on the portal as in the report
    world.store(arrested(email="").with_enrollment("v1", shared).with_victim("v2").case)
    for _ in range(2):
        world.plan()
        world.send()
        world.now += timedelta(minutes=6)
    world.tally()
    assert world.value("arrest_notices") == 2
    assert world.value("arrest_enrolled_share") == pytest.approx(1 / 2)
    assert world.value("arrest_portal_share") == 0
    assert world.differences() == []


def test_a_notice_is_counted_in_the_state_it_is_in_and_in_no_other(world):
    world.store(arrested().case)
    for step in (world.plan, world.send, lambda: world.receipt(1, Outcome.DELIVERED)):
        step()
        world.tally()
        states = world.figures().notices("kind")["arrest"]
        assert {s: n for s, n in states.items() if n} == {str(world.arrest().state.value): 1}
        assert world.differences() == []
    assert world.total("told", "channel:email") == 1
    assert world.value("arrest_notices") == 1


def test_an_arrest_told_to_a_contact_left_on_the_portal_counts_as_such(world):
    new = a_contact("+15205550123")
    world.store(arrested(phone="", email="").with_enrollment("v1", new).case)
    world.plan()
    world.send()
    world.tally()
    assert world.value("arrest_portal_share") == 1
    assert world.value("arrest_portal_share", "division:West") == 1
    assert world.differences() == []


def test_a_receipt_that_outruns_the_mark_leaves_no_figure_behind(world, provider):
    world.store(arrested(email="").case)
    world.plan()
    world.tally()
    original = provider.send

    def receipt_first(message, seconds_left):
        handed = original(message, seconds_left)
        from aviso.notices import receipts
        from aviso.providers.receipts import Receipt

        receipts.record(
            Receipt(
                channel=Channel.EMAIL,
                outcome=Outcome.DELIVERED,
                provider_id=handed.provider_id,
                at=world.now,
                notice_id=world.arrest().id,
                attempt=1,
            ),
            world.now,
        )
        world.tally()
        return handed

    provider.send = receipt_first
    world.send()
    world.tally()
    assert world.arrest().source == "report"
    assert world.total("told", "source:report") == 1
    assert world.total("told", "source:unknown") == 0
    assert world.differences() == []


def test_what_bounced_everywhere_is_told_no_more(world):
    world.store(arrested(email="", **HOME).case)
    world.plan()
    world.send()
    world.tally()
    assert world.value("arrest_notices") == 1
    world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
    world.send()
    world.tally()
    assert world.arrest().state is State.QUEUED
    assert world.value("arrest_notices") == 0
    assert world.value("bounces") == 1
    assert world.differences() == []


def test_victims_who_needed_a_letter_and_what_the_others_saved(world):
    by_letter = arrested(phone="", email="", **HOME)
    world.store(by_letter.with_victim("v2", phone="+15205550191", email="").case)
    world.plan()
    world.send()
    world.tally()
    queued = next(n for n in world.all() if n.state is State.QUEUED)
    notices.move(queued, State.PRINTED, due_at=None, run="run-1")
    world.tally()
    assert world.value("letter_share") == pytest.approx(1 / 2)
    assert world.value("hours_saved") == pytest.approx(0.92 * 3 / 60)  # 96% of two, less one
    assert world.value("money_saved") == pytest.approx(0.92 * 0.85)
    world.settings = replace(
        world.settings,
        messages=replace(world.settings.messages, letter_share_before=50, staff_hour_cents=3000),
    )
    assert world.value("hours_saved") == 0  # half of two got one before, and one does now
    world.settings = replace(
        world.settings, messages=replace(world.settings.messages, letter_share_before=100)
    )
    assert world.value("money_saved") == pytest.approx(0.85 + 3 / 60 * 30)
    assert world.differences() == []


def test_a_survey_from_sending_to_a_changed_answer(world):
    world.store(arrested().but(arrests=()))
    world.now += timedelta(days=12)
    for _ in range(2):
        survey_invitations.send(world.invocation())
    world.send()
    world.tally()
    (notice,) = [n for n in world.all(Kind.SURVEY) if n.fact == FIRST]
    assert world.value("surveys_sent") == 1
    assert world.value("response_rate") == 0
    assert world.value("satisfaction") is None
    for answers in ({"satisfaction": "2", "still_called": "1"}, {"satisfaction": "5"}):
        world.answer(notice, answers)
        world.tally()
    assert world.value("response_rate") == 1
    assert world.value("satisfaction") == 5
    assert world.value("still_called_share") == 1
    assert world.figures().answers("group:burglary")["satisfaction"]["5"] == 1
    assert world.differences() == []


def test_an_answer_counts_on_the_day_of_its_survey(world):
    survey_and_contacts(world, answered_after=timedelta(days=3))
    days = world.figures().by("day")
    assert days[TODAY.isoformat()]["response_rate"].value == 1
    assert days[TODAY.isoformat()]["satisfaction"].value == 4
    assert world.differences() == []


def test_a_survey_that_was_answered_stays_sent_though_its_contact_was_not_the_victims(world):
    survey_and_contacts(world)
    case = cases.read_case(NUMBER)
    for _ in range(3):  # each channel of the ladder
        for address in (PHONE, EMAIL, "own@example.org"):
            opt_out.tell_elsewhere(case, {"v1"}, hashing.address_key(address), world.now)
        world.send()
    world.tally()
    assert not was_told(notices.read(found_survey(world)))
    assert (world.value("responses"), world.value("surveys_sent")) == (1, 1)
    assert world.value("response_rate") == 1
    assert world.differences() == []


def test_a_survey_that_arrived_though_its_receipts_said_failed_stays_sent(world):
    world.store(arrested().with_report(reported_at=NOW - timedelta(days=14)).case)
    survey_invitations.send(world.invocation())
    world.send()
    for _ in range(2):  # each channel of the ladder
        survey = notices.read(found_survey(world))
        for attempt in survey.attempts:
            world.receipt(attempt.n, Outcome.FAILED, notice=survey)
        world.send()
    assert not was_told(notices.read(found_survey(world)))
    world.answer(notices.read(found_survey(world)), {"satisfaction": "4"})
    world.tally()
    assert (world.value("responses"), world.value("surveys_sent")) == (1, 1)
    assert world.differences() == []


def test_words_that_are_a_number_are_no_counter(world):
    survey_and_contacts(world)
    notice = notices.read(found_survey(world))
    world.answer(notice, {"better": "42"})
    world.tally()
    counted = {metric for day in everything(world).values() for metric in day}
    assert {m for m in counted if m.startswith("answer.")} == {"answer.satisfaction.4"}
    assert world.differences() == []


def test_answers_taken_back_leave_the_figures_and_the_response_stays(world):
    survey_and_contacts(world)
    notice = notices.read(found_survey(world))
    world.answer(notice, {"satisfaction": "2", "better": "Call back"})
    world.answer(notice, {}, afresh=True)
    world.tally()
    assert (world.value("responses"), world.value("satisfaction")) == (1, None)
    assert world.differences() == []


def test_a_survey_and_its_reminder_are_one_survey_sent_and_notify_nobody(world):
    world.store(arrested().but(arrests=()))
    world.now += timedelta(days=12)
    for days in (0, 5):
        world.now += timedelta(days=days)
        survey_invitations.send(world.invocation())
        world.send()
        world.tally()
    assert len(world.all(Kind.SURVEY)) == 2
    assert world.value("surveys_sent") == 1
    assert world.value("victims_notified") == 0
    assert world.differences() == []


def test_an_opt_out_counts_until_its_owner_takes_it_back(world):
    key = hashing.address_key(PHONE)
    for _ in range(2):
        suppressions.opt_out(key, "reply", world.now)
        world.tally()
    assert world.total("opted_out", "source:reply") == 1
    suppressions.opt_in(key, world.now + timedelta(hours=1))
    world.tally()
    assert world.value("opt_outs") == 0
    assert world.differences() == []


def test_what_is_known_of_addresses_alone_is_cut_by_nothing(world):
    suppressions.bounced(hashing.address_key(PHONE), "invalid", world.now)
    world.store(arrested().case)
    world.log_in()
    assert world.value("bounces") == 1
    assert world.value("bounces", "division:West") is None


def test_rows_that_retention_takes_leave_every_figure(world):
    survey_and_contacts(world)
    before = everything(world)
    client = boto3.client("dynamodb", region_name="us-west-2")
    taken = 0
    for name, keys in (("Cases", 2), ("Notices", 2), ("Responses", 1), ("Audit", 2)):
        for item in client.scan(TableName=name)["Items"]:
            key = {k: item[k] for k in ("pk", "sk")[:keys]}
            client.delete_item(TableName=name, Key=key)
            taken += 1
    assert taken > 8
    world.tally()
    assert everything(world) == before


def everything(world):
    """Return every counter of every day: what must not change."""
    return counters.read(date(2026, 1, 1), date(2027, 12, 31))


def test_an_erased_victim_leaves_every_figure_and_a_recount_agrees(world):
    survey_and_contacts(world)
    before = everything(world)
    assert {m for metrics in before.values() for m in metrics} >= {
        *("enrolled", "contacts", "responses", "answer.satisfaction.4"),
    }
    assert retention.erase(NUMBER, "v1", "records", world.settings, world.now) >= 3
    world.tally()
    assert everything(world) == before
    assert world.differences() == []
    assert "own@example.org" not in every_item()


def test_a_row_that_changed_while_it_was_erased_is_not_erased_unseen(world, monkeypatch):
    survey_and_contacts(world)
    told = retention._told

    def meanwhile(origin, victim):
        found = list(told(origin, victim))
        world.answer(notices.read(found_survey(world)), {"satisfaction": "1"})
        return iter(found)

    monkeypatch.setattr(retention, "_told", meanwhile)
    with pytest.raises(Conflict):
        retention.erase(NUMBER, "v1", "records", world.settings, world.now)
    monkeypatch.undo()
    world.tally()
    assert world.differences() == []


def test_what_an_erased_row_stated_is_kept_until_its_day_is_sealed(world):
    survey_and_contacts(world)
    retention.erase(NUMBER, "v1", "records", world.settings, world.now)
    items = boto3.client("dynamodb", region_name="us-west-2").scan(TableName="Tallies")["Items"]
    kept = [int(i["expires"]["N"]) for i in items if i["pk"]["S"] == "ERASED"]
    sealed_on = TODAY + timedelta(days=sealing.open_days(world.settings) + 1)
    assert kept
    assert all(datetime.fromtimestamp(at, UTC).date() > sealed_on for at in kept)


def survey_and_contacts(world, answered_after=timedelta()):
    """Let the victim sign up and answer a survey, and count it all."""
    world.store(arrested().with_report(reported_at=NOW - timedelta(days=14)).case)
    world.enroll(world.log_in(), "own@example.org")
    survey_invitations.send(world.invocation())
    world.send()
    world.now += answered_after
    world.answer(notices.read(found_survey(world)), {"satisfaction": "4"})
    world.tally()


def answered(world, answers):
    notice = notices.read(found_survey(world))
    survey_answers.answer(notice, answers, world.settings.survey.questions, world.now)


def found_survey(world):
    return next(n.id for n in world.all(Kind.SURVEY) if n.fact == FIRST)


def every_item():
    client = boto3.client("dynamodb", region_name="us-west-2")
    tables = client.list_tables()["TableNames"]
    return json.dumps([client.scan(TableName=t)["Items"] for t in tables])


def test_code_counts_as_a_login_once_a_visit(world):
    world.store(arrested().case)
    for during, logins in ((None, 1), (world.log_in(), 2)):
        code = access_codes.issue(
            NUMBER, "v1", access_codes.CodePurpose.POST, world.now, world.settings
        )
        claim = verification.Claim(number=NUMBER, code=code, source="203.0.113.9")
        assert visits.open_by_code(claim, world.settings, world.now, during=during)
        world.tally()
        assert world.total("logins") == logins + (during is None)
    assert world.total("visitors") == 1
    assert world.differences() == []


def test_days_begin_in_the_agencys_time_zone(world):
    world.store(arrested().case)
    for hour in (6, 7):  # 23:00 of the day before, and midnight, in Arizona
        world.now = datetime(2026, 11, 25, hour, tzinfo=UTC)
        world.log_in()
    days = world.figures().by("day")
    assert days["2026-11-24"]["logins"].value == 1
    assert days["2026-11-25"]["logins"].value == 1
    assert world.figures().by("month")["2026-11"]["logins"].value == 2


def test_a_stamp_stays_when_the_case_moves_to_another_division(world):
    world.store(arrested().case)
    world.plan()
    stored = cases.read_case(NUMBER).report
    cases.write_row(NUMBER, replace(stored, division="East", digest="e"), stored)
    world.send()
    world.tally()
    assert world.total("told", "division:West") == 1
    assert world.total("told", "division:East") == 0
    assert world.differences() == []


# ------------------------------------------------------------------------------- the recount


def broken(day, metric, cut, by):
    counters.count(f"sabotage-{metric}", {(day, metric): {cut: by}}, "", day)


def test_a_recount_finds_a_broken_counter(world):
    world.store(arrested().case)
    world.log_in()
    broken(TODAY, "logins", "all", 1)
    (found,) = world.differences()
    assert (found.day, found.metric, found.cut) == (TODAY, "logins", "all")
    assert (found.counted, found.recounted) == (2, 1)


def test_a_recount_finds_what_was_never_counted(world):
    world.store(arrested().case)
    world.plan()
    assert {d.metric for d in world.differences()} == {"notices.planned"}


def test_a_recount_finds_a_second_count_of_the_same_victim(world):
    world.store(arrested().case)
    world.log_in()
    world.now += timedelta(days=1)
    world.log_in()
    broken(TODAY + timedelta(days=1), "visitors", "all", 1)
    assert [d.metric for d in world.differences()] == ["visitors"]


# ------------------------------------------------------------------------------------- sealing


def seal_all(world, days=400):
    return reporting.seal_days(world.settings, TODAY + timedelta(days=days))


@pytest.fixture
def sealed(world):
    world.settings = replace(
        world.settings,
        agency=replace(world.settings.agency, go_live=datetime(2026, 11, 20, tzinfo=UTC)),
    )
    world.store(arrested().case)
    world.log_in()
    assert seal_all(world) > 0
    return world


def test_a_day_is_sealed_before_the_first_of_its_rows_may_go(world):
    kept = world.settings.retention
    shortest = min(kept.closed_cases, kept.notices, kept.audit, kept.responses)
    world.store(arrested().case)
    world.log_in()
    go_live = replace(world.settings.agency, go_live=datetime(2026, 11, 24, 8, tzinfo=UTC))
    world.settings = replace(world.settings, agency=go_live)
    assert seal_all(world, shortest - 15) == 0
    assert seal_all(world, shortest - 13) > 0
    assert counters.last_sealed() == TODAY


def test_sealing_twice_changes_nothing(sealed):
    before = dict(counters.seals())
    seal_all(sealed)
    assert dict(counters.seals()) == before


def test_a_run_that_died_between_closing_and_copying_is_finished_by_the_next(sealed):
    day = counters.last_sealed() + timedelta(days=1)
    counters.close(day)
    assert dict(counters.seals())[day] is None
    assert [d.metric for d in sealed.differences()] == ["seal"]
    seal_all(sealed, days=401)
    assert dict(counters.seals())[day] == {}
    assert sealed.differences() == []


def test_nothing_is_counted_into_a_sealed_day(sealed):
    sealed.now = NOW + timedelta(hours=1)
    sealed.done.clear()
    sealed.log_in()
    assert sealed.done["late"] > 0
    assert sealed.total("logins") == 1
    assert sealed.differences() == []


def test_a_sealed_day_needs_its_source_rows_no_more(sealed):
    table = boto3.resource("dynamodb", region_name="us-west-2").Table("Audit")
    for item in table.scan()["Items"]:
        table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    assert sealed.differences() == []
    assert sealed.total("logins") == 1


def test_a_recount_finds_a_sealed_day_that_was_changed(sealed):
    client = boto3.client("dynamodb", region_name="us-west-2")
    client.update_item(
        TableName="Tallies",
        Key={"pk": {"S": "DAYS#0"}, "sk": {"S": f"{TODAY}#logins"}},
        UpdateExpression="ADD #a :one",
        ExpressionAttributeNames={"#a": "all"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    (found,) = sealed.differences()
    assert (found.metric, found.counted, found.recounted) == ("logins", 2, 1)


# ------------------------------------------------------------------------------------ the cost


def test_a_page_reads_as_often_for_many_cases_as_for_few(world):
    def read():
        with aws_calls() as calls:
            world.figures(TODAY - timedelta(days=29), TODAY)
        return Counter(calls)

    few = read()
    for n in range(60):
        notice = a_notice(victim=f"v{n}", stamp=f"burglary|Division {n % 6}|es")
        for fact in facts(f"{n}", notice, world.settings.agency.zone):
            deltas = {(fact.day, fact.metric): fact.adds()}
            counters.count(f"{n}-{fact.metric}", deltas, "", TODAY)
    assert read() == few
    assert few["Query"] == counters.SHARDS


def test_one_record_is_counted_in_one_transaction(world, monkeypatch):
    world.store(arrested().case)
    world.plan()
    world.streams.records()
    world.send(times=1)
    (record,) = [r for r in world.streams.records() if "NOTICE" in str(r["dynamodb"]["Keys"])]
    (count,) = [c for c in counting.counts_of(record, world.settings) if not c.note]
    moved = {metric: cuts["all"] for (_, metric), cuts in count.adds.items()}
    assert moved == {"notices.planned": -1, "notices.sent": 1, "told": 1, "arrests_told": 1}


# ---------------------------------------------------------------------------------- the handler


class Invocation:
    """What Lambda passes beside the event."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "test"

    def get_remaining_time_in_millis(self):
        return 30_000


def test_one_broken_record_is_handed_back_and_the_others_count_once(world):
    from functions.tally.handler import handler

    world.store(arrested().case)
    world.log_in()
    visits.record(world.log_in(), "viewed", world.settings, world.now)
    world.plan()
    records = [r for r in world.streams.records() if "Notices" in r["eventSourceARN"]]
    broken = {**records[0], "eventSourceARN": "arn:aws:dynamodb:us-west-2:1:table/Other/stream/1"}
    broken["dynamodb"] = {**broken["dynamodb"], "SequenceNumber": "9"}
    for _ in range(2):
        answer = handler({"Records": [*records, broken]}, Invocation())
        assert answer == {"batchItemFailures": [{"itemIdentifier": "9"}]}
    assert world.total("notices.planned") == 1
    assert world.differences() == []


def test_the_schedule_seals_as_of_its_own_time(world, monkeypatch):
    from functions.tally.handler import handler

    monkeypatch.setenv("AUDIT_BUCKET", "trail")
    boto3.client("s3", region_name="us-west-2").create_bucket(
        Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    assert handler({"time": "2026-11-24T10:30:00Z"}, Invocation())["sealed"] == 0
    assert handler({"time": "2027-11-24T10:30:00Z"}, Invocation())["sealed"] > 0


def test_the_dashboard_shows_what_chase_and_reconcile_last_found(world):
    from aviso.notices import monitoring, reconciliation

    assert world.figures().health.overdue is None
    world.store(arrested().case)
    world.plan()
    world.now += timedelta(hours=3)
    monitoring.watch(world.settings, world.now)
    reconciliation.reconcile_all(world.invocation())
    health = world.figures().health
    assert (health.overdue, health.missing) == (1, 0)
    assert health.looked_at == health.reconciled_at == world.now
    assert set(health.silent_feeds) == {"cases", "people", "arrests"}
