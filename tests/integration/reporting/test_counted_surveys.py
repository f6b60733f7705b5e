"""Surveys, opt-outs and erased victims in the figures."""

import json
from datetime import UTC, date, datetime, timedelta

import boto3
import pytest

from aviso.compliance import retention
from aviso.domain.model import Kind
from aviso.domain.notice_states import was_told
from aviso.domain.survey_rules import FIRST
from aviso.reporting import sealing
from aviso.runtime import hashing
from aviso.storage import cases, counters, notices, suppressions
from aviso.victims import message_links
from infra.harness.builders import NOW, NUMBER
from tests.support.counted import TODAY, arrested, found_survey
from tests.support.sending import EMAIL, PHONE


def everything():
    """Return every counter of every day: what must not change."""
    return counters.read(date(2026, 1, 1), date(2027, 12, 31))


def survey_and_contacts(world, answered_after=timedelta()):
    """Let the victim sign up and answer a survey, and count it all."""
    world.store(arrested().with_report(reported_at=NOW - timedelta(days=14)).case)
    world.enroll(world.log_in(), "own@example.org")
    world.enter_surveys()
    world.send()
    world.now += answered_after
    world.answer(notices.read(found_survey(world)), {"satisfaction": "4"})
    world.tally()


@pytest.fixture
def world(world):
    """Give the flow; whatever happens in it, a recount has the same figures."""
    yield world
    assert world.differences() == []


class TestSurveys:
    def test_count_from_sending_to_a_changed_answer(self, world):
        world.store(arrested().but(arrests=()))
        world.now += timedelta(days=12)
        for _ in range(2):
            world.enter_surveys()
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

    def test_count_on_the_day_they_were_sent(self, world):
        survey_and_contacts(world, answered_after=timedelta(days=3))
        days = world.figures().by("day")
        assert days[TODAY.isoformat()]["response_rate"].value == 1
        assert days[TODAY.isoformat()]["satisfaction"].value == 4

    def test_answered_stay_sent_after_a_not_me(self, world):
        survey_and_contacts(world)
        case = cases.read_case(NUMBER)
        for _ in range(3):  # each channel of the ladder
            for address in (PHONE, EMAIL, "own@example.org"):
                message_links.tell_elsewhere(case, {"v1"}, hashing.address_key(address), world.now)
            world.send()
        world.tally()
        assert not was_told(notices.read(found_survey(world)))
        assert (world.value("responses"), world.value("surveys_sent")) == (1, 1)
        assert world.value("response_rate") == 1

    def test_with_number_words_make_no_counter(self, world):
        survey_and_contacts(world)
        notice = notices.read(found_survey(world))
        world.answer(notice, {"better": "42"})
        world.tally()
        counted = {metric for day in everything().values() for metric in day}
        assert {m for m in counted if m.startswith("answer.")} == {"answer.satisfaction.4"}

    def test_with_a_reminder_are_one_sent(self, world):
        world.store(arrested().but(arrests=()))
        world.now += timedelta(days=12)
        for days in (0, 5):
            world.now += timedelta(days=days)
            world.enter_surveys()
            world.send()
            world.tally()
        assert len(world.all(Kind.SURVEY)) == 2
        assert world.value("surveys_sent") == 1
        assert world.value("victims_notified") == 0


class TestOptOuts:
    def test_count_until_taken_back(self, world):
        key = hashing.address_key(PHONE)
        for _ in range(2):
            suppressions.opt_out(key, "reply", world.now)
            world.tally()
        assert world.total("opted_out", "source:reply") == 1
        suppressions.opt_in(key, world.now + timedelta(hours=1))
        world.tally()
        assert world.value("opt_outs") == 0

    def test_are_cut_by_nothing(self, world):
        suppressions.bounced(hashing.address_key(PHONE), "invalid", world.now)
        world.store(arrested().case)
        world.log_in()
        assert world.value("bounces") == 1
        assert world.value("bounces", "division:West") is None


def every_item():
    client = boto3.client("dynamodb", region_name="us-west-2")
    tables = client.list_tables()["TableNames"]
    return json.dumps([client.scan(TableName=t)["Items"] for t in tables])


class TestErasure:
    def test_of_a_victim_leaves_every_figure(self, world):
        survey_and_contacts(world)
        before = everything()
        assert {m for metrics in before.values() for m in metrics} >= {
            *("enrolled", "contacts", "responses", "answer.satisfaction.4")
        }
        assert retention.erase(NUMBER, "v1", "records", world.settings, world.now) >= 3
        world.tally()
        assert everything() == before
        assert "own@example.org" not in every_item()

    def test_keeps_a_rows_statement_until_sealed(self, world):
        survey_and_contacts(world)
        retention.erase(NUMBER, "v1", "records", world.settings, world.now)
        items = boto3.client("dynamodb", region_name="us-west-2").scan(TableName="Tallies")["Items"]
        kept = [int(i["expires"]["N"]) for i in items if i["pk"]["S"] == "ERASED"]
        sealed_on = TODAY + timedelta(days=sealing.open_days(world.settings) + 1)
        assert kept
        assert all(datetime.fromtimestamp(at, UTC).date() > sealed_on for at in kept)
