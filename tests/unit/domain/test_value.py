"""Values are frozen, show nothing of what they hold, and are all made the same way."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from aviso.domain.model import Arrest, Victim
from aviso.domain.value import defaults

PRODUCT = Path(__file__).resolve().parents[3] / "layers/aviso/aviso"


def test_a_value_cannot_change_and_another_can_be_made_of_it() -> None:
    victim = Victim(id="v1", origin="v1", last_name="Roe")
    with pytest.raises(AttributeError):
        victim.last_name = "Doe"  # type: ignore[misc]
    assert replace(victim, last_name="Doe") == Victim(id="v1", origin="v1", last_name="Doe")


def test_no_value_shows_what_it_holds() -> None:
    shown = repr(Victim(id="v1", origin="v1", last_name="Roe", phone="+15205550123"))
    assert "Victim" in shown
    assert "Roe" not in shown
    assert "555" not in shown


def test_what_is_not_given_is_known_and_what_must_be_is_not_among_it() -> None:
    usual = defaults(Arrest)
    assert usual["withdrawals"] == 0
    assert usual["first_seen"] == {}
    assert "origin" not in usual


def test_no_frozen_value_is_a_dataclass_which_would_be_compiled_at_each_cold_start() -> None:
    sources = {path: path.read_text() for path in PRODUCT.rglob("*.py")}
    assert sources
    assert [path.name for path, text in sources.items() if "@dataclass(frozen" in text] == []
