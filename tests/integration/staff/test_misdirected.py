"""What only a wrong number was told is told again, once the desk says that it never was hers."""

import pytest

from aviso.domain.model import Channel
from aviso.domain.notice import Attempt, State
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.storage import notices
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)
from tests.integration.staff.corrections import HOME, WRONG, form, line, with_home

NEW = "5205550101"


def told(*contacts: str) -> str:
    """Enter a notice that was delivered to these contacts, and return its id."""
    id = a_held_notice(reason="", state=State.DELIVERED)
    for n, contact in enumerate(contacts, 1):
        attempt = Attempt(
            n=n,
            channel=Channel.EMAIL if "@" in contact else Channel.SMS,
            address_key=hashing.address_key(contact),
            state=State.DELIVERED,
            at=NOW,
        )
        notices.put_attempt(id, attempt, None)
    return id


def correct(desk, **fields):
    return desk.confirm("correct", why="A stranger has it.", **form(typed=NEW), **fields)


def unsafe(desk, **fields):
    return desk.confirm("unsafe", why="A stranger has it.", **form(), **fields)


class TestMisdirectedNotice:
    @pytest.mark.parametrize("act", [correct, unsafe])
    def test_goes_again_when_only_a_strangers_phone_got_it(self, desk, act):
        a_stored_case()
        id = told(PHONE)
        at_work(desk, Role.RECORDS)
        for _ in range(2):
            assert act(desk, theirs="no", **line(PHONE)).status == 303
        assert notice(id).state is State.PLANNED
        assert [a.state for a in notice(id).attempts] == [State.FAILED]
        assert ("staff:id-records", "told_elsewhere", ORDINARY) in audited()

    @pytest.mark.parametrize("act", [correct, unsafe])
    @pytest.mark.parametrize("answer", [{}, {"theirs": "unknown"}, {"theirs": "yes"}])
    def test_stays_told_when_the_contact_was_hers(self, desk, act, answer):
        a_stored_case()
        id = told(PHONE)
        at_work(desk, Role.RECORDS)
        act(desk, **answer, **line(PHONE))
        assert notice(id).state is State.DELIVERED
        assert [a.state for a in notice(id).attempts] == [State.DELIVERED]
        assert ("staff:id-records", "told_elsewhere", ORDINARY) not in audited()

    @pytest.mark.parametrize("act", [correct, unsafe])
    def test_stays_told_when_another_contact_got_it(self, desk, act):
        a_stored_case()
        id = told(PHONE, EMAIL)
        at_work(desk, Role.RECORDS)
        act(desk, theirs="no", **line(PHONE))
        assert notice(id).state is State.DELIVERED

    def test_is_asked_about_with_not_known_as_an_answer(self, desk):
        with_home()
        at_work(desk, Role.RECORDS)
        for page in (
            desk.post("unsafe", **form(), **line(PHONE)),
            desk.post("correct", **form(typed=NEW), **line(PHONE)),
        ):
            assert "Was 520-555-0118 ever the victim's?" in page.text
            assert 'name="theirs" value="unknown" checked' in page.body
        for act in ("correct", "unsafe"):  # while the reason is missing
            kept = desk.post(act, **form(typed=NEW), **line(PHONE), confirmed="yes", theirs="no")
            assert 'name="theirs" value="no" checked' in kept.body
            assert kept.body.count('name="theirs"') == 3
        for page in (
            desk.post("unsafe", **form(), **line(WRONG)),
            desk.post("correct", **form(**HOME), **line(WRONG)),
            desk.post("correct", **form(typed=NEW)),
        ):
            assert (page.status, 'name="theirs"' in page.body) == (200, False)
