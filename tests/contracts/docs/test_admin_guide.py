"""What the administrator's guide has somebody type gives no more than it says."""

import json
import re
from typing import Any

from infra.repository import ROOT
from tests.contracts.template.template_file import listed

GUIDE = (ROOT / "docs/administrator-guide.md").read_text(encoding="utf-8")


def typed(option: str) -> list[dict[str, Any]]:
    """Return the statements of every policy that a command of the guide is given."""
    policies = re.findall(rf"--{option} '(.*?)'$", GUIDE, re.DOTALL | re.MULTILINE)
    return [statement for policy in policies for statement in json.loads(policy)["Statement"]]


class TestFeedRole:
    def test_is_not_taken_on_for_another_customer(self) -> None:
        trusted = typed("assume-role-policy-document")
        keys = {"AWS": "sts:ExternalId", "Service": "aws:SourceAccount"}
        assert {kind for statement in trusted for kind in statement["Principal"]} == keys.keys()
        for statement in trusted:
            (kind,) = statement["Principal"]
            assert statement["Condition"]["StringEquals"].keys() == {keys[kind]}

    def test_reads_only_results_of_its_pushes(self) -> None:
        allowed = {
            (action, resource, str(statement.get("Condition", "")))
            for statement in typed("policy-document")
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        }
        bucket = "arn:aws:s3:::FEED-BUCKET"
        within = "{'StringLike': {'s3:prefix': ['incoming', 'incoming/*']}}"
        assert allowed == {
            ("s3:PutObject", f"{bucket}/incoming/*", ""),
            ("s3:ListBucket", bucket, within),
            ("execute-api:Invoke", "arn:aws:execute-api:REGION:YOUR-ACCOUNT:API/feed/POST/*", ""),
            ("s3:GetObject", f"{bucket}/summaries/push/*", ""),  # the results of its own pushes
            ("s3:GetObject", f"{bucket}/rejects/push/*", ""),
        }
