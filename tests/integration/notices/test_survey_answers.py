"""What an answer to a survey does, until when it is taken, and its page."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.content import dates, links
from aviso.domain.model import AuditEntry
from aviso.domain.notice import State
from aviso.domain.staff import Remark
from aviso.domain.survey_rules import closes_at, last_day
from aviso.runtime import hashing
from aviso.storage import case_decisions, cases, suppressions, survey_responses
from aviso.storage.audited_change import AuditRow
from aviso.storage.case_decisions import CaseDecision
from aviso.victims import survey_answers
from infra.harness.builders import NUMBER
from tests.support.sending import EMAIL, PHONE
from tests.support.survey import ASKED_ON, a_surveyed


def event(method, path, query=None, form=None):
    headers = {"content-type": "application/x-www-form-urlencoded", "accept-language": "en"}
    body = urlencode(form) if form else None
    return {
        "httpMethod": method,
        "path": path,
        "headers": headers,
        "queryStringParameters": query,
        "body": body,
    }


def answer(asked, now):
    from aviso.web.portal import app  # its pages are compiled once the session has begun

    return app.answer(asked, now)


def post(token, now, **form):
    return answer(event("POST", "/survey", form={"t": token} | form), now)[1]


@pytest.fixture
def surveyed(surveys, monkeypatch):
    from aviso.domain.settings import Settings

    monkeypatch.setattr(Settings, "current", lambda: surveys.settings)
    surveys.store(a_surveyed().case)
    surveys.asked_and_sent()
    return surveys


class TestAnswer:
    def test_proves_that_the_survey_arrived(self, surveys):
        surveys.store(a_surveyed().case)
        notice = surveys.asked_and_sent()
        surveys.answer(notice, {"satisfaction": "4"}, surveys.now)
        assert surveys.survey().state is State.DELIVERED

    def test_is_kept_in_part_and_completed(self, surveys):
        surveys.store(a_surveyed().case)
        notice = surveys.asked_and_sent()
        for answers in (
            {"satisfaction": "2"},
            {"satisfaction": "2"},
            {"better": "Call back sooner"},
        ):
            surveys.answer(notice, answers, surveys.now)
        surveys.answer(notice, {"satisfaction": "5"}, surveys.now + timedelta(hours=1))
        kept = survey_responses.read(notice.id)
        assert kept.answers == {"satisfaction": "5", "better": "Call back sooner"}
        assert kept.answered_at == surveys.now
        assert kept.stamp == notice.stamp != ""

    def test_can_be_taken_back(self, surveyed):
        post(surveyed.link(), surveyed.now, **{"q-better": "my words", "q-satisfaction": "2"})
        post(surveyed.link(), surveyed.now, **{"afresh": "yes", "q-still_called": "0"})
        assert survey_responses.read(surveyed.survey().id).answers == {"still_called": "0"}
        assert post(surveyed.link(), surveyed.now, afresh="yes").status == 303
        kept = survey_responses.read(surveyed.survey().id)
        assert (kept.answers, kept.texts) == ({}, frozenset())

    def test_that_no_page_offers_is_none(self, quiet):
        form = {"q-satisfaction": "6", "q-still_called": "9", "q-better": "  ", "q-made_up": "1"}
        assert survey_answers.read_form(form, quiet.survey.questions) == {}
        assert (
            survey_answers.read_form({"q-better": "x" * 5000}, quiet.survey.questions)["better"]
            == "x" * 1000
        )


LAST_MOMENTS = {
    "where clocks never change": (
        "America/Phoenix",
        date(2026, 11, 10),
        datetime(2026, 11, 25, 7, tzinfo=UTC),
    ),
    "over the end of summer time": (
        "America/Denver",
        date(2026, 10, 25),
        datetime(2026, 11, 9, 7, tzinfo=UTC),
    ),
    "on the day that clocks go back": (
        "America/Denver",
        date(2026, 10, 18),
        datetime(2026, 11, 2, 7, tzinfo=UTC),
    ),
    "on the day that clocks go forward": (
        "America/Denver",
        date(2026, 2, 22),
        datetime(2026, 3, 9, 6, tzinfo=UTC),
    ),
}


def get(token, now, **changes):
    query = {"t": token} | changes
    return answer(event("GET", "/survey", query=query), now)[1]


class TestClosing:
    @pytest.mark.parametrize(
        ("zone", "asked_on", "closes"), LAST_MOMENTS.values(), ids=LAST_MOMENTS
    )
    def test_is_when_the_last_day_ends(self, settings, zone, asked_on, closes):
        there = replace(settings, agency=replace(settings.agency, time_zone=zone))
        for hour in (0, 10, 23):
            asked = datetime.combine(asked_on, time(hour), ZoneInfo(zone)).astimezone(UTC)
            assert last_day(asked, there) == asked_on + timedelta(days=14)
            assert closes_at(asked, there) == closes

    def test_is_after_the_day_that_the_page_names(self, surveyed):
        notice, zone = surveyed.survey(), surveyed.settings.agency.zone
        last = last_day(notice.fact_at, surveyed.settings)
        assert dates.written(last, "day", "en") in get(surveyed.link(), surveyed.now).body
        late = datetime.combine(last, time(23, 59, 59), zone)
        assert "How did we treat you?" in get(surveyed.link(), late).body
        assert (
            "There are no questions here" in get(surveyed.link(), late + timedelta(seconds=1)).body
        )


def as_entry(action):
    entry = AuditEntry(at=ASKED_ON, actor="staff:x", action=action, case=NUMBER)
    return AuditRow(entry=entry, keep_days=1)


def its_owner_says_not_me(surveyed):
    suppressions.not_me(hashing.address_key(PHONE), NUMBER, surveyed.now)


def the_desk_calls_it_unsafe(surveyed):
    (victim,) = cases.read_case(NUMBER).victims
    why = Remark(at=surveyed.now, by="ana", text="He has it.")
    decision = CaseDecision(as_entry("contact_marked_unsafe"), why)
    case_decisions.decide(decision, victim, replace(victim, desk_unsafe=(PHONE,)))


def the_report_has_another_phone(surveyed):
    surveyed.store(a_surveyed(phone="+15205550177").case)


def a_suspect_has_it_too(surveyed):
    surveyed.store(a_surveyed().with_suspect(phone=PHONE).case)


def the_case_is_restricted(surveyed):
    case_decisions.restrict(CaseDecision(as_entry("case_restricted")), "restricted")


def she_is_erased(surveyed):
    retention.erase(NUMBER, "v1", "person", surveyed.settings, surveyed.now)


class TestPage:
    @pytest.mark.parametrize(
        ("language", "heading"), [("en", "How did we treat you?"), ("es", "¿Cómo le tratamos?")]
    )
    def test_asks_all_in_both_languages(self, surveyed, language, heading):
        page = get(surveyed.link(), surveyed.now, lang=language)
        assert page.status == 200
        assert f"<h1>{heading}</h1>" in page.body
        for question in surveyed.settings.survey.questions:
            assert question.text[language] in page.body
        assert "<script" not in page.body

    def test_shows_nothing_of_the_case_or_answers(self, surveyed):
        post(surveyed.link(), surveyed.now, **{"q-better": "secret words", "q-satisfaction": "2"})
        page = get(surveyed.link(), surveyed.now, lang="en").body
        assert surveyed.settings.survey.questions[0].text["en"] in page
        for word in (NUMBER, "Muñoz", "Ana", PHONE, EMAIL, "secret words", "checked"):
            assert word not in page

    def test_thanks_with_places_to_turn_to(self, surveyed):
        reply = post(surveyed.link(), surveyed.now, **{"q-still_called": "0"})
        assert reply.status == 303
        assert reply.headers["Location"] == "survey?thanks=yes"
        thanks = answer(event("GET", "/survey", query={"thanks": "yes"}), surveyed.now)[1]
        assert "Thank you" in thanks.body
        assert "988" in thanks.body
        assert survey_responses.read(surveyed.survey().id).answers == {"still_called": "0"}

    @pytest.mark.parametrize(
        "what",
        [
            its_owner_says_not_me,
            the_desk_calls_it_unsafe,
            the_report_has_another_phone,
            a_suspect_has_it_too,
            the_case_is_restricted,
            she_is_erased,
        ],
        ids=lambda what: what.__name__,
    )
    def test_refuses_a_former_victim(self, surveyed, what):
        texted = next(
            a for a in surveyed.survey().attempts if a.address_key == hashing.address_key(PHONE)
        )
        link = surveyed.link(texted.n)
        post(link, surveyed.now, **{"q-better": "her own words"})
        what(surveyed)
        refused = [
            get(link, surveyed.now),
            post(link, surveyed.now, **{"q-better": "somebody else's"}),
        ]
        closed = get("made-up", surveyed.now)
        assert {(p.status, p.body) for p in refused} == {(closed.status, closed.body)}
        kept = survey_responses.read(surveyed.survey().id)
        assert kept is None or "somebody else's" not in kept.answers.values()

    def test_serves_who_wants_no_more_messages(self, surveyed):
        suppressions.opt_out(hashing.address_key(PHONE), "reply", surveyed.now)
        assert post(surveyed.link(), surveyed.now, **{"q-better": "Call sooner"}).status == 303

    def test_asks_an_empty_form_for_one_answer(self, surveyed):
        page = post(surveyed.link(), surveyed.now)
        assert "Answer at least one question." in page.body
        assert survey_responses.read(surveyed.survey().id) is None

    def test_is_the_same_for_every_bad_link(self, surveyed):
        notice = surveyed.survey()
        closed = closes_at(notice.fact_at, surveyed.settings)
        pages = [
            get(surveyed.link(), closed),
            post(surveyed.link(), closed, **{"q-satisfaction": "5"}),
            get("made-up", surveyed.now),
            get("", surveyed.now),
            get(links.token(links.LinkPurpose.STOP, notice.id, 1), surveyed.now),
            get(links.token(links.LinkPurpose.SURVEY, "a" * 26, 1), surveyed.now),
        ]
        assert len({(p.status, p.body) for p in pages}) == 1
        assert "There are no questions here" in pages[0].body
        assert survey_responses.read(notice.id) is None
