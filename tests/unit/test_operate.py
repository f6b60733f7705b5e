"""What is decided from a shell: each leaves its row with the name of who did it."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from aviso import accounts
from aviso.errors import AccountLocked
from aviso.models import State
from aviso.store import guards, members
from infra.local import operate
from tests.colleague import audited, subjects
from tests.waiting import ORDINARY, a_held_notice, notice


def test_a_notice_released_from_a_shell_is_recorded_with_who_did_it(aws):
    id = a_held_notice()
    with pytest.raises(SystemExit, match="REASON=no_safe_contact"):
        operate.release(id, "trial_mode", "dana")
    assert notice(id).state is State.HELD
    operate.release(id, "no_safe_contact", "dana")
    assert notice(id).state is State.PLANNED
    assert audited() == [("operator:dana", "notice_released", ORDINARY)]
    with pytest.raises(SystemExit, match="not held"):
        operate.release(id, "no_safe_contact", "dana")
    assert len(audited()) == 1


def test_a_switch_turned_from_a_shell_is_recorded_and_a_look_is_not(aws):
    operate.switch("", "", "", "", "dana")
    assert audited() == []
    operate.switch("on", "", "", "release", "dana")
    assert guards.switches().kill
    assert {action for _, action, _ in audited()} == {"switch_kill_on", "switch_brake_release"}


def test_when_every_administrator_is_locked_out_a_shell_lets_one_in(aws, pool):
    for _ in range(6):
        with suppress(AccountLocked):
            accounts.before_sign_in("sub-the-boss", "the-boss", datetime.now(UTC))
    operate.unlock("pool-1", "the-boss", "dana")
    assert members.account("sub-the-boss").locked_at is None
    assert ("operator:dana", "account_released", "sub-the-boss") in subjects()
    with pytest.raises(SystemExit, match="no account"):
        operate.unlock("pool-1", "nobody", "dana")


@pytest.fixture
def nothing_runs_here(aws, monkeypatch, tmp_path):
    monkeypatch.setattr(operate, "RUN_FILE", tmp_path / "none.json")
    for name in ("AWS_ENDPOINT_URL", "STACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_samples_settings_are_not_used_for_an_agencys_own_stack(nothing_runs_here):
    with pytest.raises(SystemExit, match="AGENCY=police"):
        operate.connect(operate.SAMPLE, own_settings=True)


def test_stack_and_region_are_those_that_the_agency_was_deployed_with(nothing_runs_here):
    agency = nothing_runs_here / "police.yaml"
    agency.with_suffix(".deploy.yaml").write_text("stack: chino\nregion: us-west-2\n")
    with pytest.raises(SystemExit, match="the stack 'chino'"):
        operate.connect(agency, own_settings=True)
