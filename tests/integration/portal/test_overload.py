"""When AWS has too much to do, a page says so and when to come back; an error of ours says less."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from aviso.domain.staff import Role
from aviso.runtime.overload import is_overload
from infra.harness.builders import NUMBER
from infra.harness.client_calls import every_call

BUSY = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
EACH_CALL = ["UpdateItem", "DeleteItem"]  # of signing out: to read the session, and to end it
WORDS = {
    "en": ("This website is very busy right now", "Please wait a minute", "it may not be saved"),
    "es": ("Este sitio está saturado en este momento", "espere un minuto", "tal vez no se guardó"),
}


def refused(answer: Any, operation: str = "Query") -> ClientError:
    """Return the error of a call that AWS answered so."""
    return ClientError(answer, operation)


def refusing(code, busy=""):
    """Let calls on a table fail with this code, as after their own retries: one kind, or all."""

    def answer(client, operation, params, ask):
        if client.meta.service_model.service_name == "dynamodb" and busy in operation:
            raise refused({"Error": {"Code": code, "Message": "no"}}, operation)
        return ask(operation, params)

    return every_call(answer)


class TestBusyTable:
    @pytest.mark.parametrize("code", BUSY)
    def test_gets_a_page_that_says_when(self, inside, code):
        with refusing(code):
            page = inside.get("/status")
        assert (page.status, page.headers["Retry-After"]) == (503, "60")
        assert page.heading == WORDS["en"][0]

    @pytest.mark.parametrize("language", WORDS)
    def test_is_told_in_the_visitors_language(self, inside, language):
        inside.language = language
        with refusing(BUSY[0]):
            pages = [inside.get("/status"), inside.post("/verify", number=NUMBER, code="x")]
        for page in pages:
            assert page.status == 503
            assert all(words in page.text for words in WORDS[language])
            assert 'class="leave"' in page.body
            assert NUMBER not in page.body

    def test_leaves_the_visit_open(self, inside):
        with refusing(BUSY[0]):
            inside.get("/status")
        assert inside.get("/status").status == 200

    @pytest.mark.parametrize("busy", EACH_CALL)
    def test_lets_a_visitor_sign_out(self, inside, busy):
        token = inside.get("/alerts").value("csrf")
        with refusing(BUSY[0], busy):
            left = inside.post("/leave", csrf=token)
        assert (left.status, left.heading) == (200, "You are signed out")
        assert "__Host-visit" not in inside.jar
        assert inside.get("/status").status == 403

    @pytest.mark.parametrize("busy", EACH_CALL)
    def test_lets_a_member_sign_out(self, desk, busy):
        desk.sign_in(Role.ADVOCATE)
        with refusing(BUSY[0], busy):
            left = desk.post("sign-out")
        assert left.headers["Location"].startswith("https://sign-in.example.org/logout?")
        assert "__Host-staff" not in desk.jar
        assert desk.get("tasks").headers["Location"] == "sign-in"

    @pytest.mark.parametrize("language", WORDS)
    def test_is_told_at_the_desk(self, desk, language):
        desk.sign_in(Role.ADVOCATE)
        desk.language = language
        with refusing(BUSY[0]):
            page = desk.get("tasks")
        assert (page.status, page.headers["Retry-After"]) == (503, "60")
        assert page.heading == WORDS[language][0]

    @pytest.mark.parametrize("code", [BUSY[0], "ValidationException"])
    def test_asks_a_clerk_to_look_before_sending_again(self, desk, code):
        desk.sign_in(Role.ADVOCATE)
        with refusing(code):
            page = desk.post("note", number=NUMBER, text="She called.")
        assert page.status in (500, 503)
        assert "Look in another tab before you send it again" in page.text


class TestOurMistake:
    def test_is_told_as_ours_and_says_when(self, inside):
        with refusing("ValidationException"):
            page = inside.get("/status")
        assert (page.status, page.headers["Retry-After"]) == (500, "300")
        assert page.heading == "This page is not working"

    def test_is_no_overload(self):
        assert not is_overload(refused({"Error": {"Code": "AccessDeniedException"}}))
        assert not is_overload(KeyError("Throttling"))


class TestOverload:
    def test_is_seen_in_a_part_of_a_transaction(self):
        parts = [{"Code": "None"}, {"Code": "ThrottlingError"}]
        answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": parts}
        assert is_overload(refused(answer))

    def test_is_seen_behind_another_error(self):
        error = ValueError("of pynamodb")
        error.__cause__ = ReadTimeoutError(endpoint_url="https://dynamodb.example")
        assert is_overload(error)
