"""What guards a hand-over: switches, opt-outs, bounces, "not me", imports under way.

`route` takes a `Guards`; `store.guards` reads one consistently after the claim (docs/rules.md#3).
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import field

from aviso.domain.settings import Brake
from aviso.domain.value import Frozen


class Switches(Frozen, frozen=True, kw_only=True):
    """What a person can turn at once, without a deploy (docs/rules.md#8)."""

    kill: bool = False
    trial: bool = False
    guests: frozenset[str] = frozenset()  # addresses that trial mode still reaches
    kinds_off: frozenset[str] = frozenset()
    brake: str = ""  # why claims pause, empty when they do not
    brake_released_until: datetime | None = None
    usual_notices: int = 0  # new notices in a usual hour
    usual_corrections: int = 0
    released_notices: int = 0  # the most in an hour that whoever released the brake could see
    released_corrections: int = 0
    turns: int = 0  # how often any of them was turned, by which a page knows what it showed

    def most(self, brake: Brake, now: datetime) -> tuple[int, int]:
        """Return how many notices and corrections an hour may bring before the brake is pulled.

        Far more than usual; for some hours after a release, far more than was let go on.
        """
        notices, corrections = self.usual_notices, self.usual_corrections
        if self.brake_released_until and self.brake_released_until > now:
            notices = max(notices, self.released_notices)
            corrections = max(corrections, self.released_corrections)
        return (
            max(brake.floor, brake.multiple * notices),
            max(brake.floor // brake.multiple, brake.multiple * corrections),
        )


class Guards(Frozen, frozen=True, kw_only=True):
    """All that must be known besides the case before anything leaves the house."""

    switches: Switches = Switches()
    opted_out: frozenset[str] = frozenset()  # addresses
    bounced: frozenset[str] = frozenset()
    not_me: frozenset[str] = frozenset()  # addresses that said so on this case
    importing_until: datetime | None = None  # a people file is being read (docs/rules.md#4)
    keys: Mapping[str, str] = field(default_factory=dict)  # address -> its HMAC key
