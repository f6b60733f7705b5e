"""What the API gateway answers by itself is as safe, and as readable, as the portal's own pages."""

import re
from typing import Any

import pytest

from tests.structure.test_template import resources

RESPONSES: dict[str, Any] = resources("AWS::Serverless::Api")["PortalApi"]["GatewayResponses"]
STATUSES = {
    "MISSING_AUTHENTICATION_TOKEN": "404",
    "RESOURCE_NOT_FOUND": "404",
    "REQUEST_TOO_LARGE": "413",
    "THROTTLED": "429",
    "QUOTA_EXCEEDED": "429",
}


def headers(kind: str) -> dict[str, str]:
    return {k: v.strip("'") for k, v in RESPONSES[kind]["ResponseParameters"]["Headers"].items()}


def body(kind: str) -> str:
    return str(RESPONSES[kind]["ResponseTemplates"]["application/json"]["Sub"])


def test_every_answer_of_the_gateways_own_has_a_page() -> None:
    assert set(RESPONSES) >= {*STATUSES, "DEFAULT_4XX", "DEFAULT_5XX"}
    assert {k: RESPONSES[k].get("StatusCode") for k in STATUSES} == STATUSES


@pytest.mark.parametrize("kind", RESPONSES)
def test_the_gateways_pages_carry_the_portals_security_headers(kind: str) -> None:
    from aviso.web.response import SECURITY

    sent = headers(kind)
    policy = "Content-Security-Policy"
    assert {k: v for k, v in sent.items() if k in SECURITY} == SECURITY | {policy: sent[policy]}
    assert sent["Content-Type"] == "text/html; charset=utf-8"
    assert sent["Cache-Control"] == "no-store"
    # A source list without a source allows nothing.
    closed = {"script-src", "object-src", "frame-ancestors", "form-action", "base-uri"}
    assert closed <= set(sent[policy].split("; "))


@pytest.mark.parametrize("kind", RESPONSES)
def test_the_gateways_pages_speak_both_languages_and_need_nothing(kind: str) -> None:
    page = body(kind)
    assert page.startswith('<!doctype html><html lang="en">')
    assert '<div lang="es">' in page
    assert page.count("<h1>") == 2
    assert not re.search(r"<(script|link|img|iframe)|\bon\w+=|\$context", page)
    assert not re.search("victim|víctima|police", page, re.IGNORECASE)
    assert page.index("weather.gov") < page.index("<h1>")
