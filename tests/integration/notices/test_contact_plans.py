"""A plan for safe messages: what goes by it, and every way in which somebody may abuse it."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from msgspec.structs import replace

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.contact_plans import WhyNot, may_have_plan, why_not
from aviso.domain.errors import NotTheirs
from aviso.domain.model import Case, ContactPlan, Kind, Victim
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.notices.case_reads import unguarded
from aviso.runtime import hashing
from aviso.staff import case_decisions, notice_decisions, plan_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, enrollments, inbox, notices, suppressions
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact
from infra.harness.portal_browser import Visitor
from tests.integration import conftest
from tests.support.sending import EMAIL, HOME, PHONE
from tests.support.visitor import with_code

OTHER = "+15205550133"
EVERY_DAY = tuple(range(7))
WHY = "I called the shelter that we know, and she came to the phone."


def member(world, name):
    """Return a trusted member on the world's clock."""
    return Actor(
        id=name,
        name=name,
        audit_name=name,
        roles=frozenset({Role.ADVOCATE}),
        settings=world.settings,
        now=world.now,
    )


def a_plan(**changes):
    """Return what the victim agrees to: her phone, from nine to five, an arrest."""
    values: dict[str, Any] = {
        "address": PHONE,
        "language": "es",
        "kinds": (Kind.ARREST,),
        "days": EVERY_DAY,
        "from_hour": 9,
        "to_hour": 17,
        "answers": "She does.",
        "until": date(2027, 2, 1),
    }
    return ContactPlan(**values | changes)


def case_now() -> tuple[Case, Victim]:
    case = cases.read_case(NUMBER)
    return case, case.victims[0]


def plan_now():
    return cases.read_case(NUMBER).enrollment_of("v1").plan


def make(world, by="ana", **changes):
    case, victim = case_now()
    plan_decisions.make_plan(case, victim, a_plan(**changes), WHY, member(world, by))


def look(world, by="eva"):
    case, victim = case_now()
    plan_decisions.look_at_plan(case, victim, plan_now().id, member(world, by))


def flow(world):
    """Plan and send; return the addresses written to."""
    before = len(world.provider.sent)
    world.plan()
    world.send()
    return [message.address for message in world.provider.sent[before:]]


def token():
    """Return the token of the link in the latest question."""
    asked = [n for n in notices_of("plan") if n.attempts]
    return links.token(LinkPurpose.PLAN, asked[-1].id, asked[-1].attempts[-1].n)


def notices_of(kind):
    found = [notices.read(n.id) for n in notices.of_case(NUMBER)]
    return [n for n in found if n.fact.kind == kind]


def say(answer, given=""):
    return Visitor().post("/plan", t=given or token(), answer=answer)


def why(world):
    return why_not(unguarded(cases.read_case(NUMBER), world.settings, world.now), case_now()[1])


def change_row(**changes):
    """Let the records system change the victim's row."""
    _, victim = case_now()
    cases.write_row(NUMBER, replace(victim, digest="later", **changes), victim)


def change_enrollment(**changes):
    before = cases.read_case(NUMBER).enrollment_of("v1")
    enrollments.write_enrollment(NUMBER, replace(before, **changes), before)


@pytest.fixture
def restricted(world):
    """Store a restricted case of a victim who is not told of anything yet."""
    case = a_case().with_report(offense=STALKING).with_victim(phone=PHONE, email=EMAIL)
    world.store(case.with_suspect().case)
    world.plan()
    return world


@pytest.fixture
def planned(restricted):
    """Let the victim have a plan that counts."""
    make(restricted)
    look(restricted)
    assert flow(restricted) == [PHONE]
    assert say("yes").status == 200
    return restricted


@pytest.fixture
def by_code(settings, monkeypatch):
    """Let a code on paper open a restricted case."""
    policy = replace(settings.verification, restricted_by_code=True)
    chosen = replace(settings, verification=policy)
    monkeypatch.setattr(Settings, "current", staticmethod(lambda: chosen))
    return chosen


