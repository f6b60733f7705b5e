"""Signing in: banner, state, code, nonce, signature, roles, idleness, and the way out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from aviso.domain.staff import Role
from aviso.providers import cognito_sign_in
from aviso.providers.cognito_sign_in import challenge
from aviso.staff import account_locks
from infra.harness.staff_browser import DESK_ENVIRONMENT, audited

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Service:
    """Imitates the sign-in service: knows what it was asked, and answers with a token."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.key = KEY
        self.asked: dict[str, str] = {}
        self.algorithm = "RS256"

    def fetch(self, address: str, form: dict[str, str]) -> dict[str, str]:
        self.asked = dict(form)
        now = datetime.now(UTC)
        claims = {
            "iss": DESK_ENVIRONMENT["ISSUER"],
            "aud": DESK_ENVIRONMENT["CLIENT_ID"],
            "sub": "u1",
            "cognito:username": "ana",
            "cognito:groups": ["records"],
            "token_use": "id",
            "auth_time": int(now.timestamp()),
            "iat": now,
            "exp": now + timedelta(minutes=5),
        } | self.claims
        return {"id_token": jwt.encode(claims, self.key, self.algorithm, {"kid": "k1"})}

    def get_signing_key_from_jwt(self, _token: str) -> Any:
        return KEY.public_key()


@pytest.fixture
def service(desk, monkeypatch):
    made = Service()
    monkeypatch.setattr(cognito_sign_in, "fetch", made.fetch)
    monkeypatch.setattr(cognito_sign_in, "_keys", lambda _address: made)
    return made


@pytest.fixture
def clock(time_machine):
    """Give a clock that a test moves on."""
    time_machine.move_to(datetime.now(UTC), tick=False)
    return time_machine


def begin(desk):
    """Accept the banner; return what the sign-in page was asked for."""
    page = desk.post("sign-in", accept="yes")
    return {k: v[0] for k, v in parse_qs(urlsplit(page.headers["Location"]).query).items()}


def come_back(desk, service, **claims):
    """Sign in, and come back from the service."""
    asked = begin(desk)
    service.claims = {"nonce": asked["nonce"]} | claims
    return desk.get(f"callback?code=c1&state={asked['state']}")


def later(**delta):
    return datetime.now(UTC) + timedelta(**delta)


class TestSignIn:
    def test_asks_for_the_banner_first(self, desk):
        assert "Check the box" in desk.post("sign-in").text
        assert desk.get("sign-in").status == 200

    def test_asks_for_a_code_with_state_and_verifier(self, desk, service):
        asked = begin(desk)
        assert (asked["response_type"], asked["scope"]) == ("code", "openid")
        assert asked["redirect_uri"] == "https://desk.example.org/staff/callback"
        assert asked["code_challenge_method"] == "S256"
        service.claims = {"nonce": asked["nonce"]}
        desk.get(f"callback?code=c1&state={asked['state']}")
        assert challenge(service.asked["code_verifier"]) == asked["code_challenge"]
        assert len({asked["state"], asked["nonce"], service.asked["code_verifier"]}) == 3
        assert asked["prompt"] == "login"  # a session that the service itself keeps lets nobody in
        assert asked["lang"] == "en"

    def test_is_in_spanish_for_a_reader_of_spanish(self, desk, service):
        desk.language = "es"
        assert begin(desk)["lang"] == "es"

    def test_begun_earlier_opens_nothing(self, desk, service):
        """The service's own session of an hour would let in anyone at an idle computer."""
        before = int(later(minutes=-31).timestamp())
        assert come_back(desk, service, auth_time=before).status == 403
        assert desk.get("tasks").headers["Location"] == "sign-in"

    def test_works_once_in_the_browser_that_left(self, desk, service):
        asked = begin(desk)
        service.claims = {"nonce": asked["nonce"]}
        back = f"callback?code=c1&state={asked['state']}"
        thief = type(desk)()
        assert thief.get(back).status == 403
        pending = dict(desk.jar)
        assert desk.get(back).status == 303
        desk.jar |= pending
        assert desk.get(back).status == 403

    def test_that_took_too_long_begins_again(self, desk, service, clock):
        asked = begin(desk)
        service.claims = {"nonce": asked["nonce"]}
        clock.shift(timedelta(minutes=11))
        assert desk.get(f"callback?code=c1&state={asked['state']}").status == 403

    def test_ends_the_browsers_former_session(self, desk, service):
        desk.sign_in(Role.SUPERVISOR)
        kept = dict(desk.jar)
        come_back(desk, service)
        desk.jar |= kept
        assert desk.get("tasks").headers["Location"] == "sign-in"

    def test_of_a_locked_account_says_so(self, desk, service):
        member = desk.sign_in(Role.ADMINISTRATOR)
        account_locks.lock("u1", member.audit_name, 1, datetime.now(UTC))
        page = come_back(desk, service)
        assert page.status == 403
        assert "locked" in page.text


