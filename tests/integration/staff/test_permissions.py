"""Who may do what at the desk: every route with every role, and every route without a sign-in."""

import itertools

import pytest

from aviso.domain.staff import Role
from infra.harness.staff_browser import audited

CASE_WORK = {Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR}
EVERYONE = set(Role) - {Role.RECEIVER}


# Written down once more, so that a change of the table is a change of two files.
EXPECTED = {
    ("GET", "/"): set(Role),
    ("GET", "/help"): EVERYONE,
    ("GET", "/welcome"): EVERYONE,
    ("POST", "/welcome"): EVERYONE,
    ("POST", "/sign-out"): set(Role),
    ("GET", "/hand-offs"): {Role.RECEIVER},
    ("POST", "/hand-offs"): {Role.RECEIVER},
    ("POST", "/hand-offs-csv"): {Role.RECEIVER},
    ("GET", "/agencies"): CASE_WORK,
    ("POST", "/agencies"): CASE_WORK,
    ("GET", "/tasks"): CASE_WORK,
    ("POST", "/tasks-csv"): CASE_WORK,
    ("POST", "/call-list"): CASE_WORK,
    ("POST", "/view"): CASE_WORK,
    ("POST", "/untell"): CASE_WORK,
    ("POST", "/call"): CASE_WORK,
    ("POST", "/hand-over"): CASE_WORK,
    ("POST", "/take"): CASE_WORK,
    ("POST", "/assign"): {Role.SUPERVISOR},
    ("POST", "/release"): CASE_WORK,
    ("POST", "/telephoned"): CASE_WORK,
    ("GET", "/inbox"): CASE_WORK,
    ("GET", "/seen"): CASE_WORK,
    ("POST", "/seen"): CASE_WORK,
    ("POST", "/open-again"): CASE_WORK,
    ("POST", "/stop-texts"): CASE_WORK,
    ("POST", "/asked"): CASE_WORK,
    ("POST", "/early"): CASE_WORK,
    ("POST", "/feed-file"): {Role.SUPERVISOR},
    ("GET", "/find"): CASE_WORK,
    ("POST", "/find"): CASE_WORK,
    ("GET", "/case"): CASE_WORK,
    ("POST", "/hold"): CASE_WORK,
    ("POST", "/resend"): CASE_WORK,
    ("POST", "/returned"): CASE_WORK,
    ("POST", "/unsafe"): CASE_WORK,
    ("POST", "/safe"): CASE_WORK,
    ("POST", "/restore"): CASE_WORK,
    ("POST", "/resume"): CASE_WORK,
    ("POST", "/suspect"): {Role.SUPERVISOR},
    ("POST", "/correct"): CASE_WORK,
    ("POST", "/answer"): CASE_WORK,
    ("POST", "/consent"): CASE_WORK,
    ("POST", "/representative"): CASE_WORK,
    ("POST", "/phone"): CASE_WORK,
    ("POST", "/reveal"): {Role.SUPERVISOR},
    ("POST", "/capacity"): {Role.SUPERVISOR},
    ("POST", "/note"): CASE_WORK,
    ("POST", "/restrict"): CASE_WORK,
    ("POST", "/lift"): {Role.SUPERVISOR},
    ("GET", "/letters"): CASE_WORK,
    ("POST", "/print"): CASE_WORK,
    ("POST", "/letters-pdf"): CASE_WORK,
    ("POST", "/mailed"): CASE_WORK,
    ("GET", "/contacts"): {Role.RECORDS, Role.SUPERVISOR},
    ("POST", "/contacts-csv"): {Role.RECORDS, Role.SUPERVISOR},
    ("POST", "/contacts-done"): {Role.RECORDS, Role.SUPERVISOR},
    ("GET", "/me"): EVERYONE,
    ("POST", "/me"): EVERYONE,
    ("GET", "/report"): EVERYONE,
    ("GET", "/report-pdf"): EVERYONE,
    ("GET", "/health"): EVERYONE,
    ("GET", "/figures"): {Role.ADVOCATE, Role.SUPERVISOR},
    ("GET", "/figures-csv"): {Role.ADVOCATE, Role.SUPERVISOR},
    ("GET", "/answers"): {Role.ADVOCATE, Role.SUPERVISOR},
    ("GET", "/switches"): {Role.SUPERVISOR, Role.ADMINISTRATOR},
    ("POST", "/switch"): {Role.SUPERVISOR, Role.ADMINISTRATOR},
    ("GET", "/trail"): {Role.SUPERVISOR},
    ("POST", "/trail"): {Role.SUPERVISOR},
    ("GET", "/accounts"): {Role.ADMINISTRATOR},
    ("POST", "/account"): {Role.ADMINISTRATOR},
    ("POST", "/invite"): {Role.ADMINISTRATOR},
}


PUBLIC = {("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/callback")}


class TestTable:
    def test_names_exactly_these_routes(self, compiled):
        from aviso.web.staff.permissions import ROUTES

        declared = {(m, path): route for path, by in ROUTES.items() for m, route in by.items()}
        assert {key for key, route in declared.items() if route.public} == PUBLIC
        assert {k: set(r.roles) for k, r in declared.items() if not r.public} == EXPECTED

    def test_names_views_that_exist(self, compiled):
        from importlib import import_module

        from aviso.web.staff.permissions import ROUTES

        for route in (route for by in ROUTES.values() for route in by.values()):
            module, _, function = route.view.partition(".")
            assert callable(getattr(import_module(f"aviso.web.staff.{module}"), function))


class TestRoles:
    @pytest.mark.parametrize("role", Role)
    def test_open_their_own_routes_and_no_others(self, desk, pool, role):
        from aviso.web.staff.permissions import ROUTES

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

    def test_leave_a_refusal_in_the_trail(self, desk):
        desk.sign_in(Role.RECORDS)
        desk.get("accounts")
        assert ("staff:id-records", "refused:/accounts", "") in audited()

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
                desk.sign_in(*(wanted if Role.RECEIVER in wanted else EVERYONE))
                assert desk.ask("POST", path, {"csrf": "guessed"}).status == 403, path

    def test_that_is_unknown_gets_a_plain_page(self, desk):
        desk.sign_in(Role.SUPERVISOR)
        for method, path in itertools.product(
            ("GET", "POST", "PUT", "DELETE"), ("nowhere", "tasks")
        ):
            page = desk.ask(method, path, {} if method == "POST" else None)
            if (method, path) != ("GET", "tasks"):
                assert page.status in (404, 405), (method, path)
