"""What a former deployment left: stacks, buckets, another agency, the made-up case."""

from infra.deploy import existing_resources
from infra.deploy.findings import Severity
from infra.deploy.release_identity import lineage
from infra.deploy.smoke_test_case import standing_case
from tests.support.deploy_checks.calls import (
    BUCKETS,
    GONE,
    WHO,
    Call,
    Failing,
    Passing,
    bucket,
    described,
    stack,
)


def release(
    agency: str = "Sonora Wells Police Department", built: str = "2026-11-24T08:30:00Z"
) -> list[Call]:
    """Return the call about a stack of this agency and release."""
    return [("cloudformation", "describe_stacks", described(Agency=agency, Built=built))]


def under_number(*keys: str, begun: bool = False) -> list[Call]:
    """Return the calls about the case of the deployment's test, with rows under these keys."""
    rows = [{"sk": {"S": key}} for key in keys]
    marker = {"Item": {"pk": {"S": "STANDING_CASE#2600000000"}}} if begun else {}
    return [
        ("cloudformation", "describe_stacks", described(CasesTable="cases", GuardsTable="guards")),
        ("dynamodb", "query", {"Items": rows}),
        ("dynamodb", "get_item", marker),
    ]


MADE_UP = ("CASE", "VICTIM#AVISO-OPERATOR", "SUSPECT#AVISO-NOBODY", "ARREST#AVISO-2026", "NOTE#1")


OLDER: Call = ("cloudformation", "describe_stacks", described(FeedBucket="aviso-feed"))

FAILING: list[Failing] = [
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("ROLLBACK_COMPLETE"))],
        {},
        Severity.STOPS,
        "Delete it in the CloudFormation console",
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("ROLLBACK_COMPLETE"))],
        {},
        Severity.STOPS,
        "'aws cloudformation delete-stack --stack-name aviso-edge'",
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_ROLLBACK_FAILED"))],
        {},
        Severity.STOPS,
        "--stack-name aviso-edge --max-items 20",
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("DELETE_IN_PROGRESS"))],
        {},
        Severity.STOPS,
        "'aviso-edge' is being changed now",
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_IN_PROGRESS"))],
        {},
        Severity.STOPS,
        "is being changed now",
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_ROLLBACK_FAILED"))],
        {},
        Severity.STOPS,
        "its events",
    ),
    (
        existing_resources.stack_state,
        [GONE, WHO, ("s3", "head_bucket", {})],
        {},
        Severity.STOPS,
        "its data kept",
    ),
    (
        existing_resources.stack_state,
        [
            ("cloudformation", "describe_stacks", stack("REVIEW_IN_PROGRESS")),
            WHO,
            ("s3", "head_bucket", {}),
        ],
        {},
        Severity.STOPS,
        "its data kept",
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", "AccessDenied")],
        {},
        Severity.STOPS,
        "You may not ask AWS for this (DescribeStacks)",
    ),
    (
        existing_resources.stack_state,
        [GONE, WHO, ("s3", "head_bucket", "403")],
        {},
        Severity.STOPS,
        "You may not ask AWS for this (HeadBucket)",
    ),
    (
        existing_resources.taken_back,
        [OLDER, *bucket("aviso")],
        {},
        Severity.LATER,
        "had to leave aviso-auditbucket-1:",
    ),
    (
        lineage,
        release("Chino Police Department"),
        {},
        Severity.STOPS,
        "belongs to Chino Police Department, and these settings belong to Sonora Wells",
    ),
    (
        lineage,
        release("Chino Police Department"),
        {},
        Severity.STOPS,
        'under parameters, Agency: "Chino Police Department"',
    ),
    (
        lineage,
        release(built="2026-11-24T08:30:01Z"),
        {},
        Severity.LATER,
        "This release is of 2026-11-24T08:30:00Z, and 'aviso' runs one of 2026-11-24T08:30:01Z",
    ),
    (
        standing_case,
        under_number("CASE", "VICTIM#7", "SUSPECT#8"),
        {},
        Severity.STOPS,
        "2600000000, the number of the made-up case that ends a deployment, is a real case's",
    ),
    (
        standing_case,
        under_number(*MADE_UP, "VICTIM#7"),
        {},
        Severity.STOPS,
        "./aviso case erase 2600000000 AVISO-OPERATOR",
    ),
    (
        standing_case,
        under_number(*MADE_UP, "ARREST#7"),
        {},
        Severity.STOPS,
        "'case_number_example'",
    ),
    (
        standing_case,
        under_number("CASE"),
        {},
        Severity.STOPS,
        "an older release left the rest of its test there; choose another number in that case too",
    ),
]

PASSING: list[Passing] = [
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_COMPLETE"))],
        {},
    ),
    (existing_resources.stack_state, [GONE, WHO, ("s3", "head_bucket", "404")], {}),
    (
        existing_resources.stack_state,
        [
            ("cloudformation", "describe_stacks", stack("REVIEW_IN_PROGRESS")),
            WHO,
            ("s3", "head_bucket", "404"),
        ],
        {},
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_COMPLETE"))],
        {},
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("REVIEW_IN_PROGRESS"))],
        {},
    ),
    (existing_resources.edge_state, [GONE], {}),
    (existing_resources.taken_back, [GONE], {}),
    (existing_resources.taken_back, [OLDER, ("s3", "list_buckets", {"Buckets": []})], {}),
    (existing_resources.taken_back, [OLDER, *bucket("another's")], {}),
    (
        existing_resources.taken_back,
        [OLDER, BUCKETS, ("s3", "get_bucket_tagging", "NoSuchTagSet")],
        {},
    ),
    (
        existing_resources.taken_back,
        [
            ("cloudformation", "describe_stacks", described(AuditBucket="aviso-auditbucket-1")),
            *bucket("aviso"),
        ],
        {},
    ),
    (lineage, [GONE], {}),
    (lineage, [OLDER], {}),
    (lineage, release(), {}),
    (lineage, release(built="none"), {}),
    (lineage, release("none", "2026-11-24T08:29:59Z"), {}),
    (lineage, release(built="2026-11-25T08:30:00Z"), {"built": "none"}),
    (lineage, release("Chino Police Department"), {"agency": "Chino Police Department"}),
    (lineage, release("Ca?on Police"), {"agency": "Cañon Police"}),
    (standing_case, [GONE], {}),
    (standing_case, under_number(), {}),
    (standing_case, under_number(*MADE_UP), {}),
    (standing_case, under_number("CASE", begun=True), {}),
]
