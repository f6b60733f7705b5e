"""A notice from its case to its receipt, on the real template's tables.

See docs/rules.md#5, #6, #10, #17.
"""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendDeferred, SendFailed, SendUnknown
from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, Duty, State
from aviso.domain.reasons import HoldReason
from aviso.notices import planning, receipts
from aviso.notices.sending import CLAIMED_ELSEWHERE, LATE_RECEIPT, LEASE, send
from aviso.providers.receipts import Outcome, Receipt
from aviso.runtime import hashing
from aviso.storage import cases, guards, notices, sending_controls, suppressions
from aviso.storage.operations import client
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact
from infra.harness.staff_browser import say_of_case
from tests.support.sending import EMAIL, HOME, PHONE, arrested, delivered_twice


def test_an_arrest_leaves_once_by_text_and_email_however_often_events_come(world, provider):
    world.store(arrested().case)
    assert delivered_twice(world) == ["sent", CLAIMED_ELSEWHERE]
    assert sorted(m.address for m in provider.sent) == [PHONE, EMAIL]
    assert world.arrest().state is State.SENT


def test_a_notice_costs_at_most_four_writes_from_planned_to_sent(world, provider):
    writes = []

    def count(params, model, **_):
        items = len(params.get("TransactItems", [])) or model.name in ("PutItem", "UpdateItem")
        writes.append(int(items) if params.get("TableName", "Notices") == "Notices" else 0)

    world.store(arrested(email="").case)
    events = client().meta.events
    events.register("provide-client-params.dynamodb", count)
    try:
        world.plan(times=1)
        world.send(times=1)
    finally:
        events.unregister("provide-client-params.dynamodb", count)
    assert sum(writes) == 4
    assert len(provider.sent) == 1


def test_only_a_receipt_means_delivered(world):
    world.store(arrested().case)
    delivered_twice(world)
    for _ in range(2):
        assert world.receipt(1, Outcome.DELIVERED)
    notice = world.arrest()
    assert notice.state is State.DELIVERED
    assert notice.due_at is None


def test_a_receipt_that_outruns_the_mark_still_counts(world, provider):
    world.store(arrested(phone="").case)
    world.plan()
    original = provider.send

    def receipt_first(message, seconds_left):
        handed = original(message, seconds_left)
        notice = world.arrest()
        receipts.record(
            Receipt(
                channel=Channel.EMAIL,
                outcome=Outcome.DELIVERED,
                provider_id=handed.provider_id,
                at=world.now,
                notice_id=notice.id,
                attempt=message.attempt,
                address=EMAIL,
            ),
            world.now,
        )
        return handed

    provider.send = receipt_first
    world.send()
    assert world.arrest().state is State.DELIVERED
    assert len(provider.sent) == 1


def test_a_hard_bounce_of_every_contact_moves_to_the_letter_at_once(world, provider):
    world.store(arrested(**HOME).case)
    delivered_twice(world)
    world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
    assert world.arrest().state is State.SENT  # the email may still arrive
    world.receipt(2, Outcome.FAILED, permanent=True, reason="bounced")
    assert world.arrest().state is State.PLANNED
    world.send()
    assert world.arrest().state is State.QUEUED
    assert len(provider.sent) == 2


def test_a_bounced_address_is_used_by_no_case_again(world):
    world.store(arrested().case)
    delivered_twice(world)
    world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
    read = guards.read(NUMBER, {PHONE: hashing.address_key(PHONE)})
    assert read.bounced == {PHONE}


def test_no_receipt_by_the_deadline_is_unconfirmed_and_goes_to_the_next_channel(world, provider):
    world.store(arrested(**HOME).case)
    delivered_twice(world)
    world.chase(timedelta(days=3))
    assert world.arrest().state is State.PLANNED
    assert {a.state for a in world.arrest().attempts} == {State.UNCONFIRMED}
    world.send()
    assert world.arrest().state is State.QUEUED
    world.receipt(1, Outcome.DELIVERED)  # late, but true
    assert world.arrest().state is State.DELIVERED


def test_a_crash_after_the_hand_over_of_a_text_with_a_receipt_sends_nothing_twice(world, provider):
    world.store(arrested(email="").case)
    world.plan()
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


def a_text_receipt(world, phone=PHONE):
    return Receipt(
        channel=Channel.SMS,
        outcome=Outcome.DELIVERED,
        provider_id="id-1",
        at=world.now,
        address=phone,
    )


