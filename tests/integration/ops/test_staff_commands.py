"""What is decided from a shell: each leaves its row with the name of who did it."""

import json
import os
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from aviso.domain.errors import AccountLocked
from aviso.domain.notice import State
from aviso.staff import account_locks, switch_decisions
from aviso.storage import counters, sending_controls, staff_accounts
from infra.cli.__main__ import aviso
from infra.deploy import answers, stacks
from infra.harness.staff_browser import audited, subjects
from infra.ops import connection, staff
from infra.ops.connection import operator
from infra.repository import SAMPLE
from tests.conftest import REGION
from tests.integration.staff.conftest import NOW, ORDINARY, a_held_notice, a_stored_case, notice
from tests.support.deploy_checks.calls import described, stubbed


class TestRelease:
    def test_records_who_did_it(self, aws):
        a_stored_case()
        id = a_held_notice()
        with pytest.raises(SystemExit, match="--reason no_safe_contact"):
            staff.release(id, "trial_mode", operator("dana"))
        assert notice(id).state is State.HELD
        staff.release(id, "no_safe_contact", operator("dana"))
        assert notice(id).state is State.PLANNED
        assert audited() == [("operator:dana", "notice_released", ORDINARY)]
        with pytest.raises(SystemExit, match="not held"):
            staff.release(id, "no_safe_contact", operator("dana"))
        assert len(audited()) == 1

    def test_is_chosen_from_a_list_by_deadline(self, aws, capsys):
        later = a_held_notice(fact="arrest:a1", deadline=NOW + timedelta(hours=2))
        sooner = a_held_notice(fact="arrest:a2", deadline=NOW + timedelta(hours=1))
        a_held_notice(fact="arrest:a3", state=State.PLANNED)
        staff.list_held()
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == [sooner, later, "2"]
        assert "no_safe_contact" in lines[0]
        staff.list_held(as_json=True)
        assert [row["id"] for row in json.loads(capsys.readouterr().out)] == [sooner, later]


class TestSwitch:
    def test_is_recorded_and_a_look_is_not(self, aws):
        staff.switch("", "", "", "", operator("dana"))
        assert audited() == []
        sending_controls.apply_brake("notices")
        staff.switch("on", "", "", "release", operator("dana"))
        assert (sending_controls.switches().kill, sending_controls.switches().brake) == (True, "")
        assert {action for _, action, _ in audited()} == {"switch_kill_on", "switch_brake_off"}

    @pytest.mark.usefixtures("never_switched")
    def test_off_already_is_not_turned_off_again(self, capsys):
        for _ in range(2):
            staff.switch("off", "off", "", "release", operator("dana"))
        assert [action for _, action, _ in audited()] == ["switch_trial_off"]
        assert sending_controls.switches().turns == 1
        assert "trial mode   off" in capsys.readouterr().out
        staff.switch("", "", "", "", operator("dana"), as_json=True)
        shown = {"kill": False, "trial": False, "guests": [], "brake": ""}
        assert json.loads(capsys.readouterr().out) == shown

    def test_sends_again_only_after_trial_is_on(self, aws, monkeypatch):
        staff.switch("on", "", "", "", operator("dana"))
        real, done = switch_decisions.turn, []  # audit rows of one second have no order

        def turn(does, *given, **named):
            real(does, *given, **named)
            done.append(does)

        monkeypatch.setattr(switch_decisions, "turn", turn)
        staff.switch("off", "on", "dana@example.org", "", operator("dana"))
        assert done == ["trial_on", "kill_off"]
        assert {action for _, action, _ in audited()} >= {"switch_trial_on", "switch_kill_off"}


class TestGuest:
    def test_is_written_as_the_desk_does(self, aws, capsys):
        staff.switch("", "on", "520 555 0142,Dana@Example.org", "", operator("dana"))
        staff.switch("", "on", "", "", operator("dana"))  # the guests stay
        assert sending_controls.switches().guests == {"+15205550142", "dana@example.org"}
        with pytest.raises(SystemExit, match="phones and emails"):
            staff.switch("on", "", "dana", "", operator("dana"))
        assert not sending_controls.switches().kill


class TestLockout:
    def test_of_every_administrator_is_ended(self, aws, pool):
        for _ in range(6):
            with suppress(AccountLocked):
                account_locks.before_sign_in("sub-the-boss", "the-boss", datetime.now(UTC))
        staff.unlock("the-boss", operator("dana"))
        assert staff_accounts.account("sub-the-boss").locked_at is None
        assert ("operator:dana", "account_released", "sub-the-boss") in subjects()
        with pytest.raises(SystemExit, match="no account"):
            staff.unlock("nobody", operator("dana"))


