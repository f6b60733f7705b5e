"""What tests share: the sample agency compiled, its tables, and the template deployed once."""

import gc
import importlib
import os
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import hypothesis
import pytest
from moto import mock_aws
from moto.s3.models import S3Backend, s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sesv2.models import sesv2_backends
from playwright.sync_api import Browser

from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.providers import sender
from aviso.runtime import clients, secrets
from aviso.storage import name_key, sending_controls
from aviso.storage.guard_items import GuardItem
from aviso.web import constant_time
from infra.harness.cloudformation import table_definitions
from infra.local.downloads import SetupError
from infra.local.headless_browser import started
from infra.local.ops_command import go_live
from infra.local.stack import LocalAws
from infra.repository import ROOT
from tests.support import memory_files, memory_secrets, memory_tables, role_judge
from tests.support.cognito_pool import Pool, imitated

REGION = "us-west-2"
MOTOS_ACCOUNT = "123456789012"
SENDER = "notices@example.org"
COLLECTED = 50_000  # new objects until Python looks for cycles
SECRETS = {
    "keys": '{"current": "test-signing-key-0001"}',
    "optout": '{"key": "test-optout-key-0001"}',
}
# Begun first: each waits much, or takes long, and a worker that began it last would end alone.
LONG = (
    *("test_stack_lifecycle.py", "test_chaos.py", "test_accessibility.py"),
    *("test_processes.py", "test_simulation.py"),
    *("test_site.py", "test_notices_table.py", "test_compile.py", "test_storm.py", "test_wire.py"),
)
ENVIRONMENT = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "KEYS_SECRET": "keys",
    "OPTOUT_SECRET": "optout",
    "EMAIL_FROM": SENDER,
    "EMAIL_CONFIGURATION_SET": "",
    "PORTAL_URL": "https://portal.example.org",
    "POWERTOOLS_TRACE_DISABLED": "1",
}

# Nothing but this machine is found from the browser.
ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
# A page lives for a second, so no script on it repays what it costs to optimize.
UNOPTIMIZED = "--js-flags=--no-opt,--no-maglev"

# Local AWS imports what all functions share once, not for each of their hundreds of processes.
os.environ["FORKED_FUNCTIONS"] = "yes"

