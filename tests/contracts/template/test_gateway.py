"""What the API gateway answers by itself is as safe, and as readable, as the portal's own pages."""

import re

import pytest

from aviso.web.response import SECURITY
from infra.harness import cloudformation
from tests.contracts.template.template_file import resources

UNKNOWN_PATH = "MISSING_AUTHENTICATION_TOKEN"  # API Gateway's name for it, and 403 by default


@pytest.mark.parametrize("api", ["PortalApi", "StaffApi"])  # test_push_api.py has the third
class TestGatewayPage:
    def test_is_one_for_every_refusal(self, api: str) -> None:
        responses = resources("AWS::Serverless::Api")[api]["GatewayResponses"]
        assert responses.keys() == {"DEFAULT_4XX", "DEFAULT_5XX", UNKNOWN_PATH}
        # A status beside a default would be that of every refusal under it.
        page = responses["DEFAULT_4XX"]
        assert page.keys() == {"ResponseParameters", "ResponseTemplates"}
        assert responses["DEFAULT_5XX"] == page
        assert responses[UNKNOWN_PATH] == page | {"StatusCode": "404"}

    def test_says_when_to_come_back_and_how(self, api: str) -> None:
        """The gateway cannot send a form again, as our own pages do: the browser can."""
        headers, page = cloudformation.gateway_response(api, "DEFAULT_4XX")
        assert headers["Retry-After"] == "300"
        assert "wait five minutes and reload this page" in page
        assert "espere cinco minutos y vuelva a cargar esta página" in page

    def test_carries_the_portals_security_headers(self, api: str) -> None:
        sent, _ = cloudformation.gateway_response(api, "DEFAULT_4XX")
        policy = "Content-Security-Policy"
        assert {k: v for k, v in sent.items() if k in SECURITY} == SECURITY | {policy: sent[policy]}
        assert sent["Content-Type"] == "text/html; charset=utf-8"
        assert sent["Cache-Control"] == "no-store"
        # A source list without a source allows nothing.
        closed = {"script-src", "object-src", "frame-ancestors", "form-action", "base-uri"}
        assert closed <= set(sent[policy].split("; "))

    def test_speaks_both_languages_and_needs_nothing(self, api: str) -> None:
        _, page = cloudformation.gateway_response(api, "DEFAULT_4XX")
        assert page.startswith('<!doctype html><html lang="en">')
        assert '<div lang="es">' in page
        assert page.count("<h1>") == 2
        assert not re.search(r"<(script|link|img|iframe)|\bon\w+=|\$context", page)
        assert not re.search("victim|víctima|police", page, re.IGNORECASE)
        if api == "PortalApi":  # a reader may have to hide it at once
            assert page.index("weather.gov") < page.index("<h1>")
            for said in page.split('<div lang="es">'):
                assert said.index("tel:${AgencyPhone}") < said.index("${PortalUrl}")
            assert "color-scheme:light dark" in page  # it is opened at night
