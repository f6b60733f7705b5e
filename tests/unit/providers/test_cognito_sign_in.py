"""What the sign-in service may answer that proves no identity, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa

from aviso.domain.errors import SignInRefused
from aviso.domain.staff import Role
from aviso.providers import cognito_sign_in

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BEGUN = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


class Service(HTTPServer):
    """A sign-in service on this computer: its answers by path, as status and body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        keys = json.dumps({"keys": [public | {"kid": "k1", "use": "sig", "alg": "RS256"}]})
        self.answers: dict[str, tuple[int, str]] = {"/keys": (200, keys)}

    def gives(self, **claims: Any) -> None:
        """Answer with a token; a claim that is None is left out."""
        said = {
            "iss": "https://issuer.example.org",
            "aud": "desk",
            "sub": "u1",
            "cognito:username": "ana",
            "cognito:groups": ["records", "strangers"],
            "token_use": "id",
            "nonce": "n1",
            "auth_time": int(BEGUN.timestamp()),
            "iat": BEGUN,
            "exp": BEGUN + timedelta(minutes=5),
        } | claims
        kept = {name: value for name, value in said.items() if value is not None}
        token = jwt.encode(kept, KEY, "RS256", {"kid": "k1"})
        self.answers["/oauth2/token"] = (200, json.dumps({"id_token": token}))


class Answers(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        status, body = self.server.answers[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    cognito_sign_in._keys.cache_clear()
    with Service() as made, time_machine.travel(BEGUN, tick=False):
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("SIGN_IN_URL", made.address + "/")
        monkeypatch.setenv("KEYS_URL", made.address + "/keys")
        monkeypatch.setenv("ISSUER", "https://issuer.example.org")
        monkeypatch.setenv("CLIENT_ID", "desk")
        monkeypatch.setenv("STAFF_URL", "https://desk.example.org/staff")
        yield made
        made.shutdown()
        thread.join()


def redeem() -> cognito_sign_in.Identity:
    return cognito_sign_in.redeem("c1", "verifier", "n1", BEGUN)


class TestIdentity:
    def test_has_the_roles_that_the_desk_knows(self, service: Service) -> None:
        service.gives()
        found = redeem()
        assert (found.id, found.name, found.roles) == ("u1", "ana", frozenset({Role.RECORDS}))

    @pytest.mark.parametrize(
        ("proved", "email"), [(True, "ana@example.org"), (False, ""), (None, "")]
    )
    def test_has_an_email_that_is_proved(
        self, service: Service, proved: bool | None, email: str
    ) -> None:
        service.gives(email="Ana@Example.org", email_verified=proved)
        assert redeem().email == email

    def test_without_a_name_is_called_by_its_id(self, service: Service) -> None:
        service.gives(**{"cognito:username": None, "cognito:groups": None})
        found = redeem()
        assert (found.name, found.roles) == ("u1", frozenset())


class TestAnswer:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ((400, '{"error": "invalid_grant"}'), "code"),
            ((500, ""), "code"),
            ((200, "<html>maintenance</html>"), "unreachable"),
            ((200, "{}"), "token"),
            ((200, '{"id_token": "a.b.c"}'), "token"),
        ],
    )
    def test_without_a_token_is_refused(
        self, service: Service, answer: tuple[int, str], reason: str
    ) -> None:
        service.answers["/oauth2/token"] = answer
        with pytest.raises(SignInRefused, match=f"^{reason}$"):
            redeem()

    @pytest.mark.parametrize(
        ("claims", "reason"),
        [
            ({"nonce": "of another sign-in"}, "nonce"),
            ({"nonce": None}, "nonce"),
            ({"token_use": "access"}, "token_use"),
            ({"auth_time": int(BEGUN.timestamp()) - 120}, "auth_time"),
            ({"auth_time": None}, "token"),
            ({"aud": "another client"}, "token"),
            ({"iss": "https://another.example.org"}, "token"),
            ({"exp": BEGUN - timedelta(minutes=5)}, "token"),
        ],
    )
    def test_about_another_sign_in_is_refused(
        self, service: Service, claims: dict[str, Any], reason: str
    ) -> None:
        service.gives(**claims)
        with pytest.raises(SignInRefused, match=f"^{reason}$"):
            redeem()


class TestService:
    def test_that_does_not_answer_is_unreachable(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SIGN_IN_URL", "http://127.0.0.1:9")
        with pytest.raises(SignInRefused, match=r"^unreachable$"):
            redeem()

    def test_whose_keys_are_missing_lets_nobody_in(self, service: Service) -> None:
        service.gives()
        service.answers["/keys"] = (500, "")
        with pytest.raises(SignInRefused, match=r"^keys_unreachable$"):
            redeem()
