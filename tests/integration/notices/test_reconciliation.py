"""Nothing owed stays unplanned (docs/rules.md#2)."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from msgspec.structs import asdict, replace

from aviso.domain.model import Kind
from aviso.notices import planning, reconciliation
from aviso.runtime import clients, metrics
from aviso.storage import cases, enrollments, markers, notices
from functions.reconcile import handler
from infra.harness.builders import NOW, NUMBER, a_contact, an_arrest_case, an_invocation


def store(builder):
    case = builder.case
    for row in (case.report, *case.victims, *case.suspects, *case.arrests):
        cases.write_row(case.number, row, None)
    for enrollment in case.enrollments:
        enrollments.write_enrollment(case.number, enrollment)


def call(event, seconds):
    """Call the function by its alias with so many seconds left; return what it found."""
    context = SimpleNamespace(
        function_name="reconcile",
        memory_limit_in_mb=1,
        invoked_function_arn="arn:aws:lambda:us-west-2:123456789012:function:reconcile:live",
        aws_request_id="",
        get_remaining_time_in_millis=lambda: seconds * 1000,
    )
    return handler.handler(event, context)


@pytest.fixture
def emitted(monkeypatch):
    """Return the list of figures that the function emits."""
    found: list[dict[str, float]] = []
    monkeypatch.setattr(metrics, "emit", found.append)
    return found


def at(settings, now, seconds=900.0):
    """Return a call of the function as of a time, with so many seconds left."""
    return an_invocation(settings, lambda: now, seconds=seconds)


class TestHour:
    def test_plans_recent_changes_and_the_night_all(self, aws, settings):
        store(an_arrest_case())
        later = NOW + timedelta(days=2)
        assert reconciliation.reconcile_touched(at(settings, later)).cases == 0
        assert reconciliation.reconcile_all(at(settings, later)).missing > 0

    def test_leaves_history_out_until_it_changes(self, aws, settings):
        report = an_arrest_case().case.report
        cases.write_row(NUMBER, report, None, history=True)
        assert list(cases.touched(NOW - timedelta(days=9))) == []
        cases.write_row(NUMBER, replace(report, digest="changed"), report)
        assert list(cases.touched(NOW - timedelta(days=9))) == [NUMBER]

    def test_counts_a_portal_contact_as_a_change(self, aws, settings):
        store(an_arrest_case().with_enrollment("v1", a_contact("+15205550123")))
        case = cases.read_case(NUMBER)
        since = case.enrollments[0].contacts[0].consent.at - timedelta(minutes=1)
        assert NUMBER in set(cases.touched(since))
        reconciliation.reconcile([NUMBER], settings, NOW)
        assert Kind.ENROLLMENT_CONFIRMED in {n.kind for n in notices.of_case(NUMBER)}

    def test_goes_on_where_it_stopped(self, aws, settings):
        store(an_arrest_case())
        found = reconciliation.reconcile_touched(at(settings, NOW, seconds=1))
        assert (found.cases, found.go_on_at) == (1, NUMBER)
        rest = reconciliation.reconcile_touched(at(settings, NOW), found.go_on_at)
        assert (rest.cases, rest.go_on_at) == (0, "")


THREE = NOW.replace(hour=10)  # at night, by the agency's clock
PARTS = 4


def store_many():
    """Store an arrest case under each of twenty numbers; return the numbers."""
    case = an_arrest_case().case
    numbers = {f"26112400{n}" for n in range(10, 30)}
    for number in numbers:
        report = replace(case.report, number=number, origin=number)
        store(SimpleNamespace(case=replace(case, number=number, report=report)))
    return numbers


def a_part(n, seconds=900):
    """Go through a part as the state machine does; return what it found in all its calls."""
    state = {"time": THREE.isoformat(), "part": n, "of": PARTS}
    state["found"] = asdict(reconciliation.NOTHING)
    while True:
        state["found"] = json.loads(json.dumps(call(state, seconds)))
        if not state["found"]["go_on_at"]:
            return state["found"]


def end_of(parts):
    """End the night with what its parts found."""
    return call({"time": THREE.isoformat(), "parts": parts, "of": PARTS}, 900)


def kept_of_the_night():
    at, kept = markers.marker(markers.RECONCILED_NIGHT)
    return at, kept["missing"], kept["go_on_at"]


class TestNightInParts:
    @pytest.mark.parametrize("seconds", [900, 1], ids=["one call", "a call for each case"])
    def test_plans_each_case_once(self, aws, settings, seconds):
        numbers = store_many()
        found = end_of([a_part(n, seconds) for n in range(PARTS)])
        assert found["cases"] == len(numbers)
        assert found["missing"] == sum(len(notices.of_case(n)) for n in numbers) > 0
        assert kept_of_the_night() == (THREE, found["missing"], "")

    def test_has_not_ended_without_a_part(self, aws, settings, emitted):
        store_many()
        end_of([a_part(0), None, a_part(2), a_part(3)])
        assert kept_of_the_night()[2] == reconciliation.LOST
        assert emitted[-1] == {"ReconcileFailures": 1}


class TestLastNight:
    @pytest.mark.parametrize(("hours", "late"), [(27, 0), (28, 1)])
    def test_too_long_ago_rings_an_alarm(self, aws, settings, emitted, hours, late):
        end_of([asdict(reconciliation.NOTHING)] * PARTS)
        call({"time": (THREE + timedelta(hours=hours)).isoformat()}, 900)
        assert emitted[-1].get("ReconcileFailures", 0) == late

    def test_of_a_new_stack_is_not_late(self, aws, settings, emitted):
        call({"time": THREE.isoformat()}, 900)
        assert "ReconcileFailures" not in emitted[-1]


class TestNight:
    def test_inserts_what_the_planner_missed_once(self, aws, settings):
        store(an_arrest_case())
        first = reconciliation.reconcile_touched(at(settings, NOW))
        again = reconciliation.reconcile_touched(at(settings, NOW))
        assert (first.cases, again.cases) == (1, 1)
        assert first.missing == len(notices.of_case(NUMBER)) > 0
        assert again.missing == 0

    @pytest.mark.parametrize("which", ["all", "touched"])
    def test_beats_only_when_its_run_ends(self, aws, settings, monkeypatch, which):
        store(an_arrest_case())
        again, beats = [], []
        monkeypatch.setattr(clients, "invoke_again", lambda _, event: again.append(event))
        monkeypatch.setattr(
            metrics, "emit", lambda figures: beats.append("ReconcileRuns" in figures)
        )

        call({"time": NOW.isoformat(), "which": which, "start": ""}, 1)
        assert beats == [False]
        call(again.pop(), 900)
        assert (beats, again) == ([False, True], [])

    def test_keeps_what_it_found_until_the_next(self, aws, settings):
        store(an_arrest_case())
        found = reconciliation.reconcile_all(at(settings, THREE))
        assert found.missing > 0
        for hours in range(1, 24):
            reconciliation.reconcile_touched(at(settings, THREE + timedelta(hours=hours)))
        by_hand = THREE + timedelta(hours=7)
        reconciliation.reconcile_all(at(settings, by_hand))
        assert kept_of_the_night() == (THREE, found.missing, "")
        next_night = THREE + timedelta(days=1)
        reconciliation.reconcile_all(at(settings, next_night))
        assert kept_of_the_night() == (next_night, 0, "")

    def test_without_the_last_case_is_known(self, aws, settings):
        store(an_arrest_case())
        first = reconciliation.reconcile_all(at(settings, THREE, seconds=1))
        assert kept_of_the_night() == (THREE, first.missing, NUMBER)
        reconciliation.reconcile_all(at(settings, THREE), NUMBER, first)
        assert kept_of_the_night() == (THREE, first.missing, "")

    def test_goes_past_a_broken_case(self, aws, settings, monkeypatch):
        store(an_arrest_case())
        plan = planning.plan_case

        def broken(now, **how):
            if now.case.number == "1":
                raise RuntimeError
            return plan(now, **how)

        monkeypatch.setattr(planning, "plan_case", broken)
        found = reconciliation.reconcile(["1", NUMBER], settings, NOW)
        assert (found.failed, found.cases) == (1, 2)
        assert found.missing > 0

    def test_makes_an_old_caseless_arrest_a_task(self, aws, settings):
        long_ago = NOW - timedelta(hours=30)
        (arrest,) = an_arrest_case().case.arrests
        arrest = replace(arrest, export_time=long_ago, row_time=long_ago)
        cases.write_row(NUMBER, arrest, None)
        cases.write_row(NUMBER, replace(arrest, id="a2", origin="a2"), None)
        night = NOW + timedelta(hours=2)
        assert reconciliation.reconcile_touched(at(settings, night)).cases == 0  # it came late
        assert reconciliation.reconcile_all(at(settings, night)).cases == 1
        assert {n.reason for n in notices.of_case(NUMBER)} == {"unsettled_no_report"}
        again = reconciliation.reconcile_all(at(settings, night, seconds=1))
        assert reconciliation.reconcile_all(at(settings, night), again.go_on_at).cases == 0
