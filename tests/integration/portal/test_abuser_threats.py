"""What an hour with a victim's phone, or with what is known of her, gives an abuser: little."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.runtime import hashing
from aviso.storage import audit, enrollments, limits
from aviso.victims import early_sign_up, rate_limits, verification, visits
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact, a_visitor
from infra.harness.portal_browser import Visitor, store
from tests.integration.portal.abuser import BORN, HIS, MINUTE, NAME, enter, inside, issued

HER_PHONE = "+15205550167"


def put(case):
    store(case)
    for enrollment in case.enrollments:
        enrollments.write_enrollment(case.number, enrollment)


def lock(visitor, contact):
    page = visitor.get("/manage")
    assert "ends all other open visits" in page.text
    visitor.post("/manage", csrf=page.value("csrf"), lock="on")


def call_not_mine(visitor, contact):
    visitor.post("/manage", csrf=visitor.get("/manage").value("csrf"), not_mine=contact.id)


def call_unsafe(visitor, contact):
    csrf = visitor.get("/status").value("csrf")
    form = {"phone": HER_PHONE, "phone_safe": "no", "consent": "yes"}
    assert visitor.post("/enroll", csrf=csrf, **form).status == 303


class TestHisVisit:
    @pytest.mark.parametrize("act", [lock, call_not_mine, call_unsafe])
    def test_ends_with_his_code_when_she_acts(self, clock, settings, act):
        contact = a_contact(HIS)
        put(a_case().with_victim("v1").with_enrollment("v1", contact).case)
        his, his_code = inside(settings, CodePurpose.PHONE), issued(settings, CodePurpose.EMAIL)
        on_paper = issued(settings, CodePurpose.POST)
        clock.move_to(NOW + MINUTE)
        hers = inside(settings)
        clock.move_to(NOW + 2 * MINUTE)
        act(hers, contact)
        assert his.get("/manage").status == 403
        assert not enter(his_code)[1]
        assert hers.get("/manage").status == 200
        assert enter(on_paper)[1]
        clock.move_to(NOW + 3 * MINUTE)
        assert enter(issued(settings, CodePurpose.EMAIL, NOW + 3 * MINUTE))[1]

    def test_stays_open_after_what_ends_no_way_in(self, clock, settings):
        put(a_case().with_victim("v1").case)
        other = inside(settings)
        clock.move_to(NOW + MINUTE)
        visitor = inside(settings)
        csrf = visitor.get("/status").value("csrf")
        visitor.post("/enroll", csrf=csrf, phone="520 555 0142", phone_safe="yes", consent="yes")
        assert other.get("/manage").status == 200

    def test_stays_open_when_knowledge_calls_it_unsafe(self, clock, settings):
        put(a_case().with_victim("v1").case)
        hers = inside(settings)
        clock.move_to(NOW + MINUTE)
        his = Visitor()
        his.verify(NUMBER, NAME, BORN)
        call_unsafe(his, None)
        assert hers.get("/manage").status == 200

    def test_is_not_kept_open_by_two_tabs(self, clock, settings):
        put(a_case().with_victim("v1").case)
        hers = inside(settings)
        seconds, _, left_alone = hers.get("/status").headers["Refresh"].partition("; url=status?")
        wait = timedelta(seconds=int(seconds))
        clock.move_to(NOW + 5 * MINUTE)
        assert hers.get("/manage").status == 200
        key, _, value = left_alone.partition("=")
        for moment in (NOW + wait, NOW + 5 * MINUTE + wait):
            clock.move_to(moment)
            page = hers.get("/status", **{key: value})
            assert (page.status, NUMBER in page.body) == (403, False)
        assert hers.get("/status").status == 403


class TestCode:
    @pytest.mark.parametrize("purpose", list(CodePurpose))
    def test_sent_to_a_phone_opens_no_restricted_case(self, clock, settings, purpose):
        put(a_case().with_report(offense=STALKING).with_victim("v1").case)
        policy = replace(settings.verification, restricted_by_code=True)
        claim = verification.Claim(
            number=NUMBER, code=issued(settings, purpose), source="192.0.2.1"
        )
        opened = visits.open_by_code(claim, replace(settings, verification=policy), NOW)
        assert (opened is not None) is (purpose in (CodePurpose.POST, CodePurpose.CARD))


class TestRecord:
    def test_shows_her_answers_to_the_holder_of_a_code(self, clock, settings):
        put(a_case().with_victim("v1").case)
        hers = inside(settings)
        hers.post("/choice", csrf=hers.get("/choice").value("csrf"), answer="requested")
        assert "Answered" in hers.get("/choice").text
        his = Visitor()
        his.verify(NUMBER, NAME, BORN)
        page = his.get("/choice")
        assert page.status == 200
        assert "Answered" not in page.body

    def test_keeps_visits_among_a_hundred_failed_tries(self, clock, settings):
        put(a_case().with_victim("v1").case)
        Visitor().verify(NUMBER, NAME, BORN)
        for second in range(audit.LATEST + 5):
            clock.move_to(NOW + timedelta(seconds=second + 1))
            Visitor().verify(NUMBER, "wrong", BORN)
        clock.move_to(NOW + 5 * MINUTE)
        seen = inside(settings).get("/record").text
        assert "Opened the case with name and birth date" in seen
        assert seen.count("Tried to open the case") == audit.LATEST

    def test_keeps_what_was_done_among_a_hundred_views(self, clock, settings):
        put(a_case().with_victim("v1").case)
        hers = inside(settings)
        hers.post("/manage", csrf=hers.get("/manage").value("csrf"), lock="on")
        hers.post("/manage", csrf=hers.get("/manage").value("csrf"), lock="off")
        clock.move_to(NOW + MINUTE)
        his = Visitor()
        his.verify(NUMBER, NAME, BORN)
        for _ in range(audit.LATEST + 5):
            his.get("/status")
        clock.move_to(NOW + 2 * MINUTE)
        seen = inside(settings).get("/record").text
        assert "Unlocked the case" in seen
        assert "Locked the case" in seen
        assert seen.count("Opened the case with name and birth date") == 1
        assert "Viewed the case" not in seen

    def test_shows_a_disowned_contact_as_not_used(self, clock, settings):

        disowned = {hashing.address_key(HIS): NOW}
        case = (
            a_case().with_victim("v1").with_enrollment("v1", a_contact(HIS), disowned=disowned).case
        )
        put(case)
        assert "told us that it is not yours" in inside(settings).get("/manage").text


class TestEarlySignUp:
    def test_limits_guesses_of_a_birth_date(self, clock, settings):
        form = {"number": NUMBER, "last_name": NAME, "phone": "520 555 0142", "phone_safe": "yes"}
        form |= {"consent": "yes", "consent_asked": "yes"}
        asked = [
            Visitor(source=f"198.51.100.{n}").post("/early", birth_date=f"4/{n + 13}/1985", **form)
            for n in range(rate_limits.EARLY_OF_ONE_NUMBER)
        ]
        asked.append(Visitor().post("/early", birth_date=BORN, **form))
        assert len({(page.status, page.body) for page in asked}) == 1
        store(a_case().with_victim("v1").case)
        assert "early_tied" not in early_sign_up.tie_all(settings, NOW)

    def test_is_still_offered_after_failed_searches(self, clock, settings):
        for n in range(settings.verification.fails_per_case):
            Visitor(source=f"198.51.100.{n}").verify(NUMBER, "wrong", BORN)
        assert rate_limits.may_leave_early(NUMBER, a_visitor(settings))


class TestSource:
    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("192.0.2.1", "192.0.2.2", False),
            ("::ffff:192.0.2.1", "192.0.2.1", True),
        ],
    )
    def test_is_one_for_a_household(self, one, other, same):
        assert (limits.network_of(one) == limits.network_of(other)) is same

    def test_is_one_for_a_network_of_a_thousand_addresses(self, clock, settings):
        put(a_case().with_victim("v1").case)
        for n in range(settings.verification.fails_per_source):
            Visitor(source=f"2001:db8:1:2::{n:x}").verify(f"25112400{n:02}", "wrong", BORN)
        assert Visitor(source="2001:db8:1:2::ffff").verify(NUMBER, NAME, BORN).status == 200
        assert Visitor(source="2001:db8:1:3::1").verify(NUMBER, NAME, BORN).status == 303