class TestToken:
    def test_that_is_true_signs_in_with_its_roles(self, desk, service):
        page = come_back(desk, service, **{"cognito:groups": ["records", "administrator", "other"]})
        assert (page.status, page.headers["Location"]) == (303, "./")
        cookie = next(c for c in page.cookies if c.startswith("__Host-staff="))
        assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
        assert desk.get("tasks").status == 200
        assert desk.get("switches").status == 200
        assert desk.get("switches").status == 200
        assert ("staff:u1", "signed_in", "") in audited()

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another sign-in's"},
            {"iss": "https://evil.example.org"},
            {"aud": "another-client"},
            {"exp": later(minutes=-10)},
            {"token_use": "access"},
            {"auth_time": None},
            {"cognito:groups": []},
            {"cognito:groups": ["janitors"]},
        ],
        ids=[
            "nonce",
            "issuer",
            "audience",
            "expired",
            "kind",
            "no time",
            "no group",
            "unknown group",
        ],
    )
    def test_that_proves_nothing_opens_nothing(self, desk, service, claims):
        assert come_back(desk, service, **claims).status == 403
        assert desk.get("tasks").headers["Location"] == "sign-in"
        assert ("nobody", "sign_in_refused", "") in audited()

    def test_of_another_key_opens_nothing(self, desk, service):
        service.key = OTHER_KEY
        assert come_back(desk, service).status == 403

    def test_signed_with_no_or_a_shared_key_opens_nothing(self, desk, service):
        service.algorithm, service.key = "HS256", "k" * 64
        assert come_back(desk, service).status == 403
        service.algorithm, service.key = "none", None
        assert come_back(desk, service).status == 403


class TestSession:
    def test_ends_after_thirty_idle_minutes(self, desk, clock):
        desk.sign_in(Role.RECORDS)
        for _ in range(3):
            clock.shift(timedelta(minutes=29))
            assert desk.get("tasks").status == 200
        clock.shift(timedelta(minutes=31))
        assert desk.get("tasks").headers["Location"] == "sign-in"

    def test_ends_after_twelve_hours(self, desk, clock):
        desk.sign_in(Role.RECORDS)
        for _ in range(25):
            clock.shift(timedelta(minutes=28))
            assert desk.get("find").status == 200
        clock.shift(timedelta(minutes=25))
        assert desk.get("find").headers["Location"] == "sign-in"

    def test_ends_everywhere_on_signing_out(self, desk):
        desk.sign_in(Role.RECORDS)
        kept = dict(desk.jar)
        page = desk.post("sign-out")
        assert page.headers["Location"].startswith("https://sign-in.example.org/logout?")
        desk.jar |= kept
        assert desk.get("tasks").headers["Location"] == "sign-in"

    def test_pages_carry_the_security_headers(self, desk):
        desk.sign_in(Role.RECORDS)
        page = desk.get("tasks")
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self' https://sign-in.example.org;" in policy
        assert page.headers["Cache-Control"] == "no-store"
