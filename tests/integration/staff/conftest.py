"""Cases and held notices that wait at the desk in these tests."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.duties import duty_id
from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Case, Channel, Kind
from aviso.domain.notice import Attempt, Duty, Notice, State
from aviso.domain.reasons import HoldReason
from aviso.domain.staff import Role
from aviso.letters import bucket
from aviso.letters.bucket import PrintedLetter
from aviso.storage import cases, counters, notices
from aviso.storage.notice_items import NewNotice
from infra.harness.builders import NUMBER, a_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import StaffBrowser
from tests.integration.conftest import NOW
from tests.integration.staff.figures import ANSWERED, ARRESTS, FEW, MANY, TODAY, cut

PHONE, EMAIL = "+15205550118", "v1@example.com"
ORDINARY, RESTRICTED = NUMBER, "2611240002"
THREE = ("2611240010", "2611240011", "2611240012")


def a_stored_case(number: str = ORDINARY, **report: Any) -> Case:
    """Store an ordinary case with a victim and an arrested suspect."""
    builder = a_case().with_report(number=number, origin=number, **report)
    builder = builder.with_victim(phone=PHONE, email=EMAIL).with_suspect(phone="+15205550166")
    case = replace(builder.with_arrest(arrested_at=NOW).case, number=number)
    store(case)
    return cases.read_case(number)


def a_held_notice(
    number: str = ORDINARY,
    reason: str = "no_safe_contact",
    state: State = State.HELD,
    fact: str = "arrest:a1",
    deadline: datetime | None = None,
    kind: Kind = Kind.ARREST,
    stamp: str = "",
    fact_at: datetime = NOW,
) -> str:
    """Enter a notice in the ledger, and return its id."""
    duty = Duty(
        id=duty_id(number, fact, kind, "v1"),
        case=number,
        victim="v1",
        kind=kind,
        fact=FactKey(fact),
        fact_at=fact_at,
        first_seen=fact_at,
        deadline=deadline or NOW + timedelta(hours=4),
    )
    new = NewNotice(
        duty=duty,
        state=state,
        due_at=NOW,
        created_at=NOW,
        reason=HoldReason(reason) if reason else "",
        stamp=stamp,
    )
    assert notices.insert(new)
    return duty.id


def a_posted_letter() -> str:
    """Enter a notice in the ledger whose letter was posted, and return its id."""
    id = a_held_notice(reason="", state=State.QUEUED, fact="arrest:posted")
    notices.move(notice(id), State.PRINTED, due_at=None, run="run-9")
    notices.move(notice(id), State.MAILED, due_at=None, told_at=NOW)
    letter = Attempt(n=1, channel=Channel.LETTER, address_key="key-9", state=State.MAILED, at=NOW)
    notices.put_attempt(id, letter, None)
    return id


def notice(id: str) -> Notice:
    """Return a notice as it is now."""
    found = notices.read(id)
    assert found is not None
    return found


def at_work(desk: StaffBrowser, *roles: Role) -> StaffBrowser:
    """Sign somebody in, an advocate by default."""
    desk.sign_in(*roles or (Role.ADVOCATE,))
    return desk


def a_printed_letter(
    run: str = "run-1", fact: str = "arrest:a1", due_at: datetime | None = None
) -> str:
    """Leave a print run with one letter that waits to be posted; return its notice's id."""
    id = a_held_notice(reason="", state=State.QUEUED, fact=fact)
    notices.move(notice(id), State.PRINTED, due_at=due_at, run=run)
    row = PrintedLetter(
        run=run, notice=id, case=ORDINARY, name="A", address="B", pages=2, language="en"
    )
    bucket.put_manifest(run, [row])
    return id


@pytest.fixture
def three(desk):
    """Give the notices of three people on three cases, the most urgent first."""
    ids = []
    for n, number in enumerate(THREE, 1):
        a_stored_case(number)
        ids.append(a_held_notice(number, deadline=NOW + timedelta(hours=n)))
    at_work(desk, Role.RECORDS)
    return ids


@pytest.fixture
def counted(desk, monkeypatch):
    """Give the desk with a few days of counters behind it."""
    days = {
        TODAY - timedelta(days=2): {
            "notices.delivered": MANY,
            "logins": {"all": 40, "group:property": 37, "group:arson": 3},
            "visitors": {"all": 30},
            "enrolled": {"all": 3},
            "visitors_enrolled": {"all": 3},
        },
        TODAY - timedelta(days=1): {"notices.held": FEW, "logins": {"all": 2}},
    }

    def read(first: date, last: date) -> object:
        return {day: counts for day, counts in days.items() if first <= day <= last}

    monkeypatch.setattr(counters, "read", read)
    return desk


@pytest.fixture
def surveyed(counted, monkeypatch):
    """Give the desk with counters of answers behind it."""
    monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: ANSWERED})
    return counted


@pytest.fixture
def days(desk, monkeypatch):
    """Give the counters behind the report, to be changed by a test: day -> metric -> cut."""
    found = {
        TODAY: cut(ARRESTS, "division:West"),
        TODAY - timedelta(days=92): cut(ARRESTS, "division:West"),  # in the quarter that is over
    }

    def read(first, last):
        return {day: counts for day, counts in found.items() if first <= day <= last}

    monkeypatch.setattr(counters, "read", read)
    return found


@pytest.fixture
def chief(desk, days):
    desk.sign_in(Role.SUPERVISOR)
    return desk
