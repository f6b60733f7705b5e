"""A form that could not be taken: the page that says so offers to send it again, as it was."""

import re

import pytest
from botocore.exceptions import ClientError

from aviso.domain.errors import Conflict
from aviso.domain.staff import Role
from aviso.victims import representatives
from aviso.web.site import NEVER_REPEATED
from infra.harness.builders import NUMBER, a_case
from infra.harness.client_calls import every_call
from infra.harness.portal_browser import HOST, Visitor, store
from infra.harness.staff_browser import case_address
from infra.harness.web_page import hidden
from infra.repository import ROOT
from tests.support.visitor import BORN, NAME, stored, with_code

KNOWN = {"number": NUMBER, "last_name": NAME, "birth_date": BORN}
NOTE = 'Call "Alma" after six <b>& never</b> at work'


def failing(code="ThrottlingException"):
    """Let every call on a table fail, as after its own retries."""

    def answer(client, operation, params, ask):
        if client.meta.service_model.service_name == "dynamodb":
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        return ask(operation, params)

    return every_call(answer)


def form(page):
    """Return the action and the hidden fields of the form that a page sends again."""
    (found,) = [f for f in page.root.forms if f.get("id") == "unsent"]
    return found.get("action"), hidden(found)


def resend(visitor, page, **pressed):
    action, typed = form(page)
    return visitor.post(f"/{action}", **typed, **pressed)


class TestFormOfAVisitor:
    def test_is_sent_again_as_it_was(self, inside):
        visitor = Visitor()
        with failing():
            page = visitor.post("/verify", **KNOWN, code="")
        assert (page.status, page.headers["Cache-Control"]) == (503, "no-store")
        assert form(page) == ("verify", KNOWN)
        assert "You do not have to type it again" in page.text
        assert resend(visitor, page).status == 303
        assert visitor.get("/status").status == 200

    @pytest.mark.parametrize("code", ["ThrottlingException", "ValidationException"])
    def test_in_a_visit_keeps_its_token(self, inside, code):
        token = inside.get("/alerts").value("csrf")
        with failing(code):
            page = sign_up_with(inside, token)
        assert page.status in (500, 503)
        assert form(page)[1]["csrf"] == token
        assert resend(inside, page).headers["Location"] == "done"
        assert [c.address for c in stored().contacts] == ["+15205550142"]

    def test_in_a_visit_goes_when_the_visit_ends(self, inside):
        shown = inside.get("/alerts")
        with failing():
            page = sign_up_with(inside, shown.value("csrf"))
        assert page.headers["Refresh"] == shown.headers["Refresh"]
        assert page.root.find_class("leave")[0].get("href") == "leave"
        assert page.root.find_class("stay")

    def test_waits_for_the_end_of_maintenance(self, inside):
        visitor = Visitor(stage={"maintenance": "on"})
        page = visitor.post("/verify", **KNOWN)
        assert form(page) == ("verify", KNOWN)
        visitor.stage["maintenance"] = "off"
        assert resend(visitor, page).status == 303

    def test_is_shown_again_in_another_language(self, inside):
        with failing():
            page = Visitor().post("/verify", **KNOWN)
        (button,) = page.root.xpath('//button[@form="unsent"][@lang="es"]')
        spanish = resend(Visitor(), page, lang=button.get("value"))
        assert (spanish.lang, spanish.value("last_name")) == ("es", NAME)

    def test_sent_for_another_language_acts_on_nothing(self, settings, inside):
        visitor = with_code(settings)
        token = visitor.get("/manage").value("csrf")
        with failing():
            page = visitor.post("/manage", csrf=token, lock="on", lang="es")
        assert page.lang == "es"
        assert page.root.xpath('//form[@id="unsent"]//button[@name="lang"][@value="es"]')
        assert resend(visitor, page, lang="es").status == 200
        assert stored().locked_at is None

    def test_repeats_nothing_in_an_address_or_a_log(self, inside, capsys):
        with failing():
            page = inside.post("/verify", **KNOWN | {"last_name": "Quintero"})
        assert not any("Quintero" in link for link in page.links(""))
        assert "Quintero" not in capsys.readouterr().out


def sign_up_with(visitor, token):
    asked = {"phone": "520-555-0142", "phone_safe": "yes", "language": "en"}
    return visitor.post("/enroll", csrf=token, consent="yes", **asked)


class TestAnswerByALink:
    def test_that_came_too_soon_can_be_given_again(self, aws, monkeypatch):
        def busy(*_):
            raise Conflict("busy")

        monkeypatch.setattr(representatives, "answer", busy)
        page = Visitor().post("/speak", t="a-link", answer="no")
        assert (page.status, page.value("t")) == (503, "a-link")
        assert page.root.xpath('//button[@name="answer"]/@value') == ["yes", "no"]


class TestCode:
    @pytest.mark.parametrize(("path", "other"), [("/verify", KNOWN), ("/code?next=ask", {})])
    def test_is_not_repeated(self, inside, path, other):
        with failing():
            page = inside.post(path, **other, code="ABCD-EFGH")
        assert page.status == 503
        assert not any(typed in page.body for typed in ("ABCD", NAME, BORN, 'id="unsent"'))
        assert "we do not keep the code" in page.text
        assert inside.get(path).status in (200, 303)
        assert page.links(path.strip("/"))

    def test_has_a_name_that_no_page_repeats(self):
        sources = "".join(
            file.read_text(encoding="utf-8") for file in (ROOT / "templates").rglob("*.html")
        )
        assert not re.search(r'type="?(password|file)', sources)
        codes = re.findall(r'(?:name="|text\(")(\w+)"[^\n]*one-time-code', sources)
        assert codes == sources.count("one-time-code") * ["code"]
        assert {*codes} == NEVER_REPEATED


class TestPage:
    def test_without_a_form_offers_none(self, inside):
        with failing():
            page = inside.get("/status")
        assert page.status == 503
        assert "You do not have to type it again" not in page.text
        assert not [f for f in page.root.forms if f.get("id") == "unsent"]

    def test_of_a_form_from_another_site_repeats_nothing(self, inside):
        with failing():
            page = Visitor().post("/verify", {"Origin": "https://evil.example"}, **KNOWN)
            ours = Visitor().post("/verify", {"Origin": f"https://{HOST}"}, **KNOWN)
        assert (page.status, NAME in page.body) == (403, False)
        assert NAME in ours.body

    def test_lets_a_visitor_leave_though_nothing_answers(self, inside):
        with failing():
            page = inside.get("/leave")
        assert page.headers["Location"].startswith("https://www.weather.gov")
        assert inside.jar.get("__Host-visit") is None
        assert inside.get("/status").status == 403


class TestFormOfAClerk:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_is_sent_again_as_it_was(self, desk, language):
        store(a_case().with_report(status="ACTIVE").with_victim("v1").case)
        desk.sign_in(Role.SUPERVISOR)
        desk.language = language
        case = case_address(NUMBER)
        sent = {"c": case.partition("=")[2], "text": NOTE}
        with failing():
            page = desk.post("note", **sent)
        assert page.status == 503
        (found,) = [f for f in page.root.forms if f.get("action") == "note"]
        assert hidden(found) == sent | {"csrf": desk.csrf}
        assert NOTE not in desk.get(case).text
        assert desk.ask("POST", "note", hidden(found)).status == 303
        assert desk.get(case).text.count(NOTE) == 1
