"""What became of each duty, held against the model; and whether a run may pass."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import agencies, hand_off_pages, hand_offs, oracle, speakers, sure_ends
from tests.chaos.observed import (
    ABSENT,
    DELIVERED,
    ENDS,
    HELD,
    LETTERED,
    SUPPRESSED,
    Expected,
    Key,
    Sent,
)
from tests.chaos.run import Run

CRASH_SHARE = 0.05
ADDED_UP = (
    *(
        "hand_offs",
        "taken_back",
        "read_by_agencies",
        "names_read",
        "names_taken_back",
        "named",
        "told_beside",
        "told_in_place",
        "owed",
        "lost",
        "duplicates",
        "crash_window",
        "wrong_recipient",
        "unequal",
        "recount",
    ),
)


@dataclass(slots=True)
class Verdict:
    """The figures of a run; those of several add up."""

    owed: int = 0
    hand_offs: int = 0  # to agencies; what is wrong with one counts as for a notice
    taken_back: int = 0  # of these, confirmed by an agency before
    read_by_agencies: int = 0  # requests on their pages, each time that a page was read
    names_read: int = 0  # of these, with who speaks for the victim
    names_taken_back: int = 0  # hand-offs that another one replaced, since that was ended
    named: int = 0  # people whom victims named to speak for them
    told_beside: int = 0  # messages of news to them, beside the victim
    told_in_place: int = 0  # and in the place of a child
    ends: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    duplicates: int = 0
    crash_window: int = 0
    wrong_recipient: int = 0
    unequal: int = 0  # ended otherwise than the model says
    recount: int = 0  # counters of the dashboard that their rows do not bear out
    faults: Counter[str] = field(default_factory=Counter)
    seeds: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    trails: list[tuple[Key, str]] = field(default_factory=list)  # of these the trail is wanted
    sure: sure_ends.Ends = field(default_factory=dict)  # ends of one run, to compare with a storm

    def add(self, other: "Verdict") -> None:
        """Add another run's figures."""
        for name in ADDED_UP:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.ends += other.ends
        self.faults += other.faults
        self.seeds += other.seeds
        self.problems += other.problems

    def note(self, key: Key, what: str) -> None:
        """Keep what is wrong with a duty."""
        self.problems.append(what)
        self.trails.append((key, what))

    def figures(self) -> dict[str, Any]:
        """Return what goes into `build/chaos.json`."""
        return {
            "owed": self.owed,
            "hand_offs": self.hand_offs,
            "taken_back": self.taken_back,
            "read_by_agencies": self.read_by_agencies,
            "names_read": self.names_read,
            "names_taken_back": self.names_taken_back,
            "named": self.named,
            "told_beside": self.told_beside,
            "told_in_place": self.told_in_place,
            **{end: self.ends[end] for end in (DELIVERED, LETTERED, HELD, SUPPRESSED)},
            "lost": self.lost,
            "duplicates": self.duplicates,
            "crash_window": self.crash_window,
            "wrong_recipient": self.wrong_recipient,
            "recount_differences": self.recount,
            "faults": dict(sorted(self.faults.items())),
            "details": {
                "unequal_to_model": self.unequal,
                "seeds": sorted(self.seeds, key=lambda one: int(one["seed"])),
                "problems": self.problems[:50],
            },
        }

    def failures(self, least_owed: int, least_faults: int, least_share: float) -> list[str]:
        """Return why this must not pass; nothing when it may."""
        faults = self.faults.total()
        rules = {
            f"{self.lost} lost": self.lost == 0,
            f"{self.wrong_recipient} to the wrong recipient": self.wrong_recipient == 0,
            f"{self.unequal} ended otherwise than the model says": self.unequal == 0,
            f"{self.recount} counters differ from a recount": self.recount == 0,
            f"{self.duplicates} duplicates in a crash window of {self.crash_window}": (
                self.duplicates <= self.crash_window
            ),
            f"only {self.owed} owed, fewer than {least_owed}": self.owed >= least_owed,
            f"only {faults} faults, fewer than {least_faults}": faults >= least_faults,
            f"a crash window of {self.crash_window} is over 5% of what is owed": (
                self.crash_window <= CRASH_SHARE * self.owed
            ),
            f"only {self.ends[DELIVERED]} of {self.owed} delivered": (
                self.ends[DELIVERED] >= least_share * self.owed
            ),
        }
        return [why for why, holds in rules.items() if not holds]


