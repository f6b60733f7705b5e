"""What the storm's rig and its model once got wrong: plain tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from infra.harness.web_page import Page
from tests.rig.model import generator, oracle
from tests.rig.model.observed import ABSENT, DELIVERED, HELD, SUPPRESSED, Evidence, Expected, Sent
from tests.rig.model.scenario import Case, Left, State
from tests.rig.streams import HEAD
from tests.rig.verdict import Verdict, judge_duty
from tests.storm.days import Days, Plan
from tests.storm.visits import IDLE, READER, Visit, Visits

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
MINUTE = 60.0


@pytest.fixture
def run():
    """Return a run in which nothing has happened."""
    return Days.of(Plan(1, 1), lambda _: None)


class TestReconcile:
    def test_comes_once_more_when_the_last_export_has_settled(self, run, monkeypatch):
        """An offense that nobody knows becomes a task after an hour."""
        time, sent = run.cloud.time, []
        monkeypatch.setattr(run.functions, "send", lambda name, *_: sent.append((name, time.now)))
        for minute in range(6 * 60):
            time.now = run.start + minute * MINUTE
            run.schedules.minute(datetime.fromtimestamp(time.now, UTC))
        last_export = run.start + 3 * 60 * MINUTE
        settled = last_export + 60 * MINUTE
        assert [at for name, at in sent if name == "reconcile" and at >= settled]


class TestVisit:
    def test_is_judged_when_all_files_are_imported(self):
        """The first file says nothing yet of what the last one restricts."""
        scenario = generator.make(1, 200, NOW)
        case = next(
            c
            for c in scenario.cases
            if c.before.victims and oracle.restricted(c.after) and not oracle.restricted(c.before)
        )
        changed = {case.number: [100.0, 100.0]}
        cloud: Any = SimpleNamespace(time=SimpleNamespace(now=150.0, after=lambda *_: None))
        visits = Visits(cloud, None, scenario, changed, set())
        visit = Visit(visits, case, case.before.victims[0], READER)
        page = Page(200, case.number)
        visit.used = 150.0
        visit.shown(page, 150.0, "shown")
        changed[case.number][1] = 200.0
        assert visits.mistakes() == []
        visit.shown(page, 201.0, "shown")
        assert visits.mistakes() == [(case.number, "shown although restricted")]

    def test_that_was_refused_stays_over(self):
        """Somebody who was away for too long, and asks again a minute after the refusal."""
        scenario = generator.make(1, 200, NOW)
        case = next(c for c in scenario.cases if c.before.victims)
        cloud: Any = SimpleNamespace(time=SimpleNamespace(now=150.0, after=lambda *_: None))
        visits = Visits(cloud, None, scenario, {}, set())
        visit = Visit(visits, case, case.before.victims[0], READER)
        visit.used = visit.begun = 150.0
        visit.shown(Page(401, ""), 150.0 + IDLE + 1, "shown")
        assert visits.wrong == []
        visit.shown(Page(200, case.number), 150.0 + IDLE + 61, "shown")
        assert visits.wrong == [(case.number, "shown to somebody who had been away")]


class TestOptOut:
    @pytest.mark.parametrize(("stored", "known"), [("email", True), ("phone", False), ("", False)])
    def test_that_no_page_confirmed_is_known(self, run, monkeypatch, stored, known):
        """The function died after it had stored it. That of the notice's other contact is none."""
        tried = (("ATTEMPT#001", "phone"), ("ATTEMPT#002", "email"))
        rows = {
            "Notices": [{"pk": {"S": "n1"}, "sk": HEAD}]
            + [{"pk": {"S": "n1"}, "sk": {"S": n}, "address_key": {"S": key}} for n, key in tried],
            "Guards": [{"pk": {"S": f"OPTOUT#{stored}"}}] if stored else [],
        }
        message = SimpleNamespace(
            notice="n1",
            address="a@example.org",
            unsubscribe="https://x/stop?t=1",
            marked=True,
            tags={"attempt": "2"},
        )
        monkeypatch.setattr(run.cloud.tables, "rows", rows.__getitem__)
        monkeypatch.setattr(run.functions, "invoke", lambda _, __, ended, **___: ended(None, True))
        run._unsubscribe(message)
        assert ("a@example.org" in run.stopped) is known


class TestLetter:
    @pytest.mark.parametrize(("minutes", "figure"), [(-1, "judged_in_print"), (1, "lost")])
    def test_queued_before_a_change_is_judged_in_print(self, minutes, figure):
        """Printing decides again, and is not played."""
        key = ("1", "v1", "arrest", "arrest:a1")
        duty = Expected(key, 0, True, frozenset({HELD}))
        row = {"state": "queued", "due_at": (NOW + timedelta(minutes=minutes)).isoformat()}
        verdict = Verdict()
        judge_duty(verdict, duty, row, [], crashes=0, changed=[NOW.timestamp()] * 2)
        assert verdict.figures == {"duties": 1, "lettered": 1, figure: 1}


