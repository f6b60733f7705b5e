"""Values are frozen, show nothing of what they hold, and are all made the same way."""

from aviso.domain.model import Victim


class TestValue:
    def test_does_not_show_what_it_holds(self) -> None:
        shown = repr(Victim(id="v1", origin="v1", last_name="Roe", phone="+15205550123"))
        assert "Victim" in shown
        assert "Roe" not in shown
        assert "555" not in shown
