"""A command of the shell and a form of the desk leave the same rows and the same audit trail."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import boto3
import pytest
from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.staff import Role
from aviso.providers import cognito_users
from aviso.staff import account_locks
from aviso.staff.actor import Actor
from aviso.storage import cases, name_key, sending_controls
from aviso.storage.guard_items import GuardItem, save_new
from infra.harness.builders import STALKING
from infra.harness.cloudformation import table_definitions
from infra.harness.staff_browser import StaffBrowser, case_address
from infra.ops import letters, staff
from infra.ops.connection import operator
from tests.conftest import REGION
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    RESTRICTED,
    a_held_notice,
    a_posted_letter,
    a_printed_letter,
    a_stored_case,
    notice,
)

ROLES = (Role.SUPERVISOR, Role.ADMINISTRATOR)
NAME = "-".join(ROLES)  # as `StaffBrowser.sign_in` names a member
YES = {"confirmed": "yes"}


class Act(NamedTuple):
    """One act that shell and desk both offer; `given` is what `prepare` returned."""

    prepare: Callable[[], Any]
    at_desk: Callable[[StaffBrowser, Any], Any]
    at_shell: Callable[[Actor, Any], Any]
    changes: bool = True


def held(number: str = ORDINARY, reason: str = "no_safe_contact") -> str:
    a_stored_case(number)
    return a_held_notice(number, reason)


def held_unheard() -> str:
    return held(reason=HoldReason.CHANGE_UNHEARD)


def held_in_trial() -> str:
    return held(reason="trial_mode")


def held_with_an_unsafe_home() -> str:
    a_stored_case()
    home = {"street": "77 W Fir Rd", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
    victim = cases.read_case(ORDINARY).victims[0]
    cases.write_row(ORDINARY, replace(victim, safe_to_contact=False, **home), victim)
    return a_held_notice(reason=HoldReason.NOT_SAFE_TO_CONTACT)


def released(reason: str, **form: str) -> Callable[[StaffBrowser, str], Any]:
    given = YES | form
    return lambda desk, one: desk.post("release", why=reason, **given, **{f"pick-{one}": reason})


def turned(does: str, **form: str) -> Callable[[StaffBrowser, Any], Any]:
    def post(desk: StaffBrowser, _: Any) -> None:
        seen = str(sending_controls.switches().turns)
        desk.post("switch", do=does, turns=seen, **YES, **form)

    return post


def nothing() -> None:
    """Leave everything as it is."""


def printed() -> str:
    a_stored_case()
    a_printed_letter()
    return "run-1"


def posted() -> str:
    a_stored_case()
    return a_posted_letter()


def sent_back(letter: str) -> Callable[[StaffBrowser, str], Any]:
    reference = case_address(ORDINARY).partition("c=")[2]
    return lambda desk, one: desk.post("returned", c=reference, notice=one, letter=letter, **YES)


def locked() -> None:
    colleague = cognito_users.find("rosa")
    account_locks.lock(colleague.id, "staff:boss", 1, NOW)
    cognito_users.disable("rosa")


ACTS = {
    "release": Act(
        held,
        released("no_safe_contact"),
        lambda actor, one: staff.release(one, "no_safe_contact", actor),
    ),
    "release_what_a_supervisor_decides": Act(
        held_unheard,
        released(HoldReason.CHANGE_UNHEARD),
        lambda actor, one: staff.release(one, HoldReason.CHANGE_UNHEARD, actor),
    ),
    "release_for_another_reason": Act(
        held_in_trial,
        released("no_safe_contact"),
        lambda actor, one: staff.release(one, "no_safe_contact", actor),
        changes=False,
    ),
    "release_to_a_checked_home": Act(
        held_with_an_unsafe_home,
        released(HoldReason.NOT_SAFE_TO_CONTACT, home="77 W Fir Rd, Sonora Wells, AZ 85701"),
        lambda actor, one: staff.release(
            one, HoldReason.NOT_SAFE_TO_CONTACT, actor, home_checked=True
        ),
    ),
    "kill_on": Act(
        nothing, turned("kill_on"), lambda actor, _: staff.switch("on", "", "", "", actor)
    ),
    "kill_off": Act(
        lambda: sending_controls.turn(kill=True),
        turned("kill_off"),
        lambda actor, _: staff.switch("off", "", "", "", actor),
    ),
    "kill_off_twice": Act(
        nothing,
        turned("kill_off"),
        lambda actor, _: staff.switch("off", "", "", "", actor),
        changes=False,
    ),
    "trial_on": Act(
        nothing,
        turned("trial_on", guests="(520)555-0142 Dana@example.org"),
        lambda actor, _: staff.switch("", "on", "(520)555-0142,Dana@example.org", "", actor),
    ),
    "trial_off": Act(
        lambda: sending_controls.turn(trial=True),
        turned("trial_off"),
        lambda actor, _: staff.switch("", "off", "", "", actor),
    ),
    "brake_off": Act(
        lambda: sending_controls.apply_brake("notices"),
        turned("brake_off"),
        lambda actor, _: staff.switch("", "", "", "release", actor),
    ),
    "unlock": Act(
        locked,
        lambda desk, _: desk.post("account", account="rosa", do="release"),
        lambda actor, _: staff.unlock("rosa", actor),
    ),
    "mailed": Act(
        printed,
        lambda desk, run: desk.post("mailed", run=run, **YES),
        lambda actor, run: letters.mailed(run, actor),
    ),
    "returned": Act(
        posted,
        lambda desk, one: sent_back("1")(desk, one),
        lambda actor, one: letters.returned(one, actor),
    ),
    "returned_and_never_mailed": Act(
        held,
        lambda desk, one: sent_back("")(desk, one),
        lambda actor, one: letters.returned(one, actor),
        changes=False,
    ),
}


@pytest.fixture
def outcome(desk, pool, time_machine):
    """Return the rows and accounts after an act, in a world prepared for it alone."""
    database = boto3.client("dynamodb", region_name=REGION)
    names = table_definitions()
    time_machine.move_to(NOW, tick=False)

    def rows() -> set[str]:
        found = {
            json.dumps([name, {k: v for k, v in row.items() if k not in keys}], sort_keys=True)
            for name in names
            # An audit row's key is random, and a session's row is of the browser alone.
            for keys in [("pk", "sk") if name == "Audit" else ()]
            for row in database.scan(TableName=name)["Items"]
            if "csrf" not in row
        }
        accounts = {f"{c.name}: {c.enabled}" for c in cognito_users.everyone()}
        member, shell = f"staff:id-{NAME}", f"operator:{NAME}"
        return {row.replace(member, "actor").replace(shell, "actor") for row in found | accounts}

    def wipe() -> None:
        for name in names:
            for row in database.scan(TableName=name)["Items"]:
                key: dict[str, Any] = {part: row[part] for part in ("pk", "sk") if part in row}
                database.delete_item(TableName=name, Key=key)

    def after(act: Act, do: Callable[[Any], Any]) -> tuple[set[str], set[str]]:
        wipe()
        name_key.forget()
        save_new(GuardItem(name_key.ROW, data={"key": "ab" * name_key.BYTES}))
        given = act.prepare()
        desk.sign_in(*ROLES)
        before = rows()
        with suppress(SystemExit):
            do(given)
        return before, rows()

    return after


class TestShellAndDesk:
    @pytest.mark.parametrize("name", ACTS)
    def test_leave_the_same_rows(self, desk, outcome, name):
        act = ACTS[name]
        before, at_desk = outcome(act, lambda given: act.at_desk(desk, given))
        again, at_shell = outcome(act, lambda given: act.at_shell(operator(NAME), given))
        assert before == again
        assert (at_desk != before) == act.changes
        assert at_shell == at_desk

    def test_operator_works_on_restricted_cases(self, aws):
        a_stored_case(RESTRICTED, offense=STALKING)
        one = a_held_notice(RESTRICTED, "restricted_offense")
        staff.release(one, "restricted_offense", operator("dana"))
        assert notice(one).state is State.PLANNED