def an_arrest(world, id="a1"):
    """Let the feed bring an arrest now."""
    seen = {f"arrest:{id}": world.now}
    case = a_case().with_arrest(id, arrested_at=world.now, first_seen=seen).case
    cases.write_row(NUMBER, case.arrests[0], None)


def arrests(world):
    return [(n.state, n.reason) for n in world.all(Kind.ARREST)]


class TestPlan:
    def test_lets_an_arrest_go_at_once_in_her_language(self, planned):
        an_arrest(planned)
        assert flow(planned) == [PHONE]
        assert "arresto" in planned.provider.sent[-1].text
        assert arrests(planned) == [(State.SENT, "")]

    def test_also_sends_what_was_held_before(self, restricted):
        an_arrest(restricted)
        assert flow(restricted) == []
        make(restricted)
        look(restricted)
        assert flow(restricted) == [PHONE]
        say("yes")
        assert flow(restricted) == [PHONE]
        assert arrests(restricted) == [(State.SENT, "")]

    def test_keeps_other_news_a_persons(self, restricted):
        make(restricted, kinds=(Kind.WARRANT,))
        look(restricted)
        flow(restricted)
        say("yes")
        an_arrest(restricted)
        assert flow(restricted) == []
        assert arrests(restricted) == [(State.HELD, HoldReason.RESTRICTED_OFFENSE)]

    def test_corrects_what_went_by_it(self, planned):
        an_arrest(planned)
        flow(planned)
        planned.withdraw()
        assert flow(planned) == [PHONE]

    def test_outside_its_hours_is_a_task_until_they_open(self, planned):
        planned.now = NOW + timedelta(hours=8)  # eight in the evening
        an_arrest(planned)
        assert flow(planned) == []
        assert arrests(planned) == [(State.HELD, HoldReason.OUTSIDE_PLAN)]
        assert planned.chase(timedelta(hours=12))["held"] == 0
        planned.now += timedelta(hours=1)
        planned.chase(timedelta())
        assert flow(planned) == [PHONE]

    def test_goes_at_another_hour_if_a_member_releases_it(self, planned):
        planned.now = NOW + timedelta(hours=8)
        an_arrest(planned)
        flow(planned)
        (held,) = planned.all(Kind.ARREST)
        notices.move(held, State.PLANNED, due_at=NOW, overruled=(HoldReason.OUTSIDE_PLAN,))
        assert flow(planned) == [PHONE]

    def test_sends_nothing_when_a_person_told_before_the_hours_open(self, planned):
        planned.now = NOW + timedelta(hours=8)
        an_arrest(planned)
        flow(planned)
        (held,) = planned.all(Kind.ARREST)
        told = {"reason": StopReason.TOLD_BY_PERSON, "told_at": planned.now, "told_by": "ana"}
        notices.move(held, State.SUPPRESSED, due_at=None, **told)
        planned.chase(timedelta(hours=13))
        assert flow(planned) == []

    def test_has_days_of_the_week(self, restricted):
        thursday = 3
        make(restricted, days=(thursday,))
        look(restricted)
        assert flow(restricted) == []  # a Tuesday
        assert [n.state for n in notices_of("plan")] == [State.WAITING]  # nobody's task
        restricted.chase(timedelta(days=2))
        assert flow(restricted) == [PHONE]

    def test_is_a_task_before_it_ends_and_nothing_after(self, planned):
        planned.now = NOW + timedelta(days=60)
        flow(planned)
        assert [n.reason for n in notices_of("plan_ends")] == [HoldReason.PLAN_TO_LOOK_AT]
        planned.now = NOW + timedelta(days=70)
        an_arrest(planned)
        assert flow(planned) == []
        assert why(planned) is WhyNot.OVER

    def test_may_be_renewed_only_as_a_new_one(self, planned):
        former = plan_now()
        make(planned)
        assert plan_now().id != former.id
        an_arrest(planned)
        assert flow(planned) == []
        assert why(planned) is WhyNot.UNSEEN

    def test_asks_a_second_member_by_a_task_that_looking_ends(self, restricted):
        make(restricted)
        flow(restricted)
        (task,) = notices_of("plan_look")
        assert (task.state, task.reason) == (State.HELD, HoldReason.PLAN_TO_LOOK_AT)
        with pytest.raises(NotTheirs):
            look(restricted, by="ana")
        look(restricted)
        flow(restricted)
        (task,) = notices_of("plan_look")
        assert task.state is State.SUPPRESSED

    def test_is_looked_at_and_neither_told_nor_released(self, restricted):
        make(restricted)
        flow(restricted)
        (task,) = notices_of("plan_look")
        eva = member(restricted, "eva")
        assert notice_decisions.told([task.id], WHY, eva) == {"plan_waits": 1}
        assert notice_decisions.release({task.id: task.reason}, WHY, eva) == {"plan_waits": 1}
        assert notices_of("plan_look")[0].state is State.HELD

    def test_takes_a_late_no_and_a_second_yes(self, planned):
        given = token()
        say("yes", given)
        planned.now += timedelta(days=30)
        assert say("no", given).status == 200
        assert why(planned) is WhyNot.ENDED
        assert say("yes", given).status == 400

    def test_is_on_no_page_of_the_portal(self, planned, by_code):
        an_arrest(planned)
        flow(planned)
        record = with_code(by_code, at=conftest.NOW).get("/record").text
        assert "plan" not in record.lower()
        assert "text message" not in record.lower()

    def test_is_asked_for_with_a_code_and_makes_a_task(self, restricted, by_code):
        visitor = with_code(by_code, at=conftest.NOW)
        page = visitor.get("/ask")
        assert 'value="plan"' in page.body
        visitor.post("/ask", csrf=page.value("csrf"), what="plan")
        assert plan_now() is None
        assert [r.asks_for for r in inbox.replies()] == ["plan"]