def test_another_victims_text_is_no_proof_that_a_crashed_one_left(world, provider):
    other = "+15205550119"
    world.store(arrested(email="").with_victim("v2", phone=other, email="").case)
    world.plan()
    first, _ = sorted(world.all(Kind.ARREST), key=lambda n: n.victim)
    provider.next_errors = [SendUnknown("timeout")]
    send(first.id, world.invocation())
    world.now += timedelta(minutes=1)
    receipts.record(a_text_receipt(world, other), world.now)
    world.chase(LEASE + LATE_RECEIPT)
    assert notices.read(first.id).state is State.PLANNED


def test_a_receipt_that_two_crashed_texts_may_have_caused_is_proof_for_neither(world, provider):
    world.store(arrested(email="").with_arrest("a2").case)
    world.plan()
    provider.next_errors = [SendUnknown("timeout"), SendUnknown("timeout")]
    world.send(times=1)
    world.now += timedelta(minutes=1)
    receipts.record(a_text_receipt(world), world.now)
    world.chase(LEASE + LATE_RECEIPT)
    assert [n.state for n in world.all(Kind.ARREST)] == [State.PLANNED] * 2


def crash_before(provider, world, notice):
    provider.next_errors = [SystemExit("the worker dies before the hand-over")]
    with pytest.raises(SystemExit):
        send(notice.id, world.invocation())


def test_the_receipt_of_another_notices_text_is_no_proof_though_it_outran_its_mark(world, provider):
    world.store(arrested(email="").with_arrest("a2").case)
    world.plan()
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


def test_the_receipt_of_a_text_that_its_own_notice_never_recorded_is_no_proof_for_another(
    world, provider
):
    world.store(arrested().with_arrest("a2").case)
    world.plan()
    crashed, other = world.all(Kind.ARREST)
    provider.next_errors = [SendDeferred("throttled")]
    send(other.id, world.invocation("first"))  # the email alone
    world.now += timedelta(minutes=1)
    crash_before(provider, world, crashed)
    provider.next_errors = [SendUnknown("timeout")]
    send(other.id, world.invocation("second"))  # its text left, and nobody recorded that
    world.receipt(1, Outcome.DELIVERED, notice=notices.read(other.id))
    assert notices.read(other.id).state is State.DELIVERED
    world.now += timedelta(seconds=30)
    receipts.record(replace(a_text_receipt(world), provider_id="unrecorded"), world.now)
    world.chase(LEASE + LATE_RECEIPT)
    assert notices.read(crashed.id).state is State.PLANNED


def test_texts_to_one_phone_in_one_moment_keep_their_receipts_apart(world, provider):
    world.store(arrested(email="", **HOME).with_arrest("a2").case)
    world.plan()
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


def test_a_receipt_that_a_text_on_another_case_may_have_caused_is_no_proof(world, provider):
    world.store(arrested(email="").case)
    case, number = arrested(email="").case, "2611240002"
    there = replace(case, number=number, report=replace(case.report, number=number, origin=number))
    world.store(there)
    world.plan()
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


@pytest.mark.parametrize("mends", ["the receipt again", "chase"])
def test_a_crash_between_the_two_writes_of_a_receipt_loses_nothing(world, mends):
    world.store(arrested(email="", **HOME).case)
    delivered_twice(world)
    notice = world.arrest()
    notices.put_attempt(
        notice.id, replace(notice.attempts[0], state=State.DELIVERED), notice.attempts[0]
    )
    if mends == "chase":
        world.chase(timedelta(days=3))
    else:
        world.receipt(1, Outcome.DELIVERED)
    assert world.arrest().state is State.DELIVERED


def test_a_text_that_fails_while_the_email_leaves_sends_no_email_twice(world, provider):
    world.store(arrested(**HOME).case)
    world.plan()
    original = provider.send

    def text_fails_first(message, seconds_left):
        if message.address == EMAIL:
            world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        return original(message, seconds_left)

    provider.send = text_fails_first
    world.send()
    assert world.arrest().state is State.SENT
    assert [m.address for m in provider.sent] == [PHONE, EMAIL]


def test_a_crash_without_a_receipt_sends_again_since_lost_is_worse(world, provider):
    world.store(arrested(email="").case)
    world.plan()
    provider.crash_after = True
    with pytest.raises(SystemExit):
        world.send()
    provider.crash_after = False
    world.chase(LEASE)
    assert world.arrest().state is State.CLAIMED  # a receipt may still come
    world.chase(LATE_RECEIPT)
    world.send()
    assert world.arrest().state is State.SENT
    assert len(provider.sent) == 2


