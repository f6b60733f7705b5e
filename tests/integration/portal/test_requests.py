"""Whatever is sent, a plain safe page comes back."""

import base64
from datetime import UTC, datetime

import hypothesis
import pytest
import time_machine
from hypothesis import HealthCheck, given, strategies

from aviso.storage.sessions import SessionItem
from aviso.web.portal import app, find
from aviso.web.request import MOST_BYTES
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import HOST, Visitor, store

PAGES = ["/", "/help", "/rights", "/privacy", "/terms", "/status", "/nowhere"]
FORM_TYPE = "application/x-www-form-urlencoded"


class TestAnswer:
    @pytest.mark.parametrize("path", [*PAGES, "/assets/none.css"])
    def test_carries_the_security_headers(self, aws, path):
        headers = Visitor().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert int(headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31536000
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("language", ["en", "es"])
    @pytest.mark.parametrize("path", PAGES)
    def test_has_its_language_a_quiet_title_and_ways_out(self, aws, path, language):
        page = Visitor(language=language).get(path)
        assert f'<html lang="{language}">' in page.body
        assert page.body.count("<h1") == 1
        assert not any(word in page.title.casefold() for word in ("victim", "víctima", "police"))
        assert 'class="leave"' in page.body
        assert 'href="help"' in page.body
        assert "<script" not in page.body
        assert " style=" not in page.body

    @pytest.mark.parametrize("path", PAGES)
    def test_links_relatively_for_an_api_stage(self, aws, path):
        body = Visitor().get(path).body
        assert 'href="help"' in body
        assert 'href="/' not in body
        assert 'action="/' not in body

    def test_to_a_bad_request_is_a_plain_page(self, aws):
        visitor = Visitor()
        typed = {"Content-Type": FORM_TYPE}
        assert visitor.get("/nowhere").status == 404
        assert visitor.ask("DELETE", "/status").status == 405
        assert visitor.ask("POST", "/", body="", headers=typed).status == 405
        assert (
            visitor.ask("POST", "/find", body="n=" + "a" * MOST_BYTES, headers=typed).status == 413
        )
        assert (
            visitor.ask("POST", "/find", body='{"a": 1}', headers={"Content-Type": "x"}).status
            == 400
        )
        assert visitor.ask("POST", "/find", body="a=%FF%FE", headers=typed).status == 400
        assert (
            visitor.ask("POST", "/find", body="&".join(["a=1"] * 99), headers=typed).status == 400
        )
        assert (
            visitor.post("/verify", number="not one", last_name="a", birth_date="b").status == 400
        )
        for path in ("/find", "/verify"):
            assert visitor.get(path).headers["Location"] == "./"

    def test_to_our_failure_is_in_the_visitors_language(self, aws, monkeypatch):
        monkeypatch.setattr(find, "show", lambda *_: 1 / 0)
        page = Visitor(language="es").get("/")
        assert page.status == 500
        assert "Es culpa nuestra" in page.text


class TestSession:
    def test_cookies_are_for_this_host_and_this_browser(self, inside):
        (cookie,) = Visitor().verify(NUMBER, "munoz v1", "4/12/1985").cookies
        assert cookie.startswith("__Host-visit=")
        for needed in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict"):
            assert needed in cookie
        assert "Max-Age" not in cookie
        (language,) = Visitor().get("/", lang="es").cookies
        assert language.startswith("__Host-lang=es;")

    def test_token_is_new_and_kept_as_a_hash(self, inside):
        first = inside.jar["__Host-visit"]
        former = dict(inside.jar)
        inside.verify(NUMBER, "munoz v1", "4/12/1985")
        assert inside.jar["__Host-visit"] != first
        assert Visitor(jar=former).get("/status").status == 403
        kept = [i.pk for i in SessionItem.scan(SessionItem.pk.startswith("SESSION#"))]
        assert len(kept) == 1
        assert inside.jar["__Host-visit"] not in kept[0]


class TestForm:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
            ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": f"https://{HOST}"}, 200),
            ({"Origin": f"https://{HOST}.evil.example"}, 403),
            ({}, 200),
        ],
    )
    def test_from_another_site_is_refused(self, aws, headers, status):
        assert Visitor().post("/find", headers=headers, number=NUMBER).status == status

    @pytest.mark.parametrize("path", ["/enroll", "/leave"])
    def test_on_a_visit_needs_its_token(self, inside, path):
        assert inside.post(path, csrf="guess", consent="yes", phone="520 555 0142").status == 403
        assert inside.get("/status").status == 200

    def test_in_base64_is_read(self, aws):
        from functions.portal.handler import handler

        event = {
            "httpMethod": "POST",
            "path": "/find",
            "headers": {"content-type": FORM_TYPE},
            "body": base64.b64encode(f"number={NUMBER}".encode()).decode(),
            "isBase64Encoded": True,
        }
        assert NUMBER in handler(event, None)["body"]
        assert handler(event | {"body": "***"}, None)["statusCode"] == 400