def stop(world):
    suppressions.opt_out(hashing.address_key(PHONE), "text", world.now)


def not_me(world):
    suppressions.not_me(hashing.address_key(PHONE), NUMBER, world.now)


def suspect_has_it(world):
    (suspect,) = cases.read_case(NUMBER).suspects
    cases.write_row(NUMBER, replace(suspect, phone=PHONE, digest="later"), suspect)


def suspect_moves_in(world):
    (suspect,) = cases.read_case(NUMBER).suspects
    change_row(**HOME)
    cases.write_row(NUMBER, replace(suspect, digest="later", **HOME), suspect)


def desk_restricts(world):
    case_decisions.restrict(cases.read_case(NUMBER), member(world, "eva"))


def marked_unsafe(world):
    case, victim = case_now()
    case_decisions.mark_unsafe(case, victim, EMAIL, "She said so.", member(world, "eva"))


def ended_at_the_desk(world):
    case, victim = case_now()
    plan_decisions.end_plan(case, victim, plan_now().id, "She asked.", member(world, "eva"))


# What somebody may do, or what happens, after which nothing goes by a plan.
ENDS = {
    "she texts STOP": stop,
    "who has the phone says not me": not_me,
    "who has the phone says no": lambda world: say("no"),
    "an advocate ends it": ended_at_the_desk,
    "a suspect turns out to have the phone": suspect_has_it,
    "a suspect turns out to live with her": suspect_moves_in,
    "a member restricts the case": desk_restricts,
    "a member marks her email unsafe": marked_unsafe,
    "the file calls her not safe to contact": lambda _: change_row(safe_to_contact=False),
    "the file has another phone for her": lambda _: change_row(phone=OTHER),
    "the file has another email for her": lambda _: change_row(email="new@example.org"),
    "she locks the case": lambda world: change_enrollment(locked_at=world.now, lock_at=world.now),
    "a contact is added with a code": lambda _: change_enrollment(
        contacts=(a_contact(OTHER, level="code_restricted"),)
    ),
    "her last day": lambda world: setattr(world, "now", NOW + timedelta(days=80)),
}


