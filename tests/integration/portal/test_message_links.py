"""Links in messages act on one contact at once, show nothing, and lose no notice."""

from datetime import timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.model import AuditEntry, Channel, Kind
from aviso.domain.notice import State
from aviso.providers import sender
from aviso.providers.receipts import Outcome
from aviso.runtime import hashing
from aviso.storage import cases, guards, inbox, suppressions
from aviso.storage.audit import AuditItem
from aviso.storage.audited_change import AuditRow
from aviso.victims import access_codes, message_links
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_contact, an_arrest_case
from infra.harness.portal_browser import Visitor, aws_calls
from tests.support.sending import EMAIL, HOME, PHONE, Provider, World, only_arrests

MULTIPART = (
    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--'
)
ENROLLED = "+15205550142"
ON_FILE = "+15205550167"


@pytest.fixture
def provider(monkeypatch):
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    return provider


@pytest.fixture
def world(aws, settings, provider):
    """An arrest notice, told by text and email together."""
    with time_machine.travel(NOW, tick=False):
        yield World(only_arrests(settings), provider)


def told(world, case):
    world.store(case)
    world.plan()
    world.send()
    return world.arrest()


def a_case_without_email(built=None, **changes):
    case = (built or an_arrest_case()).case
    return replace(case, victims=(replace(case.victims[0], email="", **changes),))


def press(path, notice, n, times=2):
    purpose = LinkPurpose.NOT_ME if path == "/not-me" else LinkPurpose.STOP
    token = links.token(purpose, notice.id, n)
    return [Visitor().post(path, t=token) for _ in range(times)]


def attempt_to(notice, channel):
    return next(a for a in notice.attempts if a.channel is channel)


class TestLink:
    @pytest.mark.parametrize("path", ["/not-me", "/stop"])
    def test_shows_and_changes_nothing_when_opened(self, world, path):
        notice = told(world, an_arrest_case().case)
        purpose = LinkPurpose.NOT_ME if path == "/not-me" else LinkPurpose.STOP
        with aws_calls() as calls:
            page = Visitor().get(path, t=links.token(purpose, notice.id, 1))
        assert page.status == 200
        assert calls == []
        for secret in (NUMBER, "Muñoz", "0167", EMAIL, "arrest", "burglary"):
            assert secret not in page.body
        assert (
            page.body.count("<button") - page.body.count('name="lang"') == 2
        )  # Enter's, and the one

    @pytest.mark.parametrize("path", ["/not-me", "/stop"])
    def test_that_is_cut_off_or_forged_gets_a_calm_page(self, world, path):
        notice = told(world, an_arrest_case().case)
        other = LinkPurpose.STOP if path == "/not-me" else LinkPurpose.NOT_ME
        gone = links.token(
            LinkPurpose.NOT_ME if path == "/not-me" else LinkPurpose.STOP, "a" * 26, 1
        )
        good = links.token(
            LinkPurpose.NOT_ME if path == "/not-me" else LinkPurpose.STOP, notice.id, 1
        )
        forged = ("", good[:20], good[:-1], links.token(other, notice.id, 1), "ñ\ud83d\ude00", gone)
        posts = [Visitor().post(path, t=t) for t in forged if "\ud83d" not in t]
        gets = [Visitor().get(path, t=t) for t in forged[:4]]
        assert {(p.status, p.body) for p in posts} == {(400, posts[0].body)}
        assert {(p.status, p.body) for p in gets} == {(400, posts[0].body)}
        assert "does not work" in posts[0].text
        assert guards.read(NUMBER, {PHONE: notice.attempts[0].address_key}).not_me == frozenset()

    def test_pressed_before_the_hand_over_can_be_retried(self, world):
        notice = told(world, an_arrest_case().case)
        page = press("/not-me", notice, 9, times=1)[0]
        assert (page.status, page.headers["Retry-After"]) == (503, "60")
        assert "try again in a minute" in page.text
        assert page.value("t") == links.token(LinkPurpose.NOT_ME, notice.id, 9)

    def test_stays_in_another_language_and_acts_on_nothing(self, world):
        notice = told(world, an_arrest_case().case)
        token = links.token(LinkPurpose.STOP, notice.id, 1)
        page = Visitor().post("/stop", t=token, lang="es")
        assert "¿No quiere más mensajes?" in page.text
        assert page.value("t") == token
        keys = {PHONE: notice.attempts[0].address_key}
        assert guards.read(NUMBER, keys).opted_out == frozenset()

    def test_leaves_who_pressed_without_an_address(self, world):
        notice = told(world, an_arrest_case().case)
        press("/not-me", notice, 1, times=1)
        press("/stop", notice, 1, times=1)
        rows = list(AuditItem.scan())
        assert sorted(r.action for r in rows) == ["not_me", "opted_out"]
        assert all(r.actor.startswith("contact:") and PHONE not in r.actor for r in rows)

    def test_never_moves_a_letter(self, world):
        notice = told(world, a_case_without_email(**HOME))
        press("/not-me", notice, 1)
        world.send()
        world.now += timedelta(hours=1)
        press("/not-me", notice, 1)
        assert world.arrest().state is State.QUEUED


