"""Access codes: one use, a limited life, forgiving of how they are typed (docs/rules.md#14)."""

import re
from datetime import timedelta

import boto3
import pytest

from aviso.storage.access_codes import use_up
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER


def opens(typed, now):
    found = access_codes.look(typed, now)
    return (found.case, found.victim) if found else None


pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def issued(settings):
    return access_codes.issue(NUMBER, "v1", CodePurpose.POST, NOW, settings)


def stored():
    return boto3.client("dynamodb", region_name="us-west-2").scan(TableName="Guards")["Items"]


def test_a_code_opens_its_victims_case_and_looking_uses_nothing_up(issued):
    assert opens(issued, NOW) == (NUMBER, "v1")
    assert opens(issued, NOW) == (NUMBER, "v1")


def test_a_code_has_forty_bits_and_reads_well(issued):
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", issued)
    assert len(access_codes.ALPHABET) ** access_codes.LENGTH == 2**40


def test_the_table_never_holds_a_code(issued):
    (item,) = stored()
    assert issued not in str(item)
    assert issued.replace("-", "") not in str(item)
    assert re.fullmatch(r"CODE#[0-9a-f]{64}", item["pk"]["S"])


@pytest.mark.parametrize("purpose", CodePurpose)
def test_each_purpose_has_its_own_lifetime(settings, purpose):
    life = access_codes.lifetime(purpose, settings)
    early = access_codes.issue(NUMBER, "v1", purpose, NOW, settings)
    late = access_codes.issue(NUMBER, "v1", purpose, NOW, settings)
    assert opens(early, NOW + life - timedelta(seconds=1)) == (NUMBER, "v1")
    assert opens(late, NOW + life) is None


def test_the_lifetimes_are_the_settings_own(settings):
    found = {p: access_codes.lifetime(p, settings) for p in CodePurpose}
    assert found == {
        CodePurpose.PHONE: timedelta(minutes=10),
        CodePurpose.EMAIL: timedelta(hours=24),
        CodePurpose.POST: timedelta(days=10),
        CodePurpose.CARD: timedelta(days=30),
    }


def test_typing_is_forgiven(settings, monkeypatch):
    monkeypatch.setattr("secrets.randbits", lambda bits: 0x0000108421)  # 0000-1111 or so
    code = access_codes.issue(NUMBER, "v1", CodePurpose.POST, NOW, settings)
    typed = " " + code.lower().replace("0", "o").replace("1", "l").replace("-", " – ") + "\n"
    assert typed.strip() != code
    assert opens(typed, NOW) == (NUMBER, "v1")


@pytest.mark.parametrize("typed", ["", "K7M2-9QXD", "x" * 500, "日本語", "-" * 8])
def test_what_is_no_code_opens_nothing(issued, typed):
    assert opens(typed, NOW) is None


def test_of_two_at_once_one_gets_in(issued):
    from pynamodb.exceptions import TransactWriteError
    from pynamodb.transactions import TransactWrite

    from aviso.storage.operations import connection

    def use():
        with TransactWrite(connection=connection()) as write:
            use_up(write, found.key)

    found = access_codes.look(issued, NOW)
    use()
    assert opens(issued, NOW) is None
    with pytest.raises(TransactWriteError):
        use()


def test_a_rotation_of_the_signing_keys_does_not_spoil_letters_in_the_post(issued):
    from aviso.runtime import secrets

    vault = boto3.client("secretsmanager", region_name="us-west-2")
    vault.put_secret_value(SecretId="keys", SecretString='{"current": "another-key"}')
    secrets.forget()
    assert opens(issued, NOW) == (NUMBER, "v1")
