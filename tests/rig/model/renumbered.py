"""Cases that get another number: like `oracle`.

Imports nothing of the product. The same people under the other number prove that it is the same
case (docs/rules.md#11): the other number leads to the first one, and nobody is told again. Drawn
from random numbers of its own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from random import Random

from tests.rig.model.observed import SUPPRESSED
from tests.rig.model.scenario import Case, Scenario

SHARE = 0.5  # of the cases with nothing wrong, of which no other news comes


def mark(scenario: Scenario) -> None:
    """Give some cases another number; call after all else is drawn."""
    dice = Random(f"renumbered {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        fit = case.trouble == "none" and case.after == case.before
        if fit and dice.random() < SHARE:
            scenario.cases[place] = replace(case, later_number=f"9{case.number[1:]}")


def numbers(scenario: Scenario) -> dict[str, str]:
    """Return the first number of each case, by every number that it has."""
    first = {case.number: case.number for case in scenario.cases}
    return first | {c.later_number: c.number for c in scenario.cases if c.later_number}


def as_one_case(
    scenario: Scenario, rows: Iterable[dict[str, str]], disturbed: Collection[str]
) -> list[dict[str, str]]:
    """Return the notices, with those that tell what was planned under the first number, too.

    Before the numbers were one, a message may have left in a call that failed (docs/rules.md#6).
    That notice counts as told then: it goes on, and the first number's is over.

    Args:
        disturbed: the ids of notices of which a call failed.
    """
    all_rows, first = {row["pk"]: row for row in rows}, numbers(scenario)
    by_key = {(r["case"], r["victim"], r["kind"], r["fact"]): r["pk"] for r in all_rows.values()}
    for (case, victim, kind, fact), id in by_key.items():
        own = by_key.get((first[case], victim, kind, fact), id)
        if own == id or id not in disturbed:
            continue
        if all_rows[id]["state"] != SUPPRESSED and all_rows[own]["state"] == SUPPRESSED:
            all_rows[id] = all_rows[id] | {"case": first[case]}
            del all_rows[own]
    return list(all_rows.values())


def problems(case: Case, leads_to: str, rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Return what is wrong with another number at the end."""
    wrong = [f"{row['kind']} is {row['state']}" for row in rows if row["state"] != SUPPRESSED]
    if leads_to != case.number:
        wrong.append(f"it leads to {leads_to or 'nothing'}")
    return [f"{case.number} under its other number: {what}" for what in wrong]