def disowned(world):
    """Return the states of the messages that a contact was called somebody else's."""
    return {n.state for n in world.all() if n.fact.startswith("disowned")}


class TestNotMe:
    def test_ends_messages_to_that_address_on_that_case(self, world):
        notice = told(world, an_arrest_case().case)
        text = attempt_to(notice, Channel.SMS)
        assert [p.status for p in press("/not-me", notice, text.n)] == [200, 200]
        known = guards.read(NUMBER, {PHONE: text.address_key})
        assert known.not_me == {PHONE}
        assert known.opted_out == frozenset()
        assert guards.read("2511240009", {PHONE: text.address_key}).not_me == frozenset()

    def test_sends_again_by_the_next_channel(self, world, provider):
        notice = told(world, a_case_without_email(**HOME))
        press("/not-me", notice, 1)
        after = world.arrest()
        assert (after.state, after.told_at) == (State.PLANNED, None)
        assert [(a.state, a.reason) for a in after.attempts] == [(State.FAILED, "not_me")]
        world.send()
        assert world.arrest().state is State.QUEUED
        assert len(provider.sent) == 1

    def test_makes_a_task_without_a_channel_left(self, world):
        notice = told(world, a_case_without_email())
        press("/not-me", notice, 1)
        world.send()
        assert (world.arrest().state, world.arrest().reason) == (State.HELD, "no_channel_left")

    def test_sends_nothing_that_the_right_person_has(self, world, provider):
        notice = told(world, an_arrest_case().case)
        press("/not-me", notice, attempt_to(notice, Channel.SMS).n)
        assert world.arrest().state is State.SENT
        assert attempt_to(world.arrest(), Channel.SMS).reason == "not_me"
        assert len(provider.sent) == 2

    def test_outlasts_receipts_that_come_later(self, world):
        notice = told(world, a_case_without_email())
        press("/not-me", notice, 1)
        for outcome in (Outcome.DELIVERED, Outcome.FAILED, Outcome.DELIVERED):
            world.receipt(1, outcome, notice=notice)
        assert world.arrest().state is State.PLANNED
        assert [a.state for a in world.arrest().attempts] == [State.FAILED]

    def test_takes_off_a_contact_with_its_reason(self, world):
        case = an_arrest_case().with_enrollment("v1", a_contact(ENROLLED)).case
        notice = told(world, case)
        portal = next(a for a in notice.attempts if a.source == "portal")
        press("/not-me", notice, portal.n)
        (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
        assert (contact.removed_at, contact.removed_why) == (NOW, "not_me")

    def test_is_told_to_the_other_contacts_once(self, world, provider):
        notice = told(world, an_arrest_case().case)
        press("/not-me", notice, attempt_to(notice, Channel.SMS).n)
        for _ in range(2):
            world.plan()
            world.send()
        changes = [n for n in world.all() if n.kind is Kind.CONTACT_CHANGED]
        assert [(n.fact.partition(":")[0], n.state) for n in changes] == [("disowned", State.SENT)]
        assert [m.address for m in provider.sent[2:]] == [EMAIL]
        assert "told us that it is not yours" in provider.sent[-1].text or "no es suyo" in (
            provider.sent[-1].text
        )

    @pytest.mark.parametrize("address", [ON_FILE, ENROLLED])
    def test_is_taken_back_with_all_it_did(self, world, settings, address):
        built = an_arrest_case().with_enrollment("v1", a_contact(ENROLLED, level="code"))
        notice = told(world, built.case)
        key = hashing.address_key(address)
        press("/not-me", notice, next(a.n for a in notice.attempts if a.address_key == key))
        before = cases.read_case(NUMBER)
        assert set(before.enrollments[0].disowned) == {key}
        world.plan()
        assert State.PLANNED in disowned(world)
        entry = AuditEntry(
            at=NOW, actor="staff:1", action="not_me_undone", case=NUMBER, victim="v1"
        )
        for _ in range(2):
            now = cases.read_case(NUMBER)
            record = AuditRow(entry=entry, keep_days=1)
            message_links.restore(now, "v1", address, record, world.settings)
        (after,) = cases.read_case(NUMBER).enrollments
        assert (after.disowned, after.contacts[0].removed_at) == ({}, None)
        assert guards.read(NUMBER, {address: key}).not_me == frozenset()
        assert "not_me_undone" in {row.action for row in AuditItem.scan()}

    def test_sends_earlier_notices_again_too(self, world, settings):
        world.settings = settings
        notice = told(
            world, a_case_without_email(an_arrest_case().with_report(assigned="Det. Reed"), **HOME)
        )
        states = {n.kind: n.state for n in world.all()}
        assert states[Kind.DETECTIVE_ASSIGNED] is State.SENT
        press("/not-me", notice, 1)
        states = {n.kind: n.state for n in world.all()}
        assert states[Kind.DETECTIVE_ASSIGNED] is State.PLANNED


class TestStop:
    def test_ends_messages_on_every_case(self, world):
        notice = told(world, an_arrest_case().case)
        mail = attempt_to(notice, Channel.EMAIL)
        assert [p.status for p in press("/stop", notice, mail.n)] == [200, 200]
        for case in (NUMBER, "2511240009"):
            assert guards.read(case, {EMAIL: mail.address_key}).opted_out == {EMAIL}
        assert world.arrest().state is State.SENT

    def test_is_not_lifted_by_a_sign_up_with_a_code(self, world, settings):
        notice = told(world, an_arrest_case().case)
        mail = attempt_to(notice, Channel.EMAIL)
        press("/stop", notice, mail.n)
        visitor = Visitor()
        code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, NOW, settings)
        visitor.post("/verify", number=NUMBER, code=code)
        form = {"email": EMAIL, "email_safe": "yes", "language": "en", "consent": "yes"}
        visitor.post("/enroll", csrf=visitor.get("/alerts").value("csrf"), **form)
        (enrollment,) = cases.read_case(NUMBER).enrollments
        assert EMAIL in {contact.address for contact in enrollment.contacts}
        assert guards.read(NUMBER, {EMAIL: mail.address_key}).opted_out == {EMAIL}

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
            ("multipart/form-data; boundary=x", MULTIPART),
        ],
    )
    def test_works_with_one_click_and_no_cookie(self, world, kind, body):
        notice = told(world, an_arrest_case().case)
        mail = attempt_to(notice, Channel.EMAIL)
        page = Visitor().ask(
            "POST",
            "/stop",
            body=body,
            headers={"Content-Type": kind, "Origin": "https://mail.example.com"},
            query={"t": links.token(LinkPurpose.STOP, notice.id, mail.n)},
        )
        assert page.status == 200
        assert guards.read(NUMBER, {EMAIL: mail.address_key}).opted_out == {EMAIL}


