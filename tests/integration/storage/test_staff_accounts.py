"""What an upgrade from the last release leaves of accounts and sessions, which were in Guards."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.domain.errors import AccountLocked
from aviso.domain.staff import Account, Role
from aviso.runtime import clients
from aviso.staff import account_locks
from aviso.storage import staff_accounts
from aviso.storage.staff_accounts import FormerAccountItem
from infra.deploy import adopt

NOW = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)


def left_by_the_last_release(**row):
    FormerAccountItem("ACCOUNT#u1", version=7, **row).save()


def keys_taken(old, name):
    database = clients.client("dynamodb")
    return sorted(row["pk"]["S"] for row in adopt.adopted_rows(database, old, name))


class TestUpgrade:
    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ({"at": NOW, "reason": "desk"}, "desk"),
            ({"at": NOW, "reason": "failures"}, "failures"),
            ({"seen_at": NOW - timedelta(days=91)}, "idle"),
            ({"tries": ["2026-11-26T18:59:00.000000Z"] * 4}, "failures"),
        ],
    )
    def test_forgets_no_lock_and_no_failure(self, aws, row, why):
        left_by_the_last_release(name="ana", **row)
        if "tries" in row:
            account_locks.before_sign_in("u1", "ana", NOW)  # the fifth
        with pytest.raises(AccountLocked, match=why):
            account_locks.before_sign_in("u1", "ana", NOW)
        assert account_locks.judge(staff_accounts.account("u1"), NOW) == why

    def test_reads_later_changes_in_the_new_place(self, aws):
        left_by_the_last_release(name="ana", at=NOW, reason="desk")
        assert staff_accounts.accounts(["u1"])["u1"].locked_why == "desk"
        account_locks.release("u1", "staff:boss", 1, NOW)
        assert staff_accounts.account("u1").locked_at is None
        assert staff_accounts.accounts(["u1"])["u1"].locked_at is None
        assert FormerAccountItem.get("ACCOUNT#u1").reason == "desk"  # and changes nothing any more

    def test_leaves_ended_sessions_ended(self, aws):
        left_by_the_last_release(name="ana", ended_at=NOW)
        assert staff_accounts.account("u1") == Account(id="u1", name="ana", ended_at=NOW)

    def test_ends_sessions_of_the_last_release(self, desk, monkeypatch):
        member = desk.sign_in(Role.SUPERVISOR)
        row = staff_accounts.MemberItem.get(f"STAFF#{member.key}")
        row.delete()

        class InGuards(staff_accounts.MemberItem):
            class Meta(FormerAccountItem.Meta):
                pass

        values = {name: getattr(row, name) for name in row.get_attributes()}
        InGuards(**values).save()
        assert desk.get("tasks").headers["Location"] == "sign-in"

    @pytest.mark.parametrize("has_members", [True, False], ids=["this release", "the one before"])
    def test_keeps_names_and_no_session(self, aws, has_members):
        database = clients.client("dynamodb")
        desks = "Members" if has_members else "Guards"
        for name in ("ACCOUNT#u1", "STAFF#1", "SIGNIN#1", "RESET#ana"):
            database.put_item(TableName=desks, Item={"pk": {"S": name}})
        for name in ("OPTOUT#1", "SWITCHES"):
            database.put_item(TableName="Guards", Item={"pk": {"S": name}})
        old = {"Guards": "Guards"} | ({"Members": "Members"} if has_members else {})
        assert keys_taken(old, "Members") == ["ACCOUNT#u1"]
        assert set(keys_taken(old, "Guards")) - {"RESET#ana"} == {"OPTOUT#1"}
