"""`make simulate`: play the half year, count it, then open the dashboard; exit 1 if they differ.

- `build/simulate-ledger.json`: what truly happened, written before the dashboard is looked at
- `build/simulate.json`: both, and how many figures differ
"""

import argparse
import re
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from infra.harness.in_process import stage
from infra.repository import ROOT
from tests.rig import figures
from tests.rig.sabotages import OF_A_STORM, OF_PLANS
from tests.simulation import behavior, city, dashboard_reader, report
from tests.simulation.entries import Costs, local
from tests.simulation.ground_truth import Ledger, Telling

SAMPLE = ROOT / "infra/agency/sample.yaml"
SETTINGS = yaml.load(SAMPLE.read_text(encoding="utf-8"), yaml.CSafeLoader)
MONTHS = 6
COLUMNS = ("victim_type", "told_of", "told_by", "told_how", "told_at")
ON_PAGE = "detective_assigned, status_changed, case_closed, case_reopened, still_open"
SABOTAGES = OF_PLANS | {"miscount": OF_A_STORM["miscount"]}  # that it must show


say = figures.say_as("simulate")


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1, help="1 is Tucson's size")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other people")
    parser.add_argument("--days", type=int, default=behavior.DAYS, help="fewer, for a quick look")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where the results go")
    parser.add_argument("--told", type=float, default=0, help="how strongly officers tell, to 1")
    parser.add_argument("--plans", type=float, default=0, help="how many agree to plans, to 1")
    parser.add_argument("--on-page", action="store_true", help="what no law asks for: page only")
    parser.add_argument("--sabotage", default="", choices=["", *SABOTAGES])
    options = parser.parse_args()
    started = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)  # for the agency's settings
    result = run(options)
    result["seconds"] = round(time.monotonic() - started)
    figures.write(options.out / "simulate.json", result)
    for line in result["differing"][:20]:
        say(line)
    say(f"{result['victims']} victims, {result['seconds']} s; {result['differences']} differences")
    return 1 if result["differences"] else 0


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Play, write the ledger, read the dashboard, compare; return what simulate.json says."""
    from infra.compiler.kept import folder_of

    out = options.out
    a_day = behavior.VICTIMS_A_MONTH * MONTHS / behavior.DAYS
    victims = max(20, round(a_day * options.days * options.scale))
    settings = folder_of(agency(out, on_page=options.on_page), ROOT / "templates")
    start, seed = city.START, options.seed
    with stage(str(settings), start, seed, behavior.TWICE) as on_stage:
        if options.sabotage:
            SABOTAGES[options.sabotage].make()
        played = city.City(
            *(on_stage, seed, victims, options.days),
            groups=groups(),
            told=options.told,
            plans=options.plans,
        )
        played.play(say)
        truth = told(played.ledger, victims)
        figures.write(out / "simulate-ledger.json", truth)
        say("the ledger is written; now the dashboard")
        shown = dashboard_reader.read(local(start).date(), local(played.end).date(), questions())
        differing = report.compare(truth, shown) + played.handed_on_wrongly()
        recounted = [f"recount: {line}" for line in figures.recounted()]
        if options.days == behavior.DAYS and not truth["acts"]["cases forgotten"]:
            differing.append("no case was forgotten: nothing shows that seals outlive their rows")
        sealed, due = report.sealed(local(played.end).date())
        if sealed != due:
            differing.append(f"{sealed} days are sealed where {due} should be")
        say(f"{on_stage.calls} calls to AWS, {on_stage.delivered} stream records")
    return {
        "scale": options.scale,
        "seed": seed,
        "days": options.days,
        "victims": victims,
        "truth": truth["figures"] | truth["people"],
        "dashboard": {name: shown.figures[name] for name in truth["figures"]},
        "acts": truth["acts"],
        "desk": played.ledger.desk(),
        "sealed": sealed,
        "compared": report.compared(truth),
        "recount": len(recounted),
        "requests_read": len(played.ledger.handed_on.read),
        "hidden": len(played.ledger.hidden),
        "differences": len(differing) + len(recounted),
        "differing": differing + recounted,
    }


def agency(out: Path, *, on_page: bool = False) -> Path:
    """Write the simulated agency's settings: the sample's with more columns, and closed cases."""
    text = SAMPLE.read_text(encoding="utf-8")
    kept = f"closed_cases: {behavior.KEEPS_CLOSED_CASES}"
    changed, places = re.subn(r"\bclosed_cases: \d+", kept, text)
    assert places == 1, "the sample says once how long closed cases are kept"
    for column in COLUMNS:
        shown = f"      # {column}: "
        assert shown in changed, f"the sample has no column {column}"
        changed = changed.replace(shown, f"      {column}: ", 1)
    changed = changed.replace(
        "told_by_officer: [first_contact]", "told_by_officer: [first_contact, arrest]"
    )
    if on_page:
        changed = changed.replace("only_on_page: []", f"only_on_page: [{ON_PAGE}]")
        changed = changed.replace("restricted_by_code: false", "restricted_by_code: true")
    settings = out / "simulate-agency.yaml"
    settings.write_text(changed, encoding="utf-8")
    return settings


def told(ledger: Ledger, victims: int) -> dict[str, Any]:
    """Return what the ledger says, with what a letter costs the sample agency."""
    letter = SETTINGS["messages"]
    hours = letter["letter_minutes"] / 60
    costs = Costs(
        hours=hours,
        dollars=(letter["letter_cost_cents"] + hours * letter["staff_hour_cents"]) / 100,
        share_before=letter["letter_share_before"] / 100,
    )
    telling = Telling(ledger)
    return {
        "figures": ledger.figures(costs),
        "people": ledger.people(victims, behavior.CALL_MINUTES, letter["letter_minutes"]),
        "tables": {
            "day": ledger.by_time("%Y-%m-%d"),
            "month": ledger.by_time("%Y-%m"),
            **ledger.by_cut(),
            "told": {"arrest": telling.table("arrest"), "first_contact": telling.table("rights")},
            "late": {"arrest": {"value": len(telling.owed("arrest") - telling.on_time("arrest"))}},
            "known": {end: {"value": n} for end, n in telling.known().items()},
            "minutes": {end: {"value": n} for end, n in telling.minutes().items()},
            "kind": {"arrest": {"mailed": ledger.posted()["arrest"]}},
            "channel": {"letter": {"mailed": ledger.posted().total()}},
            "answers": {answer: {"value": n} for answer, n in ledger.by_answer().items()},
        },
        "acts": dict(sorted(ledger.acts.items())),
    }


def questions() -> dict[str, str]:
    """Return the type of every question of the sample agency's survey that is not free text."""
    asked = SETTINGS["survey"]["questions"]
    return {q["id"]: q["type"] for q in asked if q["type"] != "text"}


def groups() -> dict[str, str]:
    """Return the offense group of every offense that the sample agency's settings know."""
    known = SETTINGS["offense_groups"].items()
    return {offense: name for name, group in known for offense in group["offenses"]}


if __name__ == "__main__":
    sys.exit(main())
