"""Whom the agency calls after work on a case stopped, and who is never on the list."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import call_backs
from aviso.domain.call_back_settings import CallBackSettings
from aviso.domain.call_backs import Called, compared, draw
from aviso.domain.contacts import CODE
from aviso.domain.duties import Standing, owed, standing
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.requests import Rights
from aviso.domain.routing import Hold, Send, Suppress, Wait, route
from aviso.domain.send_guards import Guards
from infra.harness.builders import LIVE, NOW, STALKING, a_case, a_contact, a_notice, a_situation

PHONE, OTHER = "+15205550118", "+15205550119"
SHARE = 25


@pytest.fixture
def settings(settings):
    kinds = {k: replace(v, on=k is Kind.CALL_BACK) for k, v in settings.kinds.items()}
    rules = CallBackSettings(
        statuses=frozenset({"CLOSED", "SUSPENDED"}), shares={"burglary": SHARE}
    )
    return replace(settings, kinds=kinds, call_backs=rules)


def an_ended_case(status="CLOSED", offense="13-1507", **victim):
    about = {"phone": PHONE} | victim
    return a_case().with_report(status=status, offense=offense).with_victim(**about)


def called(case, settings, now=NOW, known=()):
    return [d.victim for d in owed(case, known, settings, now) if d.kind is Kind.CALL_BACK]


def a_call(case, settings, **changes):
    (duty,) = owed(case, [], settings, NOW)
    given = {"fact_at": duty.fact_at, "first_seen": duty.first_seen, "deadline": duty.deadline}
    return a_notice(Kind.CALL_BACK, duty.fact, **given | changes)


NEVER = {
    "open": an_ended_case("ACTIVE"),
    "unfounded": an_ended_case("UNFOUNDED"),
    "another group": an_ended_case(offense="13-1802"),
    "unknown offense": an_ended_case(offense="99-9999"),
    "restricted offense": an_ended_case(offense=STALKING),
    "relationship": an_ended_case(relationship="SPOUSE"),
    "arrest": an_ended_case().with_suspect().with_arrest(),
    "arrest of nobody known": an_ended_case().with_arrest(),
    "warrant": an_ended_case().with_report(status="CLOSED", offense="13-1507", warrant_at=NOW),
    "prosecutor": an_ended_case().with_report(
        status="CLOSED", offense="13-1507", prosecutor_at=NOW
    ),
    "restricted by the feed": an_ended_case().with_report(
        status="CLOSED", offense="13-1507", restricted=True
    ),
    "minor": an_ended_case(minor=True, birth_date=None),
    "another victim is a minor": an_ended_case().with_victim(
        "v2", phone=OTHER, minor=True, birth_date=None
    ),
    "age unknown": an_ended_case(birth_date=None),
    "dead": an_ended_case(deceased=True),
    "incapacitated": an_ended_case(desk_incapacitated_at=NOW),
    "organization": an_ended_case(victim_type="organization"),
    "not safe to contact": an_ended_case(safe_to_contact=False),
    "waived": an_ended_case(rights=Rights.WAIVED),
    "no phone": an_ended_case(phone="", email="v1@example.com"),
    "marked unsafe": an_ended_case(desk_unsafe=(PHONE,)),
    "phone of a suspect": an_ended_case().with_suspect(phone=PHONE),
    "landline of a suspect": an_ended_case(phone_type="landline").with_suspect(phone=PHONE),
    "email of a suspect": an_ended_case(email="a@example.com").with_suspect(email="a@example.com"),
    "landline of a suspect, and a phone left with a code": an_ended_case(phone_type="landline")
    .with_enrollment("v1", a_contact(OTHER, level=CODE))
    .with_suspect(phone=PHONE),
    "landline, and a suspect's unreadable phone": an_ended_case(phone_type="landline").with_suspect(
        unreadable_contact=True
    ),
    "a suspect's unreadable phone": an_ended_case().with_suspect(unreadable_contact=True),
}


class TestCalls:
    @pytest.mark.parametrize("status", ["CLOSED", "SUSPENDED"])
    def test_are_owed_after_the_agencys_statuses(self, settings, status):
        assert called(an_ended_case(status).case, settings) == ["v1"]

    @pytest.mark.parametrize("why", NEVER)
    def test_are_never_owed_to(self, settings, why):
        assert called(NEVER[why].case, settings) == []

    def test_are_off_with_the_kind(self, settings):
        off = {k: replace(v, on=False) for k, v in settings.kinds.items()}
        assert called(an_ended_case().case, replace(settings, kinds=off)) == []

    def test_go_to_a_landline_too(self, settings):
        assert called(an_ended_case(phone_type="landline").case, settings) == ["v1"]

    def test_go_once_to_a_phone_that_two_share(self, settings):
        case = an_ended_case().with_victim("v2", phone=PHONE).case
        assert called(case, settings) == ["v1"]

    def test_go_to_each_victim_with_a_phone(self, settings):
        case = an_ended_case().with_victim("v2", phone=OTHER).case
        assert called(case, settings) == ["v1", "v2"]

    @pytest.mark.parametrize(("level", "found"), [("knowledge", []), (CODE, ["v1"])])
    def test_use_a_portal_phone_only_with_a_code(self, settings, level, found):
        left = a_contact(OTHER, level=level)
        case = an_ended_case(phone="", email="v1@example.com").with_enrollment("v1", left).case
        assert called(case, settings) == found

    def test_end_with_their_deadline(self, settings):
        case = an_ended_case().case
        (duty,) = owed(case, [], settings, NOW)
        assert called(case, settings, duty.deadline - timedelta(seconds=1)) == ["v1"]
        known = [a_call(case, settings, state=State.HELD)]
        assert called(case, settings, duty.deadline, known) == []

    def test_come_after_a_person_lifted_the_restriction(self, settings):
        case = an_ended_case().case
        held = replace(case, report=replace(case.report, restricted=True))
        lifted = replace(held, report=replace(held.report, desk_restriction="lifted"))
        assert (called(held, settings), called(lifted, settings)) == ([], ["v1"])

    @pytest.mark.parametrize("why", ["open", "arrest of nobody known", "unknown offense"])
    def test_are_gone_once_they_are_not_owed(self, settings, why):
        known, case = a_call(an_ended_case().case, settings, state=State.HELD), NEVER[why].case
        duties = owed(case, [known], settings, NOW)
        assert standing(case, known, duties, settings) is Standing.GONE


class TestLot:
    def test_is_the_same_for_the_same_key(self):
        assert draw("key") == draw("key")

    def test_is_spread_evenly(self):
        lots = [draw(f"key-{n}") for n in range(4000)]
        assert {0, 99} <= set(lots) <= set(range(100))
        assert 0.22 < sum(lot < SHARE for lot in lots) / len(lots) < 0.28


def routed(settings, lot=0, guards=None, case=None, **notice):
    case = case or an_ended_case().case
    call = a_call(an_ended_case().case, settings, state=State.CLAIMED, **notice)
    situation = a_situation(case, call, settings, told=[call], guards=guards)
    return route(replace(situation, lot=lot))


class TestRoute:
    @pytest.mark.parametrize(
        ("lot", "decision"),
        [
            (0, Hold(reason=HoldReason.CALL_BACK)),
            (SHARE - 1, Hold(reason=HoldReason.CALL_BACK)),
            (SHARE, Suppress(reason=StopReason.NOT_DRAWN)),
            (99, Suppress(reason=StopReason.NOT_DRAWN)),
        ],
    )
    def test_lets_the_lot_decide(self, settings, lot, decision):
        assert routed(settings, lot) == decision

    @pytest.mark.parametrize("lot", [0, 99])
    @pytest.mark.parametrize(
        ("guards", "reason"),
        [
            (Guards(switches=LIVE, opted_out=frozenset({PHONE})), StopReason.OPTED_OUT),
            (Guards(switches=LIVE, not_me=frozenset({PHONE})), HoldReason.NO_SAFE_CONTACT),
        ],
    )
    def test_leaves_out_before_the_lot(self, settings, lot, guards, reason):
        assert routed(settings, lot, guards) == Suppress(reason=reason)

    def test_waits_while_files_are_imported(self, settings):
        busy = Guards(switches=LIVE, importing_until=NOW + timedelta(minutes=5))
        assert isinstance(routed(settings, guards=busy), Wait)

    def test_keeps_who_was_chosen(self, settings):
        chosen = routed(settings, lot=99, held_for=HoldReason.CALL_BACK)
        assert chosen == Hold(reason=HoldReason.CALL_BACK)

    def test_ends_with_the_case_open_again(self, settings):
        open_again = an_ended_case("REOPENED").case
        assert routed(settings, case=open_again) == Suppress(reason=StopReason.NO_LONGER_OWED)

    def test_sends_only_what_a_person_released(self, settings):
        decision = routed(settings, lot=99, overruled=HoldReason.CALL_BACK)
        assert isinstance(decision, Send)


LATER = timedelta(days=30)


class TestCompared:
    @pytest.mark.parametrize(
        ("notice", "half"),
        [
            ({"state": State.SUPPRESSED, "reason": StopReason.NOT_DRAWN}, Called.NOT_CALLED),
            ({"state": State.HELD, "reason": HoldReason.CALL_BACK}, Called.CALLED),
            (
                {
                    "state": State.SUPPRESSED,
                    "reason": StopReason.TOLD_BY_PERSON,
                    "held_for": HoldReason.CALL_BACK,
                },
                Called.CALLED,
            ),
            (  # nobody reached them in time, but they were chosen
                {
                    "state": State.SUPPRESSED,
                    "reason": StopReason.NO_LONGER_OWED,
                    "held_for": HoldReason.CALL_BACK,
                },
                Called.CALLED,
            ),
            ({"state": State.SUPPRESSED, "reason": StopReason.NO_LONGER_OWED}, Called.NEITHER),
            ({"state": State.SUPPRESSED, "reason": StopReason.OPTED_OUT}, Called.NEITHER),
        ],
    )
    def test_is_by_the_lot_not_by_the_call(self, settings, notice, half):
        told = [a_call(an_ended_case().case, settings, **notice)]
        assert compared(told, "v1", settings, NOW + LATER) == half
        assert compared(told, "v2", settings, NOW + LATER) == Called.NEITHER

    @pytest.mark.parametrize("reason", [StopReason.NOT_DRAWN, HoldReason.CALL_BACK])
    def test_begins_when_the_time_to_call_is_over(self, settings, reason):
        told = [a_call(an_ended_case().case, settings, reason=reason)]
        assert compared(told, "v1", settings, NOW) == Called.NEITHER

    def test_says_nothing_without_a_call_back_list(self, settings):
        off = {k: replace(v, on=False) for k, v in settings.kinds.items()}
        assert compared([], "v1", replace(settings, kinds=off), NOW) == ""


class TestShare:
    def test_of_a_group_without_a_number_is_zero(self, settings):
        assert call_backs.share_of(an_ended_case(offense="13-1802").case, settings) == 0
        assert call_backs.share_of(an_ended_case().case, settings) == SHARE
