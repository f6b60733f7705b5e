"""What a case owes is held against cases that were written from the words of the law.

The cases are in `infra/law`, one folder for each state. Their writer had not read `duties`.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.fact_keys import arrest_fact_keys
from aviso.domain.model import Arrest, Case, Kind
from aviso.domain.notice import Duty, Notice, State
from aviso.domain.requests import Rights
from aviso.domain.settings import KindSettings, Settings
from infra.compiler import yaml_lines
from infra.compiler.compile import load
from infra.compiler.state_law import asked_of_kinds, kinds_by_law
from infra.harness.builders import NOW, CaseBuilder, a_case, a_notice, an_answer, case_at
from infra.repository import ROOT, SAMPLE

LAW = ROOT / "infra/law"
CASES = {
    f"{file.parent.name}: {case['name']}": (file.parent.name, case)
    for file in sorted(LAW.glob("*/cases.yaml"))
    for case in yaml_lines.read(file).data
}
REPORTED = NOW - timedelta(days=40)
KINDS = {
    "rights": Kind.FIRST_CONTACT,
    "arrest": Kind.ARREST,
    "appearance": Kind.INITIAL_APPEARANCE,
    "prosecutor": Kind.SENT_TO_PROSECUTOR,
    "closed": Kind.CASE_CLOSED,
}


def hour(number: float) -> datetime:
    """Return the time so many hours after the report."""
    return REPORTED + timedelta(hours=number)


def of_state(state: str) -> dict[Kind, KindSettings]:
    """Return the sample's kinds of notices, as a state's law has them at the least."""
    return kinds_by_law(load(SAMPLE), LAW / state)


def built(facts: Mapping[str, Any]) -> Case:
    """Return the case that a file describes, each fact first seen when it happened."""
    names = {"warrant": "warrant_at", "sent": "prosecutor_at", "closed": "status_at"}
    known = {column: facts[name] for name, column in names.items() if name in facts}
    columns: dict[str, Any] = {name: hour(number) for name, number in known.items()}
    if "closed" in facts:
        columns["status"] = "CLOSED"
    seen = hour(max(known.values(), default=0))
    case = a_case().with_report(reported_at=REPORTED, export_time=seen, **columns)
    for victim in facts["victims"]:
        case = with_victim(case, facts, victim)
    for speaker, victim in facts.get("kin", {}).items():
        case = case.with_speaker(speaker, victim, relation="next_of_kin")
    for suspect in facts.get("suspects", {}):
        case = case.with_suspect(suspect)
    for number, row in enumerate(facts.get("arrests", ())):
        arrest = arrest_of(f"a{number}", row, facts["suspects"][row["who"]] == "juvenile")
        case = CaseBuilder(case.but(arrests=(*case.case.arrests, arrest)))
    return case.case


def with_victim(case: CaseBuilder, facts: Mapping[str, Any], victim: str) -> CaseBuilder:
    """Return the case with one more victim, and what that victim answered."""
    answers = {"asked": Rights.REQUESTED, "waived": Rights.WAIVED}
    answer = next((a for k, a in answers.items() if victim in facts.get(k, ())), Rights.UNANSWERED)
    marks: dict[str, Any] = {
        "minor": victim in facts.get("minors", ()),
        "deceased": victim in facts.get("dead", ()),
    }
    case = case.with_victim(
        victim, rights=answer, first_seen=REPORTED, export_time=REPORTED, **marks
    )
    if victim in facts.get("asked_again", ()):
        again = an_answer(Rights.REQUESTED, hour(200))
        case = case.with_enrollment(victim, requests=(again,))
    return case


def arrest_of(id: str, row: Mapping[str, Any], juvenile: bool) -> Arrest:
    """Return an arrest, whose initial appearance may be known later, and may be moved."""
    first = Arrest(
        id=id, origin=id, suspect=row["who"], juvenile=juvenile, arrested_at=hour(row["at"])
    )
    seen = dict.fromkeys(arrest_fact_keys(first), hour(row["at"]))
    known = row.get("known", row["at"])
    for key, at in (("appears", known), ("moved", known + 6)):
        if key in row:
            first = replace(first, appearance_at=hour(row[key]))
            seen = dict.fromkeys(arrest_fact_keys(first), hour(at)) | seen
    return replace(first, first_seen=seen)


def before(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts as they were when the victims were told what `told` lists."""
    rows = [*facts.get("arrests", ())]
    last = rows.pop() if rows else {}
    if "moved" in last:
        rows.append({key: last[key] for key in last if key != "moved"})
    elif "known" in last:
        rows.append({"who": last["who"], "at": last["at"]})
    return {**facts, "arrests": rows}


