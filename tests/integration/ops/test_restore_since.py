"""`make restore`, for what happened after its moment: STOPs, marks, messages."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import pytest

from aviso.domain import restriction
from aviso.domain.model import AuditEntry
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, Restriction
from aviso.letters import bucket
from aviso.letters.bucket import PrintedLetter
from aviso.notices import planning
from aviso.runtime import hashing
from aviso.staff import case_decisions
from aviso.storage import audit, cases, guard_items, notices, sending_controls, suppressions
from infra.harness.builders import NOW, NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.ops import acts_since, restore, told_since
from infra.ops.connection import operator
from tests.conftest import REGION
from tests.support import restored
from tests.support.restored import BUCKET, OUTPUTS

MOMENT = restore.Moment(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))  # four hours ago
SINCE = MOMENT.at + timedelta(hours=1)
PHONE, EMAIL = "+15205550101", "ana@example.com"

# That the tables of moto are restored too is shown by test_restore.py.
pytestmark = [pytest.mark.in_memory_tables, pytest.mark.usefixtures("outside")]


def does(action: str, *, case: str = "", subject: str = "", at: datetime = SINCE) -> None:
    """Leave the row of an act in the trail, as a link in a message does."""
    entry = AuditEntry(at=at, actor="contact:k", action=action, case=case, subject=subject)
    audit.append(entry, 400)


def copy_trail() -> None:
    """Copy the trail to its bucket, as its function does within two minutes."""
    rows = [row for back in (0, 1) for row in audit.of_day((SINCE + timedelta(days=back)).date())]
    for row in rows:
        day = row["pk"]["S"].partition("#")[0]
        boto3.client("s3", region_name=REGION).put_object(
            Bucket=BUCKET, Key=f"{day}/{row['sk']['S']}.jsonl", Body=json.dumps(row).encode()
        )


def log(message: str, notice: str, outcome: str, at: datetime = SINCE, **more: object) -> None:
    restored.log(at, message, notice=notice, outcome=outcome, **more)


def stopped(key: str) -> bool:
    return guard_items.get(f"OPTOUT#{key}") is not None


def the_notice(settings) -> str:
    """Store a case that owes a notice, plan it, and return the notice's id."""
    store(an_arrest_case().case)
    assert planning.plan(NUMBER, settings, NOW) > 0
    return next(n.id for n in notices.of_case(NUMBER) if n.fact.startswith("arrest"))


class TestStop:
    def test_since_the_moment_holds_again(self, keep, lose, bring_back):
        keep()
        does("opted_out", subject="of-her-phone")
        suppressions.opt_out("of-her-phone", "reply", SINCE)
        lose("Guards")
        bring_back()
        assert stopped("of-her-phone")

    def test_is_read_from_the_locked_copy(self, database, keep, lose, bring_back):
        keep()
        does("opted_out", subject="of-her-phone")
        copy_trail()
        lose(*restore.ALL)
        bring_back()
        assert stopped("of-her-phone")
        assert next(a.action for a in acts_since.of_trail(database, "Audit", SINCE)) == "opted_out"

    def test_ended_since_stays_ended(self, keep, lose, bring_back):
        keep()
        does("opted_out", subject="of-her-phone")
        does("opted_in", subject="of-her-phone", at=SINCE + timedelta(minutes=5))
        lose("Guards")
        bring_back()
        assert not stopped("of-her-phone")

    def test_pressed_at_the_desk_holds_again(self, keep, bring_back):
        keep()
        does("reply_stopped", case=NUMBER, subject="a-text: of-her-phone")
        bring_back()
        assert stopped("of-her-phone")

    def test_undone_at_the_desk_stays_undone(self, keep, lose, bring_back):
        store(an_arrest_case().case)
        key = hashing.address_key(EMAIL)
        suppressions.opt_out(key, "link", MOMENT.at - timedelta(days=1))
        keep()
        case = cases.read_case(NUMBER)
        case_decisions.resume(case, case.victims[0], EMAIL, "She asked", operator("dana"))
        lose("Guards")
        bring_back()
        assert not stopped(key)

    def test_of_an_older_release_restricts_its_case(self, keep, bring_back):
        store(an_arrest_case().case)
        keep()
        does("opted_out", case=NUMBER)  # names no hash
        bring_back("Guards")
        assert cases.read_case(NUMBER).report.desk_restriction == "restricted"


