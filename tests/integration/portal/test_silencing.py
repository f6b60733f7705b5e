"""Who hears when somebody with a code locks the victim out or silences a contact of hers.

The abuser of these tests holds her phone for a while: the code went there.
"""

from datetime import timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.model import Channel, Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import overruling
from aviso.domain.requests import Right
from aviso.notices import planning
from aviso.providers import sender
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, limits, notices
from aviso.storage.limits import DayLimit
from aviso.victims import access_codes, change_limits, self_service
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case, a_consent, a_contact, an_answer
from infra.harness.portal_browser import Visitor
from tests.support.sending import EMAIL, HOME, PHONE, Provider, World

HERS = "hers@example.org"
HIS = "+15205550142"
EARLIER = timedelta(days=3)


@pytest.fixture
def provider(monkeypatch):
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    return provider


@pytest.fixture
def world(aws, settings, provider):
    with time_machine.travel(NOW, tick=False):
        yield World(settings, provider)


def given(address, level="code", channel=Channel.EMAIL, before=EARLIER, **changes):
    contact = a_contact(address, channel, id=f"{level}-{address[:4]}", level=level, **changes)
    return replace(contact, consent=replace(contact.consent, at=NOW - before))


def her_case(world, *contacts, **victim):
    """Store a case on which nothing is news but what happens in the test."""
    old = NOW - timedelta(days=200)
    built = a_case().with_report(reported_at=old, export_time=old)
    built = built.with_victim("v1", **({"phone": PHONE, "email": ""} | victim))
    world.store(built.with_enrollment("v1", *contacts).case)


def by_her_phone(settings):
    visitor = Visitor()
    root = hashing.address_key(PHONE)
    code = access_codes.issue(NUMBER, "v1", CodePurpose.PHONE, NOW, settings, root=root)
    assert visitor.post("/verify", number=NUMBER, code=code).status == 303
    return visitor


def press(visitor, **button):
    csrf = visitor.get("/manage").value("csrf")
    return visitor.post("/manage", csrf=csrf, **button)


def heard(world, provider):
    """Let everything go out; return who got what, and what a person must look at."""
    before = len(provider.sent)
    world.plan()
    world.send()
    changes = {n.id: n for n in world.all(Kind.CONTACT_CHANGED)}
    told = {m.address for m in provider.sent[before:] if m.notice in changes}
    return told, [n for n in changes.values() if n.state is State.HELD]


def lock_notices(world):
    return {n.fact for n in world.all(Kind.CONTACT_CHANGED) if n.fact.startswith("lock:")}


