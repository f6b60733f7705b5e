"""A notice from its case to its receipt, on the real template's tables.

See docs/rules.md#5, #6, #10, #17.
"""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel, Enrollment, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.notices.sending import CLAIMED_ELSEWHERE
from aviso.providers.receipts import Outcome
from aviso.runtime import hashing
from aviso.storage import cases, guards, notices, sending_controls
from aviso.storage.guard_items import GuardItem
from infra.harness.builders import NOW, NUMBER, a_case, a_contact, an_arrest_case
from infra.harness.in_process import stage
from infra.harness.portal_browser import store
from tests.support.sending import EMAIL, HOME, PHONE, arrested


class TestArrest:
    def test_is_sent_once_by_text_and_email(self, world, provider):
        world.store(arrested().case)
        assert world.deliver() == ["sent", CLAIMED_ELSEWHERE]
        assert sorted(m.address for m in provider.sent) == [PHONE, EMAIL]
        assert world.arrest().state is State.SENT

    def test_whose_event_was_lost_is_kicked(self, world):
        world.begin(arrested().case)
        assert world.chase(timedelta(minutes=6))["kicked"] == 1

    def test_contact_is_confirmed_and_announced_once(self, world, provider):
        world.store(arrested().but(arrests=()))
        world.change(Enrollment(victim="v1", contacts=(a_contact("+15205550123"),)))
        world.deliver()
        assert sorted(m.address for m in provider.sent) == sorted(["+15205550123", PHONE, EMAIL])

    def test_of_two_with_one_phone_is_one_text(self, world, provider):
        case = arrested(email="").with_victim("v2", phone=PHONE, email="").case
        world.tell(case)
        world.receipt(1, Outcome.DELIVERED, notice=next(n for n in world.all() if n.attempts))
        world.go_on(timedelta(minutes=6))
        assert len(provider.sent) == 1
        assert {n.state for n in world.all(Kind.ARREST)} == {State.DELIVERED, State.SUPPRESSED}

    def test_is_told_after_one_night_off_the_case(self, world, provider):
        case = arrested().case
        world.begin(case)
        stored = cases.read_case(NUMBER).victims[0]
        gone = replace(stored, removed=True, digest="gone", export_time=world.now)
        cases.write_row(NUMBER, gone, stored)
        world.deliver()
        assert world.arrest().state is State.SUPPRESSED
        back = replace(stored, digest="back", export_time=world.now)
        cases.write_row(NUMBER, back, gone)
        world.deliver()
        assert world.arrest().state is State.SENT
        assert len(provider.sent) == 2


class TestReceipt:
    def test_alone_means_delivered(self, world):
        world.tell(arrested().case)
        for _ in range(2):
            assert world.receipt(1, Outcome.DELIVERED)
        notice = world.arrest()
        assert notice.state is State.DELIVERED
        assert notice.due_at is None

    def test_of_hard_bounces_leads_to_the_letter(self, world, provider):
        world.tell(arrested(**HOME).case)
        world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        assert world.arrest().state is State.SENT  # the email may still arrive
        world.receipt(2, Outcome.FAILED, permanent=True, reason="bounced")
        assert world.arrest().state is State.PLANNED
        world.send()
        assert world.arrest().state is State.QUEUED
        assert len(provider.sent) == 2

    def test_of_a_bounce_bars_the_address_everywhere(self, world):
        world.tell(arrested().case)
        world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        read = guards.read(NUMBER, {PHONE: hashing.address_key(PHONE)})
        assert read.bounced == {PHONE}

    def test_missing_by_the_deadline_tries_the_next(self, world, provider):
        world.tell(arrested(**HOME).case)
        world.chase(timedelta(days=3))
        assert world.arrest().state is State.PLANNED
        assert {a.state for a in world.arrest().attempts} == {State.UNCONFIRMED}
        world.send()
        assert world.arrest().state is State.QUEUED
        world.receipt(1, Outcome.DELIVERED)  # late, but true
        assert world.arrest().state is State.DELIVERED

    def test_changes_no_other_stop(self, world):
        world.tell(arrested().case)
        world.chase(timedelta(days=3))
        told = world.arrest()
        notices.move(told, State.SUPPRESSED, due_at=None, reason=StopReason.NO_LONGER_OWED)
        world.receipt(1, Outcome.DELIVERED)
        assert (world.arrest().state, world.arrest().reason) == (
            *(State.SUPPRESSED, StopReason.NO_LONGER_OWED),
        )

    def test_of_two_at_once_is_the_later_one(self, world, monkeypatch):
        world.tell(arrested(email="").case)
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


class TestGuardian:
    @pytest.mark.parametrize("giver", ["", "r1"])
    def test_reads_no_offer_to_ask_the_jail(self, world, provider, giver):
        """The child has grown up since the guardian left the email."""
        level = "guardian" if giver else "code"
        left = a_contact(EMAIL, Channel.EMAIL, level=level, giver=giver, language="en")
        built = arrested(birth_date=date(2008, 11, 1), phone="", email="")
        built = built.with_speaker(relation="guardian", phone="", email="")
        world.tell(built.with_enrollment("v1", left).case)
        notice = world.arrest()
        (text,) = [m.text for m in provider.sent if m.notice == notice.id]
        assert ("Or we can ask for you" in text) is (giver == "")


NEVER_TURNED = {
    "a new stack": {},
    "the brake was released": {"brake": ""},
    "only guests were named": {"guests": ["dana@example.org"]},
    "a kind was turned off": {"kinds_off": ["status"]},
}


class TestTrialMode:
    @pytest.mark.parametrize("since", NEVER_TURNED.values(), ids=NEVER_TURNED)
    def test_holds_all_until_somebody_turns_it_off(self, compiled, since):
        (later,) = a_case().with_arrest(id="a2").case.arrests
        with stage(str(compiled.parent), NOW, 1, 1.0) as on_stage:
            GuardItem(sending_controls.SWITCHES).delete()
            if since:
                sending_controls.turn(**since)
            store(an_arrest_case().case)
            on_stage.settle()
            on_stage.at(NOW + timedelta(minutes=6))
            on_stage.schedule("chase")
            (told,) = [n for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST]
            assert (told.state, told.reason) == (State.HELD, HoldReason.TRIAL_MODE)
            assert on_stage.sent == []

            sending_controls.turn(trial=False)
            cases.write_row(NUMBER, later, None)
            on_stage.settle()
            assert {sent.channel for sent in on_stage.sent} == {"sms", "email"}
