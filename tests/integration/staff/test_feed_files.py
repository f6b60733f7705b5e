"""A supervisor decides at the desk about a file with an unusual number of rows."""

import json
from typing import Any

import pytest

from aviso.domain.staff import Role
from aviso.staff import feed_files
from aviso.storage import inbox, inbox_tasks
from infra.harness.staff_browser import StaffBrowser, audited, subjects
from tests.integration.staff.conftest import NOW, at_work

FILE, TASK = "incoming/arrests_1.csv", "REFUSED#arrests"
NUMBERS = {"now": 40, "usual": 90, "new": 3, "changed": 2, "withdrawn": 1, "missing": 50}


@pytest.fixture
def events(desk: StaffBrowser, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    class Functions:
        def invoke(self, **asked):
            found.append(json.loads(asked["Payload"]))

    monkeypatch.setattr(feed_files, "client", lambda service: Functions())
    return found


def waits(reason: str = "smaller", etag: str = "e1", **numbers: int) -> None:
    about = {"about": "40 / 90", "etag": etag, "numbers": numbers or NUMBERS}
    inbox_tasks.put_refused("arrests", FILE, reason, about, NOW)


def supervisor(desk: StaffBrowser, language: str = "en") -> StaffBrowser:
    desk.language = language
    return at_work(desk, Role.SUPERVISOR)


def acts() -> set[tuple[str, str]]:
    return {(action, about) for _, action, about in subjects()}


class TestPage:
    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "Arrests that the file before had"), ("es", "Arrestos que estaban en el archivo")],
    )
    def test_it_says_what_is_unusual(self, desk, events, language: str, said: str):
        waits()
        page = supervisor(desk, language).post("feed-file", task=TASK)
        assert page.status == 200
        assert said in page.body
        for number in ("40", "90", "50"):
            assert f": {number}" in page.body
        assert audited()[-1][1] == "file_viewed"

    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "Rows that say removed or withdrawn: 38"), ("es", "se eliminó o se retiró: 38")],
    )
    def test_it_says_how_many_rows_are_gone(self, desk, events, language: str, said: str):
        waits("removed", now=40, removed=38)
        assert said in supervisor(desk, language).post("feed-file", task=TASK).body

    def test_a_file_without_effect_says_so(self, desk, events):
        waits(now=40, usual=90)
        assert "nothing would change" in supervisor(desk).post("feed-file", task=TASK).body

    @pytest.mark.parametrize("role", [Role.ADVOCATE, Role.RECORDS, Role.ADMINISTRATOR])
    def test_only_a_supervisor_decides(self, desk, events, role: Role):
        waits()
        at_work(desk, role)
        form = {"task": TASK, "do": "file_accept", "confirmed": "yes", "version": "e1:smaller"}
        assert desk.post("feed-file", **form).status == 403
        assert events == []
        if role is not Role.ADMINISTRATOR:
            assert 'action="feed-file"' not in desk.get("inbox").body

    def test_a_file_for_another_reason_cannot_be_accepted(self, desk, events):
        waits(reason="cut")
        assert 'action="feed-file"' not in supervisor(desk).get("inbox").body
        assert desk.post("feed-file", task=TASK).status == 404

    @pytest.mark.parametrize("task", ["", "REFUSED#no", "REJECTED#arrests", "SWITCHES"])
    def test_an_unknown_task_is_not_found(self, desk, events, task: str):
        assert supervisor(desk).post("feed-file", task=task).status == 404

    def test_an_unknown_decision_is_refused(self, desk, events):
        waits()
        assert supervisor(desk).post("feed-file", task=TASK, do="again").status == 400


class TestDecision:
    def test_accepting_asks_first_and_starts_the_import(self, desk, events):
        waits()
        assert "feed-file" in supervisor(desk).get("inbox").body
        desk.post("feed-file", task=TASK, do="file_accept")
        assert events == []
        done = desk.confirm("feed-file", task=TASK, do="file_accept")
        assert (done.status, done.headers["Location"]) == (303, "inbox")
        assert [record["accepted"] for e in events for record in e["Records"]] == ["e1:smaller"]
        assert ("file_accepted", FILE) in acts()
        assert "accepted this file" in desk.get("inbox").body

    def test_rejecting_ends_the_task_and_imports_nothing(self, desk, events):
        waits()
        supervisor(desk).confirm("feed-file", task=TASK, do="file_reject")
        assert events == []
        assert list(inbox.rejected()) == []
        assert ("file_rejected", FILE) in acts()
        assert FILE in desk.get("seen").body

    @pytest.mark.parametrize(("reason", "etag"), [("smaller", "e2"), ("emptied", "e1")])
    def test_what_nobody_saw_is_shown_first(self, desk, events, reason: str, etag: str):
        waits()
        supervisor(desk).post("feed-file", task=TASK, do="file_accept")
        waits(reason, etag, now=41, usual=90)
        form = {"task": TASK, "do": "file_accept", "confirmed": "yes", "version": "e1:smaller"}
        page = desk.post("feed-file", **form)
        assert "Rows in this file: 41" in page.body
        assert events == []

    def test_an_accepted_file_cannot_be_rejected(self, desk, events):
        waits()
        supervisor(desk).confirm("feed-file", task=TASK, do="file_accept")
        assert desk.confirm("feed-file", task=TASK, do="file_accept").status == 303
        form = {"task": TASK, "do": "file_reject", "confirmed": "yes", "version": "e1:smaller"}
        assert desk.post("feed-file", **form).status == 409
