"""Secrets are read seldom, again at once for an unknown token, and outlive a failure of AWS."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from aviso.runtime import kept_value, secrets

REFUSED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue")
OFFLINE = EndpointConnectionError(endpoint_url="https://secretsmanager.example.org")


class Vault:
    """Secrets Manager with a clock: counts what it is asked, and fails when it is told to."""

    def __init__(self) -> None:
        self.now, self.asked = 0.0, 0
        self.error: Exception | None = None
        self.text = '{"current": "new", "previous": "old"}'

    def get_secret_value(self, **_asked: str) -> dict[str, Any]:
        self.asked += 1
        if self.error:
            raise self.error
        return {"SecretString": self.text}


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    made = Vault()
    secrets.forget()
    monkeypatch.setattr(secrets, "_cache", {})
    monkeypatch.setattr(secrets, "client", lambda _name: made)
    monkeypatch.setattr(kept_value, "time", SimpleNamespace(monotonic=lambda: made.now))
    monkeypatch.setenv("KEYS_SECRET", "keys")
    monkeypatch.setenv("OPTOUT_SECRET", "optout")
    return made


class TestSigningKeys:
    def test_begin_with_the_one_that_signs(self, vault: Vault) -> None:
        assert secrets.signing_keys() == ["new", "old"]
        vault.text = '{"current": "only"}'
        secrets.forget()
        assert secrets.signing_keys() == ["only"]

    def test_are_read_once_in_five_minutes(self, vault: Vault) -> None:
        for vault.now in (0.0, 299.0):
            secrets.signing_keys()
        assert vault.asked == 1
        vault.now = 300.0
        secrets.signing_keys()
        assert vault.asked == 2

    def test_are_read_again_when_the_clock_went_back(self, vault: Vault) -> None:
        for vault.now in (100.0, 5.0):  # as after a snapshot
            secrets.signing_keys()
        assert vault.asked == 2

    def test_are_read_early_for_an_unknown_token(self, vault: Vault) -> None:
        secrets.signing_keys()
        vault.text = '{"current": "rotated", "previous": "new"}'
        vault.now = 9.0  # forged tokens cause no call each
        assert secrets.signing_keys(early=True) == ["new", "old"]
        vault.now = 10.0
        assert secrets.signing_keys(early=True) == ["rotated", "new"]
        assert vault.asked == 2


class TestOptOutKey:
    def test_is_read_once_an_hour(self, vault: Vault) -> None:
        vault.text = '{"key": "hash me"}'
        for vault.now in (0.0, 3599.0):
            assert secrets.opt_out_key() == b"hash me"
        assert vault.asked == 1
        vault.now = 3600.0
        secrets.opt_out_key()
        assert vault.asked == 2


@pytest.mark.parametrize("error", [REFUSED, OFFLINE], ids=["refused", "offline"])
class TestFailure:
    def test_leaves_the_known_keys_in_use(self, vault: Vault, error: Exception) -> None:
        secrets.signing_keys()
        vault.error, vault.now = error, 301.0
        assert secrets.signing_keys() == ["new", "old"]
        vault.now = 600.0  # asked again five minutes later, not on every call
        assert secrets.signing_keys() == ["new", "old"]
        assert vault.asked == 2
        vault.error, vault.text, vault.now = None, '{"current": "rotated"}', 601.0
        assert secrets.signing_keys() == ["rotated"]

    @pytest.mark.parametrize("read", [secrets.signing_keys, secrets.opt_out_key])
    def test_before_the_first_reading_is_an_error(
        self, vault: Vault, error: Exception, read: Callable[[], object]
    ) -> None:
        vault.error = error
        with pytest.raises(type(error)):
            read()
        vault.error, vault.text = None, '{"current": "new", "key": "hash me"}'
        assert read() in (["new"], b"hash me")
