"""Whoever is given access to the desk is announced to its other supervisors and administrators."""

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


def test_an_invitation_is_told_to_every_other_supervisor_and_administrator_in_both_languages(
    desk, chiefs, sent
):
    cognito_users.invite("boss-2", "boss-2@example.org", [Role.ADMINISTRATOR])
    boss = desk.sign_in(Role.ADMINISTRATOR, id="sub-boss-2")
    desk.post("invite", **ASKED)
    assert to(sent) == ["sam@example.org", "sue@example.org", "the-boss@example.org"]
    for said in (boss.name, "luz (luz@private.example.org)", "Supervisor.", "Supervisión."):
        assert said in sent.mails[0].text
    assert "luz" in chiefs.users


@pytest.mark.parametrize(("roles", "told"), [("supervisor advocate", 2), ("advocate", 0)])
def test_a_role_that_is_new_to_somebody_is_told_and_one_that_was_theirs_is_not(
    desk, chiefs, sent, roles, told
):
    desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
    desk.post("account", account="ana", do="roles", **{f"role-{r}": "yes" for r in roles.split()})
    assert len(sent.mails) == told
    assert all("Advocate" not in mail.text for mail in sent.mails)


def test_where_none_of_them_can_be_told_nobody_is_given_access(desk, chiefs, sent):
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
def test_one_who_was_told_is_enough_and_before_the_service_begins_none_is_needed(
    desk, chiefs, sent, refuses
):
    sent.refuses = {f"{name}@example.org": why for name, why in refuses.items()}
    desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
    desk.post("invite", **ASKED)
    assert "luz" in chiefs.users


def test_a_first_administrator_with_nobody_to_tell_invites_all_the_same(desk, pool, sent):
    desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss", now=datetime.now(UTC))
    desk.post("invite", **ASKED)
    assert sent.mails == []
    assert "luz" in pool.users
