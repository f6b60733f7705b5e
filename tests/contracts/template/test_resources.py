"""The template keeps the promises that no run on a laptop can show."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.contracts.template.template_file import (
    FUNCTIONS,
    TEMPLATES,
    listed,
    resources,
    statements,
)


class TestFunction:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_says_what_it_does(self, name: str) -> None:
        assert len(FUNCTIONS[name]["Description"].split()) > 4

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_has_a_handler_and_statements_of_its_own(self, name: str) -> None:
        function = FUNCTIONS[name]
        assert (ROOT / function["CodeUri"] / "handler.py").is_file()
        assert "Role" not in function
        assert all(isinstance(policy, dict) for policy in function["Policies"])

    def test_exists_for_every_handler(self) -> None:
        handlers = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
        deployed = {Path(function["CodeUri"]).name for function in FUNCTIONS.values()}
        assert deployed == handlers

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_may_not_do_everything_with_anything(self, name: str) -> None:
        for statement in statements(FUNCTIONS[name]):
            assert not [a for a in listed(statement["Action"]) if "*" in a]
            assert statement["Effect"] == "Allow" or statement.keys() == {
                *("Effect", "Action", "NotResource")
            }

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_reads_only_the_streams_that_start_it(self, name: str) -> None:
        events = FUNCTIONS[name].get("Events", {}).values()
        streams = [e["Properties"]["Stream"] for e in events if e["Type"] == "DynamoDB"]
        denied = [s for s in statements(FUNCTIONS[name]) if s["Effect"] == "Deny"]
        assert [listed(s["NotResource"]) for s in denied] == ([streams] if streams else [])
        for statement in denied:  # all that opens a stream's records
            assert {"dynamodb:GetShardIterator", "dynamodb:GetRecords"} <= set(statement["Action"])


class TestPermission:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_for_any_resource_says_why_on_its_line(self, path: Path) -> None:
        wildcard = re.compile(r"""(Resource|NotResource): .*(["']\*["']|:\*:)""")
        for line in path.read_text().splitlines():
            if wildcard.search(line):
                assert "  # " in line, line


class TestData:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_in_a_stream_is_retried_finitely_and_kept(self, name: str) -> None:
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

    def test_in_a_table_is_encrypted_and_recoverable(self) -> None:
        tables = resources("AWS::DynamoDB::Table", ROOT / "infra/stacks/tables.yaml")
        assert tables
        for table in tables.values():
            assert table["SSESpecification"]["SSEType"] == "KMS"
            assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
            assert table["BillingMode"] == "PAY_PER_REQUEST"

    def test_in_a_bucket_is_private_and_encrypted(self) -> None:
        for bucket in resources("AWS::S3::Bucket").values():
            assert all(bucket["PublicAccessBlockConfiguration"].values())
            assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
            (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"

    def test_behind_opt_outs_has_a_key_that_never_rotates(self) -> None:
        assert not resources("AWS::SecretsManager::RotationSchedule").keys() & {"OptoutKey"}
        template = cloudformation.read(ROOT / "template.yaml")
        assert template["Resources"]["OptoutKey"]["DeletionPolicy"] == "RetainExceptOnCreate"


class TestPage:
    @pytest.mark.usefixtures("compiled")
    @pytest.mark.parametrize("site", ["Portal", "Staff"])
    def test_of_the_sites_table_is_let_through_by_the_gateway(self, site: str) -> None:
        pages = import_module(f"aviso.web.{site.lower()}.app").ROUTES
        events = [e["Properties"] for e in FUNCTIONS[site]["Events"].values() if e["Type"] == "Api"]
        let_through = {(e["Path"], e["Method"]) for e in events}
        own = {path for path, _ in let_through}
        for path, methods in pages.items():
            assert path.count("/") == 1
            shown = path if path in own else "/{page}"
            assert {(shown, method) for method in methods} <= let_through, path
