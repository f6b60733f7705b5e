"""IAM is enforced on local AWS: each function can do what its own role allows, and no more."""

import json

import pytest

from infra.local.stack import LocalAws, StackError

NOON = "2026-11-24T19:00:00Z"


def role_of(aws: LocalAws, function: str) -> str:
    config = aws.client("lambda").get_function_configuration(FunctionName=aws.outputs[function])
    return str(config["Role"]).rpartition("/")[2]


def test_a_function_without_its_permission_is_denied(deployed: LocalAws) -> None:
    iam = deployed.client("iam")
    role = role_of(deployed, "ReconcileFunction")
    deployed.invoke("reconcile", {"time": NOON})
    denied_before = deployed.access_denied()
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    policy = json.loads(policy) if isinstance(policy, str) else policy
    without = {
        **policy,
        "Statement": [s for s in policy["Statement"] if "dynamodb:Scan" not in s["Action"]],
    }
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(without))
    try:
        with pytest.raises(StackError, match="AccessDenied"):
            deployed.invoke("reconcile", {"time": NOON})
        assert deployed.access_denied() > denied_before
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    deployed.invoke("reconcile", {"time": NOON})


def test_every_function_runs_under_a_role_of_its_own(deployed: LocalAws) -> None:
    names = [name for name in deployed.outputs if name.endswith("Function")]
    roles = [role_of(deployed, name) for name in names]
    assert len(names) >= 7
    assert len(set(roles)) == len(roles)


def test_what_arrives_in_the_feed_bucket_over_plain_http_is_refused(deployed: LocalAws) -> None:
    policy = deployed.client("s3").get_bucket_policy(Bucket=deployed.outputs["FeedBucket"])
    (statement,) = json.loads(policy["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