class TestKeepsFailing:
    @pytest.mark.parametrize(("crashes", "figure"), [(5, "given_to_a_person"), (4, "lost")])
    def test_is_right_after_five_crashes_only(self, crashes, figure):
        duty = Expected(("1", "v1", "arrest", "arrest:a1"), 0, True, frozenset({DELIVERED}))
        row = {"state": "held", "reason": "keeps_failing"}
        verdict = Verdict()
        judge_duty(verdict, duty, row, [], crashes=crashes, changed=None)
        assert verdict.figures == {"duties": 1, "held": 1, figure: 1}


class TestContactLeft:
    @pytest.mark.parametrize(
        ("proof", "kind", "status", "may"),
        [
            ("knowledge", "arrest", "OPEN", True),
            ("knowledge", "sent_to_prosecutor", "OPEN", False),
            ("knowledge", "sent_to_prosecutor", "SUBMITTED", True),
            ("code", "sent_to_prosecutor", "OPEN", True),
        ],
    )
    def test_by_knowledge_hears_nothing_that_warns(self, proof, kind, status, may):
        left = Left("1", "v1", "+13235550100", proof, warns=False, own=("a@x.org",))
        left.asked_from = left.stored_by = NOW - timedelta(minutes=1)
        state = State(offense="13-1507", reported=NOW, status=status)
        case = Case(number="1", before=state, after=state, trouble="none")
        assert left.may_hear(kind, NOW, [state], {}) is may
        assert left.must_hear(kind, NOW, case) is may
        assert not left.may_hear(kind, NOW, [state], {"a@x.org": NOW - timedelta(minutes=1)})

    @pytest.mark.parametrize(("to", "ends"), [("+13235550100", {HELD}), ("a@x.org", {DELIVERED})])
    def test_by_knowledge_does_not_count_where_a_person_looks(self, to, ends):
        scenario = generator.make(1, 200, NOW)
        case = next(c for c in scenario.cases if c.trouble == "becomes_flagged")
        victim = case.before.victims[0].id
        key = (case.number, victim, "first_contact", "report")
        sent = [Sent(to, NOW, "sms", crash=False, receipt="delivered")]
        left = Left(case.number, victim, "+13235550100", "knowledge", warns=False, own=("a@x.org",))
        evidence = Evidence(sent={key: sent}, left={case.number: left})
        duties = oracle.expect_of(scenario, case, evidence)
        assert [duty.ends for duty in duties if duty.key == key] == [ends]


class TestModel:
    @pytest.mark.parametrize(
        ("which", "minutes", "wrong", "untold"),
        [("both", 1, 0, False), ("one", 1, 0, True), ("both", -1, 2, False)],
    )
    def test_judges_news_of_a_case_that_changed(self, which, minutes, wrong, untold):
        """Nobody may hear it before a file says it. Both contacts must: they did not change."""
        scenario = generator.make(1, 400, NOW)
        case = next(
            c
            for c in scenario.cases
            if (c.trouble, c.after.status) == ("none", "ACTIVE")
            and any(v.phone and v.email for v in c.after.victims)
        )
        victim = next(v for v in case.after.victims if v.phone and v.email)
        key = case.number, victim.id, "status_changed", "status:ACTIVE@2026-11-23"
        at = NOW + timedelta(minutes=minutes)
        every = [
            Sent(to=to, at=at, channel=channel, crash=False, receipt="delivered")
            for to, channel in ((victim.phone, "sms"), (victim.email, "email"))
        ]
        sent = {key: every if which == "both" else every[:1]}
        seen = Evidence(sent=sent, change_from=NOW, change_by=NOW)
        (duty,) = (d for d in oracle.expect_of(scenario, case, seen) if d.key == key)
        assert (duty.wrong, duty.untold) == (wrong, untold)

    def test_knows_the_task_of_an_arrest_whose_victims_left(self):
        scenario = generator.make(1, 40, NOW)
        case = next(c for c in scenario.cases if c.trouble == "nothing" and c.after.arrests)
        left = tuple(replace(p, removed=p.role == "VIC") for p in case.after.people)
        case = replace(case, after=replace(case.after, people=left))
        duties = oracle.expect_of(scenario, case, Evidence())
        found = [duty.ends for duty in duties if duty.key[1:3] == ("", "arrest")]
        assert found == [{ABSENT, SUPPRESSED, HELD}]
