"""What a deployment passes to the template: from settings, answers, and addresses when known."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deploy import answers, release_identity, sending_rates, stacks
from infra.deploy.stacks import DeployError
from infra.harness import cloudformation
from infra.repository import ROOT
from tests.support.deploy_checks.calls import GIVEN, PHONE, described, stubbed

KNOWN = {"PortalUrl": "https://a.example.org/portal", "StaffUrl": "https://b.example.org/staff"}


def declared(path: Path = ROOT / "template.yaml") -> set[str]:
    return set(cloudformation.read(path)["Parameters"])


def account(limit: int, emails: float, number: str = "") -> Callable[[str], Any]:
    """Return an account with these limits, whose phone number is of this kind."""
    phones = [PHONE | {"NumberType": number}]
    return stubbed(
        ("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": limit}}),
        ("sesv2", "get_account", {"SendQuota": {"MaxSendRate": emails}}),
        ("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": phones}),
    )


RATES = [
    # limit, emails a second, number, what is passed
    (1000, 14, "TOLL_FREE", {"SmsPerSecond": "3", "EmailPerSecond": "14", "Senders": "3"}),
    (1000, 14, "SHORT_CODE", {"SmsPerSecond": "20", "EmailPerSecond": "14", "Senders": "4"}),
    (1000, 14, "TEN_DLC", {"SmsPerSecond": "1", "Senders": "1", "ReserveSenders": "true"}),
    (1000, 1, "TOLL_FREE", {"EmailPerSecond": "1", "Senders": "1", "PortalConcurrency": "50"}),
    (1000, 0.5, "TOLL_FREE", {"EmailPerSecond": "1", "Senders": "1"}),
    (10, 1, "TOLL_FREE", {"Senders": "4", "ReserveSenders": "false", "PortalConcurrency": "0"}),
    (153, 14, "TOLL_FREE", {"ReserveSenders": "false", "PortalConcurrency": "0"}),
    (154, 14, "TOLL_FREE", {"ReserveSenders": "true", "PortalConcurrency": "50"}),
]  # fmt: skip


class TestRates:
    @pytest.mark.parametrize(("limit", "emails", "number", "passed"), RATES)
    def test_keep_to_what_the_account_allows(self, limit, emails, number, passed):
        given = answers.complete(GIVEN) | {"sms_number": str(PHONE["PhoneNumber"])}
        found = sending_rates.parameters(account(limit, emails, number), given)
        assert passed.items() <= found.items()
        assert found.keys() <= declared()

    def test_are_the_slowest_without_a_number(self):
        given = answers.complete(GIVEN) | {"sms_number": "none"}
        assert sending_rates.parameters(account(1000, 14), given)["SmsPerSecond"] == "1"


class TestParameters:
    def test_are_all_declared(self, settings) -> None:
        given = answers.complete(GIVEN)
        paced = sending_rates.parameters(account(limit=1000, emails=14), given)
        passed = stacks.parameters_of(given, settings, KNOWN, paced)
        assert passed.keys() <= declared()
        assert passed["FeedFileDays"] == str(settings.retention.feed_files)
        assert passed["AuditDays"] == str(settings.retention.audit)
        assert passed["PortalUrl"] == KNOWN["PortalUrl"]

    def test_protect_the_data_from_the_second_time(self, settings) -> None:
        given = answers.complete(GIVEN)
        assert stacks.parameters_of(given, settings, {}, {})["KeepData"] == "false"
        assert stacks.parameters_of(given, settings, KNOWN, {})["KeepData"] == "true"
        # With an address of the agency's own that one is known before anything is deployed.
        own = {"PortalUrl": "https://cases.example.org"}
        assert stacks.parameters_of(given, settings, own, {})["KeepData"] == "false"

    def test_are_all_passed_each_time(self, settings) -> None:
        given = answers.complete(GIVEN)
        passed = stacks.every(stacks.MAIN, stacks.parameters_of(given, settings, KNOWN, {}), {})
        assert passed.keys() == declared()
        assert passed["SmsOrigination"] == ""  # taken back, though it may have been set once

    def test_follow_the_answers_file(self) -> None:
        chosen = {"PortalConcurrency": "80", "TriesPerSource": "90", "SmsOrigination": ""}
        main = stacks.every(stacks.MAIN, {"PortalConcurrency": "50", "SmsOrigination": "x"}, chosen)
        assert (main["PortalConcurrency"], main["SmsOrigination"]) == ("80", "")
        assert "TriesPerSource" not in main
        assert stacks.every(stacks.EDGE, {}, chosen)["TriesPerSource"] == "90"

    def test_reach_sam_as_they_are(self, monkeypatch, tmp_path) -> None:
        called: list[Any] = []
        monkeypatch.setattr(stacks, "PARAMETERS", tmp_path)
        monkeypatch.setattr(stacks, "sam", called.extend)
        stacks.deploy_stack(
            stacks.EDGE, "aviso-edge", "us-west-2", {"DomainName": "", "Name": "a b"}
        )
        file = called[-1].removeprefix("file://")
        assert yaml.safe_load(Path(file).read_text()) == {"DomainName": "", "Name": "a b"}


class TestRelease:
    def test_differs_with_anything_built(self, tmp_path) -> None:
        (tmp_path / "layer").mkdir()
        hashes = set()
        for name, content in (("a", b"1"), ("a", b"2"), ("b", b"2")):
            (tmp_path / "layer" / name).write_bytes(content)
            hashes.add(stacks.hash_of(tmp_path))
        assert len(hashes) == 3

    def test_names_agency_and_time_on_the_stack(self, settings) -> None:
        given = answers.complete(GIVEN) | {"built": "2026-11-24T08:30:00Z"}
        passed = stacks.parameters_of(given, settings, {}, {})
        assert passed["Agency"] == settings.agency.name
        assert passed["Built"] == "2026-11-24T08:30:00Z"
        assert f'version = "{passed["Version"]}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")
        outputs = cloudformation.read(ROOT / "template.yaml")["Outputs"]
        assert [outputs[name]["Value"] for name in ("Agency", "Built", "Version")] == [
            {"Ref": "Agency"},
            {"Ref": "Built"},
            {"Ref": "Version"},
        ]

    def test_that_differs_by_time_alone_is_the_same(self, monkeypatch) -> None:
        deployed: list[dict[str, str]] = []
        monkeypatch.setattr(stacks, "deploy_stack", lambda *asked: deployed.append(asked[3]))
        monkeypatch.setattr(stacks, "read_outputs", lambda *_: deployed[-1])
        for built, name in (("1", "a"), ("2", "a"), ("2", "b")):
            values = {"Built": built, "Agency": name}
            stacks.release(stubbed(), Path("t"), "aviso", "us-west-2", values, content="content")
        first, second, third = (values["Release"] for values in deployed)
        assert first == second != third
        assert [values["Built"] for values in deployed] == ["1", "2", "2"]

    def test_is_of_the_commit_deployed(self, monkeypatch, tmp_path) -> None:
        monkeypatch.setattr(release_identity, "ROOT", tmp_path)
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        assert release_identity.built() == release_identity.UNKNOWN
        who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        for name, at in (
            ("template.yaml", "24T01:30:00-07:00"),
            ("police.yaml", "25T01:30:00-07:00"),
        ):
            (tmp_path / name).write_text(name)
            monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-11-{at}")
            for command in (("add", name), (*who, "commit", "-q", "-m", "x")):
                subprocess.run(["git", *command], cwd=tmp_path, check=True)
        assert release_identity.built() == "2026-11-24T08:30:00Z"
        monkeypatch.setenv("PATH", str(tmp_path))
        assert release_identity.built() == release_identity.UNKNOWN


class TestAddresses:
    def test_are_all_outputs_of_the_template(self) -> None:
        template = cloudformation.read(ROOT / "template.yaml")
        used = {
            "PortalApi",
            "StaffApi",
            "KeyArn",
            "AlarmTopic",
            "TextLogsRole",
            "InboundTextsTopic",
        }
        used |= {"Agency", "Built", "Version", "StaffPool"}
        assert used | {"PortalUrl", "StaffUrl", "FeedBucket"} <= set(template["Outputs"])

    def test_are_known_from_the_second_deployment(self) -> None:
        given = answers.complete(GIVEN)
        gone = stubbed(("cloudformation", "describe_stacks", "ValidationError"))
        assert stacks.addresses(gone, given) == {}
        there = stubbed(("cloudformation", "describe_stacks", described(**KNOWN, Other="x")))
        assert stacks.addresses(there, given) == KNOWN

    def test_are_the_agencys_own_first(self) -> None:
        given = answers.complete(GIVEN) | {"domain": "cases.example.org"}
        there = stubbed(("cloudformation", "describe_stacks", described(**KNOWN)))
        assert stacks.addresses(there, given)["PortalUrl"] == "https://cases.example.org"


class TestProcessor:
    @pytest.mark.parametrize(
        ("chosen", "platform"),
        [
            ({}, "aarch64-manylinux_2_34"),
            ({"Architecture": "arm64"}, "aarch64-manylinux_2_34"),
            ({"Architecture": "x86_64"}, "x86_64-manylinux_2_34"),
        ],
    )
    def test_decides_what_layers_are_built_for(self, chosen, platform, monkeypatch, tmp_path):
        ran: list[tuple[list[str], dict[str, str]]] = []
        monkeypatch.setattr(stacks, "sam", lambda said, env=None: ran.append((said, env)))
        architecture = stacks.every(stacks.MAIN, {}, chosen)["Architecture"]
        stacks.build(tmp_path, "us-west-2", tmp_path / "police.yaml", architecture)
        ((said, env),) = ran
        assert env["LAYER_PLATFORM"] == platform
        assert f"Architecture={architecture}" in said

    def test_unknown_is_told_before_building(self, monkeypatch):
        monkeypatch.setattr(stacks, "sam", lambda *_: pytest.fail("it was built"))
        with pytest.raises(DeployError, match="arm64 or x86_64"):
            stacks.build(Path("b"), "us-west-2", Path("police.yaml"), "x86")

    def test_of_the_template_has_a_platform(self):
        template = cloudformation.read(ROOT / "template.yaml")
        assert set(template["Parameters"]["Architecture"]["AllowedValues"]) == set(stacks.PLATFORMS)
        layers = [
            r
            for r in template["Resources"].values()
            if r["Type"] == "AWS::Serverless::LayerVersion"
        ]
        for layer in layers:
            assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]
        shared = (ROOT / "layers/build.mk").read_text()
        (by_hand,) = re.findall(r"^LAYER_PLATFORM \?= (.+)$", shared, re.MULTILINE)
        assert by_hand == stacks.PLATFORMS[template["Parameters"]["Architecture"]["Default"]]
        for makefile in ROOT.glob("layers/*/Makefile"):
            assert "manylinux" not in makefile.read_text()


class Account:
    """What an account has after a person says yes to so many change sets and then no."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, yes: int, **outputs: str) -> None:
        self.yes, self.outputs = yes, {"aviso": outputs} if outputs else {}
        self.asked: list[str] = []
        self.canaries: list[str] = []
        self.given: dict[str, dict[str, str]] = {}
        monkeypatch.setattr(stacks, "sam", lambda *_: None)
        monkeypatch.setattr(stacks, "hash_of", lambda _: "built")
        monkeypatch.setattr(stacks, "makes_text_logs", lambda *_: True)
        monkeypatch.setattr(sending_rates, "parameters", lambda *_: {})
        monkeypatch.setattr(stacks, "deploy_stack", self.deploy)
        monkeypatch.setattr(stacks, "read_outputs", lambda _, name: self.outputs.get(name, {}))

    def deploy(self, _template: Path, name: str, _region: str, values: dict[str, str]) -> None:
        self.asked.append(name)
        self.given[name] = values
        self.canaries.append(values.get("Canary", ""))
        if len(self.asked) <= self.yes:
            self.outputs[name] = MADE | {"Release": values["Release"]}


