"""A key and a password leak: the runbook's commands, as typed, against the deployed stack."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from infra.harness.web_page import Page
from infra.local import staff_accounts
from infra.local.http_browser import Browser
from infra.local.ops_command import run
from infra.local.stack import LocalAws
from tests.e2e.arrested_case import items

WHO = "ana"


def typed(aws: LocalAws, *words: str) -> str:
    """Return what a command says that succeeds."""
    done = run(aws, *words, "--by", "dana")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def own_stack() -> Iterator[LocalAws]:
    """Give a stack of its own: the key that is replaced here signs the links of other tests."""
    with LocalAws() as aws:
        aws.deploy()
        yield aws


@pytest.fixture(scope="module")
def password(own_stack: LocalAws) -> str:
    """Make an account of the desk; give its password."""
    cognito, pool = own_stack.client("cognito-idp"), own_stack.outputs["StaffPool"]
    return staff_accounts.make_one(cognito, pool, WHO, "records")


class Member:
    """A member at the desk, on a browser of their own."""

    def __init__(self, aws: LocalAws) -> None:
        self.browser = Browser(aws.staff_url)

    def sign_in(self, password: str) -> Page:
        """Accept the banner, and type name and password on the service's own page."""
        page = self.browser.submit(self.browser.open(), "sign-in", accept="yes")
        where = page.root.forms[0].action
        return self.browser.submit(page, where, username=WHO, password=password)

    def is_in(self) -> bool:
        """Whether the next request shows the desk."""
        return self.browser.open("tasks").url.endswith("/tasks")


class TestPassword:
    def test_that_leaked_opens_nothing_once_locked(
        self, own_stack: LocalAws, password: str
    ) -> None:
        since = f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"
        thief = Member(own_stack)
        thief.sign_in(password)
        assert thief.is_in()

        typed(own_stack, "staff", "lock", WHO)

        assert not thief.is_in()
        later = Member(own_stack)
        later.sign_in(password)
        assert not later.is_in()
        assert "signed_in" in typed(own_stack, "staff", "seen", WHO, "--since", since)

        typed(own_stack, "staff", "unlock", WHO)

        assert not thief.is_in()
        owner = Member(own_stack)
        owner.sign_in(password)
        assert owner.is_in()


class TestSigningKey:
    def test_that_leaked_is_replaced_and_opens_nothing(
        self, own_stack: LocalAws, password: str
    ) -> None:
        member = Member(own_stack)
        member.sign_in(password)
        assert member.is_in()
        leaked = keys(own_stack)["current"]

        said = typed(own_stack, "new-key", "--yes")

        assert "the kill switch is on" in said
        assert leaked not in keys(own_stack).values()
        assert not member.is_in()
        (switches,) = items(own_stack, "GuardsTable", "SWITCHES")
        assert switches["kill"] is True
        acts = [row["action"] for row in items(own_stack, "AuditTable") if "action" in row]
        assert "key_replaced" in acts


def keys(aws: LocalAws) -> dict[str, str]:
    """Return the signing keys that functions accept."""
    vault = aws.client("secretsmanager")
    found = vault.get_secret_value(SecretId=aws.outputs["SessionKeys"])
    kept: dict[str, str] = json.loads(found["SecretString"])
    return kept
