"""The switches in a real browser: each says what it does, is seen on every page, and is undone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from infra.local.stack import LocalAws
from tests.browser.axe import look
from tests.browser.conftest import SignIn
from tests.browser.staff_page import Desk

GUEST = "guest@example.com"
ROLES = ("records", "advocate", "supervisor", "administrator")


@pytest.fixture(autouse=True)
def all_off(deployed: LocalAws) -> Iterator[None]:
    """Leave the switches as they were found, whatever a test saw."""
    yield
    for name in ("kill", "guests", "brake", "kinds_off"):
        turn(deployed, name, None)
    turn(deployed, "trial", {"BOOL": False})


def turn(aws: LocalAws, name: str, value: object) -> None:
    """Turn a switch as the functions would that turn it by themselves."""
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["GuardsTable"],
        Key={"pk": {"S": "SWITCHES"}},
        UpdateExpression="SET #n = :v" if value else "REMOVE #n",
        ExpressionAttributeNames={"#n": name},
        **({"ExpressionAttributeValues": {":v": value}} if value else {}),
    )


def state_of(desk: Desk, n: int) -> str:
    """Return what the page of switches says of one: on or off."""
    return desk.page.locator(".card").nth(n).locator(".tag").inner_text()


def act(desk: Desk, n: int) -> None:
    """Press the button of one switch."""
    with desk.page.expect_navigation():
        desk.page.locator(".card").nth(n).locator("button").first.click()


class TestKillSwitch:
    @pytest.mark.parametrize("role", ["supervisor", "administrator"])
    def test_says_first_what_it_does(self, at: SignIn, role: str) -> None:
        desk = at(role)
        desk.open("switches")
        act(desk, 0)
        desk.sees(desk.says("desk_confirm_kill_on"))
        desk.confirm()
        assert state_of(desk, 0) == desk.says("desk_on")
        desk.open("report")
        expect(desk.page.locator(".stops")).to_contain_text(desk.says("desk_stops_kill"))
        desk.page.get_by_role("link", name=desk.says("desk_stops_link")).click()
        act(desk, 0)
        desk.sees(desk.says("desk_confirm_kill_off"))
        desk.confirm()
        assert state_of(desk, 0) == desk.says("desk_off")
        assert desk.page.locator(".stops").count() == 0


class TestBrake:
    def test_of_the_feed_is_seen_and_released(self, at: SignIn, deployed: LocalAws) -> None:
        turn(deployed, "brake", {"S": "notices"})
        clerk = at("records")
        clerk.open("tasks")
        expect(clerk.page.locator(".stops")).to_contain_text(clerk.says("desk_stops_brake"))
        assert clerk.page.get_by_role("link", name=clerk.says("desk_stops_link")).count() == 0
        assert clerk.open("switches") == 403
        clerk.send("switch", do="brake_off", confirmed="yes")
        clerk.sees(clerk.says("desk_error_403"))
        wrong = []
        for language in ("en", "es"):
            boss = at("supervisor", language)
            boss.open("tasks")
            wrong += look(boss.page, "desk-brake", language)
        boss.page.get_by_role("link", name=boss.says("desk_stops_link")).click()
        assert boss.says("desk_brake_notices") in boss.text
        act(boss, 1)
        boss.sees(boss.says("desk_confirm_brake_off"))
        boss.confirm()
        assert state_of(boss, 1) == boss.says("desk_off")
        clerk.open("tasks")
        assert clerk.page.locator(".stops").count() == 0
        assert wrong == []

    def test_is_pulled_by_a_person_and_released(self, at: SignIn) -> None:
        desk = at("administrator")
        desk.open("switches")
        act(desk, 1)
        desk.sees(desk.says("desk_confirm_brake_on"))
        desk.confirm()
        assert desk.says("desk_brake_desk") in desk.text
        act(desk, 1)
        desk.confirm()
        assert state_of(desk, 1) == desk.says("desk_off")


class TestTrialMode:
    def test_goes_on_with_its_guests_and_off_again(self, at: SignIn, deployed: LocalAws) -> None:
        desk = at("supervisor")
        desk.open("switches")
        desk.page.fill("#guests", "nobody")
        act(desk, 2)
        assert desk.says("desk_guests_wrong") in desk.text
        desk.page.fill("#guests", f"{GUEST} 505-555-0190")
        act(desk, 2)
        desk.sees(desk.says("desk_confirm_trial_on"))
        desk.confirm()
        assert state_of(desk, 2) == desk.says("desk_on")
        key = {"pk": {"S": "SWITCHES"}}
        table = deployed.outputs["GuardsTable"]
        item = deployed.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
        assert [guest["S"] for guest in item["guests"]["L"]] == [GUEST, "+15055550190"]
        for role in ROLES:
            other = at(role)
            other.open("report")
            expect(other.page.locator(".stops")).to_contain_text(other.says("desk_stops_trial"))
        act(desk, 2)
        desk.confirm()
        assert state_of(desk, 2) == desk.says("desk_off")


class TestKind:
    def test_is_off_for_everyone_and_on_again(self, at: SignIn, deployed: LocalAws) -> None:
        boss, clerk = at("supervisor"), at("records")
        boss.open("switches")
        boss.page.select_option("#kind", "survey")
        boss.press("desk_turn_off")
        boss.sees(boss.says("desk_confirm_kind_off"))
        boss.confirm()
        wrong = look(boss.page, "desk-kind-off", "en", only=True)
        clerk.open("tasks")
        stops = clerk.page.locator(".stops")
        expect(stops).to_contain_text(clerk.says("desk_stops_kinds"))
        expect(stops).to_contain_text(clerk.says("desk_kind_survey"))
        clerk.send("switch", do="kind_on", kind="survey", confirmed="yes")
        clerk.sees(clerk.says("desk_error_403"))
        boss.open("switches")
        act(boss, 3)
        boss.sees(boss.says("desk_confirm_kind_on"))
        boss.confirm()
        clerk.open("tasks")
        expect(stops).to_have_count(0)
        assert wrong == []


class TestOtherLanguage:
    def test_is_the_same_page(self, at: SignIn) -> None:
        desk = at("records")
        desk.open("tasks?whose=nobody&due=today")
        desk.page.get_by_role("link", name="Español").click()
        expect(desk.page.locator("html")).to_have_attribute("lang", "es")
        expect(desk.page.locator("#whose")).to_have_value("nobody")
        expect(desk.page.locator("#due")).to_have_value("today")
        desk.page.get_by_role("link", name="English").click()
        expect(desk.page.locator("#due")).to_have_value("today")
