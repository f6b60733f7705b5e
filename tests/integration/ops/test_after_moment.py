"""`aviso data restore`, for what happened since: by ids; a person looks at the rest."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from aviso.compliance import retention
from aviso.domain.model import AuditEntry
from aviso.domain.notice import State
from aviso.domain.staff import Account
from aviso.letters import bucket
from aviso.letters.bucket import PrintedLetter
from aviso.notices import planning, sending
from aviso.storage import (
    audit,
    cases,
    guard_items,
    inbox,
    inbox_tasks,
    notices,
    sending_controls,
    staff_accounts,
)
from infra.harness.builders import NOW, NUMBER, an_arrest_case, an_invocation
from infra.harness.portal_browser import store
from infra.harness.staff_browser import subjects
from infra.ops import restore
from tests.conftest import REGION
from tests.support import restored
from tests.support.restored import BUCKET

MOMENT = restore.Moment(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))  # four hours ago
SINCE = MOMENT.at + timedelta(hours=1)
BEFORE = MOMENT.at - timedelta(days=1)
KEY = "of-her-phone"

pytestmark = [pytest.mark.in_memory_tables, pytest.mark.usefixtures("outside")]


def does(action: str, case: str, subject: str = "", *, later: int = 0, victim: str = "") -> None:
    """Leave the row of an act in the trail, some minutes later than `SINCE`."""
    at = SINCE + timedelta(minutes=later)
    entry = AuditEntry(at=at, actor="a", action=action, case=case, victim=victim, subject=subject)
    audit.append(entry, 400)


def text(id: str) -> None:
    """Have a text of the case in the inbox."""
    address = {"address": "+15205550167", "address_key": "k"}
    data = {"at": BEFORE.isoformat(), "text": "", "maybe_stop": False, "cases": [NUMBER], **address}
    inbox_tasks.put_reply(id, data, BEFORE)


def stopped() -> bool:
    return guard_items.get(f"OPTOUT#{KEY}") is not None


def barred() -> bool:
    return guard_items.get(f"NOTME#{KEY}#{NUMBER}") is not None


def locked() -> bool:
    return staff_accounts.account("u1").locked_at is not None


def held() -> bool:
    return retention.held(cases.read_case(NUMBER))


def erased() -> bool:
    return not cases.read_case(NUMBER).victims


def texts() -> set[str]:
    return {found.id for found in inbox.texts()}


# What was done since, as (act, case, subject), and what is so after the restore.
STOP, START = ("opted_out", "", KEY), ("opted_in", "", KEY)
HOLD, END = ("legal_hold", NUMBER, ""), ("legal_hold_ended", NUMBER, "")
ERASE = ("victim_erased", NUMBER, "")
ACTS = {
    "STOP": ([STOP], stopped, True),
    "STOP at the desk": ([("reply_stopped", NUMBER, f"a-text: {KEY}")], stopped, True),
    "STOP, START": ([STOP, START], stopped, False),
    "START, STOP": ([START, STOP], stopped, True),
    "STOP, START, STOP": ([STOP, START, STOP], stopped, True),
    "STOP, undone at the desk": ([STOP, ("opt_out_undone", NUMBER, KEY)], stopped, False),
    "not me": ([("not_me", NUMBER, KEY)], barred, True),
    "not me, theirs after all": (
        [("not_me", NUMBER, KEY), ("not_me_undone", NUMBER, KEY)],
        barred,
        False,
    ),
    "lock": ([("account_locked", "", "u1")], locked, True),
    "lock by failures": ([("account_locked", "", "u1: failures")], locked, True),
    "lock, released": (
        [("account_locked", "", "u1: failures"), ("account_released", "", "u1")],
        locked,
        False,
    ),
    "hold": ([HOLD], held, True),
    "hold, ended": ([HOLD, END], held, False),
    "hold, ended, held": ([HOLD, END, HOLD], held, True),
    "erased": ([ERASE], erased, True),
    "erased, then held": ([ERASE, HOLD], erased, True),
    "hold, ended, erased": ([HOLD, END, ERASE], erased, True),
    "texts erased": ([("texts_erased", NUMBER, "t1 t2")], texts, {"t3"}),
    "texts erased, held": ([("texts_erased", NUMBER, "t1 t2"), HOLD], texts, {"t3"}),
}


@pytest.fixture
def stood(keep):
    """Keep a stack that has a case, an account and three texts."""
    store(an_arrest_case().case)
    staff_accounts.save_account(Account(id="u1", name="ana", seen_at=BEFORE), BEFORE)
    for id in ("t1", "t2", "t3"):
        text(id)
    keep()


class TestAct:
    @pytest.mark.parametrize(("done", "so", "expected"), ACTS.values(), ids=ACTS)
    def test_since_the_moment_holds(self, stood, lose, bring_back, done, so, expected):
        lose(*(name for name in restore.ALL if name != "Audit"))
        for n, (action, case, subject) in enumerate(done):
            does(action, case, subject, later=n, victim="v1" if action == "victim_erased" else "")
        bring_back()
        assert so() == expected

    def test_is_read_from_the_locked_copy(self, stood, lose, bring_back):
        does(*STOP)
        for row in audit.of_day(SINCE.date()):
            boto3.client("s3", region_name=REGION).put_object(
                Bucket=BUCKET,
                Key=f"{SINCE.date()}/{row['sk']['S']}.jsonl",
                Body=json.dumps(row).encode(),
            )
        lose(*restore.ALL)
        bring_back()
        assert stopped()
        assert ("a", "opted_out", KEY) in subjects()

    @pytest.mark.parametrize(
        ("done", "so", "tables"),
        [
            (STOP, stopped, ["Members", "Cases"]),
            (("account_locked", "", "u1"), locked, ["Guards", "Cases"]),
            (ERASE, erased, ["Guards", "Notices"]),
        ],
    )
    def test_counts_for_its_tables_alone(self, stood, bring_back, done, so, tables):
        sending_controls.turn(trial=False)
        does(*done, victim="v1")
        bring_back(*tables)
        assert not so()

    def test_of_before_is_left_alone(self, stood, lose, bring_back):
        does(*STOP, later=-120)
        lose("Guards")
        bring_back()
        assert not stopped()


class TestCase:
    @pytest.mark.parametrize(
        ("action", "tables", "word"),
        [
            *((a, "Cases", "restricted") for a in ("contact_marked_unsafe", "enrolled", "locked")),
            *((a, "Cases", "restricted") for a in ("not_me", "viewed", "of_a_later_release")),
            *((a, "Cases", "") for a in ("verify_failed", "code_failed")),  # by strangers
            ("contact_marked_unsafe", "Notices", ""),
        ],
    )
    def test_with_a_row_in_the_trail_is_restricted(self, stood, bring_back, action, tables, word):
        sending_controls.turn(trial=False)
        does(action, NUMBER)
        bring_back(tables)
        assert cases.read_case(NUMBER).report.desk_restriction == word

    def test_without_a_row_is_not(self, stood, bring_back):
        does("enrolled", "2611240002")
        bring_back()
        assert cases.read_case(NUMBER).report.desk_restriction == ""

    def test_that_is_missing_is_named(self, stood, bring_back, capsys):
        does("enrolled", "2611240099")
        bring_back()
        assert "case 2611240099 is missing: restrict it when it is back" in capsys.readouterr().out


LINES = {
    "handed over": ([("dispatched", "sent")], True),
    "perhaps handed over": ([("dispatched", "unknown")], True),
    "overtaken by a receipt": ([("dispatched", "overtaken")], True),
    "arrived": ([("receipt", "delivered")], True),
    "failed": ([("dispatched", "sent"), ("receipt", "failed")], True),
    "never handed over": (
        [("dispatched", "waiting:quiet_hours"), ("dispatched", "claimed_elsewhere")],
        False,
    ),
    "another line": ([("entered", "sent")], False),
}


class TestNotice:
    @pytest.fixture
    def give(self, settings, provider):
        """Plan what is owed, send it, and return how the notice of the arrest stands."""

        def go():
            sending_controls.turn(kill=False, trial=False)
            planning.plan(NUMBER, settings, NOW)
            for n, notice in enumerate(notices.of_case(NUMBER)):
                sending.send(notice.id, an_invocation(settings, lambda: NOW, token=f"t{n}"))
            return next(n for n in notices.of_case(NUMBER) if n.fact.startswith("arrest"))

        return go

    @pytest.fixture
    def id(self, settings):
        store(an_arrest_case().case)
        planning.plan(NUMBER, settings, NOW)
        return next(n.id for n in notices.of_case(NUMBER) if n.fact.startswith("arrest"))

    @pytest.mark.parametrize("imported_again", [False, True])
    @pytest.mark.parametrize(("lines", "told"), LINES.values(), ids=LINES)
    def test_told_since_waits_for_a_person(
        self, keep, lose, bring_back, give, id, lines, told, imported_again
    ):
        if imported_again:  # it was not known at the moment
            lose("Cases", "Notices")
        keep()
        for message, outcome in lines:
            restored.log(SINCE, message, notice=id, outcome=outcome)
        restored.log(BEFORE, "dispatched", notice=id, outcome="sent")
        lose("Cases", "Notices")
        bring_back()
        if imported_again:
            store(an_arrest_case().case)
        found = give()
        assert found.id == id
        assert (found.state, found.reason) == (
            (State.HELD, "perhaps_told") if told else (State.SENT, "")
        )

    @pytest.mark.parametrize(("mail", "state"), [("yes", State.HELD), ("no", State.SENT)])
    def test_printed_since_waits_for_a_person(self, keep, lose, bring_back, give, id, mail, state):
        keep()
        letter = {"name": "Ana", "address": "1 Elm", "pages": 1, "language": "en", "mail": mail}
        bucket.put_manifest("r1", [PrintedLetter(run="r1", notice=id, case=NUMBER, **letter)])
        lose("Notices")
        bring_back()
        assert give().state is state

    def test_that_the_ledger_kept_goes_on(self, keep, bring_back, give, id):
        keep()
        restored.log(SINCE, "dispatched", notice=id, outcome="sent")
        bring_back("Guards", "Cases")
        assert give().state is State.SENT
