"""A plan for safe messages: what goes by it, and every way in which somebody may abuse it."""

from datetime import date, timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.contact_plans import WhyNot, may_have_plan
from aviso.domain.errors import Conflict, NotTheirs
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, Restriction, StopReason
from aviso.domain.requests import Rights
from aviso.notices import monitoring, reconciliation
from aviso.notices.case_reads import unguarded
from aviso.runtime import hashing
from aviso.staff import case_decisions, notice_decisions, plan_decisions
from aviso.storage import cases, inbox, notices, suppressions
from aviso.victims import message_links
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact, an_answer
from infra.harness.portal_browser import Visitor
from tests.integration import conftest
from tests.support.contact_plans import (
    OTHER,
    WHY,
    a_plan,
    agree,
    an_arrest,
    arrests,
    case_now,
    change_enrollment,
    change_row,
    flow,
    look,
    make,
    member,
    notices_of,
    plan_now,
    say,
    token,
    why,
)
from tests.support.sending import EMAIL, HOME, PHONE
from tests.support.visitor import with_code


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
    agree(restricted)
    return restricted


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
        (question,) = notices_of("plan")
        assert question.state is State.WAITING  # nobody's task, and not late
        assert not monitoring.overdue(question, restricted.now + timedelta(days=1))
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
        assert why(planned) is WhyNot.DECLINED
        assert say("yes", given).status == 400

    def test_ends_by_a_no_to_the_question_about_a_former_one(self, planned):
        given = token()
        planned.now += timedelta(minutes=1)
        agree(planned)
        assert say("yes", given).status == 400
        assert say("no", given).status == 200
        assert why(planned) is WhyNot.DECLINED

    @pytest.mark.parametrize("answer", ["no", "none"])
    def test_without_a_yes_is_a_task_until_there_is_another(self, restricted, answer):
        make(restricted)
        look(restricted)
        flow(restricted)
        if answer == "no":
            say("no")
        else:
            restricted.now += timedelta(days=15)
        flow(restricted)
        assert [n.state for n in notices_of("plan_ends")] == [State.HELD]
        make(restricted)
        flow(restricted)
        assert [n.state for n in notices_of("plan_ends")] == [State.SUPPRESSED]

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

    @pytest.mark.parametrize("other", ["v0", "v2"])
    @pytest.mark.parametrize("child", [True, False])
    def test_goes_to_a_phone_that_another_victim_shares(self, world, other, child):
        """Nothing goes to the other one, so nothing of hers waits for theirs."""
        case = a_case().with_report(offense=STALKING).with_victim(phone=PHONE).with_suspect()
        if child:
            case = case.with_victim(other, phone="", email="", birth_date=date(2015, 1, 1))
            case = case.with_speaker(victim=other, phone=PHONE)
        else:
            case = case.with_victim(other, phone=PHONE, email="")
        world.store(case.case)
        agree(world)
        an_arrest(world)
        assert flow(world) == [PHONE]
        assert sorted(state for state, _ in arrests(world)) == [State.HELD, State.SENT]


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

    def test_comes_when_a_suspect_follows_her_to_a_new_home(self, world):
        """They lived together, which restricts the case for good; she left, and he moves in."""
        case = a_case().with_report(offense=STALKING).with_victim(phone=PHONE, email=EMAIL, **HOME)
        world.store(case.with_suspect(**HOME).case)
        world.plan()
        new = {"street": "900 N Oak Ave", "postal_code": "85719"}
        change_row(**new)
        agree(world)
        (suspect,) = cases.read_case(NUMBER).suspects
        cases.write_row(NUMBER, replace(suspect, digest="later", **new), suspect)
        an_arrest(world)
        assert flow(world) == []

    def test_comes_when_a_contact_is_unsafe_for_another_victim(self, world):
        builder = a_case().with_report(offense=STALKING).with_victim(phone=PHONE, email=EMAIL)
        world.store(builder.with_victim("v2", phone="", email=EMAIL).with_suspect().case)
        agree(world)
        case, eva = cases.read_case(NUMBER), member(world, "eva")
        case_decisions.mark_unsafe(case, case.victim("v2"), EMAIL, "He reads it.", eva)
        an_arrest(world)
        assert flow(world) == []

    def test_by_a_change_is_over_when_a_member_looks_again(self, planned):
        change_row(email="new@example.org")
        flow(planned)
        assert [n.state for n in notices_of("plan_look")][-1] is State.HELD
        look(planned, by="ana")
        an_arrest(planned)
        assert flow(planned) == [PHONE]


def flips(world):
    """Return, for each change that may be taken back, how it is made and how it is taken back."""
    asked, waived = (an_answer(a, world.now) for a in (Rights.REQUESTED, Rights.WAIVED))
    again = replace(asked, at=world.now + timedelta(minutes=1))

    def by_desk(lifted):
        case = cases.read_case(NUMBER)
        if lifted:
            case_decisions.lift(case, {Restriction.DESK}, WHY, member(world, "eva"))
        else:
            case_decisions.restrict(case, member(world, "eva"))

    def by_link(restored):
        if restored:
            case_decisions.restore(*case_now(), PHONE, WHY, member(world, "eva"))
        else:
            (question,) = notices_of("plan")
            given = links.token(LinkPurpose.NOT_ME, question.id, 1)
            message_links.not_me(given, world.settings, world.now)

    return {
        "the file's word": lambda back: change_row(safe_to_contact=back),
        "the file's phone": lambda back: change_row(phone=PHONE if back else ""),
        "a member's restriction": by_desk,
        "not me": by_link,
        "her waiver": lambda back: change_enrollment(
            requests=(asked, waived, again) if back else (asked, waived)
        ),
    }


FLIPS = ("the file's word", "the file's phone", "a member's restriction", "not me", "her waiver")


class TestChangeTakenBack:
    @pytest.mark.parametrize("what", FLIPS)
    def test_wakes_no_plan(self, restricted, what):
        flip = flips(restricted)[what]
        change_enrollment(requests=(an_answer(Rights.REQUESTED, restricted.now),))
        agree(restricted)
        for taken_back in (False, True):
            flip(taken_back)
            flow(restricted)
        an_arrest(restricted)
        assert flow(restricted) == []
        assert [n.state for n in notices_of("plan_look")][-1] is State.HELD

    def test_is_one_task_that_no_look_ends_while_it_is_barred(self, planned):
        stop(planned)
        for _ in range(3):
            reconciliation.reconcile([NUMBER], planned.settings, planned.now)
            planned.send()
            planned.now += timedelta(hours=1)
            with pytest.raises(Conflict):
                look(planned)
        (task,) = notices_of("plan_look")
        assert (task.state, why(planned)) == (State.HELD, WhyNot.CHANGED)
        suppressions.opt_in(hashing.address_key(PHONE), planned.now)
        look(planned)
        assert why(planned) is None

    def test_by_a_start_wakes_none_after_a_night(self, planned):
        stop(planned)
        reconciliation.reconcile([NUMBER], planned.settings, planned.now)
        suppressions.opt_in(hashing.address_key(PHONE), planned.now + timedelta(hours=1))
        an_arrest(planned)
        assert flow(planned) == []


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
