"""The call-back list: a task through the stream, what ends it, and that the choice stays."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import call_backs
from aviso.domain.call_back_settings import CallBackSettings
from aviso.domain.model import Kind
from aviso.notices import reconciliation
from aviso.runtime import hashing
from infra.harness.builders import NUMBER, STALKING, a_case
from tests.support.sending import PHONE, World


def rules(settings, share):
    kinds = {k: replace(v, on=k is Kind.CALL_BACK) for k, v in settings.kinds.items()}
    shares = CallBackSettings(statuses=frozenset({"CLOSED"}), shares={"burglary": share})
    return replace(settings, kinds=kinds, call_backs=shares)


def a_case_with(status="CLOSED", offense="13-1507", **report):
    return a_case().with_report(status=status, offense=offense, **report).with_victim(phone=PHONE)


@pytest.fixture
def world(aws, settings, provider):
    world = World(rules(settings, 100), provider)
    world.store(a_case_with().case)
    world.plan()
    world.send()
    return world


def outcome(world):
    (call,) = world.all()
    return f"{call.state}:{call.reason}"


class TestCallBack:
    def test_is_held_for_a_person_and_sends_nothing(self, world, provider):
        world.chase(timedelta(days=1))
        world.send()
        assert (outcome(world), provider.sent) == ("held:call_back", [])

    @pytest.mark.parametrize(
        "change",
        [
            a_case_with("REOPENED"),
            a_case_with().with_suspect().with_arrest(),
            a_case_with(restricted=True),
            a_case_with(offense=STALKING),
            a_case_with().with_victim(phone=PHONE, safe_to_contact=False),
        ],
        ids=["reopened", "arrest", "restricted", "offense", "unsafe"],
    )
    def test_ends_at_once_when_the_feed_brings(self, world, change):
        world.store(change.case)
        world.plan()
        assert outcome(world) == "suppressed:no_longer_owed"

    def test_ends_at_its_deadline(self, world):
        (call,) = world.all()
        world.now = call.deadline
        reconciliation.reconcile([NUMBER], world.settings, world.now)
        assert outcome(world) == "suppressed:no_longer_owed"

    def test_comes_back_with_a_withdrawn_arrest(self, world, provider):
        arrested = a_case_with().with_suspect().with_arrest()
        world.store(arrested.case)
        world.plan()
        (arrest,) = arrested.case.arrests
        world.store(arrested.but(arrests=(replace(arrest, withdrawn_at=world.now, withdrawals=1),)))
        world.plan()
        world.send()
        assert (outcome(world), provider.sent) == ("held:call_back", [])


class TestChoice:
    @pytest.mark.parametrize("share", [0, 1, 50, 99, 100])
    def test_follows_the_lot(self, aws, settings, provider, share):
        world = World(rules(settings, share), provider)
        world.store(a_case_with().case)
        world.plan()
        world.send()
        lot = call_backs.draw(hashing.address_key(f"call_back|{NUMBER}|v1"))
        wanted = "held:call_back" if lot < share else "suppressed:not_drawn"
        assert [f"{n.state}:{n.reason}" for n in world.all()] == ([wanted] if share else [])

    def test_stays_when_the_share_grows(self, aws, settings, provider):
        world = World(rules(settings, 1), provider)
        world.store(a_case_with().case)
        world.plan()
        world.send()
        assert outcome(world) == "suppressed:not_drawn"
        world.settings = rules(settings, 100)
        world.plan()
        world.send()
        assert outcome(world) == "suppressed:not_drawn"
