"""A person has a held notice as a task until something that it depends on changes."""

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import DESK
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.notices import reconciliation
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, notices, suppressions
from infra.harness.builders import NUMBER, a_contact
from tests.support.interruptions import STOPS, addresses
from tests.support.sending import HOME, PHONE, arrested

OTHER = "+15205550123"


def reconcile(world, settings=None):
    found = reconciliation.reconcile([NUMBER], settings or world.settings, world.now)
    assert (found.missing, found.failed) == (0, 0)
    return world.arrest()


def leave_a_phone(world):
    """Add a phone as a member does whom the victim told it."""
    case = arrested().with_enrollment("v1", a_contact(OTHER, level=DESK, root=DESK)).case
    enrollments.write_enrollment(NUMBER, case.enrollments[0])


@pytest.fixture
def key(aws):
    return hashing.address_key(PHONE)


@pytest.fixture
def held(world, key):
    """Return the flow with a notice whose only phone was called somebody else's."""
    world.store(arrested(email="").case)
    suppressions.not_me(key, NUMBER, world.now)
    world.deliver()
    assert world.arrest().reason == HoldReason.NO_SAFE_CONTACT
    return world


@pytest.fixture
def returned(world):
    """Return the flow with a letter that fits no window."""
    world.tell(arrested(phone="", email="", **HOME).case)
    notices.move(world.arrest(), State.HELD, due_at=world.now, reason=HoldReason.BAD_ADDRESS)
    return world


class TestReconciled:
    def test_stays_as_it_is(self, held):
        before = held.arrest()
        assert reconcile(held) == before

    def test_counts_each_case_that_cannot_be_read(self, held, monkeypatch):
        def broken(number):
            raise ValueError("a row that cannot be read")

        monkeypatch.setattr(cases, "read_case", broken)
        found = reconciliation.reconcile(["1", "2"], held.settings, held.now)
        assert (found.cases, found.missing, found.failed) == (2, 0, 2)

    @pytest.mark.parametrize("why", STOPS)
    def test_stays_while_sending_is_stopped(self, held, why):
        before, (begin, _) = held.arrest(), STOPS[why]
        begin(held)
        assert reconcile(held) == before

    def test_goes_once_its_contact_may_be_used(self, held, key, provider):
        suppressions.not_me_undone(key, NUMBER)
        assert reconcile(held).state is State.PLANNED
        held.send()
        assert addresses(provider) == [PHONE]

    def test_goes_to_a_contact_that_planning_missed(self, held, provider):
        leave_a_phone(held)
        reconciliation.reconcile([NUMBER], held.settings, held.now)
        held.send()
        assert set(addresses(provider)) == {OTHER}

    def test_goes_once_the_settings_let_it(self, world):
        world.store(arrested(email="").case)
        arrests = replace(world.settings.kinds[Kind.ARREST], ladder=((Channel.LETTER,),))
        open_to_none = replace(world.settings, kinds=world.settings.kinds | {Kind.ARREST: arrests})
        wanted, world.settings = world.settings, open_to_none
        world.deliver()
        assert world.arrest().state is State.HELD
        assert reconcile(world).state is State.HELD
        assert reconcile(world, wanted).state is State.PLANNED

    def test_of_another_reason_is_held_for_that(self, held):
        (before,) = cases.read_case(NUMBER).victims
        cases.write_row(NUMBER, replace(before, deceased=True, digest="d"), before)
        assert reconcile(held).state is State.PLANNED
        held.send()
        assert held.arrest().reason == HoldReason.DECEASED_WITHOUT_KIN

    def test_of_a_bad_address_stays(self, returned):
        before = returned.arrest()
        assert reconcile(returned) == before

    def test_of_a_bad_address_goes_to_a_phone(self, returned):
        leave_a_phone(returned)
        reconciliation.reconcile([NUMBER], returned.settings, returned.now)
        assert returned.arrest().state is State.PLANNED


class TestChanged:
    @pytest.mark.parametrize("why", STOPS)
    def test_without_a_contact_stays_a_task(self, held, why):
        begin, _ = STOPS[why]
        begin(held)
        held.plan()
        assert held.arrest().state is State.PLANNED
        held.send()
        assert held.arrest().reason == HoldReason.NO_SAFE_CONTACT

    @pytest.mark.parametrize("why", STOPS)
    def test_with_a_contact_waits_and_goes(self, held, provider, why):
        begin, end = STOPS[why]
        begin(held)
        leave_a_phone(held)
        held.deliver()
        assert held.arrest().state is State.WAITING
        end(held)
        held.plan()
        held.go_on(2 * reconciliation.TOUCHED)
        assert OTHER in addresses(provider)
