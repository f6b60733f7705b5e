"""What knowledge alone must not do: end her visit, confirm her number, guess twice for one try."""

from datetime import date

import pytest

from aviso.content import links
from aviso.domain.model import Case, Channel, Report
from aviso.domain.notice import Attempt, Duty, Notice, State
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, notices
from aviso.storage.notice_items import NewNotice
from aviso.victims import code_delivery, message_links
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case, a_contact, a_notice
from infra.harness.portal_browser import Visitor, store
from tests.integration.portal.abuser import HIS, MINUTE, NAME, enter, inside, issued

PHONE, EMAIL = "+15205550167", "v1@example.com"
FORMER, LATER = "2611240001", "2611240002"


def knowing():
    visitor = Visitor()
    assert visitor.verify(NUMBER, NAME, "4/12/1985").status == 303
    return visitor


def offered(visitor):
    page = visitor.get("/code")
    return [part.split('"')[0] for part in page.body.split('name="send" value="')[1:]], page.text


def _put(case):
    store(case)
    for enrolled in case.enrollments:
        enrollments.write_enrollment(case.number, enrolled)


def _not_me(address, settings, now):
    """Press the link in a message that went to an address."""
    notice = a_notice(state=State.PLANNED)
    sent = Attempt(
        n=1,
        channel=Channel.SMS,
        address_key=hashing.address_key(address),
        state=State.SENT,
        at=NOW,
    )
    same = set(Duty.__struct_fields__) & set(Notice.__struct_fields__)
    duty = Duty(**{name: getattr(notice, name) for name in same})
    notices.insert(NewNotice(duty=duty, state=State.PLANNED, due_at=NOW, created_at=NOW))
    notices.put_attempt(notice.id, sent, None)
    message_links.not_me(links.token(links.LinkPurpose.NOT_ME, notice.id, 1), settings, now)


class TestNotMe:
    def test_by_knowledge_ends_neither_visit_nor_code(self, clock, settings):
        case = a_case().with_victim("v1").with_enrollment("v1", a_contact(HIS)).case
        _put(case)
        hers, her_code = inside(settings), issued(settings, CodePurpose.EMAIL)
        clock.move_to(NOW + MINUTE)
        _not_me(HIS, settings, NOW + MINUTE)
        (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
        assert contact.removed_why == "not_me"
        assert hers.get("/manage").status == 200
        assert enter(her_code)[1]

    @pytest.mark.parametrize(
        "contact",
        [a_contact(HIS, level="code"), a_contact(PHONE, new_to_agency=False), None],
        ids=["left with a code", "on file and left by knowledge", "on file"],
    )
    def test_on_a_proven_contact_ends_what_is_open(self, clock, settings, contact):
        _put(a_case().with_victim("v1").with_enrollment("v1", *([contact] if contact else [])).case)
        open_before, unused = inside(settings), issued(settings, CodePurpose.EMAIL)
        clock.move_to(NOW + MINUTE)
        _not_me(contact.address if contact else PHONE, settings, NOW + MINUTE)
        assert open_before.get("/manage").status == 403
        assert not enter(unused)[1]


class TestCodePage:
    def test_renames_its_buttons_for_each_visit(self, clock, settings):
        _put(a_case().with_victim("v1").case)
        first, _ = offered(knowing())
        second, _ = offered(knowing())
        assert len(first) == len(second) == 2
        assert not set(first) & set(second)

    @pytest.mark.parametrize("channel", list(Channel)[:2])
    def test_shows_nothing_of_a_guess_called_unsafe(self, clock, settings, channel):
        _put(a_case().with_victim("v1").case)
        visitor = knowing()
        before = offered(visitor)
        field, right = ("phone", PHONE) if channel is Channel.SMS else ("email", EMAIL)
        csrf = visitor.get("/status").value("csrf")
        visitor.post("/enroll", csrf=csrf, consent="yes", **{field: right, f"{field}_safe": "no"})
        assert cases.read_case(NUMBER).enrollments[0].contacts[0].safe is False
        assert offered(visitor) == before

    def test_shows_nothing_of_a_guardians_phone(self, clock, settings):
        child = a_case().with_victim("v1", minor=True, phone="", email="")
        _put(child.with_speaker("r1", birth_date=date(1985, 4, 12)).case)
        visitor = Visitor()
        assert visitor.verify(NUMBER, "munoz r1", "4/12/1985").status == 303
        before = offered(visitor)
        assert len(before[0]) == 1
        csrf = visitor.get("/status").value("csrf")
        visitor.post("/enroll", csrf=csrf, consent="yes", phone="+15205550177", phone_safe="no")
        assert offered(visitor) == before

    def test_shows_no_part_of_an_emails_domain(self):
        assert code_delivery.masked(Channel.EMAIL, "ana@example.com") == "a•••@•••"


class TestTries:
    def test_count_as_two_for_two_dates(self, clock, settings):
        _put(a_case().with_victim("v1").case)
        for n in range(settings.verification.fails_per_case // 2):
            Visitor(source=f"198.51.100.{n}").verify(NUMBER, NAME, "3/4/1985")
        assert Visitor().verify(NUMBER, NAME, "4/12/1985").status == 200

    def test_are_one_count_for_all_numbers_of_a_case(self, clock, settings):
        alias = Report(number=LATER, origin=LATER, offense="", alias_of=FORMER)
        store(Case(number=LATER, report=alias))
        store(a_case().with_victim("v1").case)
        for n in range(settings.verification.fails_per_case):
            number = (FORMER, LATER)[n % 2]
            Visitor(source=f"198.51.100.{n}").verify(number, "wrong", "4/13/1985")
        assert Visitor().verify(LATER, NAME, "4/13/1985").status == 200
        assert Visitor().verify(LATER, NAME, "4/12/1985").status == 200
        assert Visitor().verify(FORMER, NAME, "4/12/1985").status == 200
