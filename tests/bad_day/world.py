"""Local AWS with the real template, behind the throttle proxy; and its release in the middle.

It is the world of `make chaos` with another proxy, and with every stream as on AWS: counting for
the dashboard goes on too.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from infra.local.ops_command import go_live
from tests.chaos.environment import BATCH, World

HERE = Path(__file__).resolve().parent


@dataclass
class BusyWorld(World):
    """Local AWS and the proxy as a context."""

    proxy: ClassVar[Path] = HERE / "throttle_proxy.py"

    def throttle(self, what: str, share: float) -> None:
        """Throttle "ses", "sns" or a table by its output's name, for a share of its calls."""
        name = self.aws.outputs.get(what, what)
        self._ask(f"/_chaos/throttle?what={name}&share={share}", method="POST")

    def told(self) -> dict[str, Any]:
        """Return every hand-over that reached local AWS, and how many calls were refused."""
        found: dict[str, Any] = self._ask("/_chaos/told")
        return found

    def deploy(self, template: Path) -> None:
        """Deploy a built template; a second one is a release."""
        self.aws.deploy({"StreamBatchSize": BATCH}, built=template)
        go_live(self.aws)
