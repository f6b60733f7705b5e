"""Agencies hear of victims' requests: new, taken back, by at most one email an hour."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendDeferred, SendFailed, SendUnknown
from aviso.domain.hand_off_duties import HandOffHold, duty_of
from aviso.domain.hand_offs import confirmed, released
from aviso.domain.model import Channel, Holder
from aviso.domain.reasons import HoldReason
from aviso.notices import agency_emails, monitoring, receipts
from aviso.providers.receipts import Outcome, Receipt
from aviso.storage import cases, enrollments, hand_off_rows, sending_controls
from infra.harness.builders import (
    NOW,
    NUMBER,
    STALKING,
    a_consent,
    a_consenting_case,
    a_contact,
    case_at,
)
from infra.harness.staff_browser import say_of_case
from tests.support.sending import Provider, World, only_arrests

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PERSONAL = ("Ana", "Muñoz", "5550121", NUMBER, "Poole")
KIM = Holder(first_name="Kim", last_name="Rey", agreed_at=NOW)


class Flow(World):
    """The flow of a case's hand-offs; `chase` runs twice, as AWS may start it."""

    def every(self):
        return hand_off_rows.of_case(cases.read_case(NUMBER))

    def one(self):
        (found,) = self.every()
        return found

    def words(self):
        """Return where each hand-off is, in short."""
        every = sorted(self.every(), key=lambda one: (one.created_at, one.state))
        return [
            " ".join(filter(None, (one.state, "unsaid" if one.unsaid else "", one.reason)))
            for one in every
        ]

    def chase(self, later=timedelta(), times=2):
        self.now += later
        first, *_again = [agency_emails.chase(self.invocation()) for _ in range(times)]
        return first

    def enrolled(self, **changes):
        before = cases.read_case(NUMBER).enrollment_of("v1")
        enrollments.write_enrollment(NUMBER, replace(before, **changes), before)
        self.plan()

    def end(self):
        self.enrolled(hand_off=a_consent("c1", ended_at=NOW))

    def name_kim(self):
        kim = a_contact("+15205550133", id="r9", level="code", holder=KIM)
        before = cases.read_case(NUMBER).enrollment_of("v1")
        self.enrolled(contacts=(*before.contacts, kim))

    def row(self, part, **changes):
        """Change the case's row of a kind, as an import does."""
        rows = getattr(cases.read_case(NUMBER), part)
        before = rows[0] if isinstance(rows, tuple) else rows
        cases.write_row(NUMBER, replace(before, digest=f"{changes}", **changes), before)
        self.plan()

    def arrest_again(self, id="a2"):
        arrest = a_consenting_case().with_arrest(id, export_time=self.now).case.arrests[0]
        cases.write_row(NUMBER, arrest, None)
        self.plan()

    def confirm(self, by="receiver:jail"):
        one = self.one()
        duty = duty_of(one.id, case_at(cases.read_case(NUMBER), self.settings, self.now))
        hand_off_rows.write(one, confirmed(one, duty, by, self.now))

    def bounce(self, outcome=Outcome.FAILED):
        """Let the last email come back, twice."""
        message = self.provider.sent[-1]
        for _ in range(2):
            receipts.record(
                Receipt(
                    channel=Channel.EMAIL,
                    outcome=outcome,
                    provider_id="id",
                    at=self.now,
                    notice_id=message.notice,
                    address=message.address,
                ),
                self.now,
            )

    @property
    def counted(self):
        """Return the mailbox of each email, and how many requests were new and withdrawn."""
        numbers = [re.findall(r"(?:new|withdrawn): (\d+)", m.subject) for m in self.provider.sent]
        names = [re.findall(r"@(\w+)", m.address) for m in self.provider.sent]
        return [(name, int(n), int(b)) for (name,), (n, b) in zip(names, numbers, strict=True)]


@pytest.fixture
def flow(aws, settings, provider, monkeypatch):
    monkeypatch.setenv("STAFF_URL", "https://desk.example.org")
    flow = Flow(only_arrests(settings), provider)
    flow.begin(a_consenting_case().with_arrest().case)
    return flow


@pytest.fixture
def told(flow):
    flow.chase()
    assert flow.counted == [("jail", 1, 0)]
    return flow