@pytest.fixture
def nothing_runs_here(aws, monkeypatch, tmp_path):
    monkeypatch.setattr(connection, "RUN_FILE", tmp_path / "none.json")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)  # put back afterwards
    for name in ("AWS_ENDPOINT_URL", "STACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


class Healthy(BaseHTTPRequestHandler):
    """Answers as local AWS does when it is asked whether it is up."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def two_portals(nothing_runs_here, monkeypatch):
    """Have `make run` keep a portal up beside an agency's own stack in AWS; give its settings."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Healthy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "GUARDS_TABLE"):
        monkeypatch.setenv(name, REGION if name.startswith("AWS") else "")  # put back afterwards
    run = {"aws": {"LOCAL": endpoint, "AWS_ENDPOINT_URL": endpoint}}
    run["outputs"] = {"GuardsTable": "guards-of-the-laptop"}
    (nothing_runs_here / "none.json").write_text(json.dumps(run))
    monkeypatch.setenv("LOCAL", "")
    row = described(GuardsTable="guards-of-the-city")["Stacks"][0]
    row["StackId"] = f"arn:aws:cloudformation:{REGION}:123456789012:stack/it/1"
    found = ("cloudformation", "describe_stacks", {"Stacks": [row]})
    monkeypatch.setattr(connection, "boto3", SimpleNamespace(client=stubbed(found, found, found)))
    agency = nothing_runs_here / "police.yaml"
    agency.with_suffix(".deploy.yaml").write_text(f"stack: chino\nregion: {REGION}\n")
    yield agency
    os.environ.pop("AWS_ENDPOINT_URL", None)
    server.shutdown()
    server.server_close()


class TestStack:
    def test_of_an_agency_never_takes_the_sample(self, nothing_runs_here):
        with pytest.raises(SystemExit, match="--agency police"):
            connection.connect(SAMPLE, own_settings=True)

    @pytest.mark.parametrize(
        "typed",
        [
            "case card 26",
            "case hold 26 --by dana",
            "data recount",
            "data restore --at 2026-01-02T08:30Z",
            "feed accept incoming/people.csv",
            "new-key --yes",
            "staff seen ana --since 2026-01-02T08:30Z",
        ],
    )
    def test_of_an_agency_keeps_its_own_days(self, nothing_runs_here, monkeypatch, typed):
        monkeypatch.setattr(connection, "compile_settings", lambda _: None)
        monkeypatch.setenv("STACK", "chino")
        said = CliRunner().invoke(aviso, typed.split())
        assert "needs your agency's settings, not the sample's" in said.output

    def test_names_what_the_product_reads(self, monkeypatch):
        for name in ("GUARDS_TABLE", "STAFF_POOL", "IMPORT_FUNCTION"):
            monkeypatch.setenv(name, "")
        stacks.bind({"GuardsTable": "g", "StaffPool": "p", "ImportFeedFunction": "i"})
        named = [os.environ[name] for name in ("GUARDS_TABLE", "STAFF_POOL", "IMPORT_FUNCTION")]
        assert named == ["g", "p", "i:live"]

    def test_is_the_one_that_was_deployed(self, nothing_runs_here):
        agency = nothing_runs_here / "police.yaml"
        agency.with_suffix(".deploy.yaml").write_text("stack: chino\nregion: us-gov-west-1\n")
        with pytest.raises(SystemExit, match="the stack 'chino' in us-gov-west-1"):
            connection.connect(agency, own_settings=True)

    def test_never_deployed_from_here_is_none(self, nothing_runs_here):
        with pytest.raises(answers.AnswersError, match="Correct --agency"):
            connection.connect(nothing_runs_here / "mistyped.yaml", own_settings=True)

    def test_named_spares_the_laptops_switch(self, two_portals, monkeypatch, capsys):
        assert connection.connect(two_portals)["GuardsTable"] == "guards-of-the-city"
        assert os.environ["GUARDS_TABLE"] == "guards-of-the-city"
        assert f"On the stack 'chino' in account 123456789012, {REGION}, at AWS." in (
            capsys.readouterr().err
        )
        for name, value in (("STACK", "aviso"), ("REGION", REGION)):
            monkeypatch.setenv(name, value)
            assert connection.connect()["GuardsTable"] == "guards-of-the-city"
            monkeypatch.delenv(name)
            assert "the stack 'aviso' in account" in capsys.readouterr().err

    def test_unnamed_is_this_computers_and_says_so(self, two_portals, capsys):
        assert connection.connect()["GuardsTable"] == "guards-of-the-laptop"
        assert "On the portal of 'make run' on this computer" in capsys.readouterr().err

    def test_named_is_closed_under_the_settings_of_another(
        self, nothing_runs_here, monkeypatch, capsys
    ):
        """The settings' answers name the new stack by now; the old one's portal is meant."""
        agency = nothing_runs_here / "police.yaml"
        agency.with_suffix(".deploy.yaml").write_text("stack: new\nregion: us-gov-west-1\n")
        for name, value in (("STACK", "old"), ("REGION", REGION)):
            monkeypatch.setenv(name, value)
        row = described(PortalApi="api-of-the-old")["Stacks"][0]
        row["StackId"] = f"arn:aws:cloudformation:{REGION}:123456789012:stack/it/1"
        found = ("cloudformation", "describe_stacks", {"Stacks": [row]})
        closed = ("apigateway", "get_stage", {"variables": {"maintenance": "on"}})
        calls = stubbed(found, ("apigateway", "update_stage", {}), closed)
        for module in (connection, staff):
            monkeypatch.setattr(module, "boto3", SimpleNamespace(client=calls))
        monkeypatch.setattr(connection, "compile_settings", lambda _: None)  # the sample's are
        outputs, actor = connection.begun(agency, "dana")
        staff.maintenance(outputs["PortalApi"], "on", actor)
        shown = capsys.readouterr()
        assert f"On the stack 'old' in account 123456789012, {REGION}" in shown.err
        assert "The portal is CLOSED" in shown.out
        assert audited() == [("operator:dana", "portal_closed", "")]


class TestRecount:
    def test_is_read_by_a_program(self, aws, typed, capsys):
        count = {(NOW.date(), "notices"): {"all": 1}}
        counters.count("one", count, "", None)
        assert typed({}, "data", "recount", "--json") == 1
        (row,) = json.loads(capsys.readouterr().out)
        assert row["recounted"] == 0
