"""Who is asked how the agency did, by which link, and what an answer does.

See docs/rules.md#12, #13, #17.
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.content import dates, links
from aviso.domain.model import AuditEntry, Channel, Kind, Rights
from aviso.domain.notice import State
from aviso.domain.send_guards import Guards
from aviso.domain.staff import Remark
from aviso.domain.survey_rules import FIRST, REMINDER, closes_at, last_day
from aviso.notices import survey_invitations
from aviso.runtime import hashing
from aviso.storage import case_decisions, cases, suppressions, survey_responses
from aviso.storage.audited_change import AuditRow
from aviso.victims import survey_answers
from infra.harness.builders import BURGLARY, NOW, NUMBER, STALKING, a_case, a_contact, a_notice
from tests.support.sending import EMAIL, PHONE
from tests.support.survey import ASKED_ON, a_surveyed, only_surveys

OTHER = "2611240002"


def who(case, settings, now=ASKED_ON, known=None, told=(), in_peace=(), answered=()):
    found = survey_invitations.asked(
        case, told, known or Guards(), in_peace, answered, settings, now
    )
    return [asking.duty.victim for asking in found]


def test_a_victim_is_asked_two_weeks_after_the_report(quiet):
    case = a_surveyed().case
    assert who(case, quiet) == ["v1"]
    assert who(case, quiet, ASKED_ON - timedelta(days=1)) == []
    assert who(case, quiet, ASKED_ON + timedelta(days=7)) == ["v1"]
    assert who(case, quiet, ASKED_ON + timedelta(days=8)) == []


def test_days_are_counted_in_the_agencys_time_zone(quiet):
    late = datetime(2026, 11, 10, 6, 30, tzinfo=UTC)  # 23:30 on the ninth in Arizona
    case = a_case().with_report(reported_at=late).with_victim().case
    assert who(case, quiet, datetime(2026, 11, 23, 6, 59, tzinfo=UTC)) == []
    assert who(case, quiet, datetime(2026, 11, 23, 7, 1, tzinfo=UTC)) == ["v1"]


def test_the_delay_may_run_from_the_closing_of_the_case(settings):
    after = only_surveys(settings, after="closing")
    open_case = a_surveyed().case
    closed = a_case().with_report(status="CLEARED_OTHER", status_at=NOW, row_time=NOW)
    assert who(open_case, after) == []
    assert who(closed.with_victim().case, after, NOW + timedelta(days=13)) == []
    assert who(closed.with_victim().case, after, NOW + timedelta(days=14)) == ["v1"]


def surveys_off_for_burglary(settings):
    groups = settings.offense_groups
    name = settings.offense_group(BURGLARY).name
    off = {**groups, name: replace(groups[name], surveys=False)}
    return replace(settings, offense_groups=off)


NOBODY = {
    "restricted offense": (lambda: a_case().with_report(offense=STALKING).with_victim(), {}),
    "restricted by the feed": (lambda: a_case().with_report(restricted=True).with_victim(), {}),
    "unknown offense": (lambda: a_case().with_report(offense="99-9999").with_victim(), {}),
    "minor": (
        lambda: a_case().with_victim(birth_date=date(2015, 1, 1)).with_representative(),
        {},
    ),
    "dead": (lambda: a_case().with_victim(deceased=True), {}),
    "no phone and no email": (lambda: a_case().with_victim(phone="", email=""), {}),
    "not safe to contact": (lambda: a_case().with_victim(safe_to_contact=False), {}),
    "phone and email of a suspect": (
        lambda: a_surveyed(email="").with_suspect(phone=PHONE),
        {},
    ),
    "opted out of both": (a_surveyed, {"known": Guards(opted_out=frozenset({PHONE, EMAIL}))}),
    "stopped texts alone": (a_surveyed, {"known": Guards(opted_out=frozenset({PHONE}))}),
    "stopped a contact left on the portal": (
        lambda: a_surveyed(email="").with_enrollment("v1", a_contact(EMAIL, Channel.EMAIL)),
        {"known": Guards(opted_out=frozenset({EMAIL}))},
    ),
    "asked on another case": (a_surveyed, {"in_peace": {EMAIL}}),
    "waived": (lambda: a_surveyed(rights=Rights.WAIVED), {}),
    "from before go-live": (
        lambda: a_case().with_report(reported_at=datetime(2025, 12, 1, tzinfo=UTC)).with_victim(),
        {"now": datetime(2025, 12, 16, tzinfo=UTC)},
    ),
}


@pytest.mark.parametrize(("built", "given"), NOBODY.values(), ids=NOBODY)
def test_nobody_is_asked_who_must_not_be(quiet, built, given):
    assert who(built().case, quiet, **given) == []


def test_an_offense_group_may_be_left_out(quiet):
    assert who(a_surveyed().case, surveys_off_for_burglary(quiet)) == []


def test_whether_a_waiver_counts_is_a_setting(quiet):
    survey = replace(quiet.kinds[Kind.SURVEY], told="always")
    always = replace(quiet, kinds={**quiet.kinds, Kind.SURVEY: survey})
    assert who(a_surveyed(rights=Rights.WAIVED).case, always) == ["v1"]


def test_two_victims_behind_one_phone_are_asked_once(quiet):
    case = a_surveyed(email="").with_victim("v2", phone=PHONE, email="").case
    assert who(case, quiet) == ["v1"]


def test_one_text_with_one_link_leaves_however_often_everything_happens(surveys, provider):
    surveys.store(a_surveyed().case)
    notice = surveys.asked_and_sent()
    (message,) = provider.sent
    assert notice.state is State.SENT
    assert message.address == PHONE
    assert f"https://portal.example.org/survey?t={surveys.link()}" in message.text
    assert "2611240001" not in message.text


def test_the_same_person_is_asked_once_across_cases(surveys):
    surveys.store(a_surveyed().case)
    second = replace(a_surveyed(id="w9", phone="+15205550188").case, number=OTHER)
    report = replace(second.report, number=OTHER, origin=OTHER)
    surveys.store(replace(second, report=report))
    assert sum(done["asked"] for done in surveys.ask()) == 1


def another_report(**victim):
    """Return a later case of the same woman: another id, another phone, her name and birth date."""
    later = {"id": "w9", "phone": "+15205550188", "email": "", "last_name": "MUÑOZ-V1"} | victim
    case = replace(a_surveyed(**later).case, number=OTHER)
    return replace(case, report=replace(case.report, number=OTHER, origin=OTHER))


def test_the_same_person_with_another_phone_is_asked_once_across_cases(surveys):
    surveys.store(a_surveyed().case)
    surveys.store(another_report())
    assert sum(done["asked"] for done in surveys.ask()) == 1


@pytest.mark.parametrize("victim", [{"birth_date": date(1985, 4, 13)}, {"last_name": "Ruiz"}])
def test_another_person_is_asked_too(surveys, victim):
    surveys.store(a_surveyed().case)
    surveys.store(another_report(**victim))
    assert sum(done["asked"] for done in surveys.ask()) == 2


def test_two_runs_at_once_ask_one_person_once(surveys, monkeypatch):
    from aviso.storage import survey_schedule

    surveys.store(a_surveyed().case)
    surveys.store(another_report(phone=PHONE))
    monkeypatch.setattr(
        survey_schedule, "in_peace", lambda keys, now: set()
    )  # both have read before
    assert sum(done["asked"] for done in surveys.ask()) == 1


def test_a_person_may_be_asked_again_after_the_spacing(surveys):
    surveys.store(a_surveyed().case)
    surveys.ask()
    key = hashing.address_key(PHONE)
    from aviso.storage import survey_schedule

    later = surveys.now + timedelta(days=180)
    assert survey_schedule.in_peace({key}, later - timedelta(minutes=1)) == {key}
    assert survey_schedule.in_peace({key}, later) == set()


def test_a_case_that_becomes_restricted_sends_no_survey_and_makes_no_task(surveys, provider):
    case = a_surveyed().case
    surveys.store(case)
    surveys.ask()
    stored = cases.read_case(NUMBER).report
    cases.write_row(NUMBER, replace(stored, offense=STALKING, digest="r"), stored)
    surveys.send()
    surveys.plan()
    assert provider.sent == []
    assert surveys.survey().state is State.SUPPRESSED


def test_planning_leaves_a_survey_that_is_still_owed(surveys):
    surveys.store(a_surveyed().case)
    surveys.ask()
    surveys.plan()
    assert surveys.survey().state is State.PLANNED


def test_who_opts_out_before_it_leaves_gets_no_survey_and_nobody_a_task(surveys, provider):
    surveys.store(a_surveyed().case)
    surveys.ask()
    for address in (PHONE, EMAIL):
        suppressions.opt_out(hashing.address_key(address), "reply", surveys.now)
    surveys.send()
    assert provider.sent == []
    assert surveys.survey().state is State.SUPPRESSED


def test_who_stops_texts_before_it_leaves_is_not_asked_by_email_instead(surveys, provider):
    surveys.store(a_surveyed().case)
    surveys.ask()
    suppressions.opt_out(hashing.address_key(PHONE), "reply", surveys.now)
    surveys.send()
    assert provider.sent == []
    assert (surveys.survey().state, surveys.survey().reason) == (State.SUPPRESSED, "opted_out")


def test_who_stops_texts_is_not_reminded_by_email(surveys):
    surveys.store(a_surveyed().case)
    surveys.asked_and_sent()
    suppressions.opt_out(hashing.address_key(PHONE), "reply", surveys.now)
    surveys.now += timedelta(days=5)
    assert surveys.ask()[0]["reminded"] == 0


def a_sent_survey(**changes):
    """Return the notice of a survey that was asked and handed over."""
    sent = {"fact_at": ASKED_ON, "created_at": ASKED_ON, "told_at": ASKED_ON}
    return a_notice(Kind.SURVEY, FIRST, **(sent | {"state": State.SENT} | changes))


REMINDED = {
    "after five days": ({}, {}, 5, True),
    "not sooner": ({}, {}, 4, False),
    "not when it never left": ({"state": State.FAILED, "told_at": None}, {}, 5, False),
    "not when reminders are off": ({}, {"reminder_days": 0}, 5, False),
    "on the last day": ({}, {"reminder_days": 13}, 14, True),
    "not once it is closed": ({}, {"reminder_days": 13}, 15, False),
}


@pytest.mark.parametrize(("told", "survey", "days", "reminded"), REMINDED.values(), ids=REMINDED)
def test_who_is_reminded(settings, told, survey, days, reminded):
    found = who(
        a_surveyed().case,
        only_surveys(settings, **survey),
        ASKED_ON + timedelta(days=days),
        told=[a_sent_survey(**told)],
    )
    assert bool(found) is reminded


def test_one_reminder_leads_to_the_same_survey(surveys, provider):
    surveys.store(a_surveyed().case)
    surveys.asked_and_sent()
    surveys.now += timedelta(days=5)
    assert [done["reminded"] for done in surveys.ask()] == [1, 0]
    surveys.send()
    surveys.now += timedelta(days=5)
    assert surveys.ask()[0]["reminded"] == 0
    assert len(provider.sent) == 2
    for message in provider.sent:
        token = message.text.partition("survey?t=")[2].split()[0]
        assert survey_answers.opened(token, surveys.settings, surveys.now).id == surveys.survey().id


def test_who_has_answered_is_not_reminded(surveys):
    surveys.store(a_surveyed().case)
    notice = surveys.asked_and_sent()
    surveys.answer(notice, {"satisfaction": "4"}, surveys.now)
    surveys.now += timedelta(days=5)
    assert surveys.ask()[0]["reminded"] == 0


def test_a_reminder_on_its_way_stops_when_the_answer_comes(surveys, provider):
    surveys.store(a_surveyed().case)
    notice = surveys.asked_and_sent()
    surveys.now += timedelta(days=5)
    surveys.ask()
    surveys.answer(notice, {"satisfaction": "4"}, surveys.now)
    surveys.send()
    assert len(provider.sent) == 1
    (reminder,) = [n for n in surveys.all(Kind.SURVEY) if n.fact == REMINDER]
    assert reminder.state is State.SUPPRESSED


def test_an_answer_proves_that_the_survey_arrived(surveys):
    surveys.store(a_surveyed().case)
    notice = surveys.asked_and_sent()
    surveys.answer(notice, {"satisfaction": "4"}, surveys.now)
    assert surveys.survey().state is State.DELIVERED


def test_a_partial_answer_is_kept_and_later_ones_add_and_change(surveys):
    surveys.store(a_surveyed().case)
    notice = surveys.asked_and_sent()
    for answers in ({"satisfaction": "2"}, {"satisfaction": "2"}, {"better": "Call back sooner"}):
        surveys.answer(notice, answers, surveys.now)
    surveys.answer(
        notice,
        {"satisfaction": "5"},
        surveys.now + timedelta(hours=1),
    )
    kept = survey_responses.read(notice.id)
    assert kept.answers == {"satisfaction": "5", "better": "Call back sooner"}
    assert kept.answered_at == surveys.now
    assert kept.stamp == notice.stamp != ""


def test_everything_answered_before_can_be_taken_back(surveyed):
    post(surveyed.link(), surveyed.now, **{"q-better": "my words", "q-satisfaction": "2"})
    post(surveyed.link(), surveyed.now, **{"afresh": "yes", "q-still_called": "0"})
    assert survey_responses.read(surveyed.survey().id).answers == {"still_called": "0"}
    assert post(surveyed.link(), surveyed.now, afresh="yes").status == 303
    kept = survey_responses.read(surveyed.survey().id)
    assert (kept.answers, kept.texts) == ({}, frozenset())


def test_who_never_answered_has_nothing_to_take_back(surveyed):
    assert post(surveyed.link(), surveyed.now, afresh="yes").status == 303
    assert survey_responses.read(surveyed.survey().id) is None


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


@pytest.mark.parametrize(("zone", "asked_on", "closes"), LAST_MOMENTS.values(), ids=LAST_MOMENTS)
def test_a_survey_closes_when_its_last_day_ends(settings, zone, asked_on, closes):
    there = replace(settings, agency=replace(settings.agency, time_zone=zone))
    for hour in (0, 10, 23):
        asked = datetime.combine(asked_on, time(hour), ZoneInfo(zone)).astimezone(UTC)
        assert last_day(asked, there) == asked_on + timedelta(days=14)
        assert closes_at(asked, there) == closes


def test_words_that_are_a_number_are_words_and_counted_nowhere(surveys):
    from aviso.reporting.counted_facts import facts

    surveys.store(a_surveyed().case)
    surveys.asked_and_sent()
    given = {"satisfaction": "5", "better": "42"}
    questions = surveys.settings.survey.questions
    survey_answers.answer(surveys.survey(), given, questions, surveys.now)
    survey_answers.answer(surveys.survey(), {"satisfaction": "4"}, questions, surveys.now)
    stored = survey_responses.read(surveys.survey().id)
    counted = {fact.metric for fact in facts("key", stored, surveys.settings.agency.zone)}
    assert counted == {"responses", "answer.satisfaction.4"}


def test_what_no_page_of_ours_offers_is_no_answer(quiet):
    form = {"q-satisfaction": "6", "q-still_called": "9", "q-better": "  ", "q-made_up": "1"}
    assert survey_answers.read_form(form, quiet.survey.questions) == {}
    assert (
        survey_answers.read_form({"q-better": "x" * 5000}, quiet.survey.questions)["better"]
        == "x" * 1000
    )


# ------------------------------------------------------------------------------------ the page


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


def get(token, now, **changes):
    query = {"t": token} | changes
    return answer(event("GET", "/survey", query=query), now)[1]


def post(token, now, **form):
    return answer(event("POST", "/survey", form={"t": token} | form), now)[1]


@pytest.fixture
def surveyed(surveys, monkeypatch):
    from aviso.domain.settings import Settings

    monkeypatch.setattr(Settings, "current", lambda: surveys.settings)
    surveys.store(a_surveyed().case)
    surveys.asked_and_sent()
    return surveys


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "How did we treat you?"), ("es", "¿Cómo le tratamos?")]
)
def test_the_page_asks_every_question_in_both_languages(surveyed, language, heading):
    page = get(surveyed.link(), surveyed.now, lang=language)
    assert page.status == 200
    assert f"<h1>{heading}</h1>" in page.body
    for question in surveyed.settings.survey.questions:
        assert question.text[language] in page.body
    assert "<script" not in page.body


def test_the_page_shows_nothing_of_the_case_or_of_earlier_answers(surveyed):
    post(surveyed.link(), surveyed.now, **{"q-better": "secret words", "q-satisfaction": "2"})
    page = get(surveyed.link(), surveyed.now).body
    for word in (NUMBER, "Muñoz", "Ana", PHONE, EMAIL, "secret words", "checked"):
        assert word not in page


def test_answering_thanks_with_places_to_turn_to(surveyed):
    reply = post(surveyed.link(), surveyed.now, **{"q-still_called": "0"})
    assert reply.status == 303
    assert reply.headers["Location"] == "survey?thanks=yes"
    thanks = answer(event("GET", "/survey", query={"thanks": "yes"}), surveyed.now)[1]
    assert "Thank you" in thanks.body
    assert "988" in thanks.body
    assert survey_responses.read(surveyed.survey().id).answers == {"still_called": "0"}


def as_entry(action):
    entry = AuditEntry(at=ASKED_ON, actor="staff:x", action=action, case=NUMBER)
    return AuditRow(entry=entry, keep_days=1)


def its_owner_says_not_me(surveyed):
    suppressions.not_me(hashing.address_key(PHONE), NUMBER, surveyed.now)


def the_desk_calls_it_unsafe(surveyed):
    (victim,) = cases.read_case(NUMBER).victims
    why = Remark(at=surveyed.now, by="ana", text="He has it.")
    case_decisions.mark_unsafe(NUMBER, victim, PHONE, why, as_entry("contact_marked_unsafe"))


def the_report_has_another_phone(surveyed):
    surveyed.store(a_surveyed(phone="+15205550177").case)


def a_suspect_has_it_too(surveyed):
    surveyed.store(a_surveyed().with_suspect(phone=PHONE).case)


def the_case_is_restricted(surveyed):
    case_decisions.restrict(NUMBER, "restricted", as_entry("case_restricted"))


def she_is_erased(surveyed):
    retention.erase(NUMBER, "v1", "person", surveyed.settings, surveyed.now)


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
def test_former_victim_answers_no_survey(surveyed, what):
    texted = next(
        a for a in surveyed.survey().attempts if a.address_key == hashing.address_key(PHONE)
    )
    link = surveyed.link(texted.n)
    post(link, surveyed.now, **{"q-better": "her own words"})
    what(surveyed)
    refused = [get(link, surveyed.now), post(link, surveyed.now, **{"q-better": "somebody else's"})]
    closed = get("made-up", surveyed.now)
    assert {(p.status, p.body) for p in refused} == {(closed.status, closed.body)}
    kept = survey_responses.read(surveyed.survey().id)
    assert kept is None or "somebody else's" not in kept.answers.values()


def test_who_wants_no_more_messages_may_still_answer(surveyed):
    suppressions.opt_out(hashing.address_key(PHONE), "reply", surveyed.now)
    assert post(surveyed.link(), surveyed.now, **{"q-better": "Call sooner"}).status == 303


def test_an_empty_form_is_asked_for_one_answer(surveyed):
    page = post(surveyed.link(), surveyed.now)
    assert "Answer at least one question." in page.body
    assert survey_responses.read(surveyed.survey().id) is None


def test_changing_the_language_keeps_what_was_typed_and_stores_nothing(surveyed):
    page = post(surveyed.link(), surveyed.now, lang="es", **{"q-better": "palabras"})
    assert "¿Cómo le tratamos?" in page.body
    assert "palabras" in page.body
    assert survey_responses.read(surveyed.survey().id) is None


def test_a_survey_stays_open_for_the_whole_of_the_last_day_that_the_page_names(surveyed):
    notice, zone = surveyed.survey(), surveyed.settings.agency.zone
    last = last_day(notice.fact_at, surveyed.settings)
    assert dates.written(last, "day", "en") in get(surveyed.link(), surveyed.now).body
    late = datetime.combine(last, time(23, 59, 59), zone)
    assert "How did we treat you?" in get(surveyed.link(), late).body
    assert "There are no questions here" in get(surveyed.link(), late + timedelta(seconds=1)).body


@pytest.mark.parametrize("language", ["en", "es"])
def test_message_and_page_promise_the_same_time(surveyed, language):
    minute = {"en": "It takes about a minute.", "es": "Toma más o menos un minuto."}[language]
    assert minute in get(surveyed.link(), surveyed.now, lang=language).body
    root = Path(__file__).resolve().parents[3] / "templates/locales"
    assert minute in (root / language / "messages/survey.txt").read_text()


def test_a_wrong_link_a_link_for_something_else_and_a_closed_survey_look_the_same(surveyed):
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
