"""A victim's request on its way to jail and prosecutor: email, reminder, task, taken back."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendDeferred, SendFailed, SendUnknown
from aviso.domain.hand_offs import HandOffHold, HandOffState
from aviso.domain.reasons import HoldReason
from aviso.notices import monitoring
from aviso.notices.hand_offs import chase, send
from aviso.storage import cases, enrollments, hand_offs, sending_controls
from infra.harness.builders import NOW, NUMBER, STALKING, a_consent, a_consenting_case
from infra.harness.staff_browser import say_of_case
from tests.support.sending import World, only_arrests

S = HandOffState
HOUR = timedelta(hours=1)
PERSONAL = ("Ana", "Muñoz", "5550121", NUMBER, "Poole")


class Flow(World):
    """The flow of a case's hand-offs."""

    def notices_and_all(self):
        return super().all()

    def hand_off(self):
        (found,) = hand_offs.of(cases.read_case(NUMBER))
        return found

    def give(self, times=2):
        return [send(self.hand_off().id, self.invocation()) for _ in range(times)]

    def later(self, time):
        self.now += time
        first, _again = (chase(self.invocation()) for _ in range(2))
        return first

    def choose(self, **changes):
        before = cases.read_case(NUMBER).enrollment_of("v1")
        enrollments.write_enrollment(NUMBER, replace(before, **changes), before)
        self.plan()

    def victim(self, **changes):
        (before,) = cases.read_case(NUMBER).victims
        row = replace(before, digest=f"{changes}", **changes)
        cases.write_row(NUMBER, row, before)
        self.plan()

    def report(self, **changes):
        before = cases.read_case(NUMBER).report
        row = replace(before, digest=f"{changes}", **changes)
        cases.write_row(NUMBER, row, before)
        self.plan()

    @property
    def emails(self):
        return [(m.address.partition("@")[0], m.subject) for m in self.provider.sent]


@pytest.fixture
def flow(aws, settings, provider, monkeypatch):
    monkeypatch.setenv("STAFF_URL", "https://desk.example.org")
    flow = Flow(only_arrests(settings), provider)
    flow.store(a_consenting_case().with_arrest().case)
    flow.plan()
    return flow


class TestGiving:
    def test_emails_once_and_says_nothing_of_anybody(self, flow):
        assert flow.hand_off().state is S.PLANNED
        assert flow.give() == ["given", "not_due"]
        (message,) = flow.provider.sent
        assert message.address == "victim-notices@jail.example.org"
        assert "https://desk.example.org/hand-offs" in message.text
        assert "Cárcel del Condado" in message.text
        assert not [word for word in PERSONAL if word in message.text + message.subject]

    def test_is_planned_once_however_often(self, flow):
        flow.plan(times=3)
        assert flow.hand_off().state is S.PLANNED

    def test_is_no_notice(self, flow):
        assert flow.hand_off().id not in {n.id for n in flow.notices_and_all()}

    def test_reminds_once_and_then_becomes_a_task(self, flow):
        flow.give()
        assert flow.later(HOUR) == {}
        assert flow.later(HOUR) == {"hand_off_reminded": 1}
        flow.give()
        assert len(flow.provider.sent) == 2
        flow.later(2 * HOUR)
        held = flow.hand_off()
        assert (held.state, held.reason) == (S.HELD, HandOffHold.NOT_CONFIRMED)
        assert held.shown  # the jail may still confirm it
        assert hand_offs.held() == [held]

    @pytest.mark.parametrize("switch", [{"kill": True}, {"brake": "notices"}])
    def test_waits_under_a_switch(self, flow, switch):
        sending_controls.turn(**switch)
        assert flow.give() == ["waits", "waits"]
        assert flow.provider.sent == []

    def test_in_trial_mode_goes_to_guests_alone(self, flow):
        sending_controls.turn(trial=True, guests=["somebody@example.org"])
        assert flow.give() == ["held:trial_mode", "not_due"]

    def test_that_is_deferred_becomes_a_task_at_last(self, flow):
        flow.provider.next_errors = [SendDeferred("throttled")] * 2
        assert flow.give() == ["deferred", "deferred"]
        flow.later(5 * HOUR)
        held = flow.hand_off()
        assert (held.state, held.reason, held.shown) == (S.HELD, HandOffHold.NOT_TOLD, False)

    def test_that_fails_for_good_is_a_task(self, flow):
        flow.provider.next_errors = [SendFailed("bad_address")]
        assert flow.give() == ["held:not_told", "not_due"]

    def test_of_unknown_outcome_counts_as_given(self, flow):
        flow.provider.next_errors = [SendUnknown("no_answer")]
        flow.give()
        assert flow.hand_off().state is S.GIVEN

    def test_starts_again_after_a_lost_event(self, flow):
        assert flow.later(timedelta(minutes=6)) == {"hand_off_kicked": 1}
        assert flow.give() == ["given", "not_due"]


