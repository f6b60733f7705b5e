"""Some news of a restricted case is only on the page: no message, no task."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.notices import monitoring
from aviso.providers.receipts import Outcome
from aviso.reporting.counted_facts import facts
from aviso.storage import cases, notices
from infra.harness.builders import BURGLARY, LIFTED, NOW, NUMBER, STALKING, ZONE, a_case
from infra.harness.staff_browser import say_of_case
from tests.integration import conftest
from tests.support.contact_plans import flow, look, make, notices_of, say
from tests.support.sending import EMAIL, PHONE, World
from tests.support.visitor import with_code

LISTED = {
    *(Kind.DETECTIVE_ASSIGNED, Kind.STATUS_CHANGED, Kind.CASE_CLOSED),
    *(Kind.CASE_REOPENED, Kind.STILL_OPEN),
}
ON_PAGE = (State.SUPPRESSED, StopReason.ONLY_ON_PAGE)
DANGEROUS = {"offense": STALKING}
# Why a case is restricted -> how its closing ends, and what the rights and the arrest wait for.
RESTRICTED: dict[str, tuple[dict[str, Any], tuple[State, str], str]] = {
    "offense": (DANGEROUS, ON_PAGE, "restricted_offense"),
    "flag": ({"restricted": True}, ON_PAGE, "restricted_feed"),
    "person": ({"desk_restriction": "restricted"}, ON_PAGE, "restricted_desk"),
    "lifted": ({**DANGEROUS, "desk_restriction": LIFTED}, (State.SENT, ""), ""),
    # The next file or the settings may end these: nothing is given up.
    "unknown": (
        {"offense": "99-9999"},
        (State.HELD, "unsettled_unknown_offense"),
        "unsettled_unknown_offense",
    ),
    "number": (
        {"former_number": "1"},
        (State.HELD, "restricted_new_number"),
        "restricted_new_number",
    ),
}


def a_closed_case(**report):
    """Return a case whose arrest, closing and report came in one file."""
    said = {"status": "CLOSED", "status_at": NOW, "first_seen": {"status": NOW}, "digest": "c"}
    case = a_case().with_victim(phone=PHONE, email=EMAIL).with_suspect().with_arrest()
    return case.with_report(**said | report).case


@pytest.fixture
def world(aws, settings, provider):
    return World(replace(settings, only_on_page=frozenset(LISTED)), provider)


def given(world):
    """Plan and send all, as often as streams say so."""
    for _ in range(3):
        world.deliver()
        world.chase(timedelta(minutes=6))


def closing(world):
    """Return the one notice of the closing."""
    (notice,) = world.all(Kind.CASE_CLOSED)
    return notice


class TestRestrictedCase:
    @pytest.mark.parametrize("why", RESTRICTED)
    def test_shows_a_closing_and_tells_the_rest(self, world, why):
        report, end, hold = RESTRICTED[why]
        world.store(a_closed_case(**report))
        given(world)
        found = closing(world)
        assert (found.state, found.reason) == end
        if hold:
            assert {(n.state, n.reason) for n in world.all() if n != found} == {(State.HELD, hold)}

    def test_is_told_everything_without_the_setting(self, world):
        world.settings = replace(world.settings, only_on_page=frozenset())
        world.store(a_closed_case(**DANGEROUS))
        given(world)
        assert {n.state for n in world.all()} == {State.HELD}

    def test_is_not_told_late_once_it_is_lifted(self, world, provider):
        world.store(a_closed_case(**DANGEROUS))
        given(world)
        say_of_case(NUMBER, "lifted")
        given(world)
        assert (closing(world).state, closing(world).reason) == ON_PAGE
        assert {n.kind for n in world.all() if n.told_at} == {Kind.FIRST_CONTACT, Kind.ARREST}


def becomes_restricted(world):
    """Let a later file say that the case is dangerous."""
    stored = cases.read_case(NUMBER).report
    later = replace(stored, offense=STALKING, digest="dv", export_time=world.now)
    cases.write_row(NUMBER, later, stored)


class TestPlan:
    """A plan lets such news go; it is the victim who chose the day."""

    @pytest.fixture
    def waiting(self, world):
        case = a_case().with_report(**DANGEROUS).with_victim(phone=PHONE, email=EMAIL)
        world.store(case.with_suspect().case)
        tuesday = world.now.weekday()
        make(world, kinds=(Kind.CASE_CLOSED,), days=(tuesday,))
        look(world)
        assert flow(world) == [PHONE]
        say("yes")
        (question,) = notices_of("plan")
        world.receipt(1, Outcome.DELIVERED, notice=question)
        world.now += timedelta(hours=8)
        world.store(a_closed_case(**DANGEROUS))
        assert flow(world) == []
        return world

    def test_holds_it_back_until_its_day_and_it_is_not_late(self, waiting):
        assert closing(waiting).state is State.WAITING
        later = waiting.now + timedelta(days=5)
        assert monitoring.watch(waiting.settings, later)["Overdue"] == 0
        waiting.chase(timedelta(days=7) - timedelta(hours=8))
        assert monitoring.watch(waiting.settings, waiting.now)["Overdue"] == 0
        assert flow(waiting) == [PHONE]

    def test_shows_on_no_page_that_it_waits(self, waiting, by_code):
        """Nothing else of a restricted case goes soon, and somebody may read her letter's code."""
        record = with_code(by_code, at=conftest.NOW).get("/record").text
        assert "On its way" not in record

    def test_that_ends_meanwhile_leaves_it_to_the_page(self, waiting):
        say("no")
        waiting.plan()
        assert (closing(waiting).state, closing(waiting).reason) == ON_PAGE


class TestCaseThatBecomesRestricted:
    def test_ends_what_was_planned_on_the_page(self, world, provider):
        world.begin(a_closed_case(offense=BURGLARY))
        assert closing(world).state is State.PLANNED
        becomes_restricted(world)
        world.send()  # it was claimed before anybody planned again
        assert (closing(world).state, closing(world).reason) == ON_PAGE
        assert provider.sent == []

    def test_keeps_what_has_left(self, world):
        world.store(a_closed_case(offense=BURGLARY))
        given(world)
        notice = closing(world)
        notices.move(notice, State.UNCONFIRMED, due_at=world.now)
        becomes_restricted(world)
        world.plan()
        assert (closing(world).state, closing(world).reason) == ON_PAGE
        assert "told_by_message" in {f.metric for f in facts("n", closing(world), ZONE)}
        world.receipt(1, Outcome.DELIVERED, notice=notice)
        assert closing(world).state is State.DELIVERED

    def test_leaves_a_task_to_its_person(self, world):
        world.begin(a_closed_case(offense=BURGLARY))
        held = notices.move(closing(world), State.HELD, due_at=world.now, reason=HoldReason.DESK)
        becomes_restricted(world)
        world.plan()
        assert closing(world).state is held.state