def told(facts: Mapping[str, Any], settings: Settings) -> list[Notice]:
    """Return the notices that the victims have."""
    kinds = {KINDS[name] for name in facts.get("told", ())}
    return [
        a_notice(
            duty.kind,
            duty.fact,
            id=duty.id,
            victim=duty.victim,
            state=State.DELIVERED,
            told_at=duty.first_seen,
            fact_at=duty.fact_at,
            first_seen=duty.first_seen,
        )
        for duty in owed(case_at(built(before(facts)), settings, now(facts)))
        if duty.kind in kinds or (duty.kind is Kind.ARREST and Kind.INITIAL_APPEARANCE in kinds)
    ]


def now(facts: Mapping[str, Any]) -> datetime:
    """Return when the case is looked at: at its last event."""
    hours = [1, *(facts.get(name, 0) for name in ("now", "warrant", "sent", "closed"))]
    for row in facts.get("arrests", ()):
        hours += [
            row["at"],
            row.get("known", 0),
            row.get("known", row["at"]) + 6 * ("moved" in row),
        ]
    return hour(max(hours))


def answering(
    row: Mapping[str, Any], facts: Mapping[str, Any], new: Collection[Duty]
) -> Iterator[Duty]:
    """Yield the duties that tell a victim what a row says; an arrest tells its appearance too."""
    kinds = {KINDS[row["what"]]}
    if row["what"] == "appearance" and facts["arrests"][-1].get("known") is None:
        kinds.add(Kind.ARREST)
    about = [f"a{n}" for n, a in enumerate(facts.get("arrests", ())) if a["who"] == row.get("of")]
    for duty in new:
        right_arrest = "of" not in row or any(name in duty.fact for name in about)
        if duty.victim == row["who"] and duty.kind in kinds and right_arrest:
            yield duty


class TestCase:
    @pytest.mark.parametrize(("state", "case"), CASES.values(), ids=CASES)
    def test_is_owed_what_the_law_asks(
        self, state: str, case: dict[str, Any], settings: Settings
    ) -> None:
        facts = case["case"]
        kinds = of_state(state)
        settings = replace(
            settings, agency=replace(settings.agency, go_live=hour(-24)), kinds=kinds
        )
        ledger = told(facts, settings)
        have = {notice.id for notice in ledger}
        at = case_at(built(facts), settings, now(facts), told=ledger)
        new = [d for d in owed(at) if d.id not in have]
        for row in case.get("must", ()):
            duties = [*answering(row, facts, new)]
            assert duties, row
            told_to = [who.id for v in at.case.victims for who in at.spoken_for(v)]
            assert row.get("through") in (None, *told_to), row
            if "within" in row:
                of = [a for a in facts["arrests"] if a["who"] == row.get("of", a["who"])]
                latest = hour(of[-1 if "of" in row or facts.get("told") else 0]["at"])
                latest += timedelta(hours=row["within"])
                assert min(duty.deadline for duty in duties) <= latest, row
        assert not [duty for row in case.get("never", ()) for duty in answering(row, facts, new)]

    def test_names_a_known_clause(self) -> None:
        for file in LAW.glob("*/cases.yaml"):
            known = {
                c["clause"] for c in yaml_lines.read(file.with_name("clauses.yaml")).data["clauses"]
            }
            named = {clause for case in yaml_lines.read(file).data for clause in case["law"]}
            named |= {row["clause"] for row in asked_of_kinds(file.parent).values()}
            assert named <= known