def test_a_time_out_counts_as_a_crash_and_a_refusal_does_not(world, provider):
    world.store(arrested(email="").case)
    world.plan()
    provider.next_errors = [SendUnknown("timeout")]
    assert world.send(times=1) == ["unknown"]
    assert world.arrest().state is State.CLAIMED


def test_a_provider_that_cannot_take_it_now_is_tried_again_later(world, provider):
    world.store(arrested(email="").case)
    world.plan()
    provider.next_errors = [SendDeferred("throttled")]
    assert world.send(times=1) == ["waiting:throttled"]
    world.chase(timedelta(minutes=5))
    assert world.send(times=1) == ["sent"]
    assert len(provider.sent) == 1


def test_a_provider_that_knows_an_opt_out_writes_it_down(world, provider):
    world.store(arrested().case)
    world.plan()
    provider.next_errors = [SendFailed("opted_out"), None]
    world.send()
    assert [m.address for m in provider.sent] == [EMAIL]
    assert guards.read(NUMBER, {PHONE: hashing.address_key(PHONE)}).opted_out == {PHONE}
    assert world.arrest().state is State.SENT


def withdraw(world, case):
    arrest = cases.read_case(NUMBER).arrests[0]
    world.now += timedelta(minutes=1)
    cases.write_row(
        NUMBER,
        replace(arrest, withdrawn_at=world.now, withdrawals=1, digest="w", export_time=world.now),
        arrest,
    )


STEPS = {
    "before it was claimed": (lambda w: w.plan(), State.REPLACED, State.SUPPRESSED, 0),
    "after it was sent": (delivered_twice, State.SENT, State.SENT, 4),
    "after it was delivered": (
        lambda w: (delivered_twice(w), w.receipt(1, Outcome.DELIVERED)),
        State.DELIVERED,
        State.SENT,
        4,
    ),
}


@pytest.mark.parametrize(("before", "original", "correction", "sent"), STEPS.values(), ids=STEPS)
def test_a_withdrawn_arrest_is_corrected_exactly_where_it_was_told(
    world, provider, before, original, correction, sent
):
    case = arrested().case
    world.store(case)
    before(world)
    withdraw(world, case)
    world.plan()
    world.send()
    world.chase(timedelta(minutes=6))
    world.plan()
    world.send()
    assert world.arrest().state is original
    assert [c.state for c in world.all(Kind.CORRECTION)] == [correction]
    assert len(provider.sent) == sent


def test_a_correction_waits_for_a_claimed_original_and_follows_its_end(world, provider):
    world.store(arrested(email="").case)
    world.plan()
    provider.next_errors = [SendUnknown("timeout")]
    world.send()
    withdraw(world, None)
    world.plan()
    (waiting,) = world.all(Kind.CORRECTION)
    assert waiting.state is State.WAITING
    world.chase(LEASE + LATE_RECEIPT)  # the claim has expired: decided again, and not owed any more
    world.send()
    world.chase(timedelta(minutes=6))
    world.send()
    assert world.arrest().state in (State.SUPPRESSED, State.REPLACED)
    # A time-out is no proof that nothing left: the correction goes (docs/rules.md#10).
    assert world.all(Kind.CORRECTION)[0].state is State.SENT
    assert len(provider.sent) == 1


def test_becoming_restricted_holds_everything_unsent_until_a_person_lifts_it(world, provider):
    case = arrested().case
    world.store(case)
    world.plan()
    changed = replace(case.report, offense=STALKING, digest="r", export_time=NOW)
    cases.write_row(NUMBER, changed, cases.read_case(NUMBER).report)
    world.plan()
    world.send()
    assert world.arrest().state is State.HELD
    stored = cases.read_case(NUMBER).report
    back = replace(stored, offense=case.report.offense, digest="b", export_time=world.now)
    cases.write_row(NUMBER, back, stored)
    world.plan()
    assert world.arrest().state is State.HELD
    say_of_case(NUMBER, "lifted")
    world.plan()
    world.send()
    assert len(provider.sent) == 2


def test_a_task_made_of_half_a_case_is_told_once_the_case_is_whole(world, provider):
    whole = arrested().case
    world.store(replace(whole, suspects=()))
    world.now += world.settings.settle
    world.plan()
    assert world.arrest().state is State.HELD
    world.store(replace(whole, report=whole.report, victims=(), arrests=()))
    world.plan()
    world.send()
    assert world.arrest().state is State.SENT