class TestLock:
    @pytest.mark.parametrize("first", ["on", "off"])
    def test_is_told_to_every_safe_contact(self, world, provider, settings, first):
        her_case(world, given(HERS), given(HIS, "knowledge", Channel.SMS))
        visitor = by_her_phone(settings)
        press(visitor, lock="on")
        if first == "off":
            heard(world, provider)
            with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
                world.now = NOW + timedelta(minutes=1)
                press(visitor, lock="off")
        told, held = heard(world, provider)
        assert told == {HERS}  # and neither her phone nor the one that was left by knowledge
        assert held == []

    def test_that_only_her_phone_hears_of_is_a_task(self, world, provider, settings):
        her_case(world, **HOME)
        press(by_her_phone(settings), lock="on")
        told, (held,) = heard(world, provider)
        assert (told, held.reason) == (set(), "change_unheard")

    def test_and_a_waiver_of_one_second_are_two_tasks(self, world, provider, settings):
        her_case(world)
        visitor = by_her_phone(settings)
        press(visitor, lock="on")
        visitor.post("/choice", csrf=visitor.get("/choice").value("csrf"), answer="waived")
        _, held = heard(world, provider)
        assert len({n.fact for n in held}) == 2

    def test_comes_off_a_few_times_a_day_and_on_any_time(self, world, settings):
        her_case(world)
        visitor = by_her_phone(settings)
        for n in range(self_service.LOCK_CHANGES_A_DAY // 2 + 1):
            with time_machine.travel(NOW + timedelta(minutes=n), tick=False):
                press(visitor, lock="on")
                page = press(visitor, lock="off")
        assert page.status == 200
        assert "try again tomorrow" in page.text
        assert cases.read_case(NUMBER).enrollments[0].locked_at is not None

    def test_changed_all_day_is_told_seven_times(self, world, settings):
        her_case(world)
        visitor = by_her_phone(settings)
        for n in range(20):
            with time_machine.travel(NOW + timedelta(minutes=n), tick=False):
                press(visitor, lock=("on", "off")[n % 2])
                planning.plan(NUMBER, settings, NOW + timedelta(minutes=n))
        assert len(lock_notices(world)) == self_service.LOCK_CHANGES_A_DAY + 1

    def test_stays_on_when_a_network_changed_too_many(self, world, settings):
        her_case(world)
        visitor = by_her_phone(settings)
        for _ in range(settings.verification.fails_per_source):
            assert limits.may_cause(DayLimit("LOCKED", "", 0), visitor.source, settings, NOW)
        press(visitor, lock="on")
        planning.plan(NUMBER, settings, NOW)
        assert len(lock_notices(world)) == 1
        assert "try again tomorrow" in press(visitor, lock="off").text
        assert cases.read_case(NUMBER).enrollments[0].locked_at == NOW

    def test_is_limited_for_all_networks_together(self, world, settings):
        her_case(world)
        visitor = by_her_phone(settings)
        press(visitor, lock="on")
        for _ in range(3 * settings.verification.changes_overall):
            limits.may_cause(DayLimit("LOCKED", "", 0), "", settings, NOW)
        assert "try again tomorrow" in press(visitor, lock="off").text

    def test_page_says_who_hears_of_it(self, world, settings):
        her_case(world)
        page = by_her_phone(settings).get("/manage").text
        assert "for each contact that is not safe" in page
        assert EMAIL not in page


class TestProvenContact:
    def test_called_not_hers_stops_and_is_a_task(self, world, provider, settings):
        hers = given(HERS)
        her_case(world, hers)
        press(by_her_phone(settings), not_mine=hers.id)
        (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
        assert contact.removed_at == NOW
        told, (held,) = heard(world, provider)
        assert (told, held.reason) == (set(), "change_unheard")

    def test_called_unsafe_on_signing_up_is_a_task(self, world, provider, settings):
        her_case(world, given(HERS))
        visitor = by_her_phone(settings)
        csrf = visitor.get("/status").value("csrf")
        visitor.post("/enroll", csrf=csrf, email=HERS, email_safe="no", consent="yes")
        told, (held,) = heard(world, provider)
        assert (told, held.reason) == (set(), "change_unheard")

    def test_left_by_knowledge_goes_without_a_task(self, world, provider, settings):
        his = given(HIS, "knowledge", Channel.SMS)
        her_case(world, his)
        press(by_her_phone(settings), not_mine=his.id)
        told, held = heard(world, provider)
        assert (told, held) == ({PHONE}, [])


class TestHome:
    @pytest.mark.parametrize("others", [(), (HERS, "sister@example.org")])
    def test_hidden_from_her_only_phone_is_a_task(self, world, provider, settings, others):
        her_case(world, *(given(address) for address in others))
        press(by_her_phone(settings), home="hide")
        told, held = heard(world, provider)
        assert told == {*others}
        assert [n.reason for n in held] == ([] if others else ["change_unheard"])


class TestSharing:
    @pytest.fixture
    def visitor(self, world, settings):
        mine = given(HERS)
        her_case(world, mine)
        before = cases.read_case(NUMBER).enrollments[0]
        asked = (an_answer(right=Right.HAND_OFF, at=NOW - EARLIER),)
        consent = a_consent(mine.id, at=NOW - EARLIER)
        stored = replace(before, hand_off=consent, requests=asked)
        enrollments.write_enrollment(NUMBER, stored, before)
        self.form = {"release": "yes", "contact": mine.id}
        return by_her_phone(settings)

    def test_that_is_not_touched_is_told_to_nobody(self, visitor, world, provider):
        heard(world, provider)
        assert not [n for n in world.all(Kind.CONTACT_CHANGED) if "shared" in n.fact]

    @pytest.mark.parametrize("does", ["ends", "changes"])
    def test_is_told_to_the_contacts_there(self, visitor, world, provider, does):
        form = {"do": "end"} if does == "ends" else self.form
        visitor.post("/share", csrf=visitor.get("/share").value("csrf"), **form)
        told, _ = heard(world, provider)
        assert told == {HERS}

    def test_ends_after_the_last_change_of_a_day(self, visitor, world, provider):
        csrf = visitor.get("/share").value("csrf")
        for n in range(change_limits.CHANGES_A_DAY):
            until = f"{NOW + timedelta(days=9 + n):%Y-%m-%d}"
            assert visitor.post("/share", csrf=csrf, until=until, **self.form).status == 303
        heard(world, provider)
        world.now = NOW + timedelta(minutes=1)
        with time_machine.travel(world.now, tick=False):
            assert visitor.post("/share", csrf=csrf, do="end").status == 303
            told, _ = heard(world, provider)
            assert told == {HERS}
            assert "tomorrow" in visitor.post("/share", csrf=csrf, **self.form).text
        assert cases.read_case(NUMBER).enrollments[0].hand_off.ended_at == world.now


class TestWaiver:
    @pytest.mark.parametrize("others", [(), (HERS, "sister@example.org")])
    def test_from_her_only_phone_is_a_task(self, world, provider, settings, others):
        her_case(world, *(given(address) for address in others))
        visitor = by_her_phone(settings)
        csrf = visitor.get("/choice").value("csrf")
        assert visitor.post("/choice", csrf=csrf, answer="waived").status == 303
        told, held = heard(world, provider)
        assert told == {*others}
        assert [n.reason for n in held] == ([] if others else ["change_unheard"])

    def test_approved_by_a_person_sends_a_letter_with_a_code(self, world, provider, settings):
        her_case(world, **HOME)
        press(by_her_phone(settings), lock="on")
        _, (held,) = heard(world, provider)
        notices.move(held, State.PLANNED, due_at=NOW, overruled=overruling(held))
        world.send()
        (letter,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.id == held.id]
        assert letter.state is State.QUEUED
