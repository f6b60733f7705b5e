"""Who the key serves: our roles through their services, and services that act by themselves."""

import re
from typing import Any

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS, everything, resources

KEY = resources("AWS::KMS::Key")["Key"]


# Who writes or reads encrypted things by itself, and so must be admitted by the key's policy
# (a service that acts for a role of ours comes by kms:ViaService instead).
BY_ITSELF = {
    "ses.amazonaws.com": "SES publishes events to the encrypted topic EmailEvents",
    "sms-voice.amazonaws.com": "the two-way number publishes to the encrypted topic InboundTexts",
    "sns.amazonaws.com": "SNS delivers from encrypted topics",
    "cloudwatch.amazonaws.com": "alarms publish to the encrypted topic Alarms",
}


# Resource type -> the service through which our roles use what the key encrypts.
THROUGH = {
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::S3::Bucket": "s3",
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::SNS::Topic": "sns",
    "AWS::SQS::Queue": "sqs",
}


def key_statements() -> dict[str, Any]:
    return {s["Sid"]: s for s in KEY["KeyPolicy"]["Statement"]}


class TestKey:
    def test_rotates_and_is_kept(self) -> None:
        assert KEY["EnableKeyRotation"] is True
        template = cloudformation.read(ROOT / "template.yaml")
        assert template["Resources"]["Key"]["DeletionPolicy"] == "RetainExceptOnCreate"

    def test_admits_each_service_for_this_account_alone(self) -> None:
        statement = key_statements()["ServicesThatWriteByThemselves"]
        assert set(statement["Principal"]["Service"]) == BY_ITSELF.keys()
        assert statement["Condition"]["StringEquals"].keys() == {"aws:SourceAccount"}

    def test_admits_our_roles_through_encrypting_services(self) -> None:
        statement = key_statements()["OurRolesDecryptWhatTheyReadThroughItsService"]
        condition = statement["Condition"]["StringEquals"]
        assert condition.keys() == {"kms:CallerAccount", "kms:ViaService"}
        admitted = {service["Sub"].partition(".")[0] for service in condition["kms:ViaService"]}
        assert admitted == {service for kind, service in THROUGH.items() if everything(kind)}

    def test_gives_grants_to_services_and_no_role(self) -> None:
        granting = [s for s in KEY["KeyPolicy"]["Statement"] if "kms:CreateGrant" in s["Action"]]
        (statement,) = granting
        ours = key_statements()["OurRolesDecryptWhatTheyReadThroughItsService"]["Condition"]
        assert statement["Action"] == "kms:CreateGrant"
        assert statement["Condition"] == ours | {"Bool": {"kms:GrantIsForAWSResource": "true"}}

    def test_stops_a_reader_of_the_account(self) -> None:
        statement = key_statements()["OurRolesDecryptWhatTheyReadThroughItsService"]
        assert statement["Condition"].keys() == {"StringEquals", "ArnLike"}
        roles = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
        assert statement["Condition"]["ArnLike"] == {
            "aws:PrincipalArn": [
                {"Sub": roles + "${AWS::StackName}-*"},
                {"Sub": roles + "aviso-feed"},
            ]
        }
        guide = (ROOT / "docs/administrator-guide.md").read_text(encoding="utf-8")
        assert set(re.findall(r"--role-name (\S+)", guide)) == {"aviso-feed"}

    def test_knows_every_role_by_its_name(self) -> None:
        """AWS begins a role's name with its stack's, as long as the template gives it none."""
        assert not any("RoleName" in role for role in everything("AWS::IAM::Role").values())
        machines = resources("AWS::Serverless::StateMachine")
        assert not [n for n, one in {**FUNCTIONS, **machines}.items() if "Role" in one]

    def test_admits_the_logs_of_this_account(self) -> None:
        statement = key_statements()["LogsOfThisAccount"]
        assert "kms:EncryptionContext:aws:logs:arn" in statement["Condition"]["ArnLike"]
