"""A table that takes a connection and never answers: the page ends before Lambda ends the portal.

A real socket plays the table, and botocore itself waits. The times are a twentieth, so that nobody
waits long for the tests; the last class reads the real ones.
"""

import socket
import time
from functools import cache

import pytest

from aviso.runtime import clients
from aviso.storage import model_calls
from tests.contracts.template.template_file import FUNCTIONS
from tests.support import memory_tables

PORTAL = FUNCTIONS["Portal"]
PORTAL_SECONDS = float(PORTAL["Environment"]["Variables"]["TABLE_SECONDS"])
MARGIN = 1.0  # seconds for the pauses between the tries, and for the page


class SilentTable:
    """A socket that takes connections and never answers."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))  # the system accepts, up to a backlog
        self.socket.setblocking(False)
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def tries(self) -> int:
        """Count the connections since the last time; botocore makes one for each try."""
        found = 0
        while True:
            try:
                self.socket.accept()[0].close()
            except BlockingIOError:
                return found
            found += 1


@pytest.fixture
def table(inside, monkeypatch):
    """Let no table answer the visitor any more."""
    silent = SilentTable()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", silent.address)
    monkeypatch.setenv("TABLE_SECONDS", str(PORTAL_SECONDS / 20))
    monkeypatch.setattr(model_calls, "LEAVING_SECONDS", model_calls.LEAVING_SECONDS / 20)
    monkeypatch.setattr(clients, "client", cache(clients.client.__wrapped__))
    memory_tables.current.clear()
    yield silent
    silent.socket.close()


@pytest.fixture
def token(inside):
    """Give the visit's token, from a page that was shown while the table answered."""
    return inside.get("/alerts").value("csrf")


class TestSilentTable:
    def test_lets_a_visitor_leave_after_two_short_tries(self, inside, table):
        begun = time.perf_counter()
        page = inside.get("/leave")
        assert time.perf_counter() - begun < 5  # 0.1 without other work; once 20
        assert page.headers["Location"] == "https://www.weather.gov/"
        assert "__Host-visit" not in inside.jar
        assert table.tries() == model_calls.LEAVING_ATTEMPTS

    def test_lets_a_visitor_sign_out(self, inside, token, table):
        page = inside.post("/leave", csrf=token)
        assert (page.status, page.heading) == (200, "You are signed out")
        assert "__Host-visit" not in inside.jar
        assert table.tries() == model_calls.ATTEMPTS

    def test_gets_the_page_that_says_when(self, inside, table):
        begun = time.perf_counter()
        page = inside.get("/status")
        assert time.perf_counter() - begun < 5  # 0.4 without other work; once 20
        assert (page.status, page.headers["Retry-After"]) == (503, "60")
        assert table.tries() == model_calls.ATTEMPTS


def longest(client):
    """Return how many seconds a client waits for one call at most, without pauses."""
    config = client.meta.config
    return config.retries["total_max_attempts"] * max(config.connect_timeout, config.read_timeout)


class TestTimes:
    def test_of_the_portal_end_before_lambda_ends_it(self, monkeypatch):
        monkeypatch.setenv("TABLE_SECONDS", str(PORTAL_SECONDS))
        assert longest(model_calls.client()) + MARGIN < PORTAL["Timeout"]

    def test_of_who_leaves_are_shorter_still(self):
        assert longest(model_calls.leaving_client()) <= 2

    def test_of_a_worker_stay_long(self):
        assert model_calls.client().meta.config.read_timeout == clients.READ_SECONDS
