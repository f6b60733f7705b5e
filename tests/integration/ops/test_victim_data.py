"""`aviso case`: which case a typed number means."""

import io

import pytest

from aviso.compliance import retention
from aviso.storage import cases
from infra.harness.builders import NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited

DASHED = "26-1124 0001"
MISTYPED = "26-1124-0009"


@pytest.fixture
def ask(aws, settings, typed):
    """Run a command as it is typed, on a portal that has one case."""
    store(an_arrest_case().case)
    return lambda *words: typed({}, "case", *words, "--by", "dana")


def held(number: str) -> bool:
    return retention.held(cases.read_case(number))


class TestHold:
    def test_typed_with_dashes_holds_the_case(self, ask, capsys):
        assert ask("hold", DASHED) == 0
        assert held(NUMBER)
        assert f"case {NUMBER}: under a legal hold\n" in capsys.readouterr().out
        assert ask("hold", DASHED, "--end") == 0
        assert not held(NUMBER)
        assert f"case {NUMBER}: no longer under a legal hold\n" in capsys.readouterr().out

    @pytest.mark.parametrize("end", [[], ["--end"]])
    def test_of_no_case_is_refused_by_number(self, ask, capsys, end):
        assert ask("hold", MISTYPED, *end) == 1
        said = "The portal has no case 2611240009; nothing was changed."
        assert said in capsys.readouterr().err
        assert not held("2611240009")
        assert audited() == []

    def test_of_a_number_without_a_letter_or_digit_is_refused(self, ask, capsys):
        assert ask("hold", " - ") == 2
        assert "is not a case number" in capsys.readouterr().err


class TestVictim:
    def test_of_a_number_with_dashes_is_exported_and_erased(self, ask, capsys, monkeypatch):
        assert ask("export", DASHED, "v1") == 0
        assert f'"case": "{NUMBER}"' in capsys.readouterr().out
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        assert ask("erase", DASHED, "v1") == 1
        assert cases.read_case(NUMBER).victims
        assert ask("erase", DASHED, "v1", "--yes") == 0
        assert cases.read_case(NUMBER).victims == ()

    def test_of_no_case_is_refused_by_number(self, ask, capsys):
        assert ask("export", MISTYPED, "v1") == 1
        assert "about such a victim of case 2611240009" in capsys.readouterr().err
