"""When a staff account may sign in: five failures, ninety days, and who lets it in again."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from aviso.domain.errors import AccountLocked, Conflict
from aviso.domain.staff import Account, Role
from aviso.providers import cognito_users
from aviso.staff import account_locks
from aviso.storage import staff_accounts
from aviso.storage.staff_accounts import AccountItem
from infra.harness.staff_browser import subjects

NOW = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def fail(times, at=NOW):
    for n in range(times):
        account_locks.before_sign_in("u1", "ana", at + n * timedelta(seconds=1))


def open_now(id):
    return staff_accounts.account(id).locked_at is None


class TestFailures:
    def test_lock_after_five_within_fifteen_minutes(self, aws):
        fail(5)
        with pytest.raises(AccountLocked, match="failures"):
            fail(1, NOW + MINUTE)
        with pytest.raises(AccountLocked):
            account_locks.before_sign_in("u1", "ana", NOW + timedelta(days=30))
        assert not open_now("u1")
        assert ("sign_in_guard", "account_locked", "u1: failures") in subjects()

    def test_without_any_sign_in_are_forgotten_in_time(self, aws):
        fail(1)
        assert AccountItem.get("ACCOUNT#u1").expires > NOW + timedelta(days=90)

    @pytest.mark.parametrize("later", [15 * MINUTE, 16 * MINUTE, timedelta(days=401)])
    def test_lock_however_long_the_next_attempt_waits(self, aws, later):
        fail(5)
        assert AccountItem.get("ACCOUNT#u1").expires is None  # nor does the table forget them
        with pytest.raises(AccountLocked, match="failures"):
            fail(1, NOW + later)
        assert not open_now("u1")

    def test_allow_the_right_password_at_the_fifth(self, aws):
        fail(5)
        account_locks.after_sign_in("u1", "ana", NOW + MINUTE)
        account_locks.before_sign_in("u1", "ana", NOW + 2 * MINUTE)
        assert open_now("u1")


def lock_by_failing(id, name):
    for _ in range(6):
        with suppress(AccountLocked):
            account_locks.before_sign_in(id, name, datetime.now(UTC))


class TestLock:
    @pytest.mark.parametrize("attempts", [0, 1])
    def test_of_an_idle_account_is_not_forgotten(self, aws, attempts):
        account_locks.after_sign_in("u1", "ana", NOW)
        fail(attempts, NOW + MINUTE)
        assert AccountItem.get("ACCOUNT#u1").expires is None  # so DynamoDB never takes the row
        with pytest.raises(AccountLocked, match="idle"):
            fail(1, NOW + timedelta(days=500))

    def test_refuses_the_right_password(self, aws):
        fail(5)
        with pytest.raises(AccountLocked):
            fail(1)
        with pytest.raises(AccountLocked):
            account_locks.after_sign_in("u1", "ana", NOW + MINUTE)

    def test_comes_after_ninety_days_without_a_sign_in(self, aws):
        account_locks.after_sign_in("u1", "ana", NOW)
        account_locks.before_sign_in("u1", "ana", NOW + timedelta(days=90))
        with pytest.raises(AccountLocked, match="idle"):
            account_locks.before_sign_in("u1", "ana", NOW + timedelta(days=91))

    @pytest.mark.parametrize(
        ("account", "why"),
        [
            (Account(id="u1"), ""),
            (Account(id="u1", seen_at=NOW - timedelta(days=91)), "idle"),
            (Account(id="u1", tries=(NOW,) * 5), "failures"),
            (Account(id="u1", tries=(NOW - timedelta(days=400),) * 5), "failures"),
            (Account(id="u1", tries=tuple(NOW - n * 4 * MINUTE for n in (4, 3, 2, 1, 0))), ""),
            (Account(id="u1", tries=(NOW,) * 4), ""),
            (Account(id="u1", locked_at=NOW - timedelta(days=400), locked_why="desk"), "desk"),
        ],
    )
    def test_depends_on_what_is_known_of_the_account(self, account, why):
        assert account_locks.judge(account, NOW) == why

    def test_is_opened_by_an_administrator_on_record(self, desk, pool):
        lock_by_failing("sub-ana", "ana")
        desk.sign_in(Role.SUPERVISOR)
        assert desk.post("account", account="ana", do="release").status == 403
        desk.sign_in(Role.ADMINISTRATOR)
        assert "five failed sign-ins" in desk.get("accounts").text
        desk.post("account", account="ana", do="release")
        assert open_now("sub-ana")
        assert "five failed sign-ins." not in desk.get("accounts").text
        assert ("staff:id-administrator", "account_released", "sub-ana") in subjects()

    def test_by_strangers_tries_ends_no_session(self, desk):
        member = desk.sign_in(Role.SUPERVISOR)
        lock_by_failing(member.id, member.name)
        assert not open_now(member.id)
        assert desk.get("tasks").status == 200


class TestAccount:
    def test_stays_locked_until_unlocked(self, desk, pool):
        ana = desk.sign_in(Role.ADVOCATE, id="sub-ana")
        jar = dict(desk.jar)
        desk.sign_in(Role.ADMINISTRATOR)
        desk.post("account", account="ana", do="disable")
        assert not pool.users["ana"]["Enabled"]
        with pytest.raises(AccountLocked):
            account_locks.before_sign_in(ana.id, "ana", datetime.now(UTC))
        assert "by an administrator" in desk.get("accounts").text
        by, desk.jar = desk.jar, jar
        assert desk.get("tasks").headers["Location"] == "sign-in"
        desk.jar = by
        desk.post("account", account="ana", do="release")
        assert pool.users["ana"]["Enabled"]
        assert open_now("sub-ana")
        desk.jar = jar  # of a laptop that was stolen, perhaps
        assert desk.get("tasks").headers["Location"] == "sign-in"
        assert {
            ("staff:id-administrator", f"account_{a}", "sub-ana") for a in ("locked", "released")
        } <= (subjects())

    def test_is_invited_with_roles_on_record(self, desk, pool):
        desk.sign_in(Role.ADMINISTRATOR)
        form = {"email": "Luz@example.org", "role-records": "yes", "role-supervisor": "yes"}
        desk.post("invite", name="luz", **form)
        assert pool.mailed[-1] == "luz"
        page = desk.get("accounts")
        assert "luz@example.org" in page.text
        assert {g for g, names in pool.groups.items() if "luz" in names} == {
            "records",
            "supervisor",
        }
        assert (
            "staff:id-administrator",
            "account_invited",
            "luz: records supervisor",
        ) in subjects()
        assert "This name is taken." in desk.post("invite", name="luz", **form).text

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            (
                {"name": "Ana María", "email": "a@example.org", "role-records": "yes"},
                "lowercase letters",
            ),
            ({"name": "luz", "email": "nobody", "role-records": "yes"}, "not an email address"),
            ({"name": "luz", "email": "a@example.org"}, "at least one role"),
            ({"name": "luz", "email": "a@example.org", "role-chief": "yes"}, "at least one role"),
        ],
    )
    def test_is_not_invited_by_half_a_form(self, desk, pool, form, said):
        desk.sign_in(Role.ADMINISTRATOR)
        page = desk.post("invite", **form)
        assert (page.status, said in page.text) == (400, True)
        assert set(pool.users) == {"rosa", "ana", "the-boss"}

    @pytest.mark.parametrize("does", ["disable", "release", "roles", "again"])
    def test_cannot_be_changed_by_its_owner(self, desk, pool, does):
        desk.sign_in(Role.ADMINISTRATOR, id="sub-the-boss")
        page = desk.post("account", account="the-boss", do=does, **{"role-records": "yes"})
        assert (page.status, "Another administrator" in page.text) == (400, True)
        assert pool.users["the-boss"]["Enabled"]
        assert "the-boss" in pool.groups["administrator"]

    def test_that_does_not_exist_cannot_be_changed(self, desk, pool):
        desk.sign_in(Role.ADMINISTRATOR)
        assert desk.post("account", account="nobody", do="disable").status == 404
        assert desk.post("account", account="ana", do="promote").status == 400
        assert desk.post("account", account="ana", do="roles").status == 400
        assert "ana" in pool.groups["advocate"]


class TestRoleChange:
    def test_ends_sessions_with_the_old_roles(self, desk, pool):
        desk.sign_in(Role.ADVOCATE, id="sub-ana", now=datetime.now(UTC) - timedelta(minutes=1))
        jar = dict(desk.jar)
        desk.sign_in(Role.ADMINISTRATOR)
        desk.post("account", account="ana", do="roles", **{"role-records": "yes"})
        assert "ana" in pool.groups["records"]
        assert "ana" not in pool.groups["advocate"]
        assert ("staff:id-administrator", "account_roles_changed", "sub-ana: records") in subjects()
        desk.jar = jar
        assert desk.get("tasks").headers["Location"] == "sign-in"
        desk.sign_in(Role.RECORDS, id="sub-ana", now=datetime.now(UTC) + timedelta(seconds=1))
        assert desk.get("tasks").status == 200

    def test_works_while_a_stranger_tries_the_name(self, desk, pool, monkeypatch):
        desk.sign_in(Role.ADVOCATE, id="sub-ana", now=datetime.now(UTC) - timedelta(minutes=1))
        hers = dict(desk.jar)
        desk.sign_in(Role.ADMINISTRATOR)
        save = staff_accounts.save_account
        raced: list[Account] = []

        def after_a_try(account, *rest):
            if not raced:
                raced.append(account)
                account_locks.before_sign_in(account.id, "ana", datetime.now(UTC))
            save(account, *rest)

        monkeypatch.setattr(staff_accounts, "save_account", after_a_try)
        page = desk.post("account", account="ana", do="roles", **{"role-records": "yes"})
        assert page.status == 303
        assert "ana" not in pool.groups["advocate"]
        desk.jar = hers
        assert desk.get("tasks").headers["Location"] == "sign-in"

    def test_waits_while_sessions_cannot_be_ended(self, desk, pool, monkeypatch):
        def always_changing(*_):
            raise Conflict("changed")

        desk.sign_in(Role.ADMINISTRATOR)
        monkeypatch.setattr(staff_accounts, "save_account", always_changing)
        page = desk.post("account", account="ana", do="roles", **{"role-records": "yes"})
        assert page.status == 409
        assert "ana" in pool.groups["advocate"]


def meanwhile(desk, monkeypatch, act):
    """Sign ana in while the sign-in service is asked to do something; return her cookies."""
    boss, hers = dict(desk.jar), {}
    asked = getattr(cognito_users, act)

    def slow(*given):
        desk.sign_in(Role.ADVOCATE, id="sub-ana")
        hers.update(desk.jar)
        desk.jar = dict(boss)
        asked(*given)

    monkeypatch.setattr(cognito_users, act, slow)
    return hers


class TestSessionRace:
    @pytest.mark.parametrize("act", ["set_roles", "delete"])
    def test_beginning_during_a_change_ends_with_the_rest(self, desk, pool, monkeypatch, act):
        desk.sign_in(Role.ADMINISTRATOR)
        hers = meanwhile(desk, monkeypatch, act)
        if act == "set_roles":
            desk.post("account", account="ana", do="roles", **{"role-records": "yes"})
        else:
            desk.confirm("account", account="ana", do="again")
        desk.jar = hers
        assert desk.get("tasks").headers["Location"] == "sign-in"

    def test_beginning_at_a_lock_is_over_for_good(self, desk, pool):
        now = datetime.now(UTC)
        boss = desk.sign_in(Role.ADMINISTRATOR)
        ana = desk.sign_in(Role.ADVOCATE, id="sub-ana", now=now + timedelta(seconds=1))
        account_locks.after_sign_in(ana.id, ana.name, ana.created_at)
        account_locks.lock(ana.id, boss.audit_name, 1, now)  # it was asked for a second ago
        assert desk.get("tasks").headers["Location"] == "sign-in"
        account_locks.release(ana.id, boss.audit_name, 1, now + timedelta(seconds=2))
        assert desk.get("tasks").headers["Location"] == "sign-in"
        desk.sign_in(Role.ADVOCATE, id="sub-ana", now=now + timedelta(seconds=3))
        assert desk.get("tasks").status == 200


def ask(trigger, **request):
    from functions.sign_in_guard.handler import handler

    class Context:
        function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "test"

    event = {"triggerSource": trigger, "userName": "ana", "request": request}
    return handler(event, Context())


class TestTriggers:
    def test_count_lock_and_forgive(self, aws, capsys):
        who = {"userAttributes": {"sub": "u1"}}
        for _ in range(4):
            assert ask("PreAuthentication_Authentication", **who)["userName"] == "ana"
        ask("PostAuthentication_Authentication", **who)
        for _ in range(5):
            ask("PreAuthentication_Authentication", **who)
        assert "SignInsRefused" not in capsys.readouterr().out
        with pytest.raises(PermissionError, match="administrator"):
            ask("PreAuthentication_Authentication", **who)
        assert '"SignInsRefused":[1' in capsys.readouterr().out  # no failure of the function

    def test_answer_an_unknown_user_like_any_other(self, aws):
        event = ask("PreAuthentication_Authentication", userAttributes={}, userNotFound=True)
        assert event["userName"] == "ana"
