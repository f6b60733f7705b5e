"""Who was told, how long each waited, and what was lost, by the rig's judge."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aviso.content import sms_segments
from tests.bad_day.people import Case
from tests.rig import verdict
from tests.rig.calls import Sent
from tests.rig.model import observed
from tests.rig.model.observed import DELIVERED, ENDS, HELD, LETTERED, Expected

NUMBER = re.compile(r"\b(\d{2})-?(\d{4})-?(\d{4})\b")


@dataclass
class Verdict(verdict.Verdict):
    """What came of the day."""

    twice: int = 0
    signed_up: int = 0  # arrests told to an address that a visitor of the case had left
    text_parts: int = 0  # of texts about an arrest: a number has a rate of parts a second
    waited: list[float] = field(default_factory=list)  # each told victim's first message, sorted
    in_full: list[float] = field(default_factory=list)  # the last of each one's messages, sorted
    others: Counter[str] = field(default_factory=Counter)  # messages of other kinds

    def day(self) -> dict[str, Any]:
        """Return the figures for `build/bad-day.json`."""
        found = self.figures
        return {
            "owed": found["duties"],
            "told": found[DELIVERED],
            "letter": found[LETTERED],
            "task": found[HELD],
            "lost": found["lost"] + found["unequal_to_model"],
            "wrong_recipient": found["wrong_recipient"],
            "duplicates": self.twice,
            "text_parts": self.text_parts,
            "signed_up": self.signed_up,
            "other_messages": dict(self.others),
        }


def judge(
    cases: Sequence[Case], ledger: Sequence[dict[str, str]], sends: Sequence[Sent], nine: float
) -> Verdict:
    """Hold the ledger and all messages against the model."""
    found = Verdict()
    of_arrest = {row["case"]: row for row in ledger if row["kind"] == "arrest"}
    about = {row["pk"]: (row["case"], row["kind"]) for row in ledger}
    arrests: dict[str, list[Sent]] = defaultdict(list)
    for send in sends:
        number, kind = about.get(send.notice, ("", "no notice"))
        if kind == "arrest":
            arrests[number].append(send)
        else:
            found.others[kind] += 1
    for case in cases:
        _judge_case(found, case, of_arrest.get(case.number), arrests[case.number], nine)
    owner = {address: c for c in cases for address in c.addresses}
    for send in sends:
        numbers = {"".join(parts) for parts in NUMBER.findall(send.words)}
        numbers.add(about.get(send.notice, ("", ""))[0])
        if (whose := owner.get(send.address)) and numbers - {whose.number, ""}:
            found.problem("wrong_recipient", whose.number, "a message about another case")
    found.waited.sort()
    found.in_full.sort()
    return found


def _judge_case(
    found: Verdict, case: Case, row: dict[str, str] | None, sends: Sequence[Sent], nine: float
) -> None:
    reached = {send.address for send in sends}
    signed_up = reached & {case.signed_up} if case.end == DELIVERED else set()
    duty = Expected(
        key=(case.number, case.victim.id, "arrest", f"arrest:A{case.n}"),
        wrong=len(reached - case.addresses - signed_up),
        untold=bool(case.addresses - reached),
        ends=frozenset({case.end}),
    )
    told = [
        observed.Sent(s.address, datetime.fromtimestamp(s.left, UTC), s.channel, False, "delivered")
        for s in sends
    ]
    verdict.judge_duty(found, duty, row, told)
    found.signed_up += len(signed_up)
    found.twice += len(sends) - len(reached)
    texts = (send.words for send in sends if send.channel == "sms")
    found.text_parts += sum(sms_segments.count(words).parts for words in texts)
    if case.end == DELIVERED and sends:
        found.waited.append(min(send.left for send in sends) - nine)
        found.in_full.append(max(send.left for send in sends) - nine)


def oldest_tasks(ledger: Iterable[Mapping[str, str]], nine: float) -> list[float]:
    """Return how many seconds after nine each task and letter was there, sorted."""
    ends = (HELD, LETTERED)
    made = (r for r in ledger if r["kind"] == "arrest" and ENDS.get(r["state"]) in ends)
    return sorted(datetime.fromisoformat(r["created_at"]).timestamp() - nine for r in made)
