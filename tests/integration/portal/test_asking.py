"""Asking for property or a copy of the report, the desk's answer, and the form on paper."""

from io import BytesIO

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from aviso.domain.model import Enrollment
from aviso.domain.staff import Role
from aviso.storage import cases, enrollments, inbox
from aviso.storage.audit import AuditItem
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact
from infra.harness.portal_browser import Visitor, store
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import at_work
from tests.integration.staff.inbox import picked


def holder_of_a_code(settings):
    visitor = Visitor()
    code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, NOW, settings)
    visitor.post("/verify", number=NUMBER, code=code)
    return visitor


def asked(visitor, what="property"):
    return visitor.post("/ask", csrf=visitor.get("/ask").value("csrf"), what=what)


class TestAsking:
    def test_is_one_task_for_each_thing_until_answered(self, desk, settings):
        store(a_case().with_victim("v1").case)
        visitor = holder_of_a_code(settings)
        for what in ("property", "property", "copy"):
            assert asked(visitor, what).headers["Location"] == "ask?sent=yes"
        assert "We have your request" in visitor.get("/ask", sent="yes").text
        assert sorted(r.asks_for for r in inbox.replies()) == ["copy", "property"]
        actions = [row.action for row in AuditItem.scan() if row.action.startswith("asked")]
        assert sorted(actions) == ["asked_copy", "asked_property"]
        name = next(r.name for r in inbox.replies() if r.asks_for == "property")
        clerk = at_work(desk, Role.RECORDS)
        clerk.post("asked", reply=name, said="asked_refused")
        asked(visitor)
        assert sorted(r.asks_for for r in inbox.replies()) == ["copy", "property"]
        clerk.post("asked", reply=name, said="asked_refused")
        clerk.post("open-again", list="seen", **picked(name))
        assert [r.expires for r in inbox.replies()] == [None, None]

    def test_of_something_else_is_shown_again(self, clock, settings):
        store(a_case().with_victim("v1").case)
        assert "Ask for my property" in asked(holder_of_a_code(settings), "money").text
        assert [*inbox.replies()] == []


class TestAnswer:
    def test_ends_the_task_and_is_shown_to_the_victim(self, desk, settings):
        store(a_case().with_victim("v1").with_victim("v2").case)
        visitor = holder_of_a_code(settings)
        asked(visitor)
        (task,) = inbox.replies()
        clerk = at_work(desk, Role.RECORDS)
        page = clerk.get("inbox").text
        assert f"Asked on the portal Case {NUMBER} , Ana Muñoz-v1 Asks for property" in page
        assert "v2" not in page
        assert clerk.post("seen", list="inbox", **picked(task.name)).status == 400
        assert clerk.post("stop-texts", reply=task.name, confirmed="yes").status == 400
        assert clerk.post("asked", reply=task.name, said="so").status == 400
        clerk.post("asked", reply=task.name, said="asked_refused")
        assert [*inbox.replies()] == []
        assert ("staff:id-records", "asked_refused", NUMBER) in audited()
        assert "Told why what was asked for is not given" in visitor.get("/record").text
        assert "Asks for property" in clerk.get("seen").text

    def test_on_a_restricted_case_is_not_for_records(self, desk, settings):
        store(a_case().with_victim("v1").case)
        asked(holder_of_a_code(settings))
        report = cases.read_case(NUMBER).report
        cases.write_row(NUMBER, replace(report, offense=STALKING, digest="2"), report)
        (task,) = inbox.replies()
        clerk = at_work(desk, Role.RECORDS)
        assert "Asks for property" not in clerk.get("inbox").text
        assert clerk.post("asked", reply=task.name, said="asked_given").status == 403
        advocate = at_work(desk, Role.ADVOCATE)
        assert "Asks for property" in advocate.get("inbox").text
        advocate.post("asked", reply=task.name, said="asked_given")
        assert [*inbox.replies()] == []


def saved(page):
    """Return the text of a form's only page, as the browser stores it."""
    assert page.headers["Content-Disposition"] == 'attachment; filename="form.pdf"'
    (sheet,) = PdfReader(BytesIO(page.body.encode("ascii"))).pages
    return " ".join(sheet.extract_text().split())


class TestForm:
    @pytest.mark.parametrize(
        ("language", "asks", "home"),
        [
            ("en", "I am a victim in this case", "Address 9 Peñas Rd #4 <Tucson> Signature Date"),
            ("es", "Soy víctima en este caso", "Dirección 9 Peñas Rd #4 <Tucson> Firma Fecha"),
        ],
    )
    def test_is_a_pdf_with_what_she_typed(self, clock, settings, language, asks, home):
        phone = a_contact("+15205550123")  # it may be one that an abuser left
        store(a_case().with_victim("v1", street="12 Elm St", city="Tucson").case)
        enrollments.write_enrollment(NUMBER, Enrollment(victim="v1", contacts=(phone,)))
        visitor = holder_of_a_code(settings)
        typed = {"telephone": "520-555-0177", "email": "\u7530 \u260e ana@example.com"}
        typed |= {
            "address": "9 Peñas Rd\u3000#4 <Tucson> \U0001f600",
            "csrf": visitor.get("/form").value("csrf"),
        }
        shown = visitor.post("/form", **typed, lang=language)
        assert 'value="520-555-0177"' in shown.body
        text = saved(visitor.post("/form", **typed))
        for part in (asks, NUMBER, "Ana Muñoz-v1", "520-555-0177", "ana@example.com", home):
            assert part in text
        rows = " ".join(str(row.attribute_values) for row in AuditItem.scan())
        for part in ("Elm", "0123", "0177", "Peñas"):
            assert part not in rows + (text if part in ("Elm", "0123") else "")

    def test_of_long_lines_is_one_page(self, clock, settings):
        store(a_case().with_victim("v1", first_name="W" * 3000).case)
        visitor = holder_of_a_code(settings)
        typed = dict.fromkeys(("telephone", "email", "address"), "W" * 254)
        assert "WWW" in saved(
            visitor.post("/form", csrf=visitor.get("/form").value("csrf"), **typed)
        )

    def test_is_not_for_who_has_no_code(self, clock, settings):
        store(a_case().with_victim("v1").case)
        visitor = Visitor()
        visitor.verify(NUMBER, "munoz v1", "4/12/1985")
        csrf = visitor.get("/status").value("csrf")
        refused = visitor.post("/form", csrf=csrf, telephone="520-555-0177")
        assert (refused.status, refused.headers["Location"]) == (303, "code?next=form")