def test_a_planned_notice_whose_event_was_lost_is_kicked(world):
    world.store(arrested().case)
    world.plan()
    assert world.chase(timedelta(minutes=6))["kicked"] == 1


def test_the_kill_switch_acts_until_it_is_turned_back(world, provider):
    world.store(arrested().case)
    world.plan()
    sending_controls.turn(kill=True)
    world.send()
    world.chase(timedelta(minutes=6))
    world.send()
    assert provider.sent == []
    sending_controls.turn(kill=False)
    world.chase(timedelta(minutes=6))
    world.send()
    assert len(provider.sent) == 2


def test_a_feed_gone_mad_pulls_the_brake_and_a_person_releases_it(world, provider):
    world.settings = replace(
        world.settings, brake=replace(world.settings.brake, floor=3, multiple=2)
    )
    people = a_case().with_suspect().with_arrest()
    for n in range(5):
        people = people.with_victim(f"v{n}", phone=f"+1520555011{n}", email="")
    world.store(people.case)
    world.plan()
    assert sending_controls.switches().brake == "notices"
    world.send()
    assert provider.sent == []
    sending_controls.release_brake(world.now)
    world.chase(timedelta(minutes=6))
    world.send()
    assert len(provider.sent) == 5


def test_a_released_brake_is_pulled_again_by_far_more_than_was_let_go_on(world):
    duties = [duty_of(n) for n in range(100)]
    brake = replace(world.settings.brake, floor=3, multiple=2)
    world.settings = replace(world.settings, brake=brake)
    planning._count(duties[:10], world.settings, world.now)
    sending_controls.release_brake(world.now)
    planning._count(duties[:10], world.settings, world.now)
    assert sending_controls.switches().brake == ""
    planning._count(duties[:1], world.settings, world.now)
    assert sending_controls.switches().brake == "notices"


def test_what_a_release_let_go_on_is_forgotten_after_twelve_hours(world):
    brake = replace(world.settings.brake, floor=3, multiple=2)
    world.settings = replace(world.settings, brake=brake)
    planning._count([duty_of(n) for n in range(10)], world.settings, world.now)
    sending_controls.release_brake(world.now)
    for hours, pulled in ((11, ""), (13, "notices")):
        later = world.now + timedelta(hours=hours)
        planning._count([duty_of(n) for n in range(4)], world.settings, later)
        assert sending_controls.switches().brake == pulled


def duty_of(n):
    at = NOW
    return Duty(
        id=f"d{n}",
        case=NUMBER,
        victim="v1",
        kind=Kind.ARREST,
        fact=FactKey("arrest:a1"),
        fact_at=at,
        first_seen=at,
        deadline=at,
    )


def test_a_contact_left_on_the_portal_is_confirmed_and_announced_once(world, provider):
    new = a_contact("+15205550123")
    world.store(arrested().with_enrollment("v1", new).but(arrests=()))
    delivered_twice(world)
    assert sorted(m.address for m in provider.sent) == sorted(["+15205550123", PHONE, EMAIL])


def test_two_victims_with_one_phone_get_one_text(world, provider):
    case = arrested(email="").with_victim("v2", phone=PHONE, email="").case
    world.store(case)
    delivered_twice(world)
    world.receipt(1, Outcome.DELIVERED, notice=next(n for n in world.all() if n.attempts))
    world.chase(timedelta(minutes=6))
    world.send()
    assert len(provider.sent) == 1
    assert {n.state for n in world.all(Kind.ARREST)} == {State.DELIVERED, State.SUPPRESSED}


def test_a_victim_off_the_case_for_one_night_is_still_told(world, provider):
    case = arrested().case
    world.store(case)
    world.plan()
    stored = cases.read_case(NUMBER).victims[0]
    gone = replace(stored, removed=True, digest="gone", export_time=world.now)
    cases.write_row(NUMBER, gone, stored)
    world.plan()
    world.send()
    assert world.arrest().state is State.SUPPRESSED
    back = replace(stored, digest="back", export_time=world.now)
    cases.write_row(NUMBER, back, gone)
    world.plan()
    world.send()
    assert world.arrest().state is State.SENT
    assert len(provider.sent) == 2


def test_a_kind_turned_off_waits_and_goes_out_when_it_is_turned_on(world, provider):
    world.store(arrested().case)
    world.plan()
    sending_controls.turn(kinds_off=["arrest"])
    world.send()
    assert provider.sent == []
    sending_controls.turn(kinds_off=[])
    world.chase(timedelta(minutes=6))
    world.send()
    assert len(provider.sent) == 2