class TestNotMe:
    def test_since_the_moment_bars_the_contact(self, keep, lose, bring_back):
        store(an_arrest_case().case)
        key = hashing.address_key(PHONE)
        keep()
        does("not_me", case=NUMBER, subject=key)
        lose("Guards")
        bring_back()
        assert guard_items.get(f"NOTME#{key}#{NUMBER}") is not None

    def test_taken_back_since_bars_nobody(self, keep, bring_back):
        store(an_arrest_case().case)
        key = hashing.address_key(PHONE)
        keep()
        does("not_me", case=NUMBER, subject=key)
        case = cases.read_case(NUMBER)
        case_decisions.restore(case, case.victims[0], PHONE, "It is hers", operator("dana"))
        bring_back()
        assert guard_items.get(f"NOTME#{key}#{NUMBER}") is None


class TestChange:
    def test_since_the_moment_restricts_its_case(self, keep, lose, bring_back, settings):
        store(an_arrest_case().case)
        keep()
        (victim,) = cases.read_case(NUMBER).victims
        case_decisions.mark_unsafe(
            cases.read_case(NUMBER), victim, PHONE, "He reads it", operator("dana")
        )
        lose("Cases", "Notices")
        bring_back()
        case = cases.read_case(NUMBER)
        assert not case.victims[0].desk_unsafe  # the mark is lost
        assert restriction.restriction_of(case, settings) is Restriction.DESK  # nothing is sent

    def test_counts_where_a_file_made_the_case_again(self, keep, lose, bring_back):
        store(an_arrest_case().case)
        keep()
        does("contact_marked_unsafe", case=NUMBER)
        lose("Cases")
        store(an_arrest_case().case)
        bring_back()
        assert cases.read_case(NUMBER).report.desk_restriction == "restricted"

    def test_counts_after_a_run_that_stopped(self, keep, lose, bring_back, monkeypatch):
        store(an_arrest_case().case)
        keep()
        does("contact_marked_unsafe", case=NUMBER)
        lose("Cases")
        with monkeypatch.context() as crash:
            crash.setattr(restore, "repeat_acts", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                bring_back()
        assert cases.read_case(NUMBER).report.desk_restriction == ""
        bring_back()
        assert cases.read_case(NUMBER).report.desk_restriction == "restricted"

    def test_is_left_alone_by_a_run_for_others(self, keep, bring_back):
        store(an_arrest_case().case)
        keep()
        does("contact_marked_unsafe", case=NUMBER)
        bring_back("Guards", "Tallies")
        assert cases.read_case(NUMBER).report.desk_restriction == ""

    def test_after_the_first_run_restricts_nothing(self, keep, lose, bring_back):
        store(an_arrest_case().case)
        keep()
        does("case_viewed", case=NUMBER)
        lose("Cases")
        bring_back()
        assert cases.read_case(NUMBER).report.desk_restriction == ""
        keep()
        does("enrolled", case=NUMBER, at=datetime.now(UTC) + timedelta(seconds=1))
        lose("Cases")
        bring_back()
        assert cases.read_case(NUMBER).report.desk_restriction == ""

    @pytest.mark.parametrize(
        "action",
        [
            *("contact_marked_unsafe", "contact_removed", "contact_corrected", "enrolled"),
            *("case_restricted", "locked", "not_me", "home_hidden", "representative_ended"),
            *("rights_waived", "suspect_restored", "address_corrected", "of_a_later_release"),
        ],
    )
    def test_is_whatever_may_make_somebody_safer(self, action):
        assert acts_since.is_change(action)

    def test_of_a_case_that_is_not_there_is_named(self, database, keep, lose, bring_back, capsys):
        keep()
        does("enrolled", case="2611240099")
        store(an_arrest_case().case)
        database.put_item(TableName=MOMENT.copy_of("Cases"), Item=_row(database))
        lose("Cases")
        bring_back()
        assert "case 2611240099 was changed since and is missing" in capsys.readouterr().out


def _row(database):
    return database.scan(TableName="Cases")["Items"][0]


class TestMessage:
    def test_that_arrived_since_is_not_sent_again(self, keep, lose, bring_back, settings):
        id = the_notice(settings)
        keep()
        log("dispatched", id, "sent")
        log("receipt", id, "delivered", SINCE + timedelta(minutes=1), attempt=1, channel="sms")
        lose("Notices")
        bring_back()
        told = notices.read(id)
        assert (told.state, told.channel, told.told_at) == (State.DELIVERED, "sms", SINCE)

    def test_that_reached_a_stranger_since_waits(self, keep, lose, bring_back, settings):
        id = the_notice(settings)
        keep()
        log("dispatched", id, "sent")
        log("receipt", id, "delivered", SINCE + timedelta(minutes=1), attempt=1, channel="sms")
        does("not_me", case=NUMBER, subject="k")
        lose("Notices")
        bring_back()
        assert (notices.read(id).state, notices.read(id).reason) == (State.HELD, HoldReason.DESK)

    @pytest.mark.parametrize("outcome", ["sent", "unknown", "overtaken"])
    def test_handed_over_since_waits_for_a_person(self, keep, lose, bring_back, settings, outcome):
        id = the_notice(settings)
        keep()
        log("dispatched", id, outcome)
        lose("Notices")
        bring_back()
        assert (notices.read(id).state, notices.read(id).reason) == (State.HELD, HoldReason.DESK)
        (note,) = remarks()
        assert "Ask the victim before you send it again" in note

    @pytest.mark.parametrize("outcome", ["waiting:quiet_hours", "claimed_elsewhere", "planned"])
    def test_never_handed_over_still_goes(self, keep, lose, bring_back, settings, outcome):
        id = the_notice(settings)
        keep()
        log("dispatched", id, outcome)
        log("dispatched", id, "sent", MOMENT.at - timedelta(hours=1))  # before the moment
        lose("Notices")
        bring_back()
        assert notices.read(id).state is State.PLANNED

    def test_planned_again_later_is_held_then(self, keep, lose, bring_back, settings):
        keep()  # before the case was known
        id = the_notice(settings)
        log("dispatched", id, "sent")
        lose("Cases", "Notices")
        bring_back()
        again = partial(told_since.settle_since, OUTPUTS, MOMENT.at, operator("dana"))
        assert (list(again().missing), again().held) == ([id], 0)
        assert the_notice(settings) == id  # the file was imported again
        assert (list(again().missing), again().held) == ([], 1)
        assert again().held == 1
        assert len(remarks()) == 1

    def test_printed_since_waits_for_a_person(self, keep, lose, bring_back, settings):
        id = the_notice(settings)
        keep()
        row = PrintedLetter(
            run="r1", notice=id, case=NUMBER, name="Ana", address="1 Elm", pages=1, language="en"
        )
        bucket.put_manifest("r1", [row])
        lose("Notices")
        bring_back()
        assert notices.read(id).state is State.HELD

    def test_that_the_ledger_knows_stays_as_it_is(self, keep, bring_back, settings):
        id = the_notice(settings)
        keep()
        notice = notices.claim(id, token="t", lease_until=NOW, due_at=NOW)
        attempt = told_by_text(SINCE)
        notices.mark(notice, attempt, State.PLANNED, due_at=NOW)  # failed, and tries the next rung
        log("dispatched", id, "sent")
        bring_back()
        assert notices.read(id).state is State.PLANNED

    def test_is_settled_as_typed(self, typed, settings, capsys):
        id = the_notice(settings)
        log("dispatched", id, "sent")
        words = ("told-since", "--at", MOMENT.at.isoformat(), "--by", "dana")
        assert typed(OUTPUTS, *words) == 0
        assert notices.read(id).state is State.HELD
        assert capsys.readouterr().out.endswith("told-since: done. Go on with the next step.\n")


def told_by_text(at: datetime):
    from aviso.domain.model import Channel
    from aviso.domain.notice import Attempt

    return Attempt(n=1, channel=Channel.SMS, address_key="k", state=State.FAILED, at=at)


def remarks() -> list[str]:
    from aviso.storage.case_decisions import remarks

    return [remark.text for remark in remarks(cases.read_case(NUMBER))]


class TestSwitches:
    def test_stop_everything_until_a_person_looks(self, keep, bring_back):
        sending_controls.turn(kill=False, trial=False)
        keep()
        bring_back()
        assert sending_controls.switches().kill
