"""A message that turns out to have told nobody tells nobody else either, and the next way is tried.

Two victims with one phone get one text; a notice may be sent again. What was delivered before does
not stand for what was not.
"""

from datetime import timedelta

from msgspec.structs import replace

from aviso.content import links
from aviso.domain.errors import SendFailed
from aviso.domain.model import AuditEntry, Case, Channel, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.reasons import StopReason
from aviso.domain.staff import Remark
from aviso.notices import receipts
from aviso.notices.sending import send
from aviso.providers.receipts import Outcome
from aviso.storage import case_decisions, cases, notices
from aviso.storage.audited_change import AuditRow
from aviso.storage.case_decisions import CaseDecision
from aviso.victims import message_links
from infra.harness.builders import NOW, NUMBER, a_case
from tests.support.sending import EMAIL, HOME, PHONE


def with_one_phone(email: str = "") -> Case:
    """Return a case whose two victims have one phone, and homes of their own."""
    built = a_case().with_victim("v1", phone=PHONE, email=email, **HOME)
    built = built.with_victim("v2", phone=PHONE, email="", **(HOME | {"street": "9 N Elm St"}))
    return built.with_suspect().with_arrest().case


def of(world, victim="v1"):
    (notice,) = [n for n in world.all(Kind.ARREST) if n.victim == victim]
    return notice


def told_together(world, case):
    """Tell the first of two victims by text; the second counts as told with her."""
    world.tell(case)
    for _ in range(2):
        world.receipt(1, Outcome.DELIVERED, notice=of(world))
    for _ in range(3):
        world.go_on(timedelta(minutes=6))
    assert (of(world, "v2").state, of(world, "v2").reason) == (State.SUPPRESSED, "told_together")


def some_hours(world):
    for _ in range(4):
        world.plan()
        world.go_on(timedelta(minutes=6))


def not_me(world, times=2):
    for _ in range(times):
        message_links.not_me(
            links.token(links.LinkPurpose.NOT_ME, of(world).id, 1), world.settings, NOW
        )


class TestToldTogether:
    def test_is_told_when_the_phone_was_a_strangers(self, world, provider):
        told_together(world, with_one_phone())
        not_me(world)
        some_hours(world)
        assert [of(world, v).state for v in ("v1", "v2")] == [State.QUEUED, State.QUEUED]
        assert len(provider.sent) == 1

    def test_is_told_though_the_other_had_an_email(self, world):
        told_together(world, with_one_phone(EMAIL))
        world.receipt(2, Outcome.DELIVERED, notice=of(world))
        not_me(world)
        some_hours(world)
        assert [of(world, v).state for v in ("v1", "v2")] == [State.DELIVERED, State.QUEUED]

    def test_is_told_when_a_bounce_follows(self, world):
        told_together(world, with_one_phone(EMAIL))
        world.receipt(2, Outcome.DELIVERED, notice=of(world))
        for _ in range(2):
            world.receipt(1, Outcome.FAILED, notice=of(world), permanent=True, reason="carrier")
        some_hours(world)
        assert [of(world, v).state for v in ("v1", "v2")] == [State.DELIVERED, State.QUEUED]

    def test_is_told_with_who_was_imported_first(self, world, provider):
        """The one whose id sorts first comes hours later; a bounce then tells each by letter."""
        world.tell(replace(with_one_phone(), victims=with_one_phone().victims[1:]))
        cases.write_row(NUMBER, with_one_phone().victims[0], None)
        some_hours(world)
        for _ in range(2):
            world.receipt(1, Outcome.DELIVERED, notice=of(world, "v2"))
        some_hours(world)
        assert (of(world).state, of(world).reason) == (State.SUPPRESSED, "told_together")
        assert len(provider.sent) == 1
        for _ in range(2):
            failed = {"permanent": True, "reason": "carrier"}
            world.receipt(1, Outcome.FAILED, notice=of(world, "v2"), **failed)
        some_hours(world)
        assert [of(world, v).state for v in ("v1", "v2")] == [State.QUEUED, State.QUEUED]
        assert len(provider.sent) == 1

    def test_stays_told_if_a_person_told_it(self, world):
        told_together(world, with_one_phone())
        notices.move(of(world, "v2"), State.PLANNED, due_at=world.now)
        told = StopReason.TOLD_BY_PERSON
        notices.move(of(world, "v2"), State.SUPPRESSED, due_at=None, reason=told)
        receipts.decide_again(cases.read_case(NUMBER), {"arrest:a1"}, world.now)
        assert of(world, "v2").state is State.SUPPRESSED


def again(world):
    """Send a notice again, as a person asks for it an hour later."""
    world.now += timedelta(hours=1)
    notices.move(of(world), State.PLANNED, due_at=world.now, reason="", resent_at=world.now)


def one_victim(world, **victim):
    built = a_case().with_victim("v1", **({"phone": PHONE, "email": ""} | HOME | victim))
    world.tell(built.with_suspect().with_arrest().case)
    world.receipt(1, Outcome.DELIVERED, notice=of(world))


def call_unsafe(world, address):
    entry = AuditEntry(at=world.now, actor="staff:1", action="contact_marked_unsafe", case=NUMBER)
    victim = cases.read_case(NUMBER).victims[0]
    why = Remark(at=world.now, by="ana", text="He has it.")
    decision = CaseDecision(AuditRow(entry=entry, keep_days=1), why)
    case_decisions.decide(decision, victim, replace(victim, desk_unsafe=(address,)))


def post(world, n):
    """Print and mail the letter that is queued."""
    printed = notices.move(of(world), State.PRINTED, due_at=None, run="run-1")
    mailed = notices.move(printed, State.MAILED, due_at=None, told_at=printed.told_at or world.now)
    letter = Attempt(n=n, channel=Channel.LETTER, address_key="", state=State.MAILED, at=world.now)
    notices.put_attempt(mailed.id, letter, None)
    world.now += timedelta(days=4)


class TestSentAgain:
    def test_is_not_told_by_the_text_before(self, world):
        one_victim(world)
        call_unsafe(world, PHONE)
        again(world)
        world.send()
        assert of(world).state is State.QUEUED
        post(world, 2)
        said = [receipts.returned(of(world).id, world.now) for _ in range(2)]
        assert said == ["returned", "returned_before"]
        world.send()
        assert (of(world).state, of(world).reason) == (State.HELD, "letter_returned")
        assert of(world).told_at is not None  # the first text may have told: it owes a correction

    def test_goes_the_next_way_when_refused(self, world, provider):
        one_victim(world)
        again(world)
        provider.next_errors = [SendFailed("invalid_address")]
        for _ in range(2):
            send(of(world).id, world.invocation())
        assert of(world).state is State.QUEUED
        assert len(provider.sent) == 1

    def test_is_not_answered_by_a_late_receipt(self, world):
        one_victim(world, email=EMAIL)
        again(world)
        for _ in range(2):
            world.receipt(2, Outcome.DELIVERED, notice=of(world))  # her email of an hour ago
        assert of(world).state is State.PLANNED
