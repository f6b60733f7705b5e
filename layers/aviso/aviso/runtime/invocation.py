"""One call of a function by Lambda: its settings, its clock, and the time it has left."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.runtime import environment

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Invocation(Frozen, frozen=True, kw_only=True):
    """What a use case needs of its call; time is an argument (docs/rules.md#19)."""

    settings: Settings
    clock: Callable[[], datetime]
    seconds_left: Callable[[], float]
    token: str  # names the call in the ledger

    @classmethod
    def of(cls, context: "LambdaContext", at: datetime | None = None) -> Self:
        """Return this call of Lambda's; `at` is the schedule's own time, where that counts."""
        return cls(
            settings=Settings.current(),
            clock=lambda: at or datetime.now(UTC),
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
            token=context.aws_request_id,
        )

    @property
    def portal_url(self) -> str:
        """Where messages link to.

        Without it a function fails, instead of sending a message without links.
        """
        return environment.name("PORTAL_URL")
