"""A case that was closed long ago, and all that is stored about it."""

import json
from datetime import timedelta

import boto3

from aviso.domain.duties import duty_id
from aviso.domain.model import AuditEntry, Channel, Consent, Kind, Report, Victim
from aviso.domain.notice import Duty, State
from aviso.domain.staff import Remark
from aviso.domain.survey_response import SurveyResponse
from aviso.notices import planning
from aviso.storage import case_decisions, cases, notices, survey_responses
from aviso.storage.audited_change import AuditRow
from aviso.storage.case_decisions import CaseDecision
from aviso.storage.notice_items import NewNotice
from infra.harness.builders import NOW, NUMBER, a_case, a_contact
from tests.conftest import REGION
from tests.support.sending import World

CLOSED_AT = NOW - timedelta(days=400)
LONG_AGO = Consent(version="1", at=CLOSED_AT - timedelta(days=1), language="es", source="portal")


def a_told_notice(number, fact, kind, victim, at=NOW) -> str:
    """Enter a notice in the ledger that was delivered, and return its id."""
    duty = Duty(
        id=duty_id(number, fact, kind, victim),
        case=number,
        victim=victim,
        kind=kind,
        fact=fact,
        fact_at=at,
        first_seen=at,
        deadline=at + timedelta(days=1),
    )
    notices.insert(NewNotice(duty=duty, state=State.DELIVERED, due_at=at, created_at=at))
    return duty.id


def keep(settings, builder):
    """Store a case as it is, and plan what it owes."""
    World(settings, None).store(builder.case)
    planning.plan(NUMBER, settings, NOW)


def closed(**report):
    """Return the case, closed long ago, with changes of its report."""
    return a_case().with_report(
        **(
            {"status": "CLEARED_ARREST", "status_at": CLOSED_AT, "reported_at": LONG_AGO.at}
            | report
        )
    )


def everything_stored() -> str:
    """Return all rows of cases and answers as one text."""
    client = boto3.client("dynamodb", region_name=REGION)
    return json.dumps([client.scan(TableName=t)["Items"] for t in ("Cases", "Responses")])


HERS, SHARED, ELSEWHERE, STRANGE = (f"+1520555014{n}" for n in range(4))


# The records system calls the case LATER now, and the victim v9: see `lead`.
LATER = "2611240009"


def renumbered():
    """Return a case that has a later number."""
    own = a_contact("own@example.org", Channel.EMAIL)
    return (
        a_case()
        .with_report(later_numbers=(LATER,))
        .with_victim("v1")
        .with_speaker("r1", victim="v9")
        .with_enrollment("v1", own)
    )


def lead() -> None:
    """Store the rows that lead from the later number and the later id to the first ones."""
    cases.write_row(LATER, Report(number=LATER, origin=LATER, offense="", alias_of=NUMBER), None)
    cases.write_row(NUMBER, Victim(id="v9", origin="v9", digest="alias:v1"), None)


def answered_under_the_later_number() -> str:
    """Store a survey's answer under the later number; return the notice's id."""
    asked = a_told_notice(LATER, "survey:1", Kind.SURVEY, "v1")
    said = {"comment": "a private thing"}
    response = SurveyResponse(
        survey=asked,
        case=LATER,
        victim="v1",
        answers=said,
        asked_at=NOW,
        answered_at=NOW,
        changed_at=NOW,
    )
    survey_responses.write(response, None)
    return asked


def note(number: str, text: str) -> None:
    """Write a note on a case, as the desk does."""
    entry = AuditEntry(at=NOW, actor="staff:1", action="note_added", case=number)
    why = Remark(at=NOW, by="rosa", text=text)
    case_decisions.decide(CaseDecision(AuditRow(entry=entry, keep_days=1), why))
