"""The signing keys rotate, and what the last key signed stays good."""

import json

import boto3
import pytest

from aviso.content import links
from aviso.runtime import key_rotation, secrets
from tests.conftest import REGION

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
TOKEN = "0c2b4a1e-2f0f-4b9f-9d0e-1f2a3b4c5d6e"


def rotate(*steps: str) -> None:
    for step in steps:
        key_rotation.rotate("keys", TOKEN, step)
    secrets.forget()


def current() -> dict[str, str]:
    """Return what is current by its stage."""
    vault = boto3.client("secretsmanager", region_name=REGION)
    found = vault.get_secret_value(SecretId="keys", VersionStage="AWSCURRENT")
    # The imitation reads a secret by its newest text, AWS by this stage: make them one.
    vault.put_secret_value(SecretId="keys", SecretString=found["SecretString"])
    keys: dict[str, str] = json.loads(found["SecretString"])
    return keys


class TestRotation:
    @pytest.mark.usefixtures("aws")
    def test_keeps_earlier_links_working(self) -> None:
        token = links.token(links.LinkPurpose.STOP, "a" * 26, 1)
        before = secrets.signing_keys()
        rotate(*STEPS)
        assert [current()["previous"]] == before
        assert links.read(links.LinkPurpose.STOP, token)

    @pytest.mark.usefixtures("aws")
    def test_makes_no_second_key_on_a_repeated_step(self) -> None:
        rotate("createSecret", "createSecret", "setSecret", "testSecret", "finishSecret")
        vault = boto3.client("secretsmanager", region_name=REGION)
        first = vault.get_secret_value(SecretId="keys", VersionStage="AWSCURRENT")["SecretString"]
        rotate("createSecret", "finishSecret", "finishSecret")
        assert json.dumps(current()) == first

    @pytest.mark.usefixtures("aws")
    def test_never_uses_a_key_that_cannot_sign(self) -> None:
        vault = boto3.client("secretsmanager", region_name=REGION)
        vault.put_secret_value(
            SecretId="keys",
            ClientRequestToken=TOKEN,
            SecretString=json.dumps({"current": "short", "previous": "other"}),
            VersionStages=["AWSPENDING"],
        )
        with pytest.raises(ValueError, match="cannot sign"):
            rotate("testSecret")

    @pytest.mark.usefixtures("aws")
    def test_of_a_fresh_secret_may_be_tested(self) -> None:
        rotate("testSecret")  # nothing is pending
        vault = boto3.client("secretsmanager", region_name=REGION)
        vault.put_secret_value(
            SecretId="keys",
            ClientRequestToken=TOKEN,
            SecretString=json.dumps(
                {"current": "k" * key_rotation.KEY_BYTES}
            ),  # as the stack makes it
            VersionStages=["AWSPENDING"],
        )
        rotate("testSecret")

    @pytest.mark.usefixtures("aws")
    def test_refuses_an_unknown_step(self) -> None:
        with pytest.raises(ValueError, match="unknown"):
            rotate("other")
