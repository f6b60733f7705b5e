"""What `make bad-day` judges by: its verdict, its alarms, its faults."""

from datetime import UTC, datetime

import pytest

from tests.bad_day import alarms, page, people, verdict
from tests.bad_day.__main__ import faults
from tests.bad_day.people import LETTER, TASK, TOLD
from tests.bad_day.verdict import Send

TODAY = datetime(2026, 11, 24, 16, tzinfo=UTC)
CASES = people.make(40, TODAY)
STATES = {TOLD: "sent", LETTER: "queued", TASK: "held"}


def ledger():
    """Return the notices of a day on which everything went well."""
    return [
        {"pk": f"N{c.n}", "case": c.number, "kind": "arrest", "state": STATES[c.end]}
        | {"created_at": "2026-11-24T16:00:30.000000+0000"}
        for c in CASES
    ]


def sends():
    return [
        Send(60.0 + c.n, f"N{c.n}", c.number, to, "sms", f"An arrest in {c.number}")
        for c in CASES
        for to in sorted(c.addresses)
    ]


class TestVerdict:
    def test_of_a_good_day(self):
        found = verdict.judge(CASES, ledger(), sends())
        assert not found.lost
        assert not found.wrong
        assert found.twice == 0
        assert found.ends[TOLD] == len(found.waited) == len(found.in_full)
        assert found.in_full[-1] == 60.0 + max(c.n for c in CASES if c.addresses)

    def test_notices_a_victim_who_was_not_told(self):
        told = next(c for c in CASES if c.addresses)
        left = [s for s in sends() if s.case != told.number]
        assert len(verdict.judge(CASES, ledger(), left).lost) == 1

    def test_notices_a_notice_that_is_missing_or_waits(self):
        rows = ledger()
        rows[2]["state"] = "waiting"
        assert len(verdict.judge(CASES, rows[1:], sends()).lost) == 2

    def test_notices_a_message_to_somebody_else(self):
        one, other = [c for c in CASES if c.addresses][:2]
        to = min(other.addresses)
        astray = Send(70.0, f"N{one.n}", one.number, to, "sms", f"An arrest in {one.number}")
        assert verdict.judge(CASES, ledger(), [*sends(), astray]).wrong

    def test_knows_an_address_that_a_visitor_left(self):
        case = next(c for c in CASES if c.addresses)
        left = Send(70.0, f"N{case.n}", case.number, case.signed_up, "email", case.number)
        found = verdict.judge(CASES, ledger(), [*sends(), left])
        assert not found.wrong
        assert found.signed_up == 1

    def test_notices_a_restricted_case_that_was_told(self):
        secret = next(c for c in CASES if c.end == TASK)
        told = Send(70.0, f"N{secret.n}", secret.number, "+12055550199", "sms", "An arrest")
        assert verdict.judge(CASES, ledger(), [*sends(), told]).wrong

    def test_counts_what_comes_twice(self):
        assert verdict.judge(CASES, ledger(), [*sends(), sends()[0]]).twice == 1


class TestAlarms:
    def test_ring_at_the_end_of_the_period_that_breaches(self):
        rang, _ = alarms.judge({"FilesRefused": [(1_000.0, 1.0)]}, 900.0, 2_000.0)
        (alarm,) = [one for one in rang if one.name == "FeedRefused"]
        assert (alarm.at, alarm.until) == (1_200.0, 1_500.0)

    def test_are_named_when_they_cannot_be_judged(self):
        rang, unjudged = alarms.judge({}, 900.0, 2_100.0)
        assert not rang
        assert "ChaseSilent" in unjudged  # local AWS keeps no log of a schedule's call
        assert "EmailBounces" in unjudged  # a figure that only AWS has

    def test_of_chase_are_judged_where_its_log_is_seen(self):
        figures = {"Overdue": [(1_000.0, 2.0), (1_300.0, 2.0)], "ChaseRuns": [(950.0, 1.0)]}
        rang, unjudged = alarms.judge(figures, 900.0, 1_800.0, alarms.Sight())
        assert "NoticesOverdue" in [one.name for one in rang]
        assert "ChaseSilent" in [one.name for one in rang]  # two periods without a run
        assert "ReconcileSilent" in unjudged  # it waits for longer than this run
        assert "NoticesOverdue" in alarms.judge(figures, 900.0, 1_800.0)[1]

    def test_add_up_the_errors_of_several_functions(self):
        seen = alarms.Sight(of_aws=frozenset({"Errors", "IteratorAge"}))
        figures = {"Errors Chase": [(1_000.0, 1.0)], "Errors Tally": [(1_300.0, 1.0)]}
        rang, unjudged = alarms.judge(figures, 900.0, 2_000.0, seen)
        (alarm,) = [one for one in rang if one.name == "FlowErrors"]
        assert (alarm.at, alarm.until) == (1_500.0, 1_800.0)  # two periods in a row
        assert "PageErrors" not in unjudged
        assert {"MessagesFailing", "Throttles", "StaffSignInFailures"} <= {*unjudged}

    def test_take_the_oldest_record_of_several_streams(self):
        seen = alarms.Sight(of_aws=frozenset({"IteratorAge"}))
        young = [(at, 299_000.0) for at in (1_000.0, 1_300.0)]
        old = [(at, 301_000.0) for at in (1_000.0, 1_300.0)]
        for ages, rings in ((young, False), (old, True)):
            figures = {"IteratorAge Tally": young, "IteratorAge SendNotice": ages}
            rang, _ = alarms.judge(figures, 900.0, 2_000.0, seen)
            assert ("StreamsBehind" in [one.name for one in rang]) == rings

    def test_look_at_pages_that_fail(self):
        failed = {f"5XXError {alarms.PAGES}": [(1_000.0, 1.0)] * 5}
        assert "PagesFail" in [one.name for one in alarms.judge(failed, 900.0, 1_100.0)[0]]


def a_day(**changes):
    """Return what is judged of a day on which all went well."""
    duties = dict.fromkeys(("lost", "wrong_recipient", "duplicates"), 0)
    counts = dict.fromkeys(("strangers", "open", "bare", "unanswered", "dead_letters"), 0)
    said = {who: {"errors": 2, "say_when": 2} for who in ("site", "gateway")}
    found = {"duties": duties, "say_when": said, "answers": 9, "where": page.MEMORY}
    return counts | found | changes


class TestFaults:
    def test_of_a_good_day_are_none(self):
        assert faults(a_day()) == []

    @pytest.mark.parametrize("who", ["site", "gateway"])
    def test_are_errors_that_do_not_say_when_to_come_back(self, who):
        said = a_day()["say_when"] | {who: {"errors": 100, "say_when": 97}}
        (fault,) = faults(a_day(say_when=said))
        assert fault.endswith(f"{{'{who}': 3}}")

    def test_are_dead_letters(self):
        assert faults(a_day(dead_letters=5)) == ["5 records in the dead-letter queue"]

    def test_are_unanswered_visitors_in_memory(self):
        assert faults(a_day(unanswered=9)) == ["9 got no answer in time"]
        assert faults(a_day(unanswered=9, where=page.LOCAL)) == []
