"""How many victims would get a message, and for the others the reason and the setting behind it.

The last lines of `aviso feed check` and `aviso feed replay`: an agency that restricts every case by
one line of its settings must read that line here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from aviso.domain.model import Channel
from aviso.domain.reasons import HoldReason, StopReason, worst_first
from infra.replay.dry_run import Told

MESSAGES = frozenset(channel.value for channel in Channel)
SHARED = frozenset({StopReason.TOLD_TOGETHER})  # by a message to another victim's phone or email
UNKNOWN_OFFENSE = "the offense is in no list of offense_groups"
# What to look at in the settings.
SETTINGS: Mapping[str, str] = {
    HoldReason.RESTRICTED_OFFENSE: "offense_groups.{group}",
    HoldReason.RESTRICTED_UNKNOWN_OFFENSE: UNKNOWN_OFFENSE,
    HoldReason.UNSETTLED_UNKNOWN_OFFENSE: UNKNOWN_OFFENSE,
    HoldReason.RESTRICTED_RELATIONSHIP: "the relationship is not in ordinary_relationships",
    HoldReason.RESTRICTED_FEED: "the column feed.cases.columns.restricted",
    HoldReason.NOT_SAFE_TO_CONTACT: "the column feed.people.columns.safe_to_contact",
}


def summary(told: Iterable[Told], said: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines; `said` has the desk's words for reasons."""
    owed: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for one in told:
        if one.victim:
            owed[one.case, one.victim].append(one)
    others: Counter[tuple[str, str]] = Counter()
    for duties in owed.values():
        if not any(MESSAGES.intersection(duty.ways) or duty.reason in SHARED for duty in duties):
            groups = {duty.reason: duty.group for duty in duties}
            worst = worst_first(groups)[0]
            others[worst, SETTINGS.get(worst, "").format(group=groups[worst])] += 1
    reached = len(owed) - others.total()
    yield f"{reached:,} of {len(owed):,} victims who are owed news would get a message or letter."
    for (reason, setting), n in others.most_common():
        behind = f" Setting: {setting}." if setting else ""
        yield f"  {n:,}: {said.get(f'desk_reason_{reason}', reason)}{behind}"
