"""A run's figures and whether it may pass; what became of each duty says `tests/rig/verdict.py`."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any

from tests.chaos import agencies
from tests.chaos.run import Run
from tests.rig.model import incapacity, speakers
from tests.rig.model.observed import ABSENT, DELIVERED, HELD, LETTERED, SUPPRESSED, Key, Sent
from tests.rig.verdict import Verdict, judge_duty, words

CRASH_SHARE = 0.05
UNEQUAL, RECOUNT = "unequal_to_model", "recount_differences"
COUNTED = (
    "hand_offs",  # to agencies; what is wrong with one counts as for a notice
    "taken_back",  # of these, confirmed by an agency before
    "read_by_agencies",  # requests on their pages, each time that a page was read
    "names_read",  # of these, with who speaks for the victim
    "names_taken_back",  # hand-offs that another one replaced, since that was ended
    "named",  # people whom victims named to speak for them
    "told_beside",  # messages of news to them, beside the victim
    "told_in_place",  # and in the place of a child
    *(DELIVERED, LETTERED, HELD, SUPPRESSED),
    *("lost", "duplicates", "crash_window", "wrong_recipient", RECOUNT),
)


def figures(verdict: Verdict) -> dict[str, Any]:
    """Return what goes into `build/chaos.json`."""
    counted = verdict.figures
    return {
        "owed": counted["duties"],
        **{name: counted[name] for name in COUNTED},
        "faults": dict(sorted(verdict.faults.items())),
        "details": {
            UNEQUAL: counted[UNEQUAL],
            "seeds": sorted(verdict.seeds, key=lambda one: int(one["seed"])),
            "problems": [said for _, said in verdict.problems[:50]],
        },
    }


def failures(verdict: Verdict, least_owed: int, least_faults: int, least_share: float) -> list[str]:
    """Return why this must not pass; nothing when it may."""
    found, faults = verdict.figures, verdict.faults.total()
    owed, crashes = found["duties"], found["crash_window"]
    rules = {
        f"{found['lost']} lost": found["lost"] == 0,
        f"{found['wrong_recipient']} to the wrong recipient": found["wrong_recipient"] == 0,
        f"{found[UNEQUAL]} ended otherwise than the model says": found[UNEQUAL] == 0,
        f"{found[RECOUNT]} counters differ from a recount": found[RECOUNT] == 0,
        f"{found['duplicates']} duplicates in a crash window of {crashes}": (
            found["duplicates"] <= crashes
        ),
        f"only {owed} owed, fewer than {least_owed}": owed >= least_owed,
        f"only {faults} faults, fewer than {least_faults}": faults >= least_faults,
        f"a crash window of {crashes} is over 5% of what is owed": crashes <= CRASH_SHARE * owed,
        f"only {found[DELIVERED]} of {owed} delivered": found[DELIVERED] >= least_share * owed,
    }
    return [why for why, holds in rules.items() if not holds]


def judge(run: Run) -> Verdict:
    """Hold a finished run against the model."""
    ledger = run.world.ledger()
    evidence = run.gather(ledger)
    states = {(r["case"], r["victim"], r["kind"], r["fact"]): r for r in ledger}
    verdict = Verdict()
    verdict.figures["wrong_recipient"] += run.sent_while_off
    owed = (incapacity.expect_of(run.scenario, case, evidence) for case in run.scenario.cases)
    expected = [speakers.held_too(duty, evidence) for duty in chain.from_iterable(owed)]
    expected += speakers.expect(run.scenario, evidence)
    verdict.figures["named"] = len(evidence.named)
    verdict.figures.update(speakers.told(run.scenario, evidence))
    for duty in expected:
        row = states.pop(duty.key, None)
        if row is not None or ABSENT not in duty.ends:
            judge_duty(verdict, duty, row, evidence.sent.get(duty.key, []))
    for key, row in states.items():
        said = f"{words(key)}: nobody owes this, yet it is {row['state']}"
        verdict.problem(UNEQUAL, key[0], said)
    requests, emails = agencies.rows(run.world), agencies.emails(run.world)
    run.requests.judge(verdict, run.scenario, requests, emails, evidence.named)
    status = run.world.status()
    verdict.faults.update(status["faults"])
    verdict.figures["crash_window"] = status["crash_window"]
    verdict.figures["duplicates"] = _duplicates(evidence.sent.items())
    _count_unaccounted(run, verdict)
    verdict.seeds.append(
        {
            "seed": run.scenario.seed,
            "cases": len(run.scenario.cases),
            "owed": verdict.figures["duties"],
            "messages": sum(len(sent) for sent in evidence.sent.values()),
            "receipts": run.carriers.given,
            **run.done,
        }
    )
    return verdict


def _duplicates(sent: Iterable[tuple[Key, list[Sent]]]) -> int:
    """Count messages that told one address one fact more than once, whichever victim it was for."""
    told: Counter[tuple[str, str, str, str]] = Counter()
    for (case, _victim, kind, fact), messages in sent:
        told.update((case, kind, fact, message.to) for message in messages)
    return sum(times - 1 for times in told.values())


def _count_unaccounted(run: Run, verdict: Verdict) -> None:
    """Count what local AWS recorded as sent and nothing accounts for, but one answer to a STOP."""
    sends = run.world.journal()["sends"]
    known = {send["id"] for send in sends}
    aws = run.world.aws
    recorded = {t.id for t in aws.sent_texts()} | {e.id for e in aws.sent_emails()}
    unpassed, unrecorded = recorded - known, known - recorded
    answers = [send for send in sends if not send["notice"]]
    others = [send for send in answers if send["to"] not in run.scenario.stops]
    strangers = len(unpassed) + len(unrecorded) + len(others)
    if strangers:
        faults = Counter(
            send["fault"] for send in [*others, *(s for s in sends if s["id"] in unrecorded)]
        )
        said = (
            f"{strangers} messages that nothing accounts for: {len(unpassed)} that the proxy never"
            f" passed on, {len(unrecorded)} that local AWS did not record, {len(others)} of no"
            f" notice; their faults: {dict(faults)}"
        )
        verdict.problem("wrong_recipient", "", said, strangers)