class TestTakingBack:
    def test_tells_the_receiver_who_heard_of_it(self, flow):
        flow.give()
        flow.choose(hand_off=a_consent("c1", ended_at=NOW))
        assert flow.hand_off().state is S.WITHDRAWING
        assert not flow.hand_off().shown
        assert flow.give() == ["withdrawn", "not_due"]
        assert [subject.partition(":")[2] for _, subject in flow.emails][1].startswith(
            " something was taken back"
        )
        assert flow.hand_off().state is S.WITHDRAWN
        flow.later(timedelta(days=31))
        assert list(hand_offs.of_receiver("county_jail")) == []

    def test_of_unknown_outcome_is_told_again(self, flow):
        flow.give()
        flow.choose(hand_off=a_consent("c1", ended_at=NOW))
        flow.provider.next_errors = [SendUnknown("no_answer")]
        assert flow.give() == ["deferred", "withdrawn"]
        assert len(flow.provider.sent) == 2  # one that something waits, one that it was taken back

    def test_tells_nobody_who_never_heard_of_it(self, flow):
        flow.choose(hand_off=a_consent("c1", ended_at=NOW))
        assert flow.hand_off().state is S.WITHDRAWN
        assert flow.give() == ["not_due", "not_due"]
        assert flow.provider.sent == []

    def test_happens_although_its_first_email_failed(self, flow):
        flow.give()
        flow.choose(hand_off=a_consent("c1", ended_at=NOW))
        flow.provider.next_errors = [SendDeferred("throttled")]
        assert flow.give(1) == ["deferred"]
        assert flow.later(timedelta(minutes=6)) == {"hand_off_kicked": 1}
        assert flow.give(1) == ["withdrawn"]

    def test_follows_the_end_of_the_consent(self, flow):
        flow.give()
        hand_offs.move(flow.hand_off(), S.CONFIRMED, due_at=NOW + HOUR, confirmed_at=NOW)
        flow.later(HOUR)
        assert flow.hand_off().state is S.CONFIRMED
        flow.later(timedelta(days=400))
        assert flow.hand_off().state is S.WITHDRAWING

    @pytest.mark.parametrize("cannot", ["incapacitated", "deceased"])
    def test_follows_a_victim_who_can_act_no_more(self, flow, cannot):
        flow.give()
        hand_offs.move(flow.hand_off(), S.CONFIRMED, due_at=NOW + HOUR, confirmed_at=NOW)
        flow.victim(**{cannot: True})
        assert flow.hand_off().state is S.WITHDRAWING
        assert flow.give() == ["withdrawn", "not_due"]
        flow.victim(**{cannot: False})
        assert flow.hand_off().state is S.PLANNED

    def test_is_undone_when_it_is_owed_again(self, flow):
        flow.give()
        flow.report(removed=True)
        flow.give()
        assert flow.hand_off().state is S.WITHDRAWN
        flow.report(removed=False)
        assert flow.hand_off().state is S.PLANNED
        assert flow.give() == ["given", "not_due"]

    def test_of_what_was_telephoned_is_a_task(self, flow):
        held = flow.hand_off()
        hand_offs.move(held, S.HELD, due_at=NOW, reason=HandOffHold.NOT_TOLD)
        hand_offs.move(flow.hand_off(), S.CONFIRMED, due_at=NOW, confirmed_at=NOW, reason="")
        flow.choose(hand_off=a_consent("c1", ended_at=NOW))
        flow.plan()
        flow.later(HOUR)
        task = flow.hand_off()
        assert (task.state, task.reason) == (S.HELD, HandOffHold.TAKEN_BACK)

    def test_that_no_email_can_tell_is_a_task(self, flow):
        flow.give()
        flow.choose(hand_off=a_consent("c1", ended_at=NOW))
        flow.provider.next_errors = [SendFailed("bad_address")]
        assert flow.give() == ["held:taken_back", "not_due"]
        flow.plan()
        flow.later(HOUR)
        assert hand_offs.held() == [flow.hand_off()]

    @pytest.mark.parametrize("ends", [False, True])
    def test_from_an_agency_that_left_is_a_task(self, flow, ends):
        flow.give()
        if ends:  # the email that takes it back is still due
            flow.choose(hand_off=a_consent("c1", ended_at=NOW))
        told = flow.hand_off()
        others = tuple(r for r in flow.settings.receivers if r.id != told.receiver)
        flow.settings = replace(flow.settings, receivers=others)
        flow.plan(times=2)
        held = hand_offs.read(told.id)
        assert (held.state, held.reason) == (S.HELD, HandOffHold.TAKEN_BACK)
        assert held in hand_offs.held()