def test_a_released_notice_is_held_again_by_what_nobody_overruled(world, provider):
    case = arrested().case
    world.store(case)
    sending_controls.turn(trial=True)
    world.plan()
    world.send()
    held = world.arrest()
    assert (held.state, held.reason) == (State.HELD, "trial_mode")
    sending_controls.turn(trial=False)
    overruled = (HoldReason.TRIAL_MODE,)
    notices.move(held, State.PLANNED, due_at=world.now, overruled=overruled, reason="")
    stored = cases.read_case(NUMBER).report
    flagged = replace(stored, offense=STALKING, digest="dv", export_time=world.now)
    cases.write_row(NUMBER, flagged, stored)
    world.send()
    assert world.arrest().reason == "restricted_offense"
    assert provider.sent == []


def test_waiting_is_no_failure_so_that_a_real_one_is_tried_again_soon(world, provider):
    """Hours of a kill switch are no reason to wait an hour for a provider that was busy once."""
    world.store(arrested(email="").case)
    world.plan()
    sending_controls.turn(kill=True)
    for _ in range(8):
        world.send()
        world.chase(timedelta(minutes=6))
    sending_controls.turn(kill=False)
    assert world.arrest().tries == 0
    provider.next_errors = [SendDeferred("throttled")]
    world.send(times=1)
    waiting = world.arrest()
    assert waiting.due_at - world.now <= timedelta(minutes=2)
    for _ in range(2):
        world.chase(timedelta(minutes=10))
        provider.next_errors = [SendDeferred("throttled")]
        world.send(times=1)
    assert world.arrest().tries == 3


def test_a_kill_switch_between_two_tries_forgets_no_attempt(world, provider):
    world.store(arrested().case)
    world.plan()
    provider.next_errors = [None, SendDeferred("paced", timedelta(seconds=5))]
    world.send(times=1)
    assert len(provider.sent) == 1  # the text is out, the email waits its turn
    sending_controls.turn(kill=True)
    for _ in range(3):
        world.chase(timedelta(minutes=6))
        world.send(times=1)
    sending_controls.turn(kill=False)
    world.chase(timedelta(minutes=6))
    world.send()
    assert len(provider.sent) == 2
    assert len({m.address for m in provider.sent}) == 2


def restricted_now():
    say_of_case(NUMBER, "restricted")


BETWEEN = {
    "the kill switch": lambda: sending_controls.turn(kill=True),
    "the brake": lambda: sending_controls.apply_brake("notices"),
    "a stop": lambda: suppressions.opt_out(hashing.address_key(EMAIL), "link", NOW),
    "not me": lambda: suppressions.not_me(hashing.address_key(EMAIL), NUMBER, NOW),
    "a restriction": restricted_now,
}


@pytest.mark.parametrize("what", BETWEEN)
def test_what_comes_between_text_and_email_stops_the_email(world, provider, what):
    world.store(arrested().case)
    world.plan()
    send = provider.send

    def then(message, seconds_left):
        handed = send(message, seconds_left)
        BETWEEN[what]()
        return handed

    provider.send = then
    world.send()
    assert [m.address for m in provider.sent] == [PHONE]
    notice = world.arrest()
    assert (notice.state, notice.channel) == (State.SENT, "sms")
    assert notice.told_at is not None
    world.receipt(1, Outcome.DELIVERED)
    assert world.arrest().state is State.DELIVERED


def test_what_comes_after_a_text_that_failed_holds_the_email(world, provider):
    world.store(arrested().case)
    world.plan()

    def fails(message, seconds_left):
        restricted_now()
        raise SendFailed("invalid_address")

    provider.send = fails
    world.send()
    assert not provider.sent
    notice = world.arrest()
    assert (notice.state, notice.reason) == (State.HELD, "restricted_desk")
    assert [a.state for a in notice.attempts] == [State.FAILED]


def test_two_receipts_at_once_end_as_the_later_one_says_in_either_order(world, monkeypatch):
    world.store(arrested(email="").case)
    delivered_twice(world)
    put = notices.put_attempt
    met: list[Attempt] = []

    def bounced_meanwhile(notice_id, attempt, before):
        if not met:  # between another receipt's read and its write
            met.append(attempt)
            world.receipt(1, Outcome.FAILED, reason="carrier")
        put(notice_id, attempt, before)

    monkeypatch.setattr(notices, "put_attempt", bounced_meanwhile)
    world.receipt(1, Outcome.DELIVERED)
    assert met
    assert [a.state for a in world.arrest().attempts] == [State.FAILED]
