"""When a staff account may sign in: five failures, ninety days, and who lets it in again."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso import accounts
from aviso.errors import AccountLocked
from aviso.staff import Account, Role
from tests.colleague import audited

NOW = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def fail(times, at=NOW):
    for n in range(times):
        accounts.before_sign_in("u1", "ana", at + n * timedelta(seconds=1))


def test_the_sixth_attempt_within_fifteen_minutes_is_refused_and_locks(aws):
    fail(5)
    with pytest.raises(AccountLocked, match="failures"):
        fail(1, NOW + MINUTE)
    with pytest.raises(AccountLocked):
        accounts.before_sign_in("u1", "ana", NOW + timedelta(days=30))
    assert not accounts.may_work("u1")


def test_failures_spread_over_more_than_fifteen_minutes_lock_nothing(aws):
    for n in range(20):
        accounts.before_sign_in("u1", "ana", NOW + n * 4 * MINUTE)
    assert accounts.may_work("u1")


def test_a_success_takes_the_failures_before_it_back(aws):
    fail(4)
    accounts.after_sign_in("u1", "ana", NOW + MINUTE)
    fail(5, NOW + 2 * MINUTE)
    assert accounts.may_work("u1")


def test_a_locked_account_is_not_let_in_by_the_right_password(aws):
    fail(5)
    with pytest.raises(AccountLocked):
        fail(1)
    with pytest.raises(AccountLocked):
        accounts.after_sign_in("u1", "ana", NOW + MINUTE)


def test_ninety_days_without_a_sign_in_lock_an_account(aws):
    accounts.after_sign_in("u1", "ana", NOW)
    accounts.before_sign_in("u1", "ana", NOW + timedelta(days=90))
    with pytest.raises(AccountLocked, match="idle"):
        accounts.before_sign_in("u1", "ana", NOW + timedelta(days=91))


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (Account(id="u1"), ""),
        (Account(id="u1", seen_at=NOW - timedelta(days=91)), "idle"),
        (Account(id="u1", tries=(NOW,) * 5), "failures"),
        (Account(id="u1", tries=(NOW - timedelta(minutes=16),) * 5), ""),
        (Account(id="u1", locked_at=NOW - timedelta(days=400), locked_why="desk"), "desk"),
    ],
)
def test_an_account_is_judged_by_what_is_known_of_it(account, why):
    assert accounts.judge(account, NOW) == why


def test_only_an_administrator_releases_and_it_is_recorded(desk):
    for _ in range(6):
        try:
            accounts.before_sign_in("u1", "ana", datetime.now(UTC))
        except AccountLocked:
            break
    desk.sign_in(Role.SUPERVISOR)
    assert desk.post("account", account="u1").status == 403
    desk.sign_in(Role.ADMINISTRATOR)
    assert "ana" in desk.get("accounts").text
    desk.post("account", account="u1")
    assert accounts.may_work("u1")
    assert ("staff:id-administrator", "account_released", "") in audited()


def test_a_lock_ends_open_sessions_with_their_next_request(desk):
    member = desk.sign_in(Role.RECORDS)
    by = desk.sign_in(Role.RECORDS)
    assert desk.get("tasks").status == 200
    accounts.lock(member.id, by, 1, datetime.now(UTC))
    assert desk.get("tasks").headers["Location"] == "sign-in"


def ask(trigger, **request):
    from functions.sign_in_guard.handler import handler

    class Context:
        function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "test"

    event = {"triggerSource": trigger, "userName": "ana", "request": request}
    return handler(event, Context())


def test_the_sign_in_services_triggers_count_lock_and_forgive(aws):
    who = {"userAttributes": {"sub": "u1"}}
    for _ in range(4):
        assert ask("PreAuthentication_Authentication", **who)["userName"] == "ana"
    ask("PostAuthentication_Authentication", **who)
    for _ in range(5):
        ask("PreAuthentication_Authentication", **who)
    with pytest.raises(PermissionError, match="administrator"):
        ask("PreAuthentication_Authentication", **who)


def test_an_unknown_user_is_answered_like_any_other(aws):
    event = ask("PreAuthentication_Authentication", userAttributes={}, userNotFound=True)
    assert event["userName"] == "ana"
