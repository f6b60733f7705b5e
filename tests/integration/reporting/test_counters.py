"""Visitors and notices in the figures, however often their records come (promise 3)."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel
from aviso.domain.notice import State
from aviso.providers.receipts import Outcome
from aviso.storage import cases, notices
from aviso.victims import access_codes, early_sign_up, sign_up_form, verification, visits
from infra.harness.builders import NUMBER, a_contact, a_visitor
from tests.support.counted import BIRTHDAY, arrested
from tests.support.sending import HOME, PHONE


@pytest.fixture
def world(world):
    """Give the flow; whatever happens in it, a recount has the same figures."""
    yield world
    assert world.differences() == []


class TestVisitors:
    def test_count_each_login_and_one_victim(self, world):
        world.store(arrested().case)
        for _ in range(3):
            world.log_in()
        assert (world.total("logins"), world.total("visitors")) == (3, 1)
        assert world.total("logins", "division:West") == 3
        assert world.total("logins", "language:es") == 3
        assert world.total("logins", "group:burglary") == 3

    def test_who_return_are_not_new(self, world):
        world.store(arrested().case)
        world.log_in()
        world.now += timedelta(days=2)
        world.log_in()
        days = world.figures().by("day")
        assert [days[d]["visitors"].value for d in ("2026-11-24", "2026-11-26")] == [1, 0]

    def test_enroll_with_contacts_new_to_the_agency(self, world):
        world.store(arrested(phone=PHONE, email="").case)
        session = world.log_in()
        world.enroll(session, PHONE, "new@example.org")
        world.enroll(session, "other@example.org")
        assert world.total("enrolled") == 1
        assert world.total("contacts") == 3
        assert world.value("contacts_new_share") == pytest.approx(2 / 3)
        assert world.value("enrolled_share") == 1

    def test_who_signed_up_early_count_once_they_come(self, world):
        case = arrested(phone="", email="").case
        world.store(case)
        claim = verification.Claim(
            number=NUMBER, last_name="Muñoz-v1", birth_dates=[BIRTHDAY], source="s"
        )
        asked = sign_up_form.Asked(
            channel=Channel.EMAIL, address="soon@example.org", language="es", safe=True
        )
        early_sign_up.leave(claim, [asked], a_visitor(world.settings, world.now, language="es"))
        assert early_sign_up.tie_all(world.settings, world.now)["early_tied"] == 1
        world.tally()
        assert (world.total("enrolled"), world.total("visitors")) == (1, 0)
        assert world.figures().values()["enrolled_share"].over == 0
        world.enroll(world.log_in(), "later@example.org")
        assert (world.total("enrolled"), world.value("enrolled_share")) == (1, 1)

    def test_with_a_code_log_in_once_a_visit(self, world):
        world.store(arrested().case)
        for during, logins in ((None, 1), (world.log_in(), 2)):
            code = access_codes.issue(
                NUMBER, "v1", access_codes.CodePurpose.POST, world.now, world.settings
            )
            claim = verification.Claim(number=NUMBER, code=code, source="203.0.113.9")
            assert visits.open_by_code(claim, world.settings, world.now, during=during)
            world.tally()
            assert world.total("logins") == logins + (during is None)
        assert world.total("visitors") == 1

    def test_have_days_of_the_agencys_zone(self, world):
        world.store(arrested().case)
        for hour in (6, 7):  # 23:00 of the day before, and midnight, in Arizona
            world.now = datetime(2026, 11, 25, hour, tzinfo=UTC)
            world.log_in()
        days = world.figures().by("day")
        assert days["2026-11-24"]["logins"].value == 1
        assert days["2026-11-25"]["logins"].value == 1
        assert world.figures().by("month")["2026-11"]["logins"].value == 2


class TestNotices:
    def test_to_an_enrolled_victim_count(self, world):
        shared = a_contact(PHONE)  # on the portal as in the report
        world.store(arrested(email="").with_enrollment("v1", shared).with_victim("v2").case)
        for _ in range(2):
            world.deliver()
            world.now += timedelta(minutes=6)
        world.tally()
        assert world.value("arrest_notices") == 2
        assert world.value("arrest_enrolled_share") == pytest.approx(1 / 2)
        assert world.value("arrest_portal_share") == 0

    def test_count_in_their_one_state(self, world):
        world.store(arrested().case)
        for step in (world.plan, world.send, lambda: world.receipt(1, Outcome.DELIVERED)):
            step()
            world.tally()
            states = world.figures().notices("kind")["arrest"]
            assert {s: n for s, n in states.items() if n} == {str(world.arrest().state.value): 1}
        assert world.total("told", "channel:email") == 1
        assert world.value("arrest_notices") == 1

    def test_to_a_portal_contact_count_as_such(self, world):
        new = a_contact("+15205550123")
        world.tell(arrested(phone="", email="").with_enrollment("v1", new).case)
        world.tally()
        assert world.value("arrest_portal_share") == 1
        assert world.value("arrest_portal_share", "division:West") == 1

    def test_that_bounced_everywhere_are_not_told(self, world):
        world.tell(arrested(email="", **HOME).case)
        world.tally()
        assert world.value("arrest_notices") == 1
        world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        world.send()
        world.tally()
        assert world.arrest().state is State.QUEUED
        assert world.value("arrest_notices") == 0
        assert world.value("bounces") == 1

    def test_count_letters_needed_and_saved(self, world):
        by_letter = arrested(phone="", email="", **HOME)
        world.tell(by_letter.with_victim("v2", phone="+15205550191", email="").case)
        world.tally()
        queued = next(n for n in world.all() if n.state is State.QUEUED)
        notices.move(queued, State.PRINTED, due_at=None, run="run-1")
        world.tally()
        assert world.value("letter_share") == pytest.approx(1 / 2)
        assert world.value("hours_saved") == pytest.approx(0.92 * 3 / 60)  # 96% of two, less one
        assert world.value("money_saved") == pytest.approx(0.92 * 0.85)
        world.settings = replace(
            world.settings,
            messages=replace(
                world.settings.messages, letter_share_before=50, staff_hour_cents=3000
            ),
        )
        assert world.value("hours_saved") == 0  # half of two got one before, and one does now
        world.settings = replace(
            world.settings, messages=replace(world.settings.messages, letter_share_before=100)
        )
        assert world.value("money_saved") == pytest.approx(0.85 + 3 / 60 * 30)

    def test_keep_their_stamp_in_another_division(self, world):
        world.begin(arrested().case)
        stored = cases.read_case(NUMBER).report
        cases.write_row(NUMBER, replace(stored, division="East", digest="e"), stored)
        world.send()
        world.tally()
        assert world.total("told", "division:West") == 1
        assert world.total("told", "division:East") == 0