def judge(run: Run) -> Verdict:
    """Hold a finished run against the model."""
    ledger = run.world.ledger()
    evidence = run.gather(ledger)
    states = {(r["case"], r["victim"], r["kind"], r["fact"]): r for r in ledger}
    verdict = Verdict(wrong_recipient=run.sent_while_off)
    of_cases = oracle.expect(run.scenario, evidence)
    expected = of_cases + speakers.expect(run.scenario, evidence)
    verdict.named = len(evidence.named)
    for name, messages in speakers.told(run.scenario, evidence).items():
        setattr(verdict, name, messages)
    troubles = {case.number: case.trouble for case in run.scenario.cases}
    cases = {case.number: case for case in run.scenario.cases}
    in_both = {duty.key for duty in of_cases}  # a storm names nobody
    for duty in expected:
        row = states.pop(duty.key, None)
        if row is not None or ABSENT not in duty.ends:
            _judge_duty(verdict, duty, row, evidence.sent.get(duty.key, []), troubles)
        if duty.key in in_both:
            end = ENDS.get(row["state"] if row else "", ABSENT)
            case = cases[duty.key[0]]
            verdict.sure |= sure_ends.ended(run.scenario, case, duty, end, evidence)
    for key, row in states.items():
        verdict.unequal += 1
        said = f"nobody owes this, yet it is {row['state']}"
        verdict.note(key, _words(key, troubles, said))
    _judge_hand_offs(verdict, run)
    status = run.world.status()
    verdict.faults.update(status["faults"])
    verdict.crash_window = status["crash_window"]
    verdict.duplicates = _duplicates(evidence.sent.items())
    verdict.wrong_recipient += _unaccounted(run, verdict)
    verdict.seeds.append(
        {
            "seed": run.scenario.seed,
            "cases": len(run.scenario.cases),
            "owed": verdict.owed,
            "messages": sum(len(sent) for sent in evidence.sent.values()),
            "receipts": run.carriers.given,
            **run.done,
        }
    )
    return verdict


def _judge_hand_offs(verdict: Verdict, run: Run) -> None:
    rows = agencies.rows(run.world)
    found = {key: _end(row) for key, row in rows.items()}
    keys = {row["pk"]: key for key, row in rows.items()}
    confirmed = {keys[id] for id in run.confirmed}
    shown, named = run.clerks.shown, run.speakers.named
    outdated = hand_off_pages.outdated(shown, keys, named)
    expected = hand_offs.expect(run.scenario, run.agreed, confirmed, outdated)
    reader = hand_off_pages.Reader(run.scenario, run.agreed, keys, named, run.taken_back_by)
    verdict.hand_offs += len(found)
    verdict.taken_back += len(hand_offs.taken_back(expected, confirmed))
    verdict.read_by_agencies += len(shown)
    verdict.names_read += sum(bool(one.speaker) for one in shown)
    verdict.names_taken_back += sum(key[3].endswith(hand_offs.FORMER) for key in found)
    emails = agencies.emails(run.world)
    wrong = [
        *hand_offs.problems(expected, found).items(),
        *hand_offs.unsaid(expected, confirmed, emails, run.confirmed_from).items(),
        *reader.wrong(shown).items(),
        ("lost", hand_off_pages.unread(expected, found, run.last_page, keys)),
        ("wrong_recipient", hand_offs.said_too_much((e.words for e in emails), run.scenario)),
    ]
    for what, sentences in wrong:
        setattr(verdict, what, getattr(verdict, what) + len(sentences))
        verdict.problems += sentences


def _end(row: dict[str, str]) -> str:
    untold = row["state"] == hand_offs.HELD and "told_at" not in row
    return hand_offs.UNTOLD if untold else row["state"]


def _judge_duty(
    verdict: Verdict,
    duty: Expected,
    row: dict[str, str] | None,
    sent: list[Sent],
    troubles: dict[str, str],
) -> None:
    verdict.owed += 1
    verdict.wrong_recipient += duty.wrong
    state = row["state"] if row else "not in the ledger"
    end = ENDS.get(state, "")
    said = f"{state} {row.get('reason', '') if row else ''}".strip()
    if end:
        verdict.ends[end] += 1
    problem = ""
    if not end:
        verdict.lost += 1
        problem = f"lost: {said}"
    elif duty.untold or (end == DELIVERED and not sent):
        verdict.lost += 1
        problem = f"lost: {said}, and not everybody was sent a message"
    elif end not in duty.ends:
        verdict.unequal += 1
        problem = f"{said} instead of {' or '.join(sorted(duty.ends))}"
    if duty.wrong:
        problem += f"; {duty.wrong} to the wrong recipient"
    if problem:
        told = [f"{s.channel} {s.at:%H:%M:%S} {s.receipt}{' crash' * s.crash}" for s in sent]
        problem += f" ({'; '.join(told) or 'nothing sent'})"
        verdict.note(duty.key, _words(duty.key, troubles, problem))


def _duplicates(sent: Iterable[tuple[Key, list[Sent]]]) -> int:
    """Count messages that told one address one fact more than once, whichever victim it was for."""
    told: Counter[tuple[str, str, str, str]] = Counter()
    for (case, _victim, kind, fact), messages in sent:
        told.update((case, kind, fact, message.to) for message in messages)
    return sum(times - 1 for times in told.values())


def _unaccounted(run: Run, verdict: Verdict) -> int:
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
        verdict.problems.append(
            f"{strangers} messages that nothing accounts for: {len(unpassed)} that the proxy never"
            f" passed on, {len(unrecorded)} that local AWS did not record, {len(others)} of no"
            f" notice; their faults: {dict(faults)}"
        )
    return strangers


def _words(key: Key, troubles: dict[str, str], what: str) -> str:
    case, victim, kind, fact = key
    return f"{case} ({troubles[case]}) {victim} {kind} {fact.partition(':')[0]}: {what}"
