"""`make hold`, `make export-victim`, `make erase-victim`: which case a typed number means."""

import pytest

from aviso.compliance import retention
from aviso.storage import cases
from infra.harness.builders import NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited
from infra.ops import victim_data

DASHED = "26-1124 0001"
MISTYPED = "26-1124-0009"


@pytest.fixture
def ask(aws, monkeypatch, settings, typed):
    """Run a command as it is typed, on a portal that has one case."""
    monkeypatch.setattr(victim_data, "connect", lambda *_, **__: {})
    monkeypatch.setattr(victim_data, "compile_settings", lambda _: settings)
    store(an_arrest_case().case)
    return lambda *words: typed({}, *words, "--by", "dana")


def held(number: str) -> bool:
    return retention.held(cases.read_case(number))


class TestHold:
    def test_typed_with_dashes_holds_the_case(self, ask, capsys):
        assert ask("hold-case", DASHED) == 0
        assert held(NUMBER)
        assert f"case {NUMBER}: under a legal hold\n" in capsys.readouterr().out
        assert ask("release-case", DASHED) == 0
        assert not held(NUMBER)
        assert f"case {NUMBER}: no longer under a legal hold\n" in capsys.readouterr().out

    @pytest.mark.parametrize("command", ["hold-case", "release-case"])
    def test_of_no_case_is_refused_by_number(self, ask, command):
        with pytest.raises(SystemExit) as refused:
            ask(command, MISTYPED)
        assert refused.value.code == (
            f"{command}: the portal has no case 2611240009; nothing was changed"
        )
        assert not held("2611240009")
        assert audited() == []

    def test_of_a_number_without_a_letter_or_digit_is_refused(self, ask):
        with pytest.raises(SystemExit, match="say which case"):
            ask("hold-case", " - ")


class TestVictim:
    def test_of_a_number_with_dashes_is_exported_and_erased(self, ask, capsys):
        assert ask("export-victim", DASHED, "v1") == 0
        assert f'"case": "{NUMBER}"' in capsys.readouterr().out
        assert ask("erase-victim", DASHED, "v1") == 0
        assert cases.read_case(NUMBER).victims == ()

    def test_of_no_case_is_refused_by_number(self, ask):
        with pytest.raises(SystemExit, match="about such a victim of case 2611240009"):
            ask("export-victim", MISTYPED, "v1")