MADE = KNOWN | {
    "PortalApi": "p1",
    "StaffApi": "s1",
    "StaffPool": "us-west-2_1",
    "KeyArn": "arn:key",
    "AlarmTopic": "arn:topic",
}


class TestDeployment:
    def test_is_none_when_declined(self, monkeypatch, settings) -> None:
        given = answers.complete(GIVEN)
        account = Account(monkeypatch, 1, Release="the one before", **KNOWN)
        assert stacks.deploy_main(Path("police.yaml"), given, settings, {})["Release"] != "built"
        Account(monkeypatch, 0, Release="the one before", **KNOWN)
        with pytest.raises(stacks.DeployError, match="'aviso' was not carried out"):
            stacks.deploy_main(Path("police.yaml"), given, settings, {})
        assert account.asked == ["aviso"]

    def test_says_what_does_not_work_between_changes(self, monkeypatch, settings, capsys) -> None:
        given = answers.complete(GIVEN)
        account = Account(monkeypatch, 2)
        stacks.deploy_main(Path("police.yaml"), given, settings, {})
        assert account.asked == ["aviso", "aviso"]
        assert "Until it is finished, nobody can sign in" in capsys.readouterr().out

        Account(monkeypatch, 1)
        with pytest.raises(
            stacks.DeployError, match=r"run the same command.* nobody can sign in at the desk"
        ):
            stacks.deploy_main(Path("police.yaml"), given, settings, {})

        Account(monkeypatch, 1, Release="the one before", **KNOWN)  # a later one is one change
        capsys.readouterr()
        stacks.deploy_main(Path("police.yaml"), given, settings, {})
        assert "sign in" not in capsys.readouterr().out

    def test_waits_for_a_canary_from_the_second(self, monkeypatch, settings) -> None:
        given = answers.complete(GIVEN) | {"canary": "yes"}
        account = Account(monkeypatch, 2)
        stacks.deploy_main(Path("police.yaml"), given, settings, {})
        assert account.canaries == ["false", "false"]
        account = Account(monkeypatch, 1, Release="the one before", **KNOWN)
        stacks.deploy_main(Path("police.yaml"), given, settings, {})
        assert account.canaries == ["true"]

    def test_says_that_a_firewall_was_declined(self, monkeypatch) -> None:
        given = answers.complete(GIVEN)
        clients: Any = None  # nobody is asked: the outputs are known here
        account = Account(monkeypatch, 1)
        outputs = stacks.deploy_edge(clients, given, MADE, {})
        assert account.asked == ["aviso-edge"]
        assert account.given["aviso-edge"]["StaffPool"] == "us-west-2_1"
        assert outputs["Name"] == "aviso"
        for others in ({}, {"aviso-edge": MADE | {"Release": "the one before"}}):
            account = Account(monkeypatch, 0)
            account.outputs |= others
            with pytest.raises(
                stacks.DeployError, match=r"'aviso-edge' was not.*Nothing was connected"
            ):
                stacks.deploy_edge(clients, given, MADE, {})
