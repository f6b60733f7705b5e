"""The template keeps the promises that no run on a laptop can show."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.harness import cloudformation

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = [ROOT / "template.yaml", *sorted((ROOT / "infra/stacks").glob("*.yaml"))]


def resources(kind: str, path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """Return the properties of the resources of one type, by logical id."""
    template = cloudformation.read(path)
    found = template["Resources"].items()
    return {name: r.get("Properties", {}) for name, r in found if r["Type"] == kind}


FUNCTIONS = resources("AWS::Serverless::Function")


def statements(function: dict[str, Any]) -> list[dict[str, Any]]:
    return [s for policy in function["Policies"] for s in policy["Statement"]]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_does(name: str) -> None:
    assert len(FUNCTIONS[name]["Description"].split()) > 4


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_handler_and_statements_of_its_own(name: str) -> None:
    function = FUNCTIONS[name]
    assert (ROOT / function["CodeUri"] / "handler.py").is_file()
    assert "Role" not in function
    assert all(isinstance(policy, dict) for policy in function["Policies"])


def test_every_handler_is_in_the_template() -> None:
    handlers = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    deployed = {Path(function["CodeUri"]).name for function in FUNCTIONS.values()}
    assert deployed == handlers


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_may_do_everything_with_anything(name: str) -> None:
    for statement in statements(FUNCTIONS[name]):
        assert not [a for a in listed(statement["Action"]) if "*" in a]
        assert statement["Effect"] == "Allow" or statement.keys() == {
            *("Effect", "Action", "NotResource")
        }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_reads_the_streams_that_start_it_and_no_other(name: str) -> None:
    events = FUNCTIONS[name].get("Events", {}).values()
    streams = [e["Properties"]["Stream"] for e in events if e["Type"] == "DynamoDB"]
    denied = [s for s in statements(FUNCTIONS[name]) if s["Effect"] == "Deny"]
    assert [listed(s["NotResource"]) for s in denied] == ([streams] if streams else [])
    for statement in denied:  # all that opens a stream's records
        assert {"dynamodb:GetShardIterator", "dynamodb:GetRecords"} <= set(statement["Action"])


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_wildcard_resource_says_why_on_its_line(path: Path) -> None:
    wildcard = re.compile(r"""(Resource|NotResource): .*(["']\*["']|:\*:)""")
    for line in path.read_text().splitlines():
        if wildcard.search(line):
            assert "  # " in line, line


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_stream_retries_finitely_and_keeps_what_failed(name: str) -> None:
    for event in FUNCTIONS[name].get("Events", {}).values():
        if event["Type"] == "DynamoDB":
            stream = event["Properties"]
            assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert stream["BisectBatchOnFunctionError"] is True
            tries = stream["MaximumRetryAttempts"]  # nobody copies a row of the trail later
            assert 0 < tries <= 10 or (name == "KeepAudit" and tries == -1)
            assert 0 < stream["MaximumRecordAgeInSeconds"] <= 86_400
            assert stream["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
            assert stream["StartingPosition"] == "TRIM_HORIZON"


def test_every_table_is_encrypted_and_recoverable() -> None:
    for table in resources("AWS::DynamoDB::Table", ROOT / "infra/stacks/tables.yaml").values():
        assert table["SSESpecification"]["SSEType"] == "KMS"
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_every_bucket_is_private_versioned_and_encrypted() -> None:
    for bucket in resources("AWS::S3::Bucket").values():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_the_key_behind_opt_outs_never_rotates() -> None:
    assert not resources("AWS::SecretsManager::RotationSchedule").keys() & {"OptoutKey"}
    template = cloudformation.read(ROOT / "template.yaml")
    assert template["Resources"]["OptoutKey"]["DeletionPolicy"] == "RetainExceptOnCreate"


@pytest.mark.usefixtures("compiled")
def test_the_portal_has_a_route_for_each_page_and_no_other() -> None:
    from aviso.web.portal.app import ROUTES

    events = FUNCTIONS["Portal"]["Events"].values()
    deployed = {(e["Properties"]["Path"], e["Properties"]["Method"]) for e in events}
    assert deployed - {("/assets/{file}", "GET")} == {
        (path, method) for path, methods in ROUTES.items() for method in methods
    }
