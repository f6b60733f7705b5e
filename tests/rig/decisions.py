"""What the rules decide about generated cases, to compare a rewrite of them with what was before.

`python -m tests.rig.decisions` decides about 20,000 cases, counts how often each word came, and
compares a digest of each thousand with the record in `decisions.json`. `--record` writes a new one.
`--write FOLDER` writes every decision, so that `diff` can compare two commits.

The cases are odder than any agency's: the same number always makes the same case. It asks the
product itself, so it judges nothing: storm and chaos do, with rules of their own.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from aviso.domain import hand_off_duties, speakers
from aviso.domain.audience import is_hers
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import Contact
from aviso.domain.duties import owed, standing
from aviso.domain.guards import without_switches
from aviso.domain.hand_off_duties import owed_hand_offs, why_not
from aviso.domain.model import Victim
from aviso.domain.phones_to_call import own_phones, phones_to_call, typed_only
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.routing import Situation, route
from aviso.domain.settings import Settings
from aviso.domain.speakers import WORDS, went_to_victim
from aviso.domain.staff import Role
from aviso.domain.victim_holds import dangers
from infra.cost.journey import NOW, imitation
from infra.harness.builders import a_notice
from infra.repository import ROOT, commit
from tests.rig.odd_cases import Draft, drawn

if TYPE_CHECKING:
    from aviso.staff.actor import Actor

RECORD = Path(__file__).with_name("decisions.json")
CASES, TOGETHER, OFTEN = 20_000, 1_000, 50
NEVER = {
    *("bad_address", "keeps_failing", "desk"),  # a print run, a crash and a person say so
    *("unsettled_no_report", "restricted_no_report", "restricted_removed"),  # another rule is first
}


def _decisions(at: CaseAt) -> dict[str, Any]:
    """Return what is decided about each notice."""
    notices = {n.id: n for n in at.told}
    for duty in owed(at):
        same = {"first_seen": duty.first_seen, "deadline": duty.deadline, "corrects": duty.corrects}
        notice = a_notice(
            duty.kind, duty.fact, id=duty.id, case=duty.case, victim=duty.victim, **same
        )
        notices.setdefault(duty.id, notice)
    found: dict[str, Any] = {"duties": [_plain(asdict(duty)) for duty in owed(at)]}
    for notice in notices.values():
        values = {name: getattr(at, name) for name in ("case", "told", "settings", "now")}
        for guards in (at.guards, without_switches(at.guards)):
            situation = Situation(notice=notice, guards=guards, **values)
            decision = route(situation)
            found[f"{notice.id} {guards == at.guards}"] = [
                type(decision).__name__,
                {n: _plain(getattr(decision, n)) for n in decision.__struct_fields__},
                standing(situation, notice),
            ]
        victim = at.case.victim(notice.victim)
        if victim is not None:
            hers = [went_to_victim(at, victim, attempt) for attempt in notice.attempts]
            found[f"{notice.id} hers"] = [hers, is_hers(victim, notice)]
    return found


def _plain(value: Any) -> Any:
    """Return a value as JSON can write it."""
    if isinstance(value, Contact):  # without what else the roster knows of it
        return {name: _plain(getattr(value, name)) for name in Contact.__struct_fields__}
    if isinstance(value, Struct):
        return {name: _plain(part) for name, part in asdict(value).items()}
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return value if isinstance(value, bool | int | float | None) else str(value)


def _desk(at: CaseAt, victim: Victim, actor: "Actor") -> dict[str, Any]:
    """Return what the desk shows of a victim, whom a clerk may call, and who answers."""
    from aviso.victims import sign_up
    from aviso.web.staff import case_people
    from aviso.web.staff.phone_lines import phone_lines

    case = at.case
    person = case_people.person_of(at, victim, actor)
    kinds, facts = ({n.kind.value for n in at.told}, {n.fact for n in at.told if n.fact.change})
    lines = phone_lines(at, person, kinds, facts, ask_first=bool(person.dangers))
    offered = hand_off_duties.offered(at, victim)
    return {
        "lines": [_plain(line) for line in person.lines],
        "hold": person.hold,
        "dangers": dangers(at, victim),
        "says": [person.mark, person.silenced, person.speaks, person.rights],
        "may_count": _plain(person.may_count),
        "named": [_plain(person.named), _plain(person.former)],
        "phones": [_plain(line) for line in lines],
        "call": sorted(phones_to_call(at, victim)),
        "own": sorted(own_phones(at, victim)),
        "typed": sorted(typed_only(case, victim)),
        "answers": speakers.who_answers(at, victim),
        "instead": speakers.told_instead(at, victim),
        "offered": [contact.id for contact in offered],
        "speaks": [_plain(hand_off_duties.speaker_of(at, victim, contact)) for contact in offered],
        "told_on": sign_up.told_on(at, victim),
        "asks": hand_off_duties.offers_to_ask(at, victim, juvenile=False),
    }


def _of_case(at: CaseAt, actor: "Actor") -> dict[str, Any]:
    """Return everything that is decided about a case."""
    return {
        "restriction": at.restriction,
        "notices": _decisions(at),
        "desk": {victim.origin: _desk(at, victim, actor) for victim in at.case.victims},
        "hand_offs": [[duty.id, why_not(at, duty, ())] for duty in owed_hand_offs(at)],
    }


def _words(found: Any, words: Counter[str]) -> None:
    """Count each word that was decided or shown."""
    if isinstance(found, dict):
        for part in found.values():
            _words(part, words)
    elif isinstance(found, list | tuple):
        for part in found:
            _words(part, words)
    elif isinstance(found, str) and found.replace("_", "").isalpha() and len(found) < 40:
        words[str(found)] += 1


def decide(numbers: range, folder: Path | None = None) -> tuple[list[str], Counter[str]]:
    """Return the digest of each thousand cases, and how often each word came.

    Must be called inside `imitation`.
    """
    from aviso.staff.actor import Actor

    settings, words, digests = Settings.current(), Counter[str](), []
    actor = Actor(
        id="m1",
        name="Sam Ortiz",
        audit_name="m1",
        roles=frozenset({Role.SUPERVISOR}),
        settings=settings,
        now=NOW,
    )
    for start in numbers[::TOGETHER]:
        texts = []
        for number in range(start, min(start + TOGETHER, numbers.stop)):
            found = _of_case(drawn(Draft(number), settings), actor)
            _words(found, words)
            texts.append(f"{number} {json.dumps(found, default=str, sort_keys=True)}\n")
        text = "".join(texts)
        digests.append(hashlib.sha256(text.encode()).hexdigest()[:16])
        if folder:
            (folder / f"{start}.txt").write_text(text.replace(', "', ',\n  "'), "utf-8")
    return digests, words


def _rare(words: Counter[str]) -> dict[str, int]:
    """Return the reasons and bars that came too seldom to notice that one is decided otherwise."""
    bars = {"unsafe", "suspects", "doubted", "opted_out", "bounced", "not_me", "landline"}
    levels = {*HoldReason, StopReason.NO_OTHER_CONTACT, *WORDS, *bars} - NEVER
    return {word: words[word] for word in sorted(levels) if words[word] < OFTEN}


def main() -> int:
    """Decide about the cases, and compare or record the digests."""
    import time_machine

    from infra.compiler.compile import compile_agency

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--record", action="store_true", help="keep what is decided now")
    parser.add_argument("--write", type=Path, help="a folder for every decision")
    given = parser.parse_args()
    if given.write:
        given.write.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        compile_agency(ROOT / "infra/agency/sample.yaml", ROOT / "templates", Path(folder))
        with imitation(folder), time_machine.travel(NOW, tick=False):
            digests, words = decide(range(given.cases), given.write)
            rare = _rare(words)
    if given.record:
        made = {"commit": commit(), "digests": digests}
        RECORD.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
    before = json.loads(RECORD.read_text("utf-8"))["digests"] if RECORD.is_file() else []
    other = [n * TOGETHER for n, (a, b) in enumerate(zip(before, digests, strict=False)) if a != b]
    print(f"{given.cases} cases; decided otherwise in the thousands from {other}")
    print(f"fewer than {OFTEN} times: {rare}")
    return 1 if other or (rare and given.cases >= CASES) else 0


if __name__ == "__main__":
    sys.exit(main())
