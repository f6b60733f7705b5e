"""Checks that the number of the deployment's made-up case belongs to no real case.

Every victim on that case is told of its arrest. So the number is one that the records system never
uses, and where a real person has it anyway, nothing is sent.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.deploy import retained_resources
from infra.deploy.findings import Clients, Finding, stops, well

OURS = "AVISO-"  # prefix of the ids of the made-up case's people and arrests
PEOPLE = ("VICTIM#", "SUSPECT#", "REPRESENTATIVE#", "ARREST#")


def begun(number: str) -> str:
    """Return the name of the marker that a test began under this number."""
    return f"STANDING_CASE#{number}"


def standing_case(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the number of the made-up case is not a real case's."""
    number = answers["standing_case"]
    outputs = retained_resources.outputs(clients, answers["stack"])
    if outputs and (why := somebodys(clients("dynamodb"), outputs, number)):
        yield stops("case", f"{why} Then run 'make deploy' again.")
    else:
        yield well("case", f"{number} is not a real case")


def somebodys(database: Any, outputs: Mapping[str, str], number: str) -> str:
    """Return why nothing may be sent under this number, empty where it is ours or unused."""
    found = database.query(
        TableName=outputs["CasesTable"],
        KeyConditionExpression="pk = :case",
        ExpressionAttributeValues={":case": {"S": f"CASE#{number}"}},
        ProjectionExpression="sk",
        ConsistentRead=True,
    )["Items"]
    keys = [row["sk"]["S"] for row in found]
    people = [key.partition("#")[2] for key in keys if key.startswith(PEOPLE)]
    ours = [id for id in people if id.startswith(OURS)]
    if len(ours) == len(people) and (ours or not keys or _was_begun(database, outputs, number)):
        return ""
    also = (
        " The operator of an earlier test is on that case now, and would get its victims' "
        f"messages. Take the operator off: './aviso case erase {number} {OURS}OPERATOR "
        "--by <your name>'."
    )
    return (
        f"{number}, the number of the made-up case that ends a deployment, is a real case's. Its "
        "victims would be told of an arrest that never happened. Or an older release left the rest "
        "of its test there; choose another number in that case too. Write a number that your "
        "records system never gives out into the settings as "
        f"'case_number_example'.{also if ours else ''}"
    )


def _was_begun(database: Any, outputs: Mapping[str, str], number: str) -> bool:
    """Whether an interrupted test of ours may have left a case without its people."""
    key = {"pk": {"S": begun(number)}}
    return "Item" in database.get_item(TableName=outputs["GuardsTable"], Key=key)
