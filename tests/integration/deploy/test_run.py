"""What `make deploy` says and does around the changes it makes."""

from pathlib import Path

import pytest

from aviso.storage import sending_controls
from infra.deploy import (
    answers,
    deployment,
    post_deploy,
    smoke_test,
    smoke_test_push,
    smoke_test_reply,
    stack_policy,
    stacks,
)
from infra.deploy.agency_settings import compile_settings
from infra.deploy.stacks import DeployError
from infra.repository import ROOT
from tests.support.deploy_checks.calls import GIVEN, OUTPUTS, READ, TOPIC, stubbed

SAMPLE = ROOT / "infra/agency/sample.yaml"


class TestSettings:
    def test_with_mistakes_are_refused_by_line(self, tmp_path) -> None:
        bad = tmp_path / "bad.yaml"
        bad.write_text("ask:\n  - first\n" + SAMPLE.read_text("utf-8"), "utf-8")
        with pytest.raises(DeployError, match=r"mistakes:\n.*bad\.yaml:2: ask\.0: is a question"):
            compile_settings(bad)


class TestRun:
    def test_goes_live_for_a_named_agency(self, capsys) -> None:
        outputs = {"PortalUrl": "https://p", "StaffUrl": "https://s", "FeedBucket": "feed"}
        deployment.tell_the_end(outputs, "none", [], Path("police.yaml"))
        assert "./aviso switch --trial off --agency police.yaml" in capsys.readouterr().out

    @pytest.mark.usefixtures("never_switched")
    def test_writes_to_the_operator_alone_until_a_person_decides(
        self, capsys, monkeypatch, settings
    ) -> None:
        monkeypatch.setenv("AWS_REGION", "us-west-2")
        waits: list[float] = []

        def walk(*_: object, gateway_seconds: float = 0) -> list[str]:
            waits.append(gateway_seconds)
            return []

        for part in (smoke_test, smoke_test_push, smoke_test_reply):
            monkeypatch.setattr(part, "walk", walk)
        given = GIVEN | {"region": "us-west-2"}
        deployment.run_smoke_test(stubbed(), given, settings, {})
        now = sending_controls.switches()
        assert now.trial
        assert now.guests == {given["operator_phone"], given["operator_email"]}
        assert "trial mode is on" in capsys.readouterr().out

        sending_controls.turn(trial=False)
        deployment.run_smoke_test(stubbed(), given, settings, {})  # an upgrade of a live portal
        assert not sending_controls.switches().trial
        assert "trial mode" not in capsys.readouterr().out
        assert waits == [1200, 1200, 0, 60, 60, 0]  # only a new gateway takes long

    def test_says_addresses_though_the_test_failed(
        self, monkeypatch, capsys, tmp_path, settings
    ) -> None:
        outputs = {"PortalUrl": "https://p", "StaffUrl": "https://s", "FeedBucket": "feed"}
        outputs |= {"DnsTarget": "d-1.example.org", "AlarmTopic": "topic"}
        agency = tmp_path / "police.yaml"
        answers.save(answers.file_for(agency), GIVEN | {"domain": "cases.example.org"}, {})

        def fails(*_: object) -> None:
            raise DeployError("deployed, but the smoke test failed: no arrest notice went out.")

        for name, instead in (
            ("compile_settings", lambda _: settings), ("look", lambda *_: []),
            ("accept_texts", lambda *_, **__: "none"),
            ("untried", lambda *_: []), ("open_settings", lambda *_: []),
            ("to_wire", lambda *_: []),
            ("run_smoke_test", fails),
        ):  # fmt: skip
            monkeypatch.setattr(deployment, name, instead)
        monkeypatch.setattr(stacks, "deploy_main", lambda *_: outputs)
        monkeypatch.setattr(stacks, "deploy_edge", lambda *_: outputs)
        monkeypatch.setattr(stack_policy, "protect", lambda *_: [])
        protected: list[tuple[str, object]] = []
        monkeypatch.setattr(
            stack_policy, "termination", lambda _, name, **how: protected.append((name, how))
        )
        monkeypatch.setattr(post_deploy, "unconfirmed", lambda *_: ["it@example.org"])
        with pytest.raises(DeployError, match="no arrest notice"):
            deployment.deploy(agency, dry_run=False)
        assert protected == [(name, {"protected": True}) for name in ("aviso", "aviso-edge")]
        said = capsys.readouterr().out
        assert "point your name to d-1.example.org" in said
        assert "to it@example.org, and nobody has confirmed" in said
        assert "the smoke test failed" in said.partition("Before you go live")[2]

    def test_lists_a_forgotten_alarm_address(self, settings) -> None:
        answers = GIVEN | {"sms_number": "none"}
        outputs = OUTPUTS | {"AlarmTopic": TOPIC}
        clients = stubbed(READ, ("sns", "list_subscriptions_by_topic", {"Subscriptions": []}))
        (step,) = deployment.to_wire(clients, outputs, answers, settings)
        assert step.arguments["Endpoint"] == answers["alarm_email"]
