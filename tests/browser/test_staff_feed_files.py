"""A supervisor accepts or leaves out a file with an unusual number of rows, on the whole stack."""

import io

import pytest
from playwright.sync_api import Locator, expect

from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser.axe import look
from tests.browser.inbox_entries import put_in_the_inbox
from tests.browser.staff_page import Desk

LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])
NUMBERS = {"now": 40, "usual": 90, "new": 3, "changed": 2, "withdrawn": 1, "missing": 50}


def a_file_that_waits(aws: LocalAws, language: str) -> str:
    """Put a file into the bucket, and its task as the import leaves it; return its key."""
    key = f"incoming/browser_cases_{language}.csv"
    body = io.BytesIO(b"x\r\n")
    put = aws.client("s3").put_object(Bucket=aws.outputs["FeedBucket"], Key=key, Body=body)
    data = {"file": key, "refused": "smaller", "about": "40 / 90", "numbers": NUMBERS}
    data["etag"] = put["ETag"].strip('"')
    put_in_the_inbox(aws, f"REFUSED#waits-{language}", "REJECTED", data)
    return key


def rows(desk: Desk, key: str) -> Locator:
    """Return the rows about a file; S3's own event made another, since it is not an export."""
    return desk.page.locator("tr", has_text=key)


def open_file(desk: Desk, key: str) -> None:
    desk.open("inbox")
    desk.press("desk_waits_decide", rows(desk, key))
    desk.sees(desk.says("desk_waits_heading"))


@LANGUAGES
class TestWaitingFile:
    def test_a_supervisor_accepts_it(self, at, deployed: LocalAws, language: str):
        key = a_file_that_waits(deployed, language)
        desk = at("supervisor", language)
        open_file(desk, key)
        expect(desk.page.locator("main")).to_contain_text(desk.says("desk_waits_missing", n=50))
        assert look(desk.page, "desk-feed-file", language) == []
        desk.press("desk_waits_accept")
        desk.sees(desk.says("desk_confirm_file_accept"))
        desk.confirm()
        wait_for(
            lambda: accepted_import(deployed, key), PATIENCE, "the accepted file to be imported"
        )

    def test_a_supervisor_leaves_it_out(self, at, deployed: LocalAws, language: str):
        key = a_file_that_waits(deployed, language)
        desk = at("supervisor", language)
        open_file(desk, key)
        desk.press("desk_waits_reject")
        desk.sees(desk.says("desk_confirm_file_reject"))
        desk.confirm()
        desk.open("inbox")
        button = desk.says("desk_waits_decide")
        expect(rows(desk, key).get_by_role("button", name=button)).to_have_count(0)

    def test_an_advocate_is_not_offered_it(self, at, deployed: LocalAws, language: str):
        key = a_file_that_waits(deployed, language)
        desk = at("advocate", language)
        desk.open("inbox")
        button = desk.says("desk_waits_decide")
        expect(rows(desk, key).first).to_be_visible()
        expect(rows(desk, key).get_by_role("button", name=button)).to_have_count(0)


def accepted_import(aws: LocalAws, key: str) -> bool:
    """Whether the import of the accepted version has ended, as its marker says."""
    guards = aws.client("dynamodb").scan(
        TableName=aws.outputs["GuardsTable"],
        FilterExpression="begins_with(pk, :name)",
        ExpressionAttributeValues={":name": {"S": f"IMPORTED#{key}"}},
    )
    return any(item["pk"]["S"].endswith("@smaller") for item in guards["Items"])
