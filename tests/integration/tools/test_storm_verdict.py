"""What the storm's judge calls a mistake: small tables of cases for each invariant."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from greenlet import getcurrent

from infra.repository import ROOT
from tests.rig import functions, waits
from tests.rig.calls import Call, Sent, Task
from tests.rig.cloud import Cloud
from tests.rig.faults import Faults
from tests.rig.growth import LESS, ROOM, Growth
from tests.rig.scheduler import Scheduler
from tests.rig.verdict import Verdict
from tests.rig.waits import Waits
from tests.storm import verdict
from tests.support.imports import PRODUCT, direct

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)


KEYS = {"n1": ("C1", "v1", "arrest", "arrest:a1"), "n2": ("C1", "v2", "arrest", "arrest:a1")}


def message(**changes):
    """Return a message of the notice `n1`."""
    of = Sent(
        *("sms-1", "sms", "+16025550100", "", NOW, {}),
        left=50.0,
        switches_at=49.0,
        case_at=49.0,
        notice="n1",
        marked=True,
    )
    return replace(of, **changes)


def run_of(
    *, sent=(), stopped=None, killed=(), tasks=(), overstayed=None, finished=True, growth=None
):
    """Return what the judge reads of a run."""
    index = SimpleNamespace(entries={"CLERK": [("", notice, "") for notice in tasks]})
    leader = SimpleNamespace(tables={"Notices": SimpleNamespace(indexes={"task_index": index})})
    tables = SimpleNamespace(leader=leader, growth=growth or Growth())
    streams = SimpleNamespace(waits=Waits(overstayed=overstayed or {}))
    cloud = SimpleNamespace(sent=[*sent], tables=tables)
    return SimpleNamespace(
        cloud=cloud,
        streams=streams,
        stopped=stopped or {},
        killed=[*killed],
        finished=finished,
        schedules=SimpleNamespace(wrong=[]),
        texted={"+16025550100": [40.0]},
        leavers=SimpleNamespace(
            left={"C1": SimpleNamespace(own=("+16025550102",))}, codes={"C1": [40.0]}
        ),
        scenario=SimpleNamespace(
            cases=[SimpleNamespace(number=n, later_number=f"9{n}") for n in ("C1", "2603170001")]
        ),
    )


def ledger_of(**states):
    """Return a ledger: the state of each notice."""
    return [{"pk": n, "case": "C1", "kind": "arrest", "state": s} for n, s in states.items()]


class TestVerdict:
    @pytest.mark.parametrize(
        "module",
        [
            *(f"storm/{name}" for name in ("verdict", "days", "visits", "leaving", "agencies")),
            *(f"rig/{name}" for name in ("verdict", "world", "faults", "waits", "growth")),
        ],
    )
    def test_knows_nothing_of_the_product(self, module):
        """Its models reach nothing through others either (tests/contracts/code/test_models.py)."""
        for name in direct(ROOT / f"tests/{module}.py"):
            assert name.partition(".")[0] not in PRODUCT

    @pytest.mark.parametrize(
        ("address", "at", "wrong"),
        [
            ("+16025550100", [50], 0),
            ("+16025550100", [39], 1),  # before it sent its text
            ("+16025550100", [50, 60], 1),  # again
            ("+16025550101", [50], 1),  # it sent none
            (verdict.VENDOR, [50, 60], 0),
        ],
    )
    def test_of_an_answer_that_answers_no_text(self, address, at, wrong):
        found = Verdict()
        sent = [message(notice="", address=address, left=float(one)) for one in at]
        verdict._answers(found, run_of(sent=sent))
        assert found.figures["wrong_recipient"] == wrong

    @pytest.mark.parametrize(
        ("address", "times", "wrong"),
        [("+16025550102", 1, 0), ("+16025550102", 2, 1), ("+16025550103", 1, 1)],
    )
    def test_of_a_code_that_nobody_asked_for(self, address, times, wrong):
        found = Verdict()
        code = message(notice="", address=address, words="Your code is K7M2-9QXD.")
        verdict._answers(found, run_of(sent=[code] * times))
        assert found.figures["wrong_recipient"] == wrong

    @pytest.mark.parametrize(
        ("kind", "channel", "hour", "minute", "wrong"),
        [
            ("case_closed", "sms", 22, 0, 1),
            ("case_closed", "sms", 7, 59, 1),
            ("case_closed", "sms", 8, 0, 0),
            ("case_closed", "sms", 21, 1, 0),  # decided on before nine
            ("case_closed", "email", 22, 0, 0),
            ("arrest", "sms", 22, 0, 0),
        ],
    )
    def test_of_a_text_in_the_quiet_hours(self, kind, channel, hour, minute, wrong):
        at = datetime(2026, 11, 24, hour, minute, tzinfo=waits.ZONE).timestamp()
        found = Verdict()
        run = run_of(sent=[message(channel=channel, left=at, switches_at=at, case_at=at)])
        verdict._messages(found, run, {"n1": ("C1", "v1", kind, kind)})
        assert found.figures["texts_at_night"] == wrong

    @pytest.mark.parametrize(
        ("of_another", "wrong"),
        [
            ({}, 0),
            ({"words": "Real? Use code AAAA-0001 there"}, 0),
            ({"words": "Real? Use code BBBB-0002 there"}, 1),
            ({"words": "Your case 2603170001 has news."}, 1),
            ({"words": "Your case 92603170001 has news."}, 1),
            ({"words": "Call 5205550100."}, 0),
            ({"tags": {"notice": "n1"}}, 0),
            ({"tags": {"notice": "n2"}}, 1),
        ],
    )
    def test_of_a_message_with_the_words_of_another(self, of_another, wrong):
        texts = [
            message(words="Real? Use code AAAA-0001 there"),
            message(notice="n3", words="Real? Use code BBBB-0002 there"),
            message(**of_another),
        ]
        found = Verdict()
        keys = KEYS | {"n3": ("2603170001", "v1", "arrest", "arrest:a1")}
        verdict._messages(found, run_of(sent=texts), keys)
        assert found.figures["wrong_recipient"] == wrong

    @pytest.mark.parametrize(
        ("read", "left", "wrong"),
        [
            (99, 101, 0),  # read before the opt-out and the switch, and gone soon after
            (101, 102, 1),
            (99, 219, 0),
            (99, 221, 1),  # every claim of before is over
            (99, 400, 1),
        ],
    )
    def test_of_a_message_after_an_opt_out(self, read, left, wrong):
        sent = message(switches_at=read, left=left)
        run = run_of(sent=[sent], stopped={sent.address: 100.0})
        found = Verdict()
        verdict._messages(found, run, KEYS)
        assert found.figures["wrong_recipient"] == wrong

    @pytest.mark.parametrize(
        ("read", "left", "wrong"),
        [(99, 101, 0), (101, 102, 1), (301, 302, 0), (99, 221, 1), (99, 301, 0)],
    )
    def test_of_a_message_under_the_kill_switch(self, read, left, wrong):
        run = run_of(sent=[message(switches_at=read, left=left)], killed=[(100.0, 300.0)])
        found = Verdict()
        verdict._messages(found, run, KEYS)
        assert found.figures["wrong_recipient"] == wrong

    @pytest.mark.parametrize(
        ("states", "tasks", "missing"),
        [
            ({"n1": "held"}, ["n1"], 0),
            ({"n1": "held"}, [], 1),
            ({"n1": "held", "n2": "held"}, ["n2"], 1),
            ({"n1": "delivered"}, ["n1"], 1),  # a task for what is over
            ({"n1": "delivered", "n2": "queued"}, [], 0),
        ],
    )
    def test_of_a_held_notice_and_its_task(self, states, tasks, missing):
        found = Verdict()
        verdict._rows(found, run_of(tasks=tasks), ledger_of(**states))
        assert found.figures["held_without_task"] == missing
        assert sum(found.figures.values()) == missing

    @pytest.mark.parametrize(
        ("overstayed", "finished", "unsettled"),
        [({}, True, 0), ({"n1": "sent sms for 9.0 hours"}, True, 1), ({}, False, 1)],
    )
    def test_of_a_notice_that_stays_too_long(self, overstayed, finished, unsettled):
        """And of a run that does not end."""
        found = Verdict()
        run = run_of(overstayed=overstayed, finished=finished)
        verdict._rows(found, run, ledger_of(n1="delivered"))
        assert found.figures["unsettled"] == unsettled

    @pytest.mark.parametrize(
        ("sent", "duplicates", "crashes", "unexplained"),
        [
            ([{}], 0, 0, 0),
            ([{}, {}], 1, 0, 1),
            ([{"marked": False, "struck": True}, {}], 1, 1, 0),
            ([{"marked": False, "struck": False}, {}], 1, 0, 1),  # no fault kept it from its mark
            ([{"marked": False, "struck": True}, {}, {}], 2, 1, 1),
            ([{}, {"address": "a@example.com"}], 0, 0, 0),
            # A crash at one phone explains nothing at another one.
            ([{"marked": False, "struck": True}, {"address": "b"}, {"address": "b"}], 1, 1, 1),
            ([{}, {"notice": "n2"}], 1, 0, 1),  # two victims share the phone
            ([{}, {"notice": ""}], 0, 0, 0),
        ],
    )
    def test_of_a_phone_that_is_told_again(self, sent, duplicates, crashes, unexplained):
        found = Verdict()
        verdict._duplicates(found, run_of(sent=[message(**one) for one in sent]), KEYS)
        counted = ("duplicates", "crash_window", "unexplained_duplicates")
        assert [found.figures[n] for n in counted] == [duplicates, crashes, unexplained]

    @pytest.mark.parametrize(
        ("row", "too_large"),
        [
            ({"past_contacts": {"L": [{"S": "+16025550100"}] * 38}}, False),
            ({"past_contacts": {"L": [{"S": "+16025550100"}] * 39}}, True),
            ({"first_seen": {"M": {f"status:{n:03}": {"S": ""} for n in range(41)}}}, True),
            ({"first_seen": {"M": {f"status:{n:03}": {"S": ""} for n in range(40)}}}, False),
            ({"first_seen": {"S": "2026-03-02T08:00:00Z" * 200}}, False),  # a time
        ],
    )
    def test_of_a_row_that_grows(self, row, too_large):
        growth = Growth(room=ROOM // LESS)
        growth.see(row, 3000)
        growth.see({}, 10)  # what shrinks again was too large
        found = Verdict()
        verdict._rows(found, run_of(growth=growth), [])
        assert found.broken == ({"items_too_large"} if too_large else set())

    @pytest.mark.parametrize(("most", "too_large"), [(400 * 1024, False), (400 * 1024 + 1, True)])
    def test_of_a_whole_row(self, most, too_large):
        growth = Growth()
        growth.see({}, most)
        assert bool(growth.too_large) is too_large


class TestFunctions:
    @pytest.fixture
    def invoke(self, monkeypatch):
        """Run a function whose handler is given; return the functions after it has ended."""

        def run(handler, event=None, **options):
            process = SimpleNamespace(handler=handler)
            monkeypatch.setattr(functions, "_process", lambda function: process)
            time = Scheduler(0.0, lambda _: None)
            played, ended = functions.Functions(Cloud(time, Faults(1), 1)), []
            played.invoke("portal", event or {}, lambda *found: ended.append(found), **options)
            assert time.run(10, lambda: bool(ended))
            return played

        return run

    @pytest.mark.parametrize(
        ("answer", "later", "failures"),
        [
            ({"statusCode": 200}, False, 0),
            ({"statusCode": 503}, False, 1),
            ({"statusCode": 503}, True, 0),
            ({"statusCode": 500}, True, 1),
            ({"batchItemFailures": [{"itemIdentifier": "1"}]}, False, 1),
            ({"batchItemFailures": []}, False, 0),
            ({"failed": 2, "sent_again": 1}, False, 1),
            ({"sent_again": 1}, False, 0),
            (None, False, 0),
        ],
    )
    def test_fail_with_an_answer_that_nothing_explains(self, invoke, answer, later, failures):
        played = invoke(lambda event, context: answer, later=later)
        assert len(played.failures) == failures

    @pytest.mark.parametrize(
        ("event", "failures"),
        [
            ({}, 1),
            ({"found": {"failed": 2}}, 0),
            ({"found": {"failed": 1}}, 1),
            ({"parts": [{"failed": 1}, None, {"failed": 1}]}, 0),
        ],
    )
    def test_fail_once_in_a_night(self, invoke, event, failures):
        """Each call of a night hands on what failed before."""
        assert len(invoke(lambda *_: {"failed": 2}, event).failures) == failures

    @pytest.mark.parametrize("struck", [True, False])
    def test_crash_after_a_hand_over_only_by_a_fault(self, invoke, struck):
        """A mistake of the product explains no second message."""
        left = []

        def handler(event, context):
            task = getcurrent()
            task.struck = struck
            left.append(SimpleNamespace(struck=False))
            task.unmarked.extend(left)
            raise ValueError

        played = invoke(handler)
        assert left[0].struck is struck
        assert played.failures == ([] if struck else ["portal: ValueError in a handler"])

    @pytest.mark.parametrize(
        ("fault", "struck"),
        [("slow", False), ("throttled", False), ("reply_lost", True), ("5xx_taken", True)],
    )
    def test_are_struck_by_what_a_repetition_does_not_heal(self, fault, struck):
        cloud = Cloud(Scheduler(0.0, lambda _: None), Faults(1), 1)
        task = Task("chase-1", "chase", lambda: None, 10.0)
        call = Call(None, "dynamodb", "UpdateItem", {}, "table", task)
        cloud._strike(call, fault)
        assert task.struck is struck
