"""Accounts of the desk: locked after failures, invited, changed and closed by an administrator."""

import json

import pytest
from playwright.sync_api import expect

from infra.local.stack import StackError
from tests.browser.staff_page import Desk


class TestAccount:
    def test_is_locked_by_five_failures_until_released(self, accounts, at, deployed, visit):
        """The laptop's sign-in page asks no trigger: the test calls its function itself."""
        name, pool = "sample-advocate", deployed.outputs["StaffPool"]
        found = deployed.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=name)
        who = {a["Name"]: a["Value"] for a in found["UserAttributes"]}
        event = {
            "version": "1",
            "triggerSource": "PreAuthentication_Authentication",
            "userPoolId": pool,
            "userName": name,
            "request": {"userAttributes": who, "validationData": {}},
            "response": {},
        }
        at("advocate", fresh=True)
        for _ in range(5):
            deployed.invoke("sign_in_guard", event)
        with pytest.raises(StackError, match="locked"):
            deployed.invoke("sign_in_guard", event)
        locked = Desk(visit(width=1280), deployed.staff_url)
        locked.give(name, accounts[name])
        expect(locked.page.get_by_role("alert")).to_have_text(locked.says("desk_refused_locked"))
        assert not locked.is_signed_in()
        boss = at("administrator")
        boss.open("accounts")
        row = boss.page.locator("article", has_text=name)
        expect(row).to_contain_text(boss.says("desk_account_closed"))
        row.get_by_role("button", name=boss.says("desk_account_release")).click()
        expect(row).not_to_contain_text(boss.says("desk_account_closed"))
        at("advocate", fresh=True)

    def test_is_invited_changed_and_closed(self, at, deployed, visit):
        boss = at("administrator")
        boss.open("accounts")
        boss.page.locator("summary").first.click()
        boss.page.fill("#name", "luz")
        boss.page.fill("#email", "luz@example.org")
        boss.page.locator("details").first.get_by_label(boss.says("desk_role_records")).check()
        boss.press("desk_account_invite")
        row = boss.page.locator("article", has_text="luz@example.org")
        expect(row).to_contain_text(boss.says("desk_account_invited"))
        # She chooses her own password on the sign-in page; here it is set for her.
        service, pool = deployed.client("cognito-idp"), deployed.outputs["StaffPool"]
        password = "Not-a-secret-12345"
        service.admin_set_user_password(
            UserPoolId=pool, Username="luz", Password=password, Permanent=True
        )
        luz = Desk(visit(width=1280), deployed.staff_url)
        luz.sign_in("luz", password)
        assert luz.open("switches") == 403
        row.locator("summary").click()
        row.get_by_label(boss.says("desk_role_records")).uncheck()
        row.get_by_label(boss.says("desk_role_supervisor")).check()
        row.get_by_role("button", name=boss.says("desk_account_set_roles")).click()
        expect(row).to_contain_text(boss.says("desk_role_supervisor"))
        luz.open("switches")
        luz.sees(luz.says("desk_sign_in"))  # her session ended with her old role
        luz.sign_in("luz", password)
        assert luz.open("switches") == 200
        row.get_by_role("button", name=boss.says("desk_account_again")).click()
        boss.sees(boss.says("desk_confirm_again"))
        boss.confirm()
        expect(row).to_contain_text(boss.says("desk_account_invited"))
        row.get_by_role("button", name=boss.says("desk_account_disable")).click()
        expect(row).to_contain_text(boss.says("desk_account_closed"))
        user = service.admin_get_user(UserPoolId=pool, Username="luz")
        assert user["Enabled"] is False
        own = boss.page.locator("article", has_text="sample-administrator")
        assert own.get_by_role("button").count() == 0


class TestUserPool:
    def test_asks_the_guard_before_and_after_each_sign_in(self, deployed):
        pool = deployed.client("cognito-idp").describe_user_pool(
            UserPoolId=deployed.outputs["StaffPool"]
        )["UserPool"]
        guard = deployed.outputs["SignInGuardFunction"]
        asked = pool["LambdaConfig"]
        for trigger in ("PreAuthentication", "PostAuthentication"):
            assert asked[trigger].endswith(f":function:{guard}:live")
        found = deployed.client("lambda").get_policy(FunctionName=guard, Qualifier="live")["Policy"]
        (statement,) = json.loads(found)["Statement"]
        assert statement["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
        assert statement["Condition"]["ArnLike"] == {"AWS:SourceArn": pool["Arn"]}
        assert pool["MfaConfiguration"] == "ON"
