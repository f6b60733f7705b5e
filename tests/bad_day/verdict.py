"""Who was told, how long each waited, and what was lost: the model held against the ledger."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aviso.content import sms_segments
from tests.bad_day.people import LETTER, TASK, TOLD, Case

ENDS = {
    **dict.fromkeys(("sent", "delivered"), TOLD),
    **dict.fromkeys(("queued", "printed", "mailed"), LETTER),
    "held": TASK,
}
NUMBER = re.compile(r"\b(\d{2})-?(\d{4})-?(\d{4})\b")


@dataclass(frozen=True, slots=True)
class Send:
    """A message that was handed over.

    Attributes:
        since: seconds after nine.
        case: the number of the case whose notice it was, empty for a message without one.
    """

    since: float
    notice: str
    case: str
    to: str
    channel: str
    words: str


@dataclass
class Verdict:
    """What came of the day."""

    owed: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    twice: int = 0
    signed_up: int = 0  # arrests told to an address that a visitor of the case had left
    text_parts: int = 0  # of texts about an arrest: a number has a rate of parts a second
    waited: list[float] = field(default_factory=list)  # each told victim's first message, sorted
    in_full: list[float] = field(default_factory=list)  # the last of each one's messages, sorted
    others: Counter[str] = field(default_factory=Counter)  # messages of other kinds

    def figures(self) -> dict[str, Any]:
        """Return the figures for `build/bad-day.json`."""
        return {
            "owed": self.owed,
            **{end: self.ends[end] for end in (TOLD, LETTER, TASK)},
            "lost": len(self.lost),
            "wrong_recipient": len(self.wrong),
            "duplicates": self.twice,
            "text_parts": self.text_parts,
            "signed_up": self.signed_up,
            "other_messages": dict(self.others),
        }


def judge(
    cases: Sequence[Case], ledger: Iterable[Mapping[str, str]], sends: Sequence[Send]
) -> Verdict:
    """Hold the ledger and all messages against the model.

    Args:
        cases: everybody whose suspect was arrested.
        ledger: every notice, with its state.
        sends: every message that reached a provider.
    """
    found = Verdict(owed=len(cases))
    notices = list(ledger)
    of_arrest = {row["case"]: row for row in notices if row["kind"] == "arrest"}
    kinds = {row["pk"]: row["kind"] for row in notices}
    arrests: dict[str, list[Send]] = defaultdict(list)
    for send in sends:
        kind = kinds.get(send.notice, "no notice")
        if kind == "arrest":
            arrests[send.case].append(send)
        else:
            found.others[kind] += 1
    for case in cases:
        _judge_case(found, case, of_arrest.get(case.number), arrests[case.number])
    _judge_addresses(found, cases, sends)
    found.waited.sort()
    found.in_full.sort()
    return found


def _judge_case(
    found: Verdict, case: Case, row: Mapping[str, str] | None, sends: Sequence[Send]
) -> None:
    state = row["state"] if row else "not in the ledger"
    end = ENDS.get(state, "")
    found.ends[end] += 1
    reached = {send.to for send in sends}
    if end != case.end:
        found.lost.append(f"case {case.n}: {state} instead of {case.end}")
    elif case.addresses - reached:
        found.lost.append(f"case {case.n}: {state}, and not every contact got its message")
    signed_up = reached & {case.signed_up} if case.end == TOLD else set()
    found.signed_up += len(signed_up)
    for _ in reached - case.addresses - signed_up:
        found.wrong.append(f"case {case.n}: the arrest was told to somebody else")
    found.twice += len(sends) - len(reached)
    texts = (send.words for send in sends if send.channel == "sms")
    found.text_parts += sum(sms_segments.count(words).parts for words in texts)
    if case.end == TOLD and sends:
        found.waited.append(min(send.since for send in sends))
        found.in_full.append(max(send.since for send in sends))


def _judge_addresses(found: Verdict, cases: Sequence[Case], sends: Iterable[Send]) -> None:
    """Look at every message's words and address: it must be of the case of the person reached."""
    owner = {address: c for c in cases for address in c.addresses}
    for send in sends:
        numbers = {"".join(parts) for parts in NUMBER.findall(send.words)}
        case = owner.get(send.to)
        if case and (numbers | {send.case}) - {case.number, ""}:
            found.wrong.append(f"case {case.n}: a message about another case")


def oldest_tasks(ledger: Iterable[Mapping[str, str]], nine: float) -> list[float]:
    """Return how many seconds after nine each task and letter was there, sorted."""
    made = (r for r in ledger if r["kind"] == "arrest" and ENDS.get(r["state"]) in (TASK, LETTER))
    return sorted(datetime.fromisoformat(r["created_at"]).timestamp() - nine for r in made)
