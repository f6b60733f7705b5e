"""Whether CloudTrail records who changes the audit trail: data events, which AWS leaves off.

They are the last evidence. Somebody who may change the table and lift the lock of its copy can make
both agree, and only CloudTrail shows that. The agency turns data events on for its whole account,
so this check reports and changes nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy import retained_resources
from infra.deploy.findings import Clients, Finding, later, well

KINDS = {"AWS::DynamoDB::Table": "AuditTable", "AWS::S3::Object": "AuditBucket"}  # and its output
WORDS = {"AWS::DynamoDB::Table": "table", "AWS::S3::Object": "bucket"}
HERE = {"eventCategory", "resources.type", "resources.ARN", "readOnly"}
Selector = Mapping[str, Any]


def data_events(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that a trail records what is written to the audit table and to its locked copy."""
    wanted = _arns(clients, answers)
    seen: set[str] = set()
    unread: list[str] = []
    for trail in clients("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]:
        try:
            seen.update(_recorded(clients, trail, wanted))
        except ClientError:  # an organization's own trail, which its members may not read
            unread.append(trail["Name"])
    missing = wanted.keys() - seen
    if not missing:
        yield well("cloudtrail", "changes to the audit trail and its copy are recorded")
        return
    where = " and ".join(
        f"{word} ({wanted[kind]})" for kind, word in WORDS.items() if kind in missing
    )
    ask = f" '{unread[0]}' could not be read: ask the person who runs it." if unread else ""
    yield later(
        "cloudtrail",
        f"CloudTrail records no data events of the audit trail's {where}. A person with "
        "the rights to change both table and locked copy would leave no record. In the CloudTrail "
        f"console add them to a trail ('Data events', writes), best kept in another account.{ask}",
    )


def _arns(clients: Clients, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the ARN of table and copy by kind of event, as far as known before they exist."""
    who = clients("sts").get_caller_identity()
    partition, stack = who["Arn"].split(":")[1], answers["stack"]
    outputs = retained_resources.outputs(clients, stack)
    table, bucket = (outputs.get(name, f"{stack}-...") for name in KINDS.values())
    tables = f"arn:{partition}:dynamodb:{answers['region']}:{who['Account']}:table"
    return dict(zip(KINDS, (f"{tables}/{table}", f"arn:{partition}:s3:::{bucket}/"), strict=True))


def _recorded(
    clients: Clients, trail: Mapping[str, Any], wanted: Mapping[str, str]
) -> Iterator[str]:
    """Yield the kinds of event for which an active trail records writes to what is wanted."""
    cloudtrail, name = clients("cloudtrail"), trail["TrailARN"]
    if not cloudtrail.get_trail_status(Name=name)["IsLogging"]:
        return
    found = cloudtrail.get_event_selectors(TrailName=name)
    for kind, arn in wanted.items():
        if any(_plain(s, kind, arn) for s in found.get("EventSelectors", ())) or any(
            _advanced(s, kind, arn) for s in found.get("AdvancedEventSelectors", ())
        ):
            yield kind


def _plain(selector: Selector, kind: str, arn: str) -> bool:
    return selector.get("ReadWriteType", "All") != "ReadOnly" and any(
        source["Type"] == kind and any(arn.startswith(value) for value in source["Values"])
        for source in selector.get("DataResources", ())
    )


def _advanced(selector: Selector, kind: str, arn: str) -> bool:
    """Whether a newer selector records this; one narrowed by anything else does not count."""
    fields = {field["Field"]: field for field in selector["FieldSelectors"]}
    of = fields.get("resources.ARN", {"StartsWith": [""]})
    return (
        fields.keys() <= HERE
        and fields["eventCategory"].get("Equals") == ["Data"]
        and kind in fields["resources.type"].get("Equals", ())
        and fields.get("readOnly", {}).get("Equals", ["false"]) == ["false"]
        and (
            arn in of.get("Equals", ())
            or any(arn.startswith(value) for value in of.get("StartsWith", ()))
        )
    )
