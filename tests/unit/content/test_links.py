"""Links and codes in messages: they act for one contact, and cannot be made by anyone else."""

import json
import string
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies

from aviso.content import links
from aviso.domain.errors import LinkMissing, LinkRefused
from aviso.runtime import secrets

NOTICE = "abcdefghijklmnopqrstuvwx23"
NOTICE_IDS = strategies.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)
PURPOSES = strategies.sampled_from(list(links.LinkPurpose))
TODAY = date(2026, 3, 2)
PHONE = "+15205550101"


class Vault:
    """Secrets Manager, as far as it is asked."""

    def __init__(self):
        self.keys = {"current": "first-key"}
        self.reads = 0

    def get_secret_value(self, **asked):
        self.reads += 1
        return {"SecretString": json.dumps(self.keys)}


@pytest.fixture(autouse=True, scope="module")
def vault():
    vault = Vault()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEYS_SECRET", "keys")
        patch.setattr(secrets, "client", lambda service: vault)
        secrets.forget()
        yield vault
    secrets.forget()


@pytest.fixture
def rotate(vault):
    """Rotate the keys as the rotation does; forget nothing that a warm process knows."""
    before = dict(vault.keys)
    secrets.forget()
    secrets.signing_keys()

    def turn(key):
        vault.keys = {"current": key, "previous": vault.keys["current"]}

    yield turn
    vault.keys = before
    secrets.forget()


class TestClaim:
    @given(NOTICE_IDS, strategies.integers(0, links.MAX_ATTEMPT), PURPOSES)
    def test_is_read_under_any_signature(self, notice, attempt, purpose):
        packed = links.token(purpose, notice, attempt).partition(".")[0]
        assert links.claimed(f"{packed}.made-up") == (notice, attempt)

    @given(strategies.text())
    def test_of_anything_else_is_none(self, text):
        assert links.claimed(f"{text}!") is None


class TestLink:
    @given(purpose=PURPOSES, notice=NOTICE_IDS, attempt=strategies.integers(0, links.MAX_ATTEMPT))
    def test_names_its_notice_and_attempt(self, purpose, notice, attempt):
        assert links.read(purpose, links.token(purpose, notice, attempt)) == (notice, attempt)

    def test_takes_38_characters_without_escaping(self):
        token = links.token(links.LinkPurpose.NOT_ME, NOTICE, 3)
        assert len(token) == 38
        assert all(c.isalnum() or c in "-_." for c in token)

    @pytest.mark.parametrize(
        "other", [p for p in links.LinkPurpose if p is not links.LinkPurpose.SURVEY]
    )
    def test_for_one_purpose_serves_no_other(self, other):
        with pytest.raises(LinkRefused):
            links.read(other, links.token(links.LinkPurpose.SURVEY, NOTICE, 1))

    @pytest.mark.parametrize(("notice", "attempt"), [("short", 1), (NOTICE, 64), (NOTICE, -1)])
    def test_is_not_made_for_what_cannot_be_named(self, notice, attempt):
        with pytest.raises(ValueError, match="no notice id"):
            links.token(links.LinkPurpose.STOP, notice, attempt)


class TestForgery:
    @given(place=strategies.integers(0, 37), letter=strategies.sampled_from("aZ0-_."))
    def test_of_any_character_is_refused(self, place, letter):
        token = links.token(links.LinkPurpose.STOP, NOTICE, 1)
        changed = token[:place] + letter + token[place + 1 :]
        if changed == token:
            return
        with pytest.raises(LinkRefused):
            links.read(links.LinkPurpose.STOP, changed)

    def test_of_bits_that_base64_ignores_is_refused(self):
        token = links.token(links.LinkPurpose.STOP, NOTICE, 1)
        alphabet = string.ascii_letters + string.digits + "-_"
        others = [token[:-1] + last for last in alphabet if last != token[-1]]
        for other in others:
            with pytest.raises(LinkRefused):
                links.read(links.LinkPurpose.STOP, other)

    @given(text=strategies.text(min_size=1).filter(str.strip))
    def test_of_any_text_is_refused(self, text):
        with pytest.raises(LinkRefused):
            links.read(links.LinkPurpose.NOT_ME, text)

    @pytest.mark.parametrize("text", ["", "  "])
    def test_is_not_what_a_missing_token_is(self, text):
        with pytest.raises(LinkMissing):
            links.read(links.LinkPurpose.NOT_ME, text)

    def test_does_not_cause_a_call_each(self, vault):
        secrets.forget()
        before = vault.reads
        for _ in range(20):
            with pytest.raises(LinkRefused):
                links.read(links.LinkPurpose.STOP, "forged")
        assert vault.reads - before == 1


class TestRotation:
    def test_does_not_end_a_link(self, rotate):
        token = links.token(links.LinkPurpose.STOP, NOTICE, 1)
        rotate("second-key")
        secrets.forget()
        assert links.read(links.LinkPurpose.STOP, token) == (NOTICE, 1)
        assert links.token(links.LinkPurpose.STOP, NOTICE, 1) != token

    def test_reaches_a_process_that_has_not_heard_of_it(self, rotate, monkeypatch):
        old = dict(secrets._cache)
        rotate("second-key")
        secrets.forget()
        token = links.token(links.LinkPurpose.STOP, NOTICE, 1)
        secrets._cache.clear()
        secrets._cache.update(old)
        monkeypatch.setattr(secrets, "EARLY_SECONDS", 0.0)
        assert links.read(links.LinkPurpose.STOP, token) == (NOTICE, 1)

    def test_ends_a_link_whose_key_is_gone(self, rotate):
        token = links.token(links.LinkPurpose.STOP, NOTICE, 1)
        rotate("second-key")
        rotate("third-key")
        secrets.forget()
        with pytest.raises(LinkRefused):
            links.read(links.LinkPurpose.STOP, token)


class TestCheckCode:
    @given(back=strategies.integers(0, links.CODE_DAYS))
    def test_proves_a_message_of_its_day_to_its_address(self, back):
        day = TODAY - timedelta(days=back)
        assert links.checked_day(PHONE, links.check_code(PHONE, day), TODAY) == day

    def test_is_eight_characters_nobody_confuses(self):
        code = links.check_code(PHONE, TODAY).replace("-", "")
        assert len(code) == 8
        assert not set(code) & set("OILU")

    def test_copied_proves_nothing_to_anyone_else(self):
        code = links.check_code(PHONE, TODAY)
        assert links.checked_day("+15205550102", code, TODAY) is None

    def test_of_long_ago_proves_nothing(self):
        code = links.check_code(PHONE, TODAY - timedelta(days=links.CODE_DAYS + 1))
        assert links.checked_day(PHONE, code, TODAY) is None

    def test_may_be_typed_carelessly(self):
        day = next(
            d
            for n in range(400)
            if "0" in links.check_code(PHONE, d := TODAY - timedelta(days=n % 60))
            or "1" in links.check_code(PHONE, d)
        )
        typed = links.check_code(PHONE, day).lower().replace("0", "o").replace("1", "l")
        assert links.checked_day(PHONE, f" {typed.replace('-', ' ')} ", TODAY) == day

    @given(code=strategies.text(max_size=12))
    def test_is_not_any_text(self, code):
        assert links.checked_day("ana@example.com", code, TODAY) is None