class TestEmail:
    def test_leaves_at_once_and_says_nothing_of_anybody(self, flow):
        assert flow.words() == ["owed unsaid"]
        assert flow.chase() == {"hand_off_told": 1, "email_sent": 1}
        (message,) = flow.provider.sent
        assert message.address == "victim-notices@jail.example.org"
        assert "https://desk.example.org/hand-offs" in message.text
        assert "Cárcel del Condado" in message.text
        assert not [word for word in PERSONAL if word in message.text + message.subject]
        assert flow.words() == ["owed"]

    def test_tells_the_rest_of_the_hour_together(self, told):
        told.arrest_again()
        told.chase(10 * MINUTE)
        told.arrest_again("a3")
        told.row("arrests", withdrawn_at=NOW)
        told.chase(49 * MINUTE)
        assert told.counted == [("jail", 1, 0)]
        told.chase(MINUTE)
        assert told.counted == [("jail", 1, 0), ("jail", 2, 1)]
        told.chase(2 * HOUR)
        assert len(told.counted) == 2

    def test_of_another_agency_does_not_wait(self, told):
        told.row("report", prosecutor_at=NOW)
        told.chase()
        assert told.counted == [("jail", 1, 0), ("attorney", 1, 0)]

    def test_leaves_time_for_notices(self, flow, monkeypatch):
        monkeypatch.setattr(agency_emails, "SECONDS_FOR_NOTICES", 61)
        assert flow.chase() == {"out_of_time": 1}


class TestFault:
    @pytest.mark.parametrize(
        ("error", "after"),
        [
            (SendDeferred("throttled"), [0, 0, 1]),
            (SendUnknown("no_answer"), [0, 0, 1]),
            (SendFailed("bad_address"), [0, 0, 0]),
        ],
    )
    def test_is_tried_again_or_a_task(self, flow, error, after):
        flow.provider.next_errors = [error]
        sent = []
        for minutes in (0, 4, 1):
            flow.chase(minutes * MINUTE)
            sent.append(len(flow.provider.sent))
        assert sent == after
        assert flow.words() == ["owed" if after[-1] else "owed not_told"]

    @pytest.mark.parametrize("sent_before", [False, True])
    def test_death_over_an_email_loses_nothing(self, flow, sent_before):
        flow.provider.next_errors = [] if sent_before else [SystemExit()]
        flow.provider.crash_after = sent_before
        with pytest.raises(SystemExit):
            flow.chase()
        flow.provider.crash_after = False
        flow.chase(4 * MINUTE)
        assert len(flow.provider.sent) == sent_before
        flow.chase(MINUTE)
        assert flow.words() == ["owed"]
        assert len(flow.provider.sent) == 1 + sent_before  # twice after this crash alone

    def test_that_lasts_is_a_task(self, flow):
        flow.provider.next_errors = [SendDeferred("throttled")] * 99
        for _ in range(5):
            flow.chase(HOUR)
        assert flow.words() == ["owed not_confirmed"]

    def test_of_one_hand_off_stops_no_other(self, flow, monkeypatch):
        flow.arrest_again()
        first = min(one.id for one in flow.every())

        def fails(id, *rest):
            assert id != first
            return duty_of(id, *rest)

        monkeypatch.setattr("aviso.notices.agency_emails.duty_of", fails)
        assert flow.chase()["hand_off_failed"] == 1
        assert flow.counted == [("jail", 1, 0)]


class TestBounce:
    @pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.OPTED_OUT])
    def test_is_a_task_for_each_request_told_of(self, flow, outcome):
        flow.arrest_again()
        flow.chase()
        flow.bounce(outcome)
        assert flow.words() == ["owed not_told"] * 2
        assert all(one.shown for one in flow.every())
        flow.chase(HOUR)
        assert flow.words() == ["owed not_told"] * 2

    def test_of_one_taken_back_is_a_task(self, told):
        told.end()
        told.chase(HOUR)
        told.bounce()
        assert told.words() == ["over taken_back"]
        assert hand_off_rows.tasks() == told.every()

    def test_that_outruns_the_mark_counts(self, flow, provider):
        class Quick(Provider):
            def send(self, message, seconds_left):
                handed = super().send(message, seconds_left)
                flow.bounce()
                return handed

        provider.__class__ = Quick
        flow.chase()
        assert flow.words() == ["owed not_told"]

    @pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.DELIVERED, Outcome.COMPLAINT])
    def test_is_nothing_that_arrived(self, told, outcome):
        told.bounce(outcome)
        assert told.words() == ["owed"]


