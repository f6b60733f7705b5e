"""Who is asked how the agency did, and by which link.

See docs/rules.md#12, #13, #17.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.guards import Guards
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.domain.requests import Rights
from aviso.domain.survey_rules import FIRST, REMINDER
from aviso.notices import survey_invitations
from aviso.notices.survey_invitations import SurveyBars
from aviso.runtime import hashing
from aviso.storage import suppressions
from aviso.victims import survey_answers
from infra.harness.builders import BURGLARY, NOW, STALKING, a_case, a_contact, a_notice, case_at
from tests.support.sending import EMAIL, PHONE
from tests.support.survey import ASKED_ON, a_surveyed, only_surveys

OTHER = "2611240002"


def who(case, settings, now=ASKED_ON, known=None, told=(), in_peace=(), answered=()):
    bars = SurveyBars(in_peace=frozenset(in_peace), answered=frozenset(answered))
    at = case_at(case, settings, now, told=told, guards=known or Guards())
    found = survey_invitations.asked(at, bars)
    return [asking.duty.victim for asking in found]


def surveys_off_for_burglary(settings):
    groups = settings.offense_groups
    name = settings.offense_group(BURGLARY).name
    off = {**groups, name: replace(groups[name], surveys=False)}
    return replace(settings, offense_groups=off)


NOBODY = {
    "restricted offense": (lambda: a_case().with_report(offense=STALKING).with_victim(), {}),
    "restricted by the feed": (lambda: a_case().with_report(restricted=True).with_victim(), {}),
    "unknown offense": (lambda: a_case().with_report(offense="99-9999").with_victim(), {}),
    "minor": (lambda: a_case().with_victim(birth_date=date(2015, 1, 1)).with_speaker(), {}),
    "dead": (lambda: a_case().with_victim(deceased=True), {}),
    "incapacitated": (lambda: a_case().with_victim(incapacitated=True).with_speaker(), {}),
    "no phone and no email": (lambda: a_case().with_victim(phone="", email=""), {}),
    "not safe to contact": (lambda: a_case().with_victim(safe_to_contact=False), {}),
    "phone and email of a suspect": (lambda: a_surveyed(email="").with_suspect(phone=PHONE), {}),
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


class TestInvitation:
    def test_comes_two_weeks_after_the_report(self, quiet):
        case = a_surveyed().case
        assert who(case, quiet) == ["v1"]
        assert who(case, quiet, ASKED_ON - timedelta(days=1)) == []
        assert who(case, quiet, ASKED_ON + timedelta(days=7)) == ["v1"]
        assert who(case, quiet, ASKED_ON + timedelta(days=8)) == []

    def test_counts_days_in_the_agencys_zone(self, quiet):
        late = datetime(2026, 11, 10, 6, 30, tzinfo=UTC)  # 23:30 on the ninth in Arizona
        case = a_case().with_report(reported_at=late).with_victim().case
        assert who(case, quiet, datetime(2026, 11, 23, 6, 59, tzinfo=UTC)) == []
        assert who(case, quiet, datetime(2026, 11, 23, 7, 1, tzinfo=UTC)) == ["v1"]

    def test_may_count_from_the_closing(self, settings):
        after = only_surveys(settings, after="closing")
        open_case = a_surveyed().case
        closed = a_case().with_report(status="CLEARED_OTHER", status_at=NOW, row_time=NOW)
        assert who(open_case, after) == []
        assert who(closed.with_victim().case, after, NOW + timedelta(days=13)) == []
        assert who(closed.with_victim().case, after, NOW + timedelta(days=14)) == ["v1"]

    @pytest.mark.parametrize(("built", "given"), NOBODY.values(), ids=NOBODY)
    def test_is_not_for_who_must_not_be_asked(self, quiet, built, given):
        assert who(built().case, quiet, **given) == []

    def test_may_leave_out_an_offense_group(self, quiet):
        assert who(a_surveyed().case, surveys_off_for_burglary(quiet)) == []

    def test_counts_a_waiver_by_setting(self, quiet):
        survey = replace(quiet.kinds[Kind.SURVEY], told="always")
        always = replace(quiet, kinds={**quiet.kinds, Kind.SURVEY: survey})
        assert who(a_surveyed(rights=Rights.WAIVED).case, always) == ["v1"]

    def test_is_one_behind_one_phone(self, quiet):
        case = a_surveyed(email="").with_victim("v2", phone=PHONE, email="").case
        assert who(case, quiet) == ["v1"]

    def test_is_one_text_with_one_link(self, surveys, provider):
        surveys.store(a_surveyed().case)
        notice = surveys.asked_and_sent()
        (message,) = provider.sent
        assert notice.state is State.SENT
        assert message.address == PHONE
        assert f"https://portal.example.org/survey?t={surveys.link()}" in message.text
        assert "2611240001" not in message.text


def another_report(**victim):
    """Return a later case of the same woman: another id, another phone, her name and birth date."""
    later = {"id": "w9", "phone": "+15205550188", "email": "", "last_name": "MUÑOZ-V1"} | victim
    case = replace(a_surveyed(**later).case, number=OTHER)
    return replace(case, report=replace(case.report, number=OTHER, origin=OTHER))


class TestSpacing:
    def test_knows_the_person_by_another_phone(self, surveys):
        surveys.store(a_surveyed().case)
        surveys.store(another_report())
        assert sum(done["asked"] for done in surveys.ask()) == 1

    @pytest.mark.parametrize("victim", [{"birth_date": date(1985, 4, 13)}, {"last_name": "Ruiz"}])
    def test_asks_another_person_too(self, surveys, victim):
        surveys.store(a_surveyed().case)
        surveys.store(another_report(**victim))
        assert sum(done["asked"] for done in surveys.ask()) == 2

    def test_holds_for_two_runs_at_once(self, surveys, monkeypatch):
        from aviso.storage import survey_schedule

        surveys.store(a_surveyed().case)
        surveys.store(another_report(phone=PHONE))
        monkeypatch.setattr(
            survey_schedule, "in_peace", lambda keys, now: set()
        )  # both have read before
        assert sum(done["asked"] for done in surveys.ask()) == 1

    def test_ends_and_asks_again(self, surveys):
        surveys.store(a_surveyed().case)
        surveys.ask()
        key = hashing.address_key(PHONE)
        from aviso.storage import survey_schedule

        later = surveys.now + timedelta(days=180)
        assert survey_schedule.in_peace({key}, later - timedelta(minutes=1)) == {key}
        assert survey_schedule.in_peace({key}, later) == set()


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


class TestReminder:
    def test_is_no_email_after_a_stop(self, surveys):
        surveys.store(a_surveyed().case)
        surveys.asked_and_sent()
        suppressions.opt_out(hashing.address_key(PHONE), "reply", surveys.now)
        surveys.now += timedelta(days=5)
        assert surveys.ask()[0]["reminded"] == 0

    @pytest.mark.parametrize(
        ("told", "survey", "days", "reminded"), REMINDED.values(), ids=REMINDED
    )
    def test_is_for_who_was_told_and_is_silent(self, settings, told, survey, days, reminded):
        found = who(
            a_surveyed().case,
            only_surveys(settings, **survey),
            ASKED_ON + timedelta(days=days),
            told=[a_sent_survey(**told)],
        )
        assert bool(found) is reminded

    def test_leads_to_the_same_survey(self, surveys, provider):
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
            assert (
                survey_answers.opened(token, surveys.settings, surveys.now).id
                == surveys.survey().id
            )

    def test_stops_when_the_answer_comes(self, surveys, provider):
        surveys.store(a_surveyed().case)
        notice = surveys.asked_and_sent()
        surveys.now += timedelta(days=5)
        surveys.ask()
        surveys.answer(notice, {"satisfaction": "4"}, surveys.now)
        surveys.send()
        assert len(provider.sent) == 1
        (reminder,) = [n for n in surveys.all(Kind.SURVEY) if n.fact == REMINDER]
        assert reminder.state is State.SUPPRESSED
