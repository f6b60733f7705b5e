"""What `make bad-day` judges by: its people, its verdict, its alarms, its figures of pages."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.bad_day import alarms, page, people, verdict, visitors
from tests.bad_day.__main__ import faults
from tests.bad_day.people import LETTER, TASK, TOLD
from tests.bad_day.verdict import Send
from tests.bad_day.visitors import Answer

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


class TestPeople:
    def test_share_no_address(self):
        cases = people.make(5_000, TODAY)
        addresses = [a for c in cases for a in (c.phone, c.email) if a]
        assert len(addresses) == len(set(addresses))
        assert len({c.number for c in cases}) == 5_000

    def test_are_told_by_every_way(self):
        assert {c.end for c in CASES} == {TOLD, LETTER, TASK}
        assert {len(c.addresses) for c in CASES} == {0, 1, 2}

    def test_are_no_more_than_a_days_numbers(self):
        with pytest.raises(ValueError, match="at most"):
            people.make(people.MOST + 1, TODAY)


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

    def test_counts_the_parts_of_texts(self):
        long = [replace(send, words="a" * 161) for send in sends()]
        emails = [replace(send, channel="email") for send in sends()]
        parts = [
            verdict.judge(CASES, ledger(), some).text_parts for some in (sends(), long, emails)
        ]
        assert parts == [len(long), 2 * len(long), 0]

    def test_says_when_tasks_and_letters_were_there(self):
        nine = datetime(2026, 11, 24, 16, tzinfo=UTC).timestamp()
        others = sum(c.end != TOLD for c in CASES)
        assert verdict.oldest_tasks(ledger(), nine) == [30.0] * others


class TestAlarms:
    def test_ring_at_the_end_of_the_period_that_breaches(self):
        rang, _ = alarms.judge({"FilesRefused": [(1_000.0, 1.0)]}, 900.0, 2_000.0)
        (alarm,) = [one for one in rang if one.name == "FeedRefused"]
        assert (alarm.at, alarm.until) == (1_200.0, 1_500.0)

    def test_go_off_once_for_periods_in_a_row(self):
        rang, _ = alarms.judge({"FilesRefused": [(1_000.0, 1.0), (1_300.0, 1.0)]}, 900.0, 2_000.0)
        assert [(one.at, one.until) for one in rang] == [(1_200.0, 1_800.0)]

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

    def test_read_the_figures_of_a_log(self):
        metrics = [{"Namespace": "Aviso", "Metrics": [{"Name": "Stuck"}]}]
        line = {"_aws": {"Timestamp": 5_000, "CloudWatchMetrics": metrics}, "Stuck": [2.0]}
        assert alarms.own_figures(["START", json.dumps(line)]) == {"Stuck": [(5.0, 2.0)]}


def answer(status: int, ms: float = 10.0, polite: bool = True) -> Answer:
    return Answer(0.0, "visitor", "find", status, ms, "A heading", polite, says_when=False)


class TestPages:
    def test_have_percentiles_and_errors(self):
        found = visitors.by_page([answer(200, float(n)) for n in range(100)] + [answer(503, 500.0)])
        assert found["find"]["answers"] == 101
        assert found["find"]["errors"] == 1
        assert found["find"]["p50"] == 50.0
        assert found["find"]["longest"] == 500.0

    def test_are_bare_without_words_and_a_way_on(self):
        answers = [answer(502, polite=False), answer(503), answer(404, polite=False)]
        assert visitors.bare(answers) == 1

    def test_without_an_answer_are_counted_apart(self):
        answers = [answer(0, polite=False), answer(503)]
        assert visitors.bare(answers) == 0
        assert visitors.unanswered(answers) == 1

    def test_are_told_by_status_and_heading(self):
        assert visitors.errors([answer(200), answer(503), answer(503)]) == {"503: A heading": 2}


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


class TestReport:
    def test_says_when_a_refused_message_is_tried_last(self):
        assert [page.throttled_for(m) for m in (0, 2, 12, 60)] == [0, 2, 14, 62]
        assert [page.throttled_at_most(m) for m in (0, 2, 12, 60)] == [0, 4, 20, 92]

    def test_says_it_of_a_whole_hour_too(self):
        assert "at minute 62." in page.due(60)
        assert "at minute 92 at the latest" in page.due(60)
        assert "these are the minutes 62 and 92" in page.due(6)

    def test_says_how_long_the_texts_take_at_a_numbers_rate(self):
        spread = dict.fromkeys(("p50", "p95", "p99", "longest"), 5_572.0)
        found = {"refused_minutes": 60, "duties": {"text_parts": 3_001}, "waited": spread}
        text = page.waits(found | {"in_full": spread, "tasks_after": spread})
        assert "told at 10:32:52. No sending rate is in this. The texts" in text
        assert "take 50 min 1 s at 1 a second" in text
        assert "and 16 min 40 s at 3 a second (toll-free)" in text

    def test_says_what_bounds_the_portal(self):
        scale = {"arrests": 5_000, "visitors": 500, "minutes": 80.0}
        found = {"at": "2026-11-28", "commit": "abc", "where": page.MEMORY, "answers": 1}
        found |= {"refused_minutes": 60, "scale": scale, "visits": 1, "calls": 1, "a_second": {}}
        text = page.size(found | {"at_once": {"portal": 49}, "processor_seconds": 60})
        assert "at once. `PortalConcurrency` lets the portal answer 50 at once ([how" in text

    def test_says_which_alarm_still_rang(self):
        over, not_over = ["A", "says", 600, 900], ["B", "says", 600, None]
        text = page.rang({"alarms": [over, not_over], "not_judged": ["C"]})
        assert ("9:10:00 | not yet" in text, page.NOT_OVER in text) == (True, True)
        assert page.NOT_OVER not in page.rang({"alarms": [over], "not_judged": ["C"]})

    @pytest.mark.parametrize(
        ("where", "arrests", "visitors", "minutes", "written"),
        [
            (page.MEMORY, 5_000, 500, 60, True),
            (page.MEMORY, 200, 10, 60, False),
            (page.MEMORY, 5_000, 500, 3, False),
            (page.LOCAL, 500, 50, 6, True),
            (page.LOCAL, 60, 100, 1.5, False),
        ],
    )
    def test_is_of_a_whole_day_or_a_tenth(self, where, arrests, visitors, minutes, written):
        scale = {"arrests": arrests, "visitors": visitors}
        found = {"where": where, "scale": scale, "refused_minutes": minutes}
        assert page.is_of_the_page(found) == written

    def test_says_that_a_small_day_is_not_the_whole(self):
        found = {"at": "2026-11-27", "commit": "abc", "where": page.LOCAL, "answers": 1}
        found |= {"refused_minutes": 60}
        for arrests, small in ((5_000, False), (500, True)):
            scale = {"arrests": arrests, "visitors": 500, "minutes": 120.0}
            text = page.size(found | {"scale": scale})
            assert ("not the whole day" in text) == small
            assert "on 2026-11-27 at commit abc" in text

    def test_says_what_a_run_without_addresses_judged(self):
        told = {"owed": 1, "told": 1, "letter": 0, "task": 0, "lost": 0, "duplicates": 0}
        found = {"open": 0, "dead_letters": 0, "brakes": 0}
        blind = page.duties(found | {"duties": told | {"wrong_recipient": 18}})
        assert blind.count(page.UNJUDGED) == 2
        assert "18" not in blind
        seen = page.duties(found | {"duties": told | {"wrong_recipient": 18, "signed_up": 19}})
        assert page.UNJUDGED not in seen

    def test_says_the_time_of_the_day(self):
        assert page.clock(3_725) == "10:02:05"