# The same examples in every run, however slow the machine is.
hypothesis.settings.register_profile(
    "aviso",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("aviso")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take the longest; the others keep their order."""
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_collection_finish() -> None:
    """Let the search for garbage be rare, and pass over what is loaded by now: it stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Look for no garbage while Hypothesis runs: it reads the loaded modules as it draws.

    jinja2 lists the modules of templates weakly. One that went just then failed a test.
    """
    if item.get_closest_marker("hypothesis") is None:
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Path:
    """Compile the sample agency unless that is done, import it, and return its package.

    It is imported before any test: a tool that a test calls makes another folder importable.
    """
    from infra.compiler.kept import folder_of
    from infra.compiler.search_path import importable

    folder = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    importable(folder)
    importlib.import_module("aviso_compiled")
    return folder / "aviso_compiled"


@pytest.fixture(scope="session")
def settings(compiled: Path) -> Settings:
    """Return the sample agency's settings."""
    from aviso.domain.settings import Settings

    return Settings.current()


@pytest.fixture(scope="session", autouse=True)
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Make the folder in which this run's processes tell each other which calls they compared."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "compared"
    folder.mkdir(exist_ok=True)
    memory_tables.run[:] = [folder]
    return folder


@pytest.fixture(scope="session", autouse=True)
def boto3_session() -> boto3.Session:
    """Make the session of the tests' own clients: each reads botocore's models from disk.

    Made before any test: a client keeps what its session called when the client was made, and the
    product's clients stay for the whole run.
    """
    made = boto3.Session()
    for events in (made.events, clients.session().get_component("event_emitter")):
        events.register_last("before-call.dynamodb", memory_tables.before_call)
        events.register_first("before-parameter-build.s3", memory_files.keep_asked)
        events.register_last("before-call.s3", memory_files.before_call)
        events.register_last("before-call.secrets-manager", memory_secrets.before_call)
    return made


@cache
def addresses_of_s3() -> dict[str, Any]:
    """Return the addresses that moto answers as S3: it loads their module again for each call."""
    found: dict[str, Any] = s3_backends[MOTOS_ACCOUNT]["aws"].urls
    return found


@pytest.fixture
def moto(boto3_session: boto3.Session) -> Iterator[None]:
    """Let moto answer every call to AWS, whatever a test's own `monkeypatch` undoes."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        # It would prepare a thousand answers to the library `requests`, by which nothing calls AWS.
        patch.setattr("moto.core.models.RESPONSES_METHODS", [])
        patch.setattr(S3Backend, "urls", addresses_of_s3())
        with mock_aws():
            patch.setattr(boto3, "DEFAULT_SESSION", boto3_session)
            yield


@pytest.fixture
def aws(compiled: Path, moto: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give a test the empty tables, the secrets, a verified sender, and trial mode turned off."""
    secrets.forget()
    name_key.forget()
    sender.sender.cache_clear()
    monkeypatch.setattr(constant_time, "STEP", 0)  # nobody waits in tests
    role_judge.denied.clear()
    tables = memory_tables.MemoryTables(table_definitions())
    memory_tables.current[:] = [tables]
    memory_files.differences.clear()
    fill_moto()
    sending_controls.turn(trial=False)
    yield
    memory_tables.current.clear()
    assert not role_judge.denied, sorted(set(role_judge.denied))
    assert not tables.differences, tables.differences
    assert not memory_files.differences, memory_files.differences


@pytest.fixture
def never_switched(aws: None) -> None:
    """Leave the switches as a new stack has them."""
    GuardItem(sending_controls.SWITCHES).delete()


def fill_moto() -> None:
    """Give moto the secrets and the sender directly: calls would take most of a short test."""
    vault = secretsmanager_backends[MOTOS_ACCOUNT][REGION]
    nothing = dict.fromkeys(
        ("secret_binary", "description", "tags", "kms_key_id", "client_request_token")
    )
    for name, text in SECRETS.items():
        vault.create_secret(
            name=name, secret_string=text, replica_regions=[], force_overwrite=False, **nothing
        )
    sesv2_backends[MOTOS_ACCOUNT][REGION].create_email_identity(SENDER, None, None, None)


@pytest.fixture
def moto_tables(aws: None) -> None:
    """Let moto answer calls on tables too, where a test needs more than reads and writes."""
    memory_tables.current.clear()
    for name, properties in table_definitions().items():
        clients.client("dynamodb").create_table(TableName=name, **properties)
    sending_controls.turn(trial=False)


@pytest.fixture(scope="session")
def deployed() -> Iterator[LocalAws]:
    """Give the template as deployed to local AWS, one for all; stop everything afterwards."""
    with LocalAws() as aws:
        aws.deploy()
        go_live(aws)
        yield aws


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start a browser for all tests; without one they fail, they are not skipped.

    One for a process, since Playwright runs once in each.
    """
    try:
        with started(arguments=[ONLY_THIS_MACHINE, UNOPTIMIZED]) as browser:
            yield browser
    except SetupError as error:
        pytest.fail(str(error))


@pytest.fixture
def desk(aws: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a colleague at the staff desk, not signed in yet, and the bucket of letters."""
    from infra.harness.staff_browser import DESK_ENVIRONMENT, StaffBrowser

    for name, value in DESK_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    bucket = DESK_ENVIRONMENT["LETTERS_BUCKET"]  # made as `fill_moto` does: a call takes 13 ms
    s3_backends[MOTOS_ACCOUNT]["aws"].create_bucket(bucket, REGION)
    from aviso.staff import feed_files
    from aviso.web.staff import letters

    for asks_another in (letters, feed_files):
        monkeypatch.setattr(asks_another, "client", lambda service: OtherFunction())
    return StaffBrowser()


class OtherFunction:
    """A function of the stack that is asked, and that nobody runs."""

    def invoke(self, **asked: Any) -> None:
        """Take what would start it."""
        assert asked["InvocationType"] == "Event"


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Give the sign-in service's accounts: rosa of records, ana the advocate, an administrator."""
    people = {"rosa": Role.RECORDS, "ana": Role.ADVOCATE, "the-boss": Role.ADMINISTRATOR}
    with imitated(people) as service:
        yield service