class TestWaiting:
    @pytest.mark.parametrize("switch", [{"kill": True}, {"brake": "notices"}])
    def test_under_a_switch_ends_as_a_task(self, flow, switch):
        sending_controls.turn(**switch)
        flow.chase()
        assert (flow.provider.sent, flow.words()) == ([], ["owed unsaid"])
        flow.chase(5 * HOUR)
        assert (flow.provider.sent, flow.words()) == ([], ["owed not_confirmed"])

    def test_in_trial_mode_is_a_task_unless_for_a_guest(self, flow):
        sending_controls.turn(trial=True, guests=["somebody@example.org"])
        flow.chase()
        assert flow.words() == [f"owed {HoldReason.TRIAL_MODE}"]

    def test_for_a_confirmation_is_a_task_at_the_deadline(self, told):
        told.chase(3 * HOUR)
        assert told.words() == ["owed"]
        told.chase(HOUR)
        assert told.words() == ["owed not_confirmed"]
        assert hand_off_rows.tasks() == told.every()

    def test_restricted_case_waits_for_a_person(self, told):
        told.row("report", offense=STALKING)
        (held,) = told.every()
        assert (held.reason, held.shown) == (HoldReason.RESTRICTED_OFFENSE, False)
        told.chase(HOUR)
        assert told.every() == [held]
        say_of_case(NUMBER, "lifted")
        told.plan()
        told.chase(HOUR)
        assert told.words() == ["owed"]
        assert told.counted == [("jail", 1, 0)] * 2

    def test_released_is_told_although_restricted(self, flow):
        flow.row("report", offense=STALKING)
        one = flow.one()
        duty = duty_of(one.id, case_at(cases.read_case(NUMBER), flow.settings, flow.now))
        hand_off_rows.write(one, released(one, duty, flow.now))
        flow.plan()
        flow.chase()
        assert flow.words() == ["owed"]


class TestTakingBack:
    def test_is_told_to_whom_it_was_given(self, told):
        told.end()
        assert told.words() == ["over unsaid"]
        assert not told.one().shown
        told.chase(HOUR)
        assert told.counted[1:] == [("jail", 0, 1)]
        told.chase(31 * DAY)
        assert list(hand_off_rows.of_receiver("county_jail")) == []

    def test_is_told_to_nobody_else(self, flow):
        flow.end()
        flow.chase()
        assert (flow.words(), flow.provider.sent) == (["over"], [])

    def test_follows_the_end_of_the_consent(self, told):
        told.confirm()
        told.chase(DAY)
        assert told.words() == ["confirmed"]
        told.chase(400 * DAY)
        assert told.words() == ["over"]
        assert told.counted[1:] == [("jail", 0, 1)]

    @pytest.mark.parametrize("cannot", ["incapacitated", "deceased"])
    def test_follows_a_victim_who_can_act_no_more(self, told, cannot):
        told.confirm()
        told.row("victims", **{cannot: True})
        assert told.words() == ["over unsaid"]
        told.row("victims", **{cannot: False})
        assert told.words() == ["owed unsaid"]
        told.chase(HOUR)
        assert told.counted[1:] == [("jail", 1, 0)]

    @pytest.mark.parametrize("by", ["", "receiver:jail"])
    def test_follows_a_changed_name_which_is_new(self, told, by):
        if by:
            told.confirm(by)
        told.name_kim()
        assert sorted(told.words()) == ["over unsaid", "owed unsaid"]
        told.chase(HOUR)
        assert told.counted[1:] == [("jail", 1, 1)]
        told.enrolled(contacts=cases.read_case(NUMBER).enrollment_of("v1").contacts[:1])
        told.chase(HOUR)
        assert sorted(told.words()) == ["over", "owed"]
        assert told.counted[2:] == [("jail", 1, 1)]

    @pytest.mark.parametrize("ends", [False, True])
    def test_from_an_agency_that_left_is_a_task(self, told, ends):
        if ends:  # the email that takes it back is still due
            told.end()
        others = tuple(r for r in told.settings.receivers if r.id != told.one().receiver)
        told.settings = replace(told.settings, receivers=others)
        told.plan()
        assert told.words() == ["over taken_back"]
        assert [one.reason for one in hand_off_rows.tasks()] == [HandOffHold.TAKEN_BACK]


class TestGauges:
    def test_count_what_is_late_and_waits(self, told):
        def gauge(name, at):
            nobody = replace(told.settings, receivers=())
            ours, others = (monitoring.watch(s, at)[name] for s in (told.settings, nobody))
            return ours - others

        assert gauge("Overdue", NOW + 3 * HOUR) == 0
        assert gauge("Overdue", NOW + 5 * HOUR) == 1
        told.chase(5 * HOUR)
        assert gauge("Overdue", told.now) == 0
        assert gauge("TasksOverdue", told.now + 2 * DAY) == 1
