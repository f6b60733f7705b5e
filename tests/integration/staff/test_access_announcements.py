"""New access to the desk is announced to its other supervisors and administrators."""

from datetime import UTC, datetime

import pytest

from aviso.domain.errors import SendDeferred, SendUnknown
from aviso.domain.staff import Role
from aviso.providers import cognito_users, sender
from infra.harness.staff_browser import subjects

ASKED = {"name": "luz", "email": "luz@private.example.org", "role-supervisor": "yes"}


@pytest.fixture
def sent(monkeypatch):
    """Give what is emailed, and who cannot be written to for which reason."""

    class Post:
        def __init__(self):
            self.mails, self.refuses = [], {}

        def send(self, message, seconds_left):
            if why := self.refuses.get(message.address):
                raise why
            self.mails.append(message)

    post = Post()
    monkeypatch.setattr(sender, "sender", lambda channel: post)
    return post


@pytest.fixture
def chiefs(pool):
    """Give two supervisors and a closed one beside the pool's usual people."""
    for name in ("sam", "sue", "gone"):
        cognito_users.invite(name, f"{name}@example.org", [Role.SUPERVISOR])
    cognito_users.disable("gone")
    return pool


def to(sent):
    return sorted(mail.address for mail in sent.mails)


class TestInvitation:
    def test_tells_every_other_chief_in_both_languages(self, desk, chiefs, sent):
        cognito_users.invite("boss-2", "boss-2@example.org", [Role.ADMINISTRATOR])
        boss = desk.sign_in(Role.ADMINISTRATOR, id="sub-boss-2")
        desk.post("invite", **ASKED)
        assert to(sent) == ["sam@example.org", "sue@example.org", "the-boss@example.org"]
        for said in (boss.name, "luz (luz@private.example.org)", "Supervisor.", "Supervisión."):
            assert said in sent.mails[0].text
        assert "luz" in chiefs.users

    def test_waits_while_no_chief_can_be_told(self, desk, chiefs, sent):
        sent.refuses = {f"{n}@example.org": SendDeferred("throttled") for n in ("sam", "sue")}
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        page = desk.post("invite", **ASKED)
        assert (page.status, "nothing was changed" in page.text) == (400, True)
        assert "luz" not in chiefs.users
        page = desk.post("account", account="ana", do="roles", **{"role-supervisor": "yes"})
        assert page.status == 400
        assert "ana" not in chiefs.groups["supervisor"]
        assert not {action for _, action, _ in subjects()} & {"account_invited"}

    @pytest.mark.parametrize(
        "refuses",
        [
            {"sam": SendDeferred("throttled")},
            {"sam": SendUnknown("timeout"), "sue": SendDeferred("throttled")},
            {"sam": SendDeferred("account_sandbox"), "sue": SendDeferred("account_sandbox")},
        ],
        ids=["one was told", "one may have been told", "AWS lets nobody be written to yet"],
    )
    def test_needs_one_chief_who_was_told(self, desk, chiefs, sent, refuses):
        sent.refuses = {f"{name}@example.org": why for name, why in refuses.items()}
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        desk.post("invite", **ASKED)
        assert "luz" in chiefs.users

    def test_by_the_only_account_tells_nobody(self, desk, pool, sent):
        for name in ("rosa", "ana"):
            cognito_users.delete(name)
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss", now=datetime.now(UTC))
        desk.post("invite", **ASKED)
        assert sent.mails == []
        assert "luz" in pool.users

    def test_tells_every_account_where_no_chief_is_left(self, desk, pool, sent):
        cognito_users.invite("gone", "gone@example.org", [Role.SUPERVISOR])
        cognito_users.disable("gone")
        everybody = ["ana@example.org", "gone@example.org", "rosa@example.org"]
        sent.refuses = {address: SendDeferred("throttled") for address in everybody}
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        assert desk.post("invite", **ASKED).status == 400
        assert "luz" not in pool.users
        sent.refuses = {}
        desk.post("invite", **ASKED)
        assert to(sent) == everybody


class TestRoles:
    @pytest.mark.parametrize(("roles", "told"), [("supervisor advocate", 2), ("advocate", 0)])
    def test_new_ones_are_told_and_old_ones_are_not(self, desk, chiefs, sent, roles, told):
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        desk.post(
            "account", account="ana", do="roles", **{f"role-{r}": "yes" for r in roles.split()}
        )
        assert len(sent.mails) == told
        assert all("Advocate" not in mail.text for mail in sent.mails)

    def test_lost_ones_are_told_to_their_owner_and_others(self, desk, chiefs, sent):
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        desk.post("account", account="sam", do="roles", **{"role-records": "yes"})
        losing = [mail for mail in sent.mails if "taking" in mail.text]
        assert sorted(m.address for m in losing) == ["sam@example.org", "sue@example.org"]
        assert "Supervisor" in losing[0].text


class TestClosing:
    def test_of_chiefs_one_by_one_is_heard_by_them(self, desk, chiefs, sent):
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        for name in ("sam", "sue"):
            desk.post("account", account=name, do="disable")
        assert to(sent) == ["sam@example.org", "sue@example.org", "sue@example.org"]
        assert "is locking the account" in sent.mails[0].text
        assert "bloquea la cuenta" in sent.mails[0].text
        sent.mails.clear()
        desk.post("invite", **ASKED)
        assert {"sam@example.org", "sue@example.org"} <= set(to(sent))

    def test_ends_only_after_the_others_were_told(self, desk, chiefs, sent):
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        desk.post("account", account="gone", do="release")
        assert to(sent) == ["sam@example.org", "sue@example.org"]
        assert "is unlocking the account" in sent.mails[0].text
        assert chiefs.users["gone"]["Enabled"]
        cognito_users.disable("gone")
        sent.refuses = {f"{n}@example.org": SendDeferred("throttled") for n in ("sam", "sue")}
        assert desk.post("account", account="gone", do="release").status == 400
        assert not chiefs.users["gone"]["Enabled"]

    def test_needs_nobody_who_can_be_told(self, desk, chiefs, sent):
        sent.refuses = {f"{n}@example.org": SendDeferred("throttled") for n in ("sam", "sue")}
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        assert desk.post("account", account="sam", do="disable").status == 303
        assert not chiefs.users["sam"]["Enabled"]

    def test_and_opening_of_records_is_told_to_nobody(self, desk, chiefs, sent):
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        for does in ("disable", "release"):
            desk.post("account", account="rosa", do=does)
        assert sent.mails == []