class TestUnprovedStop:
    @pytest.fixture
    def old(self, world):
        """Give the notice, and the token that a key which was replaced had signed for its email."""
        notice = told(world, an_arrest_case().case)
        mail = attempt_to(notice, Channel.EMAIL)
        token = links.token(LinkPurpose.STOP, notice.id, mail.n)
        return mail, f"{token.partition('.')[0]}.AAAAAAAAAAAAAA"

    def test_goes_to_the_desk_once_a_day(self, world, old):
        mail, token = old
        for _ in range(2):
            assert Visitor().post("/stop", t=token).status == 400
        (entry,) = inbox.replies()
        assert (entry.unproved, entry.maybe_stop, entry.cases) == (True, True, (NUMBER,))
        assert (entry.address, entry.address_key) == ("", mail.address_key)
        assert guards.read(NUMBER, {EMAIL: mail.address_key}).opted_out == frozenset()

    def test_of_a_stopped_address_is_no_task(self, old):
        mail, token = old
        suppressions.opt_out(mail.address_key, "reply", NOW)
        Visitor().post("/stop", t=token)
        assert list(inbox.replies()) == []

    @pytest.mark.parametrize("token", ["", "AAAA.BBBB", f"{'A' * 23}.AAAAAAAAAAAAAA"])
    def test_that_names_nothing_is_no_task(self, world, token):
        told(world, an_arrest_case().case)
        assert Visitor().post("/stop", t=token).status == 400
        assert list(inbox.replies()) == []
