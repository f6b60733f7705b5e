"""IAM is enforced on local AWS: a function without a permission cannot act, and roles are separate.

That nothing more is granted: `tests.permissions.least_privilege`, after the system tests.
"""

import json
from typing import Any

import pytest

from infra.local.stack import LocalAws, StackError
from tests.e2e.roles import role_of

NOON = "2026-11-24T19:00:00Z"
SCAN = "dynamodb:Scan"
EVERY_CASE = {"time": NOON, "which": "all"}


def policy_of(deployed: LocalAws, role: str, name: str) -> dict[str, Any]:
    """Return one of a role's own policies."""
    found = deployed.client("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    policy: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    return policy


class TestFunction:
    def test_without_its_permission_is_denied(self, deployed: LocalAws) -> None:
        iam = deployed.client("iam")
        role = role_of(deployed, "ReconcileFunction")
        deployed.invoke("reconcile", EVERY_CASE)
        denied_before = deployed.access_denied()
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policies = {name: policy_of(deployed, role, name) for name in names}
        (name,) = [name for name, policy in policies.items() if SCAN in json.dumps(policy)]
        policy = policies[name]
        without = {
            **policy,
            "Statement": [s for s in policy["Statement"] if SCAN not in s["Action"]],
        }
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(without))
        try:
            with pytest.raises(StackError, match="AccessDenied"):
                deployed.invoke("reconcile", EVERY_CASE)
            assert deployed.access_denied() > denied_before
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
        deployed.invoke("reconcile", EVERY_CASE)

    def test_runs_under_a_role_of_its_own(self, deployed: LocalAws) -> None:
        names = [name for name in deployed.outputs if name.endswith("Function")]
        roles = [role_of(deployed, name) for name in names]
        assert len(names) >= 7
        assert len(set(roles)) == len(roles)


class TestFeedBucket:
    def test_refuses_plain_http(self, deployed: LocalAws) -> None:
        policy = deployed.client("s3").get_bucket_policy(Bucket=deployed.outputs["FeedBucket"])
        (statement,) = json.loads(policy["Policy"])["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
