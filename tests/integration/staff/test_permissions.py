"""Who may do what at the desk: every route with every role, and every route without a sign-in."""

import itertools

import pytest

from aviso.domain.staff import Role
from aviso.web.staff.permissions import ROUTES
from tests.integration.staff.audited_routes import EVERYONE, TABLE

EXPECTED = {route: roles for route, (roles, _, _) in TABLE.items()}
PUBLIC = {("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/callback")}


class TestTable:
    def test_names_exactly_these_routes(self, compiled):
        declared = {(m, path): route for path, by in ROUTES.items() for m, route in by.items()}
        assert {key for key, route in declared.items() if route.public} == PUBLIC
        assert {k: set(r.roles) for k, r in declared.items() if not r.public} == EXPECTED

    def test_names_views_that_exist(self, compiled):
        from importlib import import_module

        for route in (route for by in ROUTES.values() for route in by.values()):
            module, _, function = route.view.partition(".")
            assert callable(getattr(import_module(f"aviso.web.staff.{module}"), function))


class TestRoles:
    @pytest.mark.parametrize("role", Role)
    def test_open_their_own_routes_and_no_others(self, desk, pool, role):
        tried = [
            (m, path) for path, by in ROUTES.items() for m, route in by.items() if not route.public
        ]
        for method, path in tried:
            desk.sign_in(role)
            page = desk.get(path) if method == "GET" else desk.post(path)
            refused = page.status == 403 and "not for your role" in page.text
            if role is Role.RECEIVER and page.status == 404:  # it does not exist for them
                refused = page.body == desk.get("nowhere").body
            assert refused == (role not in EXPECTED[method, path]), (method, path, page.status)
            assert page.status < 500, (method, path)
            asked_in = page.headers.get("Location") == "sign-in"
            assert not asked_in or path == "/sign-out", (method, path)

    def test_add_up_for_a_member_with_two(self, desk, pool):
        desk.sign_in(Role.RECORDS, Role.ADMINISTRATOR)
        assert desk.get("accounts").status == 200
        assert desk.get("tasks").status == 200


class TestRoute:
    def test_leads_to_the_banner_without_a_sign_in(self, desk):
        for method, path in EXPECTED:
            page = desk.get(path) if method == "GET" else desk.post(path)
            assert (page.status, page.headers["Location"]) == (303, "sign-in"), (method, path)

    def test_refuses_a_form_without_the_sessions_token(self, desk):
        for method, path in EXPECTED:
            if method == "POST":
                wanted = EXPECTED[method, path]
                desk.sign_in(*(EVERYONE if wanted > EVERYONE else wanted))
                assert desk.ask("POST", path, {"csrf": "guessed"}).status == 403, path

    def test_that_is_unknown_gets_a_plain_page(self, desk):
        desk.sign_in(Role.SUPERVISOR)
        for method, path in itertools.product(
            ("GET", "POST", "PUT", "DELETE"), ("nowhere", "tasks")
        ):
            page = desk.ask(method, path, {} if method == "POST" else None)
            if (method, path) != ("GET", "tasks"):
                assert page.status in (404, 405), (method, path)
