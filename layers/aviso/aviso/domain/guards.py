"""The guards of a hand-over: switches, opt-outs, bounces, "not me", imports under way.

`route` takes a `Guards`; `storage.guards` reads one consistently after the claim (docs/rules.md#3).
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import field
from msgspec.structs import replace

from aviso.domain.settings import Brake
from aviso.domain.value import Frozen


class AddressMark(Frozen, frozen=True, kw_only=True):
    """A mark against an address in every case; it does not contain the address."""

    word: str  # opted_out or bounced
    at: datetime
    source: str = ""  # who reported it: reply, provider, complaint


class Switches(Frozen, frozen=True, kw_only=True):
    """Settings that a person can change at once, without a deploy (docs/rules.md#8)."""

    kill: bool = False
    trial: bool = True  # until a person turns it off, once
    guests: frozenset[str] = frozenset()  # addresses that trial mode still reaches
    kinds_off: frozenset[str] = frozenset()
    brake: str = ""  # why claims pause, empty when they do not
    brake_released_until: datetime | None = None
    usual_notices: int = 0  # new notices in a usual hour
    usual_corrections: int = 0
    usual_words: int = 0  # notices that an officer told, by the records system's word
    released_notices: int = 0  # the most in an hour that the releaser of the brake could see
    released_corrections: int = 0
    released_words: int = 0
    turns: int = 0  # number of changes; a page knows by it which state it showed

    def most(self, brake: Brake, now: datetime) -> tuple[int, int, int]:
        """Return how many notices, corrections and officers' words an hour may bring.

        More pull the brake. It is a multiple of the usual number, and at least the brake's floor.
        For some hours after a release, it is a multiple of the number seen at the release, if that
        is higher.
        """
        notices, corrections, words = self.usual_notices, self.usual_corrections, self.usual_words
        if self.brake_released_until and self.brake_released_until > now:
            notices = max(notices, self.released_notices)
            corrections = max(corrections, self.released_corrections)
            words = max(words, self.released_words)
        return (
            max(brake.floor, brake.multiple * notices),
            max(brake.floor // brake.multiple, brake.multiple * corrections),
            max(brake.floor, brake.multiple * words),
        )


class Guards(Frozen, frozen=True, kw_only=True):
    """The facts besides the case that decide whether a message may be sent."""

    switches: Switches = Switches()
    opted_out: frozenset[str] = frozenset()  # addresses
    bounced: frozenset[str] = frozenset()
    not_me: frozenset[str] = frozenset()  # addresses with "not me" on this case
    perhaps_told: bool = False  # the notice was told before its row was lost (`aviso data restore`)
    importing_until: datetime | None = None  # a people file is being read (docs/rules.md#4)
    keys: Mapping[str, str] = field(default_factory=dict)  # address -> its HMAC key


UNREAD = Guards()  # for what no guard decides


def without_switches(known: Guards) -> Guards:
    """Return the guards as they are once no switch is on and no import is under way."""
    off = replace(known.switches, kill=False, kinds_off=frozenset(), brake="")
    return replace(known, switches=off, importing_until=None)
