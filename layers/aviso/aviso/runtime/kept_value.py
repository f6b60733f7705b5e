"""A value that a process reads once in a while: secrets, and the key of the hashes of names."""

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Remembered[T]:
    """What was read last, and when."""

    value: T | None = None
    read_at: float = 0.0

    def younger_than(self, seconds: float) -> T | None:
        """Return the value; None if there is none, or it was read longer ago.

        A clock that went back since, as after a snapshot, makes it old.
        """
        return self.value if 0 <= time.monotonic() - self.read_at < seconds else None

    def keep(self, value: T) -> T:
        """Remember a value as read now, and return it."""
        self.value, self.read_at = value, time.monotonic()
        return value

    def forget(self) -> None:
        """Let the next call read the value again."""
        self.value = None
