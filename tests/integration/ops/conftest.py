"""What the tests of the operator's commands share: they keep tables, lose them and bring them back.

Each module says by MOMENT to which moment. With the mark
`in_memory_tables`, the tables and their copies are in memory; otherwise moto has them.
"""

import json

import boto3
import pytest

from infra.cli.__main__ import aviso
from infra.ops import connection, every_case, restore
from tests.conftest import REGION
from tests.support import restored

URL = "https://portal.example.org"
NIGHTLY = f"arn:aws:states:{REGION}:123456789012:stateMachine:aviso-nightly"


@pytest.fixture
def database(request, monkeypatch):
    in_memory = request.node.get_closest_marker("in_memory_tables")
    request.getfixturevalue("aws" if in_memory else "moto_tables")
    monkeypatch.setattr(every_case, "plan", lambda *_: None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return boto3.client("dynamodb", region_name=REGION)


@pytest.fixture
def outside(database, monkeypatch):
    """Make what lies outside of the tables."""
    monkeypatch.setenv("LETTERS_BUCKET", restored.LETTERS)
    restored.make_outside()


@pytest.fixture
def nights(aws):
    """Make the state machine of the night; return the inputs with which it was started."""
    machines = boto3.client("stepfunctions", region_name=REGION)
    role = "arn:aws:iam::123456789012:role/nightly"
    made = machines.create_state_machine(name="aviso-nightly", definition="{}", roleArn=role)
    assert made["stateMachineArn"] == NIGHTLY

    def inputs() -> list[dict[str, str]]:
        runs = machines.list_executions(stateMachineArn=NIGHTLY)["executions"]
        names = [run["executionArn"] for run in runs]
        return [json.loads(machines.describe_execution(executionArn=n)["input"]) for n in names]

    return inputs


@pytest.fixture
def keep(database, request):
    """Keep the tables as they are now: a copy is of the present, so it is made before."""

    def now() -> None:
        for name in restore.ALL:
            restore.begin(database, name, request.module.MOMENT)

    return now


@pytest.fixture
def typed(monkeypatch):
    """Run an operator's command as it is typed, on a stack with these outputs."""

    def go(outputs: dict[str, str], *words: str) -> int:
        monkeypatch.setattr(connection, "_local", lambda: outputs or {"PortalUrl": URL})
        monkeypatch.setattr(connection, "compile_settings", lambda _: None)
        try:
            aviso.main(words)
        except SystemExit as ended:
            return int(ended.code or 0)

    return go


@pytest.fixture
def lose(database):
    def now(*tables: str) -> None:
        for table in tables:
            for row in database.scan(TableName=table)["Items"]:
                key = {name: row[name] for name in ("pk", "sk") if name in row}
                database.delete_item(TableName=table, Key=key)

    return now


@pytest.fixture
def bring_back(database, request):
    def go(*names: str) -> None:
        moment = request.module.MOMENT
        restore.bring_all_back(restored.OUTPUTS, names or restore.ALL, moment, "dana")

    return go
