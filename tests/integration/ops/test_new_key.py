"""`aviso new-key`: what a leaked key signed is refused, and no STOP is forgotten."""

import json

import boto3
import pytest

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.errors import LinkRefused
from aviso.domain.staff import Role
from aviso.runtime import hashing, key_rotation, secrets
from aviso.storage import guards, sending_controls, suppressions
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, store
from infra.harness.staff_browser import DESK_ENVIRONMENT, StaffBrowser, audited, case_address
from infra.ops import new_key
from infra.ops.connection import operator
from tests.conftest import REGION
from tests.support.visitor import BORN, NAME

OUTPUTS = {"SessionKeys": "keys", "GuardsTable": "Guards", "MembersTable": "Members"}
NOTICE, PHONE = "a" * 26, "+15205550101"


@pytest.fixture
def leaked(moto_tables, monkeypatch):
    """Give the key that somebody has."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return secrets.signing_keys()[0]


@pytest.fixture
def replace(leaked):
    def go() -> None:
        new_key.new_key(OUTPUTS, operator("dana"))
        secrets.forget()

    return go


def stored(stage: str = "AWSCURRENT") -> dict[str, str]:
    vault = boto3.client("secretsmanager", region_name=REGION)
    found = vault.get_secret_value(SecretId="keys", VersionStage=stage)
    keys: dict[str, str] = json.loads(found["SecretString"])
    return keys


class TestKey:
    def test_that_leaked_is_not_kept(self, leaked, replace):
        replace()
        assert len(secrets.signing_keys()) == 1
        assert leaked not in json.dumps(stored())
        assert ("operator:dana", "key_replaced", "") in audited()

    def test_is_replaced_while_nothing_is_sent(self, leaked, replace):
        sending_controls.turn(kill=False, trial=False)
        replace()
        assert sending_controls.switches().kill  # a warm function would sign with the former key

    def test_is_replaced_as_typed(self, leaked, typed, capsys):
        sending_controls.turn(kill=True)
        assert typed(OUTPUTS, "new-key", "--yes", "--by", "dana") == 0
        assert leaked not in json.dumps(stored())
        said = capsys.readouterr().out
        assert "new-key: the kill switch was on already" in said
        assert "./aviso switch --kill off --by dana" in said

    def test_rotates_later_as_before(self, leaked, replace):
        replace()
        (new,) = secrets.signing_keys()
        key_rotation.rotate("keys", "0c2b4a1e-2f0f-4b9f-9d0e-1f2a3b4c5d6e", "createSecret")
        assert stored("AWSPENDING")["previous"] == new

    def test_does_not_come_back_by_a_rotation_under_way(self, leaked, replace):
        token = "0c2b4a1e-2f0f-4b9f-9d0e-1f2a3b4c5d6e"
        key_rotation.rotate("keys", token, "createSecret")
        replace()
        vault = boto3.client("secretsmanager", region_name=REGION)
        stages = vault.describe_secret(SecretId="keys")["VersionIdsToStages"]
        assert "AWSPENDING" not in stages.get(token, [])


class TestLink:
    @pytest.mark.parametrize("path", ["/stop", "/not-me"])
    @pytest.mark.parametrize(("language", "says"), [("en", "reply STOP"), ("es", "responder ALTO")])
    def test_of_an_old_message_says_how_else(self, leaked, replace, path, language, says):
        purpose = LinkPurpose.STOP if path == "/stop" else LinkPurpose.NOT_ME
        token = links.token(purpose, NOTICE, 1)
        replace()
        for page in (
            Visitor(language=language).get(path, t=token),
            Visitor(language=language).post(path, t=token),
        ):
            assert page.status == 400
            assert says in " ".join(page.body.split())

    def test_of_a_new_message_works(self, leaked, replace):
        replace()
        token = links.token(LinkPurpose.STOP, NOTICE, 1)
        assert links.read(LinkPurpose.STOP, token) == (NOTICE, 1)

    def test_forged_with_the_former_key_is_refused(self, leaked, replace, monkeypatch):
        replace()
        with monkeypatch.context() as thief:
            thief.setattr(secrets, "signing_keys", lambda *, early=False: [leaked])
            forged = links.token(LinkPurpose.STOP, NOTICE, 1)
            code = links.check_code(PHONE, NOW.date())
        with pytest.raises(LinkRefused):
            links.read(LinkPurpose.STOP, forged)
        assert links.checked_day(PHONE, code, NOW.date()) is None


class TestOptOut:
    def test_outlives_the_new_key(self, leaked, replace):
        suppressions.opt_out(hashing.address_key(PHONE), "reply", NOW)
        replace()
        found = guards.read("", {PHONE: hashing.address_key(PHONE)})
        assert found.opted_out == {PHONE}


class TestCode:
    def test_on_paper_outlives_the_new_key(self, leaked, replace, settings):
        code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, NOW, settings)
        replace()
        assert access_codes.look(code, NOW) is not None


class TestVisit:
    def test_ends(self, leaked, replace):
        store(a_case().with_report(status="ACTIVE").with_victim("v1").case)
        visitor = Visitor()
        assert visitor.verify(NUMBER, NAME, BORN).status == 303
        assert visitor.get("/status").status == 200
        replace()
        assert visitor.get("/status").status != 200

    def test_at_the_desk_ends(self, leaked, replace, monkeypatch):
        for name, value in DESK_ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        browser = StaffBrowser()
        browser.sign_in(Role.RECORDS)
        before = browser.get(case_address(NUMBER)).status
        replace()
        assert (before, browser.get(case_address(NUMBER)).status) == (404, 303)  # to the sign-in
