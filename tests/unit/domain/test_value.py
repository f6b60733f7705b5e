"""Values are frozen, show nothing of what they hold, and are all made the same way."""

import pytest
from msgspec.structs import replace

from aviso.domain.model import Arrest, Victim
from aviso.domain.value import defaults
from infra.repository import ROOT

PRODUCT = ROOT / "layers/aviso/aviso"


class TestValue:
    def test_cannot_change_and_makes_another(self) -> None:
        victim = Victim(id="v1", origin="v1", last_name="Roe")
        with pytest.raises(AttributeError):
            victim.last_name = "Doe"  # type: ignore[misc]
        assert replace(victim, last_name="Doe") == Victim(id="v1", origin="v1", last_name="Doe")

    def test_does_not_show_what_it_holds(self) -> None:
        shown = repr(Victim(id="v1", origin="v1", last_name="Roe", phone="+15205550123"))
        assert "Victim" in shown
        assert "Roe" not in shown
        assert "555" not in shown

    def test_knows_required_and_optional_fields(self) -> None:
        usual = defaults(Arrest)
        assert usual["withdrawals"] == 0
        assert usual["first_seen"] == {}
        assert "origin" not in usual

    def test_is_no_dataclass_compiled_at_a_cold_start(self) -> None:
        sources = {path: path.read_text() for path in PRODUCT.rglob("*.py")}
        assert sources
        assert [path.name for path, text in sources.items() if "@dataclass(frozen" in text] == []