class TestThirdLanguage:
    """Victims read Arabic too, and the desk has no words in it."""

    @pytest.fixture
    def spoken(self, flow, arabic):
        flow.settings = only_arrests(arabic)
        return flow

    def test_is_in_no_email_that_something_waits(self, spoken):
        assert spoken.give() == ["given", "not_due"]
        (message,) = spoken.provider.sent
        assert "County Jail" in message.text
        assert "Cárcel del Condado" in message.text
        assert message.text.count("/hand-offs") == 2

    def test_does_not_stop_what_is_taken_back(self, spoken):
        spoken.give()
        spoken.choose(hand_off=a_consent("c1", ended_at=NOW))
        assert spoken.give() == ["withdrawn", "not_due"]
        assert "something was taken back" in spoken.emails[1][1]


class TestHolding:
    def test_a_restricted_case_waits_for_a_person(self, flow):
        flow.report(offense=STALKING)
        held = flow.hand_off()
        assert (held.state, held.reason) == (S.HELD, HoldReason.RESTRICTED_OFFENSE)
        assert flow.give() == ["not_due", "not_due"]
        flow.plan()
        assert flow.hand_off() == held

    def test_hides_what_was_given_before(self, flow):
        flow.give()
        flow.report(offense=STALKING)
        assert flow.hand_off().state is S.HELD
        assert not flow.hand_off().shown

    def test_ends_when_the_restriction_is_lifted(self, flow):
        flow.report(offense=STALKING)
        say_of_case(NUMBER, "lifted")
        flow.plan()
        assert flow.hand_off().state is S.PLANNED

    def test_lasts_once_overruled(self, flow):
        flow.report(offense=STALKING)
        why = flow.hand_off().reason
        hand_offs.move(flow.hand_off(), S.PLANNED, due_at=NOW, reason="", overruled=[why])
        flow.plan()
        assert flow.give() == ["given", "not_due"]


class TestGauges:
    def test_count_what_is_late_and_held(self, flow):
        def gauge(name, at):
            nobody = replace(flow.settings, receivers=())
            return [monitoring.watch(known, at)[name] for known in (flow.settings, nobody)]

        flow.give()
        ours, others = gauge("Overdue", NOW + 5 * HOUR)
        assert ours == others + 1
        flow.later(5 * HOUR)
        ours, others = gauge("Overdue", flow.now)
        assert ours == others
        ours, others = gauge("TasksOverdue", flow.now + timedelta(days=2))
        assert ours == others + 1
