"""While people work on the portal, one page answers nearly all and nothing stored is touched."""

import pytest

from aviso.web.portal.app import ROUTES
from aviso.web.portal.pages import NEUTRAL
from infra.harness.builders import NUMBER
from infra.harness.portal_browser import aws_calls


@pytest.fixture
def visitor(inside):
    inside.stage["maintenance"] = "on"
    return inside


class TestMaintenance:
    def test_says_so_in_both_languages_and_calls_nothing(self, visitor):
        typed = {"Content-Type": "application/x-www-form-urlencoded"}
        for path, methods in ROUTES.items():
            for method in methods:
                if path == "/leave":
                    continue  # below
                with aws_calls() as calls:
                    body = f"number={NUMBER}" if method == "POST" else None
                    page = visitor.ask(method, path, body=body, headers=typed)
                assert (page.status, page.headers["Retry-After"]) == (503, "600")
                assert "We are working on this website" in page.text
                assert 'lang="es"' in page.body
                assert "Estamos trabajando en este sitio" in page.text
                assert 'class="leave" href="https://www.weather.gov/"' in page.body
                assert calls == []

    def test_lets_a_visitor_leave_now_and_calls_nothing(self, inside):
        token = inside.get("/alerts").value("csrf")
        inside.stage["maintenance"] = "on"
        page = inside.post("/enroll", csrf=token, phone="520-555-0142")
        assert page.root.find_class("leave")[0].get("href") == "leave"
        with aws_calls() as calls:
            left = inside.get("/leave")
        assert (left.status, left.headers["Location"], calls) == (303, NEUTRAL, [])
        inside.stage["maintenance"] = "off"
        assert inside.get("/status").status != 200

    def test_lets_a_visitor_sign_out_and_calls_nothing(self, inside):
        token = inside.get("/alerts").value("csrf")
        inside.stage["maintenance"] = "on"
        with aws_calls() as calls:
            left = inside.post("/leave", csrf=token)
        assert (left.status, calls) == (200, [])
        inside.stage["maintenance"] = "off"
        assert inside.get("/status").status != 200

    def test_prefers_the_visitors_language(self, visitor):
        visitor.language = "es"
        page = visitor.get("/")
        assert page.title.startswith("Estamos trabajando")
        assert page.body.index("Estamos trabajando") < page.body.index("We are working")

    def test_keeps_the_look_and_the_visit(self, visitor):
        sheet = visitor.get("/status").body.split('href="assets/')[1].split('"')[0]
        assert visitor.get("/assets/" + sheet).status == 200
        visitor.stage["maintenance"] = "off"
        assert visitor.get("/status").status == 200
