"""Who lost password or authenticator at the desk: the account is deleted and made again."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.domain.errors import AccountLocked
from aviso.domain.staff import Role
from aviso.providers import cognito_users
from aviso.staff import account_locks, account_resets
from aviso.storage import staff_accounts
from infra.harness.staff_browser import subjects

OLD, NEW = "sub-ana", "sub-ana-2"


class DiedError(Exception):
    """The process is gone."""


def groups_of(pool, name):
    return {group for group, names in pool.groups.items() if name in names}


def again(desk):
    return desk.confirm("account", account="ana", do="again")


class TestReset:
    def test_sets_up_both_factors_and_keeps_roles(self, desk, pool):
        """No call removes an authenticator where all must have one: the account must be new."""
        pool.users["ana"] |= {"UserStatus": "CONFIRMED", "Mfa": True}
        pool.groups["records"].add("ana")
        desk.sign_in(Role.ADMINISTRATOR)
        again(desk)
        ana = pool.users["ana"]
        assert (ana["UserStatus"], ana["Mfa"]) == ("FORCE_CHANGE_PASSWORD", False)
        assert {"Name": "sub", "Value": NEW} in ana["Attributes"]
        assert {"Name": "email", "Value": "ana@example.org"} in ana["Attributes"]
        assert groups_of(pool, "ana") == {"advocate", "records"}
        assert pool.mailed.count("ana") == 2
        assert staff_accounts.resets() == []
        assert ("staff:id-administrator", "account_started_again", OLD) in subjects()
        assert ("staff:id-administrator", "account_replaced", f"{OLD}: {NEW}") in subjects()

    def test_ends_what_was_open_with_the_old_account(self, desk, pool):
        desk.sign_in(Role.ADVOCATE, id=OLD)
        hers = dict(desk.jar)
        desk.sign_in(Role.ADMINISTRATOR)
        again(desk)
        desk.jar = hers
        assert desk.get("tasks").headers["Location"] == "sign-in"
        later = datetime.now(UTC) + timedelta(minutes=1)
        for way_in in (account_locks.before_sign_in, account_locks.after_sign_in):
            with pytest.raises(AccountLocked):
                way_in(OLD, "ana", later)
        account_locks.after_sign_in(NEW, "ana", later)

    @pytest.mark.parametrize("why", ["desk", "failures", "idle"])
    def test_does_not_let_in_who_was_locked(self, desk, pool, why):
        now = datetime.now(UTC)
        boss = desk.sign_in(Role.ADMINISTRATOR)
        if why == "desk":
            desk.post("account", account="ana", do="disable")
        elif why == "failures":
            for _ in range(5):
                account_locks.before_sign_in(OLD, "ana", now)
        else:
            account_locks.after_sign_in(OLD, "ana", now - timedelta(days=91))
        again(desk)
        assert account_locks.judge(staff_accounts.account(NEW), now) == why
        assert pool.users["ana"]["Enabled"] is (why != "desk")
        with pytest.raises(AccountLocked):
            account_locks.before_sign_in(NEW, "ana", now)
        account_locks.release(NEW, boss.audit_name, 1, now)
        account_locks.before_sign_in(NEW, "ana", now)

    def test_needs_an_email(self, desk, pool):
        pool.users["ana"]["Attributes"] = pool.users["ana"]["Attributes"][:1]
        desk.sign_in(Role.ADMINISTRATOR)
        page = desk.confirm("account", account="ana", do="again")
        assert (page.status, "has no email" in page.text) == (400, True)
        assert {"Name": "sub", "Value": OLD} in pool.users["ana"]["Attributes"]
        assert staff_accounts.resets() == []


class TestInterruptedReset:
    @pytest.mark.parametrize("locked", [False, True])
    @pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", ["delete", "create", "close_former", "join", "mail"])
    def test_leaves_an_account_that_can_be_finished(
        self, desk, pool, monkeypatch, step, done, locked
    ):
        now = datetime.now(UTC)
        if locked:
            for _ in range(5):
                account_locks.before_sign_in(OLD, "ana", now)
        desk.sign_in(Role.ADMINISTRATOR)
        module = account_locks if step == "close_former" else cognito_users
        real = getattr(module, step)

        def dies(*given, **named):
            if done:
                real(*given, **named)
            raise DiedError

        with monkeypatch.context() as broken:
            broken.setattr(module, step, dies)
            with pytest.raises(DiedError):
                account_resets.start_again("ana", "staff:id-administrator", 1, now)
        page = desk.get("accounts").text
        assert "was not fully created again" in page
        again(desk)
        assert staff_accounts.resets() == []
        assert groups_of(pool, "ana") == {"advocate"}
        assert {"Name": "sub", "Value": NEW} in pool.users["ana"]["Attributes"]
        assert pool.mailed[-1] == "ana"
        assert account_locks.judge(staff_accounts.account(NEW), now) == (
            "failures" if locked else ""
        )
        assert "was not fully created again" not in desk.get("accounts").text

    def test_keeps_the_name_and_its_roles(self, desk, pool, monkeypatch):
        desk.sign_in(Role.ADMINISTRATOR)
        with monkeypatch.context() as broken:
            broken.setattr(cognito_users, "create", None)
            with pytest.raises(TypeError):
                account_resets.start_again("ana", "staff:id-administrator", 1, datetime.now(UTC))
        assert "ana" not in pool.users
        form = {"email": "else@example.org", "role-supervisor": "yes"}
        assert "This name is taken." in desk.post("invite", name="ana", **form).text
        for does in ("roles", "release", "disable"):
            page = desk.post("account", account="ana", do=does, **{"role-supervisor": "yes"})
            assert (page.status, "was not fully created again" in page.text) == (400, True)
        again(desk)
        assert groups_of(pool, "ana") == {"advocate"}

    def test_changes_nobody_when_finished_twice(self, desk, pool, monkeypatch):
        """The last write alone was missing: she has signed in with the new account since."""
        desk.sign_in(Role.ADMINISTRATOR)
        with monkeypatch.context() as broken:
            broken.setattr(staff_accounts, "drop_reset", None)
            with pytest.raises(TypeError):
                account_resets.start_again("ana", "staff:id-administrator", 1, datetime.now(UTC))
        pool.users["ana"] |= {"UserStatus": "CONFIRMED", "Mfa": True}
        pool.groups["advocate"].discard("ana")
        again(desk)
        assert pool.users["ana"]["Mfa"]
        assert groups_of(pool, "ana") == set()
        assert staff_accounts.resets() == []
