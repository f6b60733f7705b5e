"""A worker that dies and a provider that fails: no text is lost, and none is sent twice."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendDeferred, SendFailed, SendUnknown
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.notices import planning, receipts
from aviso.notices.sending import LATE_RECEIPT, LEASE, send
from aviso.providers.receipts import Outcome, Receipt
from aviso.runtime import hashing
from aviso.storage import guards, notices
from infra.harness.builders import NUMBER
from tests.support.sending import EMAIL, HOME, PHONE, arrested


def a_text_receipt(world, phone=PHONE):
    return Receipt(
        channel=Channel.SMS,
        outcome=Outcome.DELIVERED,
        provider_id="id-1",
        at=world.now,
        address=phone,
    )


def crash_before(provider, world, notice):
    provider.next_errors = [SystemExit("the worker dies before the hand-over")]
    with pytest.raises(SystemExit):
        send(notice.id, world.invocation())


class TestCrashAfterHandOver:
    def test_with_a_receipt_sends_nothing_twice(self, world, provider):
        world.begin(arrested(email="").case)
        provider.crash_after = True
        with pytest.raises(SystemExit):
            world.send()
        provider.crash_after = False
        world.now += timedelta(minutes=1)
        kept = receipts.record(
            Receipt(
                channel=Channel.SMS,
                outcome=Outcome.DELIVERED,
                provider_id="id-1",
                at=world.now,
                address=PHONE,
            ),
            world.now,
        )
        assert not kept
        world.chase(LEASE + LATE_RECEIPT)
        assert world.arrest().state is State.DELIVERED
        assert len(provider.sent) == 1

    def test_leaves_its_number_to_no_other_message(self, world, provider):
        """A link in its message must not act on another contact (docs/rules.md#13)."""
        world.begin(arrested().case)
        provider.next_errors = [SendDeferred("throttled")]  # the text waits, the email goes
        provider.crash_after = True
        with pytest.raises(SystemExit):
            world.send(times=1)
        provider.crash_after = False
        world.chase(LEASE + LATE_RECEIPT)
        world.send(times=1)
        crashed, *_ = provider.sent
        assert crashed.address == EMAIL
        recorded = {a.n: a.address_key for a in world.arrest().attempts}
        assert len(recorded) == 2
        assert recorded.get(crashed.attempt) in (None, hashing.address_key(EMAIL))

    def test_is_not_proved_by_another_victims_text(self, world, provider):
        other = "+15205550119"
        world.begin(arrested(email="").with_victim("v2", phone=other, email="").case)
        first, _ = sorted(world.all(Kind.ARREST), key=lambda n: n.victim)
        provider.next_errors = [SendUnknown("timeout")]
        send(first.id, world.invocation())
        world.now += timedelta(minutes=1)
        receipts.record(a_text_receipt(world, other), world.now)
        world.chase(LEASE + LATE_RECEIPT)
        assert notices.read(first.id).state is State.PLANNED

    def test_is_proved_by_no_shared_receipt(self, world, provider):
        world.begin(arrested(email="").with_arrest("a2").case)
        provider.next_errors = [SendUnknown("timeout"), SendUnknown("timeout")]
        world.send(times=1)
        world.now += timedelta(minutes=1)
        receipts.record(a_text_receipt(world), world.now)
        world.chase(LEASE + LATE_RECEIPT)
        assert [n.state for n in world.all(Kind.ARREST)] == [State.PLANNED] * 2

    def test_is_not_proved_by_another_notices_receipt(self, world, provider):
        world.begin(arrested(email="").with_arrest("a2").case)
        crashed, other = world.all(Kind.ARREST)
        crash_before(provider, world, crashed)
        original = provider.send

        def receipt_first(message, seconds_left):
            handed = original(message, seconds_left)
            receipts.record(a_text_receipt(world), world.now)
            return handed

        provider.send = receipt_first
        send(other.id, world.invocation())
        assert len(provider.sent) == 1
        world.chase(LEASE + LATE_RECEIPT)
        assert notices.read(crashed.id).state is State.PLANNED
        assert notices.read(other.id).state is State.DELIVERED

    def test_keeps_receipts_to_one_phone_separate(self, world, provider):
        world.begin(arrested(email="", **HOME).with_arrest("a2").case)
        original = provider.send

        def receipt_first(message, seconds_left):
            handed = original(message, seconds_left)
            receipt = replace(a_text_receipt(world), provider_id=handed.provider_id)
            receipts.record(receipt, world.now)
            return handed

        provider.send = receipt_first
        world.send()
        world.chase(timedelta(days=3))
        assert [n.state for n in world.all(Kind.ARREST)] == [State.DELIVERED] * 2

    def test_is_not_proved_by_another_cases_receipt(self, world, provider):
        world.store(arrested(email="").case)
        case, number = arrested(email="").case, "2611240002"
        there = replace(
            case, number=number, report=replace(case.report, number=number, origin=number)
        )
        world.begin(there)
        planning.plan(there.number, world.settings, world.now)
        (other,) = notices.of_case(there.number)
        crash_before(provider, world, world.arrest())
        provider.crash_after = True
        with pytest.raises(SystemExit):
            send(other.id, world.invocation())
        provider.crash_after = False
        for _ in range(2):  # it comes again when one of them was looked at
            receipts.record(a_text_receipt(world), world.now)
            world.chase(LEASE + LATE_RECEIPT)
        assert world.arrest().state is State.PLANNED
        assert notices.read(other.id).state is State.PLANNED

    def test_without_a_receipt_sends_again(self, world, provider):
        world.begin(arrested(email="").case)
        provider.crash_after = True
        with pytest.raises(SystemExit):
            world.send()
        provider.crash_after = False
        world.chase(LEASE)
        assert world.arrest().state is State.CLAIMED  # a receipt may still come
        world.go_on(LATE_RECEIPT)
        assert world.arrest().state is State.SENT
        assert len(provider.sent) == 2


class TestProvider:
    def test_failure_of_a_text_repeats_no_email(self, world, provider):
        world.begin(arrested(**HOME).case)
        original = provider.send

        def text_fails_first(message, seconds_left):
            if message.address == EMAIL:
                world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
            return original(message, seconds_left)

        provider.send = text_fails_first
        world.send()
        assert world.arrest().state is State.SENT
        assert [m.address for m in provider.sent] == [PHONE, EMAIL]

    def test_that_knows_an_opt_out_is_believed(self, world, provider):
        world.begin(arrested().case)
        provider.next_errors = [SendFailed("opted_out"), None]
        world.send()
        assert [m.address for m in provider.sent] == [EMAIL]
        assert guards.read(NUMBER, {PHONE: hashing.address_key(PHONE)}).opted_out == {PHONE}
        assert world.arrest().state is State.SENT
