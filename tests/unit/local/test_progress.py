"""What `make run` and `make demo` say while a person waits, and when a wait ends without result."""

import threading
from types import SimpleNamespace
from typing import cast

import pytest

from infra.local import demo, run
from infra.local.demo import Demo
from infra.local.stack import LocalAws, StackError


class TestLongStep:
    def test_says_that_it_still_works(self, monkeypatch):
        said, heard = [], threading.Event()

        def say(text):
            said.append(text)
            heard.set()

        monkeypatch.setattr(run, "say", say)
        with run.signs_of_life(seconds=0.01):
            assert heard.wait(30)
        assert "still at it" in said[0]

    def test_says_nothing_when_it_is_short(self, capsys):
        with run.signs_of_life(seconds=60):
            pass
        assert not capsys.readouterr().out


class TestWaitForAMessage:
    def test_that_does_not_come_says_what_came(self, monkeypatch, tmp_path):
        email = SimpleNamespace(to=["ana@example.com"], subject="You signed up", text="")
        aws = SimpleNamespace(
            portal_url="http://localhost", sent_texts=list, sent_emails=lambda: [email]
        )
        story = {"case_number": "1", "language": "es", "phone": "5205550101"}
        monkeypatch.setattr(demo, "PATIENCE", 0)
        told = Demo(cast("LocalAws", aws), story | {"email": "ana@example.com"}, tmp_path)
        with pytest.raises(StackError, match=r"the first text.*\n.*You signed up"):
            told.wait_for_message(lambda: False, "the first text")
