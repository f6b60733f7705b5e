"""Which call fails how: decided by a seed, by rates, and by how many are enough.

Pure except for its random numbers; the proxy carries the decisions out.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

SENDS = ("sns", "ses")
# The largest number of faults in a row for one process: the SDK tries four times, so that a call
# on a table succeeds in the end, as it does on AWS. Sends are tried once and need no such limit.
IN_A_ROW = 2

# Chance of each fault for a call it can strike. Between forwarding and marking is the crash
# window; the rest are harmless by design and strike more often.
RATES: Mapping[str, Mapping[str, float]] = {
    "table": {
        "dynamodb_throttled": 0.0018,
        "dynamodb_5xx": 0.0012,
        "dynamodb_reset": 0.0008,
        "dynamodb_reply_lost": 0.0018,
        "dynamodb_timeout": 0.0003,
    },
    "claim": {"killed_after_claim": 0.005},
    "send": {
        "throttled": 0.03,
        "5xx": 0.02,
        "reset": 0.02,
        "timeout": 0.003,
        "reply_lost": 0.012,
        "reply_late": 0.002,
        "killed_before_send": 0.005,
        "killed_after_send": 0.006,
    },
    "mark": {"killed_before_mark": 0.005, "killed_after_mark": 0.004},
    "write": {"killed_at_write": 0.001},
}
# Each costs seconds of waiting, so there are few: a share of the messages expected.
SHARE = {"dynamodb_timeout": 0.006, "timeout": 0.004, "reply_late": 0.004}
CRASHES = {"reply_lost", "reply_late", "killed_after_send", "killed_before_mark"}
CRASH_SHARE = 0.03


@dataclass(slots=True)
class Faults:
    """The source of decisions, and the count of what was done.

    Args:
        seed: the same seed decides the same in the same order of calls.
        duties: about how many are expected; what is slow or dangerous stays a share of them.
    """

    seed: int
    duties: int
    on: bool = False
    done: Counter[str] = field(default_factory=Counter)
    crashes: int = 0
    _chosen: Counter[str] = field(default_factory=Counter)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def choose(self, service: str, roles: tuple[str, ...], in_a_row: int) -> str:
        """Return the fault that strikes a call, an empty string for none.

        Args:
            service: dynamodb, sns or ses.
            roles: what the call is to the flow: table, claim, send, mark, write.
            in_a_row: how many calls of this process failed just before.
        """
        if not self.on or (in_a_row >= IN_A_ROW and service not in SENDS):
            return ""
        dice = self._random.random()
        for role in roles:
            for name, chance in RATES.get(role, {}).items():
                dice -= chance
                if dice < 0:
                    fault = f"{service}_{name}" if role == "send" and "killed" not in name else name
                    return fault if self._allowed(name) else ""
        return ""

    def _allowed(self, name: str) -> bool:
        if name in CRASHES and self.crashes >= CRASH_SHARE * self.duties:
            return False
        if self._chosen[name] >= SHARE.get(name, 1) * self.duties:
            return False
        self._chosen[name] += 1
        return True
