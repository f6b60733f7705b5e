"""Signs staff in through the sign-in service: authorization code flow with PKCE and a nonce.

RFC 6749, RFC 7636, OpenID Connect Core 1.0. The service is Cognito. Its address comes from the
environment, so that the same code works against any of its addresses.
"""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

import jwt

from aviso.domain import addresses
from aviso.domain.errors import SignInRefused
from aviso.domain.staff import Role
from aviso.domain.value import Frozen
from aviso.runtime import environment

SECONDS = 5  # for one response of the service
KEYS_SECONDS = 3600  # its keys are fetched again after this, and for an unknown key id
LEEWAY = 60  # seconds by which clocks may differ


class Identity(Frozen, frozen=True, kw_only=True):
    """The identity that the service confirmed."""

    id: str
    name: str
    roles: frozenset[Role]
    email: str = ""  # empty: the directory did not prove it


def challenge(verifier: str) -> str:
    """Return the code challenge of a verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def sign_in_origin() -> str:
    """Return the origin of the sign-in pages, for the content security policy."""
    return environment.name("SIGN_IN_URL").rstrip("/")


def sign_in_address(state: str, verifier: str, nonce: str, language: str) -> str:
    """Return the address of the sign-in page, which returns with this state."""
    query = {
        "response_type": "code",
        "client_id": environment.name("CLIENT_ID"),
        "redirect_uri": _callback(),
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        # The sign-in pages keep their own session for an hour. `prompt` asks for password and
        # code again (OpenID Connect Core 1.0, section 3.1.2.1; CJIS Security Policy 6.0, AC-11).
        # `redeem` checks that it did.
        "prompt": "login",
        "lang": language,
    }
    return f"{sign_in_origin()}/oauth2/authorize?{urlencode(query)}"


def sign_out_address() -> str:
    """Return the address that ends the session at the service and returns here."""
    home = environment.name("STAFF_URL").rstrip("/") + "/sign-in"
    query = {"client_id": environment.name("CLIENT_ID"), "logout_uri": home}
    return f"{sign_in_origin()}/logout?{urlencode(query)}"


def redeem(code: str, verifier: str, nonce: str, begun: datetime) -> Identity:
    """Exchange a code for an ID token and return the identity it names.

    Args:
        code: what the browser came back with.
        verifier: proves that the sign-in began here.
        nonce: what the token must contain.
        begun: when the browser left; the person must have shown both factors since.

    Raises:
        SignInRefused: when the service refuses the code, or the token is not the service's, not
            for us, out of date, or of another or an earlier sign-in.
    """
    answer = fetch(
        f"{sign_in_origin()}/oauth2/token",
        {
            "grant_type": "authorization_code",
            "client_id": environment.name("CLIENT_ID"),
            "redirect_uri": _callback(),
            "code": code,
            "code_verifier": verifier,
        },
    )
    claims = _claims(str(answer.get("id_token", "")))
    if not compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignInRefused("nonce")
    if claims.get("token_use") != "id":
        raise SignInRefused("token_use")
    if int(claims["auth_time"] or 0) < begun.timestamp() - LEEWAY:
        raise SignInRefused("auth_time")
    groups = claims.get("cognito:groups") or ()
    roles = frozenset(Role(group) for group in groups if group in set(Role))
    name = str(claims.get("cognito:username") or claims["sub"])
    # Who is signed in may change their email, but then it is not proved any more.
    proved = claims.get("email_verified") in (True, "true")
    email = addresses.email(str(claims.get("email", ""))) if proved else ""
    return Identity(id=str(claims["sub"]), name=name, roles=roles, email=email)


def _callback() -> str:
    return environment.name("STAFF_URL").rstrip("/") + "/callback"


def _claims(token: str) -> Mapping[str, Any]:
    """Check a token's signature, issuer, audience and times, and return its claims."""
    try:
        key = _keys(environment.name("KEYS_URL")).get_signing_key_from_jwt(token)
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=environment.name("CLIENT_ID"),
            issuer=environment.name("ISSUER"),
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub", "aud", "iss", "auth_time"]},
        )
    except jwt.PyJWKClientConnectionError:
        raise SignInRefused("keys_unreachable") from None
    except jwt.PyJWTError:
        raise SignInRefused("token") from None
    return claims


@cache
def _keys(address: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(address, lifespan=KEYS_SECONDS, timeout=SECONDS)


def fetch(address: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Send a form to the service and return its JSON response.

    Raises:
        SignInRefused: when it refuses or does not respond.
    """
    request = urllib.request.Request(  # noqa: S310 - an address from the template, not a visitor's
        address,
        data=urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:  # noqa: S310
            answer: Mapping[str, Any] = json.load(reply)
    except urllib.error.HTTPError:
        raise SignInRefused("code") from None
    except (OSError, ValueError):
        raise SignInRefused("unreachable") from None
    return answer
