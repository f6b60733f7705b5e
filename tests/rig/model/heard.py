"""Victims who heard their rights from an officer, as the records system says: like `oracle`.

Imports nothing of the product. A word by somebody with a name on the case counts nothing
(docs/rules.md#25). Drawn from random numbers of its own.
"""

from dataclasses import replace
from random import Random

from tests.rig.model.scenario import FALSE_WORD, WORD, Scenario, State

SHARE = 0.3
FIT = {"none", "shared_phone", "dangerous_offense", "flagged"}
COLUMNS = ("told_of", "told_by", "told_how", "told_at")


def mapped(settings: str) -> str:
    """Return the sample agency's settings with the columns."""
    for column in COLUMNS:
        assert f"      # {column}: " in settings, f"the sample has {column} no more"
        settings = settings.replace(f"      # {column}: ", f"      {column}: ", 1)
    return settings


def mark(scenario: Scenario) -> None:
    """Let officers tell some first victims; call before cases are renumbered."""
    dice = Random(f"heard {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        drawn, word = dice.random(), dice.choice((WORD, WORD, FALSE_WORD))
        if case.trouble in FIT and drawn < SHARE:
            who = case.before.victims[0].id
            before, after = (_state(state, who, word) for state in (case.before, case.after))
            trouble = f"{case.trouble}, {word}"
            scenario.cases[place] = replace(case, before=before, after=after, trouble=trouble)


def _state(state: State, who: str, word: str) -> State:
    people = (
        replace(p, heard=word, heard_at=state.reported) if p.id == who else p for p in state.people
    )
    return replace(state, people=tuple(people))
