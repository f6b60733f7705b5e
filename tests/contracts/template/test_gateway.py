"""What the API gateway answers by itself is as safe, and as readable, as the portal's own pages."""

import re
from typing import Any

import pytest

from infra.harness import cloudformation
from tests.contracts.template.template_file import resources

APIS: dict[str, dict[str, Any]] = {
    name: api["GatewayResponses"]
    for name, api in resources("AWS::Serverless::Api").items()
    if name != "FeedApi"  # speaks to programs: test_push_api.py
}
EVERY = [(name, kind) for name, responses in APIS.items() for kind in responses]
STATUSES = {
    "MISSING_AUTHENTICATION_TOKEN": "404",
    "RESOURCE_NOT_FOUND": "404",
    "REQUEST_TOO_LARGE": "413",
    "THROTTLED": "429",
    "QUOTA_EXCEEDED": "429",
}


def headers(api: str, kind: str) -> dict[str, str]:
    return cloudformation.gateway_response(api, kind)[0]


def body(api: str, kind: str) -> str:
    return cloudformation.gateway_response(api, kind)[1]


class TestGatewayAnswer:
    @pytest.mark.parametrize("api", ["PortalApi", "StaffApi"])
    def test_has_a_page_for_every_refusal(self, api: str) -> None:
        responses = APIS[api]
        assert set(responses) >= {*STATUSES, "DEFAULT_4XX", "DEFAULT_5XX"}
        assert {k: responses[k].get("StatusCode") for k in STATUSES} == STATUSES

    @pytest.mark.parametrize("api", ["PortalApi", "StaffApi"])
    def test_says_when_to_come_back(self, api: str) -> None:
        waits = {kind: headers(api, kind).get("Retry-After") for kind in APIS[api]}
        assert waits["THROTTLED"] == waits["QUOTA_EXCEEDED"] == "60"
        assert waits["DEFAULT_5XX"] == "300"

    @pytest.mark.parametrize(("api", "kind"), EVERY)
    def test_that_asks_for_another_try_says_how(self, api: str, kind: str) -> None:
        """The gateway cannot send a form again, as our own pages do: the browser can."""
        later = kind in ("THROTTLED", "QUOTA_EXCEEDED", "DEFAULT_5XX")
        page = body(api, kind)
        for first, reload in (
            ("wait and then ", "reload this page"),
            ("espere y después ", "vuelva a cargar esta página"),
        ):
            assert page.count(first + reload) == page.count(reload) == later
        if later and "911" in page:  # it comes last
            assert page.index("reload this page") < page.index("911")

    @pytest.mark.parametrize("api", ["PortalApi", "StaffApi"])
    def test_to_a_busy_network_says_when_to_come_back(self, api: str) -> None:
        """The firewall refuses a shelter's or a station's network: its people did nothing wrong."""
        assert headers(api, "WAF_FILTERED")["Retry-After"] == "300"
        page = body(api, "WAF_FILTERED")
        assert "five minutes" in page
        assert "cinco minutos" in page
        assert "read that" not in page

    def test_before_the_desk_is_forbidden(self) -> None:
        kinds = ("ACCESS_DENIED", "WAF_FILTERED")
        assert {APIS["StaffApi"][kind]["StatusCode"] for kind in kinds} == {"403"}

    @pytest.mark.parametrize(("api", "kind"), EVERY)
    def test_carries_the_portals_security_headers(self, api: str, kind: str) -> None:
        from aviso.web.response import SECURITY

        sent = headers(api, kind)
        policy = "Content-Security-Policy"
        assert {k: v for k, v in sent.items() if k in SECURITY} == SECURITY | {policy: sent[policy]}
        assert sent["Content-Type"] == "text/html; charset=utf-8"
        assert sent["Cache-Control"] == "no-store"
        # A source list without a source allows nothing.
        closed = {"script-src", "object-src", "frame-ancestors", "form-action", "base-uri"}
        assert closed <= set(sent[policy].split("; "))

    @pytest.mark.parametrize(("api", "kind"), EVERY)
    def test_speaks_both_languages_and_needs_nothing(self, api: str, kind: str) -> None:
        page = body(api, kind)
        assert page.startswith('<!doctype html><html lang="en">')
        assert '<div lang="es">' in page
        assert page.count("<h1>") == 2
        assert not re.search(r"<(script|link|img|iframe)|\bon\w+=|\$context", page)
        assert not re.search("victim|víctima|police", page, re.IGNORECASE)
        if api == "PortalApi":  # a reader may have to hide it at once
            assert page.index("weather.gov") < page.index("<h1>")