class TestText:
    @pytest.mark.parametrize(
        "nasty", ['"><script>alert(1)</script>', "{{ 7*7 }}", "'; --", "<u>\x00"]
    )
    def test_that_was_typed_is_escaped(self, aws, nasty):
        page = Visitor().post("/find", number=nasty)
        assert "<script" not in page.body
        assert "<u>" not in page.body
        assert page.root.xpath("//input[@name='number']")
        assert "49" not in page.value("number")

    def test_of_the_records_system_is_escaped(self, aws):
        with time_machine.travel(NOW, tick=False):
            hostile = "<script>alert(1)</script>"
            store(a_case().with_report(assigned=hostile, division=hostile).with_victim("v1").case)
            visitor = Visitor()
            visitor.verify(NUMBER, "munoz v1", "4/12/1985")
            page = visitor.get("/status").body
            assert "&lt;script&gt;alert(1)" in page
            assert "<script" not in page


TEXT = strategies.text(max_size=60)


class TestPortal:
    @hypothesis.settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        method=strategies.sampled_from(["GET", "POST", "PUT", "HEAD", ""]),
        path=strategies.one_of(
            TEXT, strategies.sampled_from(["/", "/find", "/help", "/assets/x", "/assets/", ""])
        ),
        body=strategies.one_of(
            strategies.none(), TEXT, strategies.builds("number={}&lang={}".format, TEXT, TEXT)
        ),
        cookie=TEXT,
        accept=TEXT,
        kind=strategies.sampled_from([FORM_TYPE, "text/plain", "", FORM_TYPE + "; charset=x"]),
        query=strategies.one_of(strategies.none(), strategies.dictionaries(TEXT, TEXT, max_size=3)),
        encoded=strategies.booleans(),
    )
    def test_never_fails_for_what_is_sent(
        self, aws, method, path, body, cookie, accept, kind, query, encoded
    ):
        from functions.portal.handler import handler

        event = {
            "httpMethod": method,
            "path": path,
            "headers": {"Cookie": cookie, "Accept-Language": accept, "Content-Type": kind},
            "queryStringParameters": query,
            "body": body,
            "isBase64Encoded": encoded,
            "requestContext": None,
        }
        answer = handler(event, None)
        assert 200 <= answer["statusCode"] < 500
        assert "Traceback" not in answer["body"]

    def test_redirects_to_the_last_slash_of_its_address(self, aws):
        """Messages link to `https://.../portal`; relative links from there would miss the stage."""
        event = {"httpMethod": "GET", "path": "/", "headers": {}}
        now = datetime.now(UTC)
        for asked, location in (
            ("/portal", "portal/"),
            ("/portal/", None),
            ("/", None),
            (None, None),
        ):
            _, response = app.answer({**event, "requestContext": {"path": asked}}, now)
            assert response.headers.get("Location") == location
