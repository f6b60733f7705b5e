"""`make lighthouse`: a page without a verdict is named, and the others keep theirs."""

import json
from types import SimpleNamespace

import pytest

from tests.performance import lighthouse

GOOD = dict.fromkeys(lighthouse.CATEGORIES.values(), 100) | {"pa11y": 0}


@pytest.fixture
def judge(monkeypatch, tmp_path, capsys):
    """Judge two pages; return the exit code, the file and what was said."""

    def go(verdict):
        page = SimpleNamespace(body="")
        pages = SimpleNamespace(pages={"help": page, "status": page})
        monkeypatch.setattr(lighthouse.nodejs, "is_installed", lambda *_: True)
        monkeypatch.setattr(lighthouse.album, "play", lambda _: pages)
        monkeypatch.setattr(lighthouse, "OUT", tmp_path / "found.json")
        monkeypatch.setattr(lighthouse, "judged", verdict)
        code = lighthouse.main()
        return code, json.loads(lighthouse.OUT.read_text()), capsys.readouterr().out

    return go


class TestPage:
    def test_without_a_verdict_is_missed_and_named(self, judge):
        def verdict(address):
            if address.endswith("help"):
                raise lighthouse.UnjudgedError("no trace")
            return GOOD

        code, found, said = judge(verdict)
        assert (code, found) == (1, {"help": {}, "status": GOOD})
        assert "help: could not be judged" in said

    def test_is_written_before_the_next(self, judge):
        def verdict(address):
            if address.endswith("status"):
                assert json.loads(lighthouse.OUT.read_text()) == {"help": GOOD}
            return GOOD

        assert judge(verdict)[0] == 0

    def test_is_lost_after_several_tries(self, monkeypatch):
        tries = []

        def fail(*_, **__):
            tries.append(1)
            return SimpleNamespace(returncode=1, stdout="", stderr="no trace")

        monkeypatch.setattr(lighthouse.chromium, "browser", lambda: "chromium")
        monkeypatch.setattr(lighthouse.subprocess, "run", fail)
        with pytest.raises(lighthouse.UnjudgedError, match="no trace"):
            lighthouse.judged("http://127.0.0.1/help")
        assert len(tries) == lighthouse.TRIES
