"""A password of the desk leaked: the account is closed, what it saw is found, it begins again."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from aviso.domain.model import AuditEntry
from aviso.domain.staff import Account, Role
from aviso.storage import audit, staff_accounts
from infra.harness.builders import NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import DESK_ENVIRONMENT, StaffBrowser, case_address, subjects
from infra.ops import seen, staff
from infra.ops.connection import operator
from tests.conftest import REGION

BUCKET = "audit-copy"
SINCE = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)  # two hours ago


@pytest.fixture
def desk(aws, pool, monkeypatch):
    """Give the browser of a thief who has ana's password, signed in."""
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for name, value in (DESK_ENVIRONMENT | {"STAFF_POOL": "pool-1"}).items():
        monkeypatch.setenv(name, value)
    store(an_arrest_case().case)
    browser = StaffBrowser()
    browser.sign_in(Role.ADVOCATE, id="sub-ana", name="ana")
    now = datetime.now(UTC) - timedelta(minutes=1)
    staff_accounts.save_account(Account(id="sub-ana", name="ana", seen_at=now), now)
    return browser


def found(name: str = "ana") -> seen.Seen:
    return seen.seen(name, SINCE, BUCKET, datetime.now(UTC))


class TestLock:
    def test_ends_the_open_session_at_once(self, desk, pool):
        assert desk.get(case_address(NUMBER)).status == 200
        staff.lock("ana", operator("dana"))
        assert desk.get(case_address(NUMBER)).status != 200
        assert not pool.users["ana"]["Enabled"]
        assert ("operator:dana", "account_locked", "sub-ana") in subjects()

    def test_holds_after_the_session_was_opened_again(self, desk, pool):
        staff.lock("ana", operator("dana"))
        staff.unlock("ana", operator("dana"))
        assert desk.get(case_address(NUMBER)).status != 200  # the thief's session stays ended

    def test_of_nobody_is_refused(self, desk):
        with pytest.raises(SystemExit, match="no account 'nobody'"):
            staff.lock("nobody", operator("dana"))


class TestSeen:
    def test_counts_sign_ins_cases_and_acts(self, desk):
        desk.get(case_address(NUMBER))
        shown = found()
        assert [act for _, act in shown.sign_ins] == ["signed_in"]
        assert set(shown.cases) == {NUMBER}
        assert sum(shown.acts.values()) == sum(shown.cases.values())

    def test_leaves_others_and_earlier_days_out(self, desk):
        for id, at in (("sub-rosa", datetime.now(UTC)), ("sub-ana", SINCE - timedelta(days=1))):
            entry = AuditEntry(at=at, actor=f"staff:{id}", action="case_viewed", case="2611240099")
            audit.append(entry, 400)
        assert found().cases == {}

    def test_reads_what_was_deleted_from_the_table(self, desk):
        at = datetime.now(UTC)
        row = {
            "pk": {"S": f"{at:%Y-%m-%d}#0"}, "sk": {"S": f"{at.isoformat()}#gone"},
            "at": {"S": at.isoformat()}, "actor": {"S": "staff:sub-ana"},
            "action": {"S": "case_viewed"}, "case": {"S": "2611240098"},
        }  # fmt: skip
        boto3.client("s3", region_name=REGION).put_object(
            Bucket=BUCKET, Key=f"{at:%Y-%m-%d}/1.jsonl", Body=json.dumps(row).encode()
        )
        assert found().cases == {"2611240098": 1}

    def test_finds_the_account_that_it_replaced(self, desk, pool):
        desk.get(case_address(NUMBER))
        staff.lock("ana", operator("dana"))
        staff.sign_in_again("ana", operator("dana"))
        assert pool.users["ana"]["Attributes"][0]["Value"] == "sub-ana-2"
        assert set(found().cases) == {NUMBER}

    def test_of_nobody_says_so(self, desk):
        with pytest.raises(LookupError):
            found("nobody")


class TestCommands:
    def test_do_it_all_as_typed(self, desk, pool, typed, capsys):
        outputs = {"StaffPool": "pool-1", "AuditBucket": BUCKET}
        since = ("--since", SINCE.isoformat())
        for words in (("lock", "ana"), ("seen", "ana", *since), ("sign-in-again", "ana")):
            assert typed(outputs, "staff", *words, "--by", "dana") == 0
        assert "ana: 1 sign-ins" in capsys.readouterr().out
        assert ("operator:dana", "trail_viewed", "account ana") in subjects()
        assert not pool.users["ana"]["Enabled"]
        assert typed(outputs, "staff", "unlock", "ana", "--by", "dana") == 0
        assert pool.users["ana"]["Enabled"]


class TestSecondFactor:
    def test_is_set_up_anew_and_the_lock_stays(self, desk, pool):
        pool.users["ana"]["Mfa"] = True
        staff.lock("ana", operator("dana"))
        staff.sign_in_again("ana", operator("dana"))
        assert not pool.users["ana"]["Mfa"]
        assert pool.mailed.count("ana") == 2  # the first invitation, and this one
        assert not pool.users["ana"]["Enabled"]
        assert staff_accounts.account("sub-ana-2").locked_at is not None
        staff.unlock("ana", operator("dana"))
        assert pool.users["ana"]["Enabled"]
        assert desk.get(case_address(NUMBER)).status != 200
