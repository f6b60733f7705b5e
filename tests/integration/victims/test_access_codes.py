"""Access codes: one use, a limited life, forgiving of how they are typed (docs/rules.md#14)."""

import re
from datetime import timedelta

import boto3
import pytest

from aviso.storage.access_codes import use_up
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER

pytestmark = pytest.mark.usefixtures("aws")


def opens(typed, now):
    found = access_codes.look(typed, now)
    return (found.case, found.victim) if found else None


@pytest.fixture
def issued(settings):
    return access_codes.issue(NUMBER, "v1", CodePurpose.POST, NOW, settings)


def stored():
    rows = boto3.client("dynamodb", region_name="us-west-2").scan(TableName="Guards")["Items"]
    return [row for row in rows if row["pk"] != {"S": "SWITCHES"}]


class TestCode:
    def test_opens_its_victims_case_once(self, issued):
        assert opens(issued, NOW) == (NUMBER, "v1")
        assert opens(issued, NOW) == (NUMBER, "v1")

    def test_has_forty_bits_and_reads_well(self, issued, settings, monkeypatch):
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", issued)
        monkeypatch.setattr(access_codes, "randbits", lambda bits: 2**bits - 1)
        code = access_codes.issue(NUMBER, "v1", CodePurpose.POST, NOW, settings)
        assert code == "ZZZZ-ZZZZ"  # 8 letters with all 5 bits of each

    def test_is_never_in_the_table(self, issued):
        (item,) = stored()
        assert issued not in str(item)
        assert issued.replace("-", "") not in str(item)
        assert re.fullmatch(r"CODE#[0-9a-f]{64}", item["pk"]["S"])

    @pytest.mark.parametrize("purpose", CodePurpose)
    def test_has_a_lifetime_by_purpose(self, settings, purpose):
        life = access_codes.lifetime(purpose, settings)
        early = access_codes.issue(NUMBER, "v1", purpose, NOW, settings)
        late = access_codes.issue(NUMBER, "v1", purpose, NOW, settings)
        assert opens(early, NOW + life - timedelta(seconds=1)) == (NUMBER, "v1")
        assert opens(late, NOW + life) is None

    def test_lives_as_the_settings_say(self, settings):
        found = {p: access_codes.lifetime(p, settings) for p in CodePurpose}
        assert found == {
            CodePurpose.PHONE: timedelta(minutes=10),
            CodePurpose.EMAIL: timedelta(hours=24),
            CodePurpose.POST: timedelta(days=30),
            CodePurpose.CARD: timedelta(days=30),
        }

    def test_forgives_typing(self, settings, monkeypatch):
        monkeypatch.setattr(access_codes, "randbits", lambda bits: 0x0000108421)  # 0000-1111
        code = access_codes.issue(NUMBER, "v1", CodePurpose.POST, NOW, settings)
        typed = " " + code.lower().replace("0", "o").replace("1", "l").replace("-", " – ") + "\n"
        assert typed.strip() != code
        assert opens(typed, NOW) == (NUMBER, "v1")

    @pytest.mark.parametrize("typed", ["", "K7M2-9QXD", "x" * 500, "日本語", "-" * 8])
    def test_that_is_none_opens_nothing(self, issued, typed):
        assert opens(typed, NOW) is None

    def test_used_twice_at_once_opens_once(self, issued):
        from pynamodb.exceptions import TransactWriteError
        from pynamodb.transactions import TransactWrite

        from aviso.storage.model_calls import connection

        def use():
            with TransactWrite(connection=connection()) as write:
                use_up(write, found.key)

        found = access_codes.look(issued, NOW)
        use()
        assert opens(issued, NOW) is None
        with pytest.raises(TransactWriteError):
            use()

    def test_outlives_a_rotation_of_keys(self, issued):
        from aviso.runtime import secrets

        vault = boto3.client("secretsmanager", region_name="us-west-2")
        vault.put_secret_value(SecretId="keys", SecretString='{"current": "another-key"}')
        secrets.forget()
        assert opens(issued, NOW) == (NUMBER, "v1")
