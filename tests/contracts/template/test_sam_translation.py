"""What AWS makes of the template: SAM adds and decides things that no line of ours says."""

import json
import re
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import pytest

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS
from tests.permissions.policies import translated

ONE, OTHER = "1" * 64, "2" * 64
ON = {"AccessLogs": "true", "Canary": "true", "Snapshots": "true"}
APIS = {"PortalApi": "PortalUrl", "StaffApi": "StaffUrl"}  # and a parameter that each uses
PARAMETERS = cloudformation.read(ROOT / "template.yaml")["Parameters"]


@cache
def translations() -> list[dict[str, Any]]:
    """Return the template's resources in one release, in another, and with all switched on."""
    sets = {"Release": ONE}, {"Release": OTHER}, {"Release": ONE} | ON
    return [template["Resources"] for template in translated(*sets)]


@cache
def changed() -> dict[str, dict[str, Any]]:
    """Return the first release by the parameter of an API that has another value in it."""
    first = translations()[0]
    names = sorted({name for api in APIS for name in parameters_in(first[api])})
    sets = ({"Release": ONE, name: other(name)} for name in names)
    found = (template["Resources"] for template in translated(*sets))
    return dict(zip(names, found, strict=True))


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: r for name, r in resources.items() if r["Type"] == kind}


def parameters_in(value: Any) -> set[str]:
    """Return the parameters that a part of the template uses, those behind its conditions too."""
    conditions = cloudformation.read(ROOT / "template.yaml")
    words = set(re.findall(r"\w+", json.dumps(value)))
    for name, condition in conditions["Conditions"].items():
        if name in words:
            words |= set(re.findall(r"\w+", json.dumps(condition)))
    return {word for word in words if word in PARAMETERS}


def other(parameter: str) -> str:
    """Return a value that the parameter may have and has not by default."""
    declared = PARAMETERS[parameter]
    choices = [v for v in declared.get("AllowedValues", []) if v != declared.get("Default")]
    return str(choices[0]) if choices else "7" if declared["Type"] == "Number" else "https://other"


def deployment(resources: dict[str, Any], api: str) -> str:
    (found,) = [
        name
        for name, r in of_type(resources, "AWS::ApiGateway::Deployment").items()
        if r["Properties"]["RestApiId"] == {"Ref": api}
    ]
    (stage,) = [
        r["Properties"]
        for r in of_type(resources, "AWS::ApiGateway::Stage").values()
        if r["Properties"]["RestApiId"] == {"Ref": api}
    ]
    assert stage["DeploymentId"] == {"Ref": found}
    return found


class TestApi:
    @pytest.mark.parametrize(("api", "uses"), APIS.items())
    def test_answers_with_a_changed_parameter(self, api: str, uses: str) -> None:
        """API Gateway answers by its last deployment, and AWS makes one only under a new name."""
        before = translations()[0]
        names = sorted(parameters_in(before[api]))
        assert uses in names
        same = [n for n in names if deployment(changed()[n], api) == deployment(before, api)]
        assert not same

    @pytest.mark.parametrize("api", ["PortalApi", "StaffApi"])
    def test_has_one_stage_and_no_way_around_it(self, api: str) -> None:
        for resources in translations():
            stages = of_type(resources, "AWS::ApiGateway::Stage").values()
            ours = [s["Properties"] for s in stages if s["Properties"]["RestApiId"] == {"Ref": api}]
            assert [s["StageName"] for s in ours] == [api.removesuffix("Api").lower()]
            for deployment in of_type(resources, "AWS::ApiGateway::Deployment").values():
                assert "StageName" not in deployment["Properties"]  # it would be a second stage

    @pytest.mark.parametrize("api", ["PortalApi", "StaffApi"])
    def test_refuses_old_tls_and_logs_who_asked(self, api: str) -> None:
        resources = translations()[2]
        policy = resources[api]["Properties"]["SecurityPolicy"]
        assert policy.startswith(("SecurityPolicy_TLS13_1_2", "SecurityPolicy_TLS13_1_3"))
        assert resources[api]["Properties"]["EndpointAccessMode"] == "STRICT"
        (stage,) = [
            s["Properties"]
            for s in of_type(resources, "AWS::ApiGateway::Stage").values()
            if s["Properties"]["RestApiId"] == {"Ref": api}
        ]
        condition, logged, otherwise = stage["AccessLogSetting"]["Fn::If"]
        assert (condition, otherwise) == ("LogsAccess", {"Ref": "AWS::NoValue"})
        # The account's role for such logs has to be there before the stage is.
        assert logged["DestinationArn"]["Fn::Select"][1][1] == {"Ref": "ApiLogs"}
        assert "$context.identity.sourceIp" in logged["Format"]
        assert "$context.path" not in logged["Format"]


