"""When a notice is sent and what follows it: ladder, switches, shared phones, quiet hours."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import duty_id
from aviso.domain.guards import Switches
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.reasons import HoldReason
from aviso.domain.routing import Hold, QueueLetter, Send, Suppress, Wait
from infra.harness.builders import NOW, NUMBER, a_notice
from tests.support.routing import EMAIL, HOME, PHONE, addresses, arrest_case, attempt, decide, keys


class TestLadder:
    def test_begins_again_for_what_a_person_sends_again(self, settings):
        case = arrest_case().case
        known = keys(case)
        tries = tuple(
            Attempt(n=n, channel=c, address_key=known[a], state=State.DELIVERED, at=NOW)
            for n, (c, a) in enumerate([(Channel.SMS, PHONE), (Channel.EMAIL, EMAIL)], start=1)
        )
        told = a_notice(attempts=tries)
        assert decide(case, settings, told) == Hold(reason=HoldReason.NO_CHANNEL_LEFT)
        again = replace(told, resent_at=NOW + timedelta(minutes=1))
        assert addresses(decide(case, settings, again)) == {PHONE, EMAIL}


class TestSwitches:
    @pytest.mark.parametrize(
        ("switches", "expected"),
        [
            (Switches(kill=True), "kill_switch"),
            (Switches(brake="notices"), "brake"),
            (Switches(kinds_off=frozenset({"arrest"})), "kind_off"),  # waits: it may be turned on
            (Switches(), "trial_mode"),  # until a person turns it off
        ],
    )
    def test_act_at_once(self, settings, switches, expected):
        assert decide(arrest_case().case, settings, switches=switches).reason == expected

    def test_in_trial_mode_still_reach_the_guests(self, settings):
        switches = Switches(guests=frozenset({EMAIL}))
        assert addresses(decide(arrest_case().case, settings, switches=switches)) == {EMAIL}


def correction(original):
    id_ = duty_id(NUMBER, "arrest:a1", Kind.CORRECTION, "v1")
    return a_notice(Kind.CORRECTION, id=id_, corrects=original.id)


class TestWait:
    def test_lasts_while_a_people_file_is_read(self, settings):
        decision = decide(arrest_case().case, settings, importing_until=NOW + timedelta(minutes=3))
        assert isinstance(decision, Wait)
        crashed = decide(arrest_case().case, settings, importing_until=NOW - timedelta(seconds=1))
        assert isinstance(crashed, Send)

    def test_lasts_while_half_a_case_is_there(self, settings):
        case = replace(arrest_case().case, suspects=())
        assert decide(case, settings).reason == "unsettled"

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (State.CLAIMED, Wait),
            (State.SENT, Send),
            (State.UNCONFIRMED, Send),
            (State.REPLACED, Suppress),
        ],
    )
    def test_of_a_correction_is_for_its_original(self, settings, state, expected):
        original = a_notice(state=state)
        case = arrest_case(arrest={"withdrawn_at": NOW, "withdrawals": 1}).case
        decision = decide(case, settings, correction(original), told=[original])
        assert isinstance(decision, expected), decision

    @pytest.mark.parametrize(
        ("hour", "waits_until"), [(21, "08:00"), (23, "08:00"), (3, "08:00"), (8, ""), (20, "")]
    )
    def test_in_quiet_hours_is_for_the_agencys_morning(self, settings, hour, waits_until):
        quiet = settings.kinds | {
            Kind.ARREST: replace(settings.kinds[Kind.ARREST], quiet_hours=True)
        }
        local = datetime(2026, 11, 24, hour, 0, tzinfo=settings.agency.zone)
        case = arrest_case(
            arrest={"arrested_at": NOW - timedelta(hours=1), "export_time": NOW}
        ).case
        decision = decide(case, replace(settings, kinds=quiet), now=local.astimezone(UTC))
        if waits_until:
            assert isinstance(decision, Wait)
            assert f"{decision.until.astimezone(settings.agency.zone):%H:%M}" == waits_until
            assert decision.until > local
        else:
            assert isinstance(decision, Send)


class TestSharedPhone:
    @pytest.mark.parametrize(
        ("theirs", "expected"),
        [
            (None, Wait),
            ((State.SENT, PHONE, State.SENT), Wait),
            ((State.DELIVERED, PHONE, State.DELIVERED), Suppress),
            ((State.DELIVERED, EMAIL, State.DELIVERED), Hold),  # only the other's own email arrived
            ((State.HELD, PHONE, State.FAILED), Hold),
        ],
    )
    def test_gets_one_message_for_two_victims(self, settings, theirs, expected):
        case = arrest_case(victim={"email": ""}).with_victim("v2", phone=PHONE, email="").case
        assert addresses(decide(case, settings)) == {PHONE}
        told = []
        if theirs:
            state, address, arrived = theirs
            told = [a_notice(state=state, attempts=(attempt(address, arrived),))]
        assert isinstance(decide(case, settings, a_notice(victim="v2"), told=told), expected)

    @pytest.mark.parametrize(
        ("theirs", "end", "expected"),
        [
            (State.SENT, (State.SENT, ""), Wait),
            (State.DELIVERED, (State.DELIVERED, ""), Suppress),
            (State.QUEUED, (State.FAILED, "invalid_address"), QueueLetter),
            (State.WAITING, (State.FAILED, "throttled"), Send),  # it was never used
        ],
    )
    def test_belongs_to_who_was_told_there_first(self, settings, theirs, end, expected):
        """The victim whose id sorts first came later, in another file."""
        late = HOME | {"email": ""}
        case = arrest_case(victim=late).with_victim("v2", phone=PHONE, email="").case
        state, reason = end
        tried = replace(attempt(PHONE, state), reason=reason)
        told = [a_notice(victim="v2", state=theirs, attempts=(tried,))]
        assert isinstance(decide(case, settings, told=told), expected)

    def test_waits_for_the_other_victims_same_arrest(self, settings):
        """That another suspect's arrest arrived there proves nothing about this one."""
        case = arrest_case(victim={"email": ""}).with_victim("v2", phone=PHONE, email="")
        case = case.with_suspect("s2").with_arrest("a2", "s2")
        first = a_notice(state=State.DELIVERED, attempts=(attempt(PHONE, State.DELIVERED),))
        same = a_notice(fact="arrest:a2", state=State.PLANNED)
        mine = a_notice(fact="arrest:a2", victim="v2")
        decision = decide(case.case, settings, mine, told=[first, same])
        assert isinstance(decision, Wait)
        assert decision.waits_for == same.id

    def test_waits_for_the_other_victims_correction(self, settings):
        """That the news arrived there proves nothing about its correction."""
        gone = {"withdrawn_at": NOW, "withdrawals": 1}
        case = arrest_case(victim={"email": ""}, arrest=gone)
        case = case.with_victim("v2", phone=PHONE, email="").case
        heard = (attempt(PHONE, State.DELIVERED),)
        news = {
            victim: a_notice(victim=victim, state=State.DELIVERED, attempts=heard)
            for victim in ("v1", "v2")
        }
        theirs, mine = (
            a_notice(
                Kind.CORRECTION,
                id=duty_id(NUMBER, "arrest:a1", Kind.CORRECTION, victim),
                victim=victim,
                corrects=of.id,
                state=State.PLANNED,
            )
            for victim, of in news.items()
        )
        decision = decide(case, settings, mine, told=[*news.values(), theirs])
        assert isinstance(decision, Wait)
        assert decision.waits_for == theirs.id

    def test_leaves_the_second_victim_their_own_email(self, settings):
        case = arrest_case().with_victim("v2", phone=PHONE, email="v2@example.com").case
        assert addresses(decide(case, settings, a_notice(victim="v2"))) == {"v2@example.com"}

    def test_goes_to_the_other_when_one_is_not_told(self, settings):
        case = arrest_case(victim={"deceased": True}).with_victim("v2", phone=PHONE, email="").case
        assert addresses(decide(case, settings, a_notice(victim="v2"))) == {PHONE}
