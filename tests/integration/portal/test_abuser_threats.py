"""What an hour with a victim's phone, or with what is known of her, gives an abuser: little."""

from datetime import timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.runtime import hashing
from aviso.storage import audit, enrollments, limits
from aviso.victims import access_codes, early_sign_up, rate_limits, verification, visits
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact
from infra.harness.portal_browser import Visitor, store

NAME, BORN = "munoz v1", "4/12/1985"
HIS = "+15205550142"
HER_PHONE = "+15205550167"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(aws):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def put(case):
    store(case)
    for enrollment in case.enrollments:
        enrollments.write_enrollment(case.number, enrollment)


def issued(settings, purpose=CodePurpose.CARD, at=NOW):
    return access_codes.issue(NUMBER, "v1", purpose, at, settings)


def enter(code):
    visitor = Visitor()
    return visitor, visitor.post("/verify", number=NUMBER, code=code).status == 303


def inside(settings, purpose=CodePurpose.CARD, at=NOW):
    visitor, entered = enter(issued(settings, purpose, at))
    assert entered
    return visitor


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


@pytest.mark.parametrize("act", [lock, call_not_mine, call_unsafe])
def test_what_ends_an_abusers_way_in_ends_his_open_visit_and_unused_code_and_not_hers(
    clock, settings, act
):
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


def test_what_does_not_end_a_way_in_leaves_other_visits_open(clock, settings):
    put(a_case().with_victim("v1").case)
    other = inside(settings)
    clock.move_to(NOW + MINUTE)
    visitor = inside(settings)
    csrf = visitor.get("/status").value("csrf")
    visitor.post("/enroll", csrf=csrf, phone="520 555 0142", phone_safe="yes", consent="yes")
    assert other.get("/manage").status == 200


def test_calling_a_phone_unsafe_by_knowledge_ends_nobodys_visit(clock, settings):
    put(a_case().with_victim("v1").case)
    hers = inside(settings)
    clock.move_to(NOW + MINUTE)
    his = Visitor()
    his.verify(NUMBER, NAME, BORN)
    call_unsafe(his, None)
    assert hers.get("/manage").status == 200


def test_pages_left_open_in_two_tabs_do_not_keep_a_visit_open(clock, settings):
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


@pytest.mark.parametrize("purpose", list(CodePurpose))
def test_a_code_that_was_texted_or_emailed_opens_no_restricted_case(clock, settings, purpose):
    put(a_case().with_report(offense=STALKING).with_victim("v1").case)
    policy = replace(settings.verification, restricted_by_code=True)
    claim = verification.Claim(number=NUMBER, code=issued(settings, purpose), source="192.0.2.1")
    opened = visits.open_by_code(claim, replace(settings, verification=policy), NOW)
    assert (opened is not None) is (purpose in (CodePurpose.POST, CodePurpose.CARD))


def test_when_she_answered_about_her_rights_is_shown_to_the_holder_of_a_code_alone(clock, settings):
    put(a_case().with_victim("v1").case)
    hers = inside(settings)
    hers.post("/choice", csrf=hers.get("/choice").value("csrf"), answer="requested")
    assert "Answered" in hers.get("/choice").text
    his = Visitor()
    his.verify(NUMBER, NAME, BORN)
    assert "Answered" not in his.get("/choice").text


def test_a_hundred_failed_tries_do_not_push_a_visit_out_of_who_looked(clock, settings):
    put(a_case().with_victim("v1").case)
    Visitor().verify(NUMBER, NAME, BORN)
    for second in range(audit.LATEST + 5):
        clock.move_to(NOW + timedelta(seconds=second + 1))
        Visitor().verify(NUMBER, "wrong", BORN)
    clock.move_to(NOW + 5 * MINUTE)
    seen = inside(settings).get("/record").text
    assert "Opened the case with name and birth date" in seen
    assert seen.count("Tried to open the case") == audit.LATEST


def test_a_contact_given_again_that_somebody_disowned_is_shown_as_not_used(clock, settings):

    disowned = {hashing.address_key(HIS): NOW}
    case = a_case().with_victim("v1").with_enrollment("v1", a_contact(HIS), disowned=disowned).case
    put(case)
    assert "told us that it is not yours" in inside(settings).get("/manage").text


def test_signing_up_early_is_no_way_to_guess_a_birth_date_without_limit(clock, settings):
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


def test_failed_searches_do_not_use_up_the_offer_to_sign_up_early(clock, settings):
    for n in range(settings.verification.fails_per_case):
        Visitor(source=f"198.51.100.{n}").verify(NUMBER, "wrong", BORN)
    assert rate_limits.may_leave_early(NUMBER, "192.0.2.1", settings, NOW)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_one_household_is_one_source_however_many_addresses_it_has(one, other, same):
    assert (limits.network_of(one) == limits.network_of(other)) is same


def test_a_thousand_addresses_of_one_network_are_one_source(clock, settings):
    put(a_case().with_victim("v1").case)
    for n in range(settings.verification.fails_per_source):
        Visitor(source=f"2001:db8:1:2::{n:x}").verify(f"25112400{n:02}", "wrong", BORN)
    assert Visitor(source="2001:db8:1:2::ffff").verify(NUMBER, NAME, BORN).status == 200
    assert Visitor(source="2001:db8:1:3::1").verify(NUMBER, NAME, BORN).status == 303