# What names a function itself and starts none: what it is made of, and what only looks at it.
THEMSELVES = {
    *("AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig"),
    "AWS::CloudFormation::Stack",
}


# And what starts it anyway: the template says why (`SessionKeysRotation`).
AT_LATEST = {"SessionKeysRotation", "SecretsManagerRotates"}


def by_name(value: Any) -> set[str]:
    """Return the functions that a part of the template names, those by their alias left out."""
    if isinstance(value, list):
        return {name for each in value for name in by_name(each)}
    if not isinstance(value, dict):
        text = value if isinstance(value, str) else ""
        named = re.findall(r"\$\{(\w+)(?:\.Arn)?\}(?!:live)", text)
        return {name for name in named if name in FUNCTIONS}
    found = {name for each in value.values() for name in by_name(each)}
    got = value.get("Fn::GetAtt", [])
    reference = value.get("Ref"), (got.split(".") if isinstance(got, str) else [*got, ""])[0]
    return found | {name for name in reference if name in FUNCTIONS}


def named(value: Any) -> set[str]:
    """Return every logical id that a resource waits for."""
    if isinstance(value, list):
        return {name for each in value for name in named(each)}
    if not isinstance(value, dict):
        return set(re.findall(r"\$\{(\w+)(?:\.\w+)*\}", value)) if isinstance(value, str) else set()
    found = {name for key, each in value.items() if key != "DependsOn" for name in named(each)}
    got = value.get("Fn::GetAtt", [])
    depends = value.get("DependsOn", [])
    found |= set(depends if isinstance(depends, list) else [depends])
    found |= {(got.split(".") if isinstance(got, str) else [*got, ""])[0]}
    return found | ({value["Ref"]} if isinstance(value.get("Ref"), str) else set())


class TestRelease:
    def test_publishes_a_new_version_of_every_function(self) -> None:
        first, second, _ = translations()
        versions = [of_type(t, "AWS::Lambda::Version").keys() for t in (first, second)]
        assert len(versions[0]) == len(versions[1]) == len(FUNCTIONS)
        assert not versions[0] & versions[1]
        # Lambda publishes nothing of a function that is as it was: its own description changes too.
        for name, function in of_type(second, "AWS::Lambda::Function").items():
            assert function["Properties"]["Description"].endswith(OTHER), name

    def test_is_started_by_whatever_starts_a_function(self) -> None:
        for resources in translations():
            found = {
                name: by_name(r.get("Properties", {}))
                for name, r in resources.items()
                if r["Type"] not in THEMSELVES
            }
            assert {name for name, functions in found.items() if functions} == AT_LATEST
            for config in of_type(resources, "AWS::Lambda::EventInvokeConfig").values():
                assert config["Properties"]["Qualifier"] == "live"
            guard = resources["Identity"]["Properties"]["Parameters"]["GuardFunctionArn"]["Fn::If"]
            assert guard[:2] == ["KnowsDesk", {"Fn::Sub": "${SignInGuard.Arn}:live"}]
            for name, function in of_type(resources, "AWS::CloudFormation::Stack").items():
                if name not in ("Identity", "Monitoring"):
                    assert by_name(function["Properties"]) == set(), name

    def test_by_hand_is_new_with_another_layer(self) -> None:
        sets: list[dict[str, str]] = [{}, {"AvisoLayer": "another"}, {"Release": "2"}]
        found = [of_type(t["Resources"], "AWS::Lambda::Version") for t in translated(*sets)]
        assert {len(versions) for versions in found} == {len(FUNCTIONS)}
        for versions in found[1:]:
            assert not versions.keys() & found[0].keys()


class TestStack:
    def test_gives_the_state_machine_numbers(self) -> None:
        machines = of_type(translations()[0], "AWS::StepFunctions::StateMachine").values()
        assert len(machines) == 2
        for machine in machines:
            text = "".join(machine["Properties"]["DefinitionString"]["Fn::Join"][1])
            number = r'"(\w*(?:Concurrency|Seconds|Attempts|Rate|Percentage))": ([^,\s]+)'
            counted = dict(re.findall(number, text))
            needed = {"MaxConcurrency", "MaxAttempts", "IntervalSeconds", "BackoffRate"}
            assert needed <= counted.keys()
            assert all(value.isdecimal() for value in counted.values()), counted

    def test_has_no_circle_of_alarms_and_aliases(self) -> None:
        resources = translations()[2]
        after = {name: named(r) & resources.keys() - {name} for name, r in resources.items()}
        TopologicalSorter(after).prepare()  # raises when something waits for itself

    def test_gives_a_schedule_no_name_of_its_own(self) -> None:
        schedules = of_type(translations()[0], "AWS::Scheduler::Schedule")
        assert len(schedules) == 6
        assert not [name for name, s in schedules.items() if "Name" in s["Properties"]]