class TestEnd:
    @pytest.mark.parametrize("what", ENDS)
    def test_comes_at_once(self, planned, what):
        ENDS[what](planned)
        an_arrest(planned)
        assert flow(planned) == []
        ((state, reason),) = arrests(planned)
        assert (state, reason != HoldReason.OUTSIDE_PLAN) == (State.HELD, True)

    def test_by_a_change_is_over_when_a_member_looks_again(self, planned):
        change_row(email="new@example.org")
        flow(planned)
        assert [n.state for n in notices_of("plan_look")][-1] is State.HELD
        look(planned, by="ana")
        an_arrest(planned)
        assert flow(planned) == [PHONE]


class TestAttack:
    """Who wants to be told in her place, or to know when she is told."""

    def test_with_her_phone_for_an_hour_makes_no_plan(self, restricted):
        """A code alone makes a task; so does a call to the desk as her."""
        change_enrollment(contacts=(a_contact(OTHER, level="code_restricted"),))
        an_arrest(restricted)
        assert flow(restricted) == []

    def test_reads_a_question_that_names_nobody(self, restricted):
        make(restricted)
        look(restricted)
        flow(restricted)
        text = restricted.provider.sent[-1].text
        page = Visitor().get(f"/plan?t={token()}").text
        for shown in (text, page):
            assert not any(word in shown for word in ("Ana", "Muñoz", NUMBER, "09:00", "arrest"))

    def test_forwards_the_link_of_another_message(self, planned):
        an_arrest(planned)
        flow(planned)
        (arrest,) = planned.all(Kind.ARREST)
        wrong = [
            links.token(LinkPurpose.SPEAK, arrest.id, 1),
            links.token(LinkPurpose.PLAN, arrest.id, 1),
        ]
        assert [say("no", one).status for one in wrong] == [400, 400]
        assert why(planned) is None

    def test_answers_after_seven_days(self, restricted):
        make(restricted)
        look(restricted)
        flow(restricted)
        with time_machine.travel(NOW + timedelta(days=8)):
            assert say("yes").status == 400
        assert why(restricted) is WhyNot.UNCONFIRMED

    @pytest.mark.parametrize("address", [OTHER, "his@example.org"])
    def test_of_a_clerk_who_guesses_names_no_other_phone(self, restricted, address):
        with pytest.raises(LookupError):
            make(restricted, address=address)

    def test_of_a_phone_left_by_knowledge_names_none(self, restricted):
        change_enrollment(contacts=(a_contact(OTHER),))
        with pytest.raises(LookupError):
            make(restricted, address=OTHER)

    @pytest.mark.parametrize(
        "changes",
        [{"birth_date": date(2015, 3, 1)}, {"incapacitated": True}, {"safe_to_contact": False}],
    )
    def test_is_for_who_speaks_for_herself_and_is_safe(self, restricted, changes):
        change_row(**changes)
        with pytest.raises(LookupError):
            make(restricted)

    @pytest.mark.parametrize("ordinary", [True, False])
    def test_needs_a_restricted_case_with_its_report(self, world, ordinary):
        case = a_case().with_report().with_victim(phone=PHONE).case
        case = case if ordinary else replace(case, report=None)
        assert may_have_plan(unguarded(case, world.settings, world.now), case.victims[0]) == []

    def test_of_her_row_sent_by_a_broken_feed_sends_nothing(self, planned):
        """The export leaves her phone out for a night, and brings it back."""
        change_row(phone="")
        an_arrest(planned)
        assert flow(planned) == []


class TestStored:
    def test_as_it_was(self, restricted):
        plan = replace(a_plan(), id="p1", made_at=NOW, made_by="ana", basis="b", ended_at=NOW)
        change_enrollment(plan=plan)
        assert plan_now() == plan
