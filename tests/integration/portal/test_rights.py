"""Asking to be informed is anybody's who is verified; giving it up needs a code.

See docs/rules.md#16.
"""

import pytest
from msgspec.structs import replace

from aviso.domain import duties
from aviso.domain.model import Rights
from aviso.storage import cases
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, store


def visit(settings, by_code, **victim):
    store(a_case().with_victim("v1", **victim).case)
    visitor = Visitor()
    if by_code:
        code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, NOW, settings)
        visitor.post("/verify", number=NUMBER, code=code)
    else:
        visitor.verify(NUMBER, "munoz v1", "4/12/1985")
    return visitor


def answers(visitor, answer, times=2):
    csrf = visitor.get("/choice").value("csrf")
    return [visitor.post("/choice", csrf=csrf, answer=answer) for _ in range(times)][-1]


class TestKnowledge:
    @pytest.mark.parametrize("by_code", [False, True])
    def test_may_ask_to_be_informed(self, clock, settings, by_code):
        visitor = visit(settings, by_code)
        assert answers(visitor, "requested").headers["Location"] == "choice"
        (enrollment,) = cases.read_case(NUMBER).enrollments
        assert (enrollment.rights, enrollment.rights_at) == (Rights.REQUESTED, NOW)
        assert enrollment.version == 1
        assert "You asked us to keep you informed" in visitor.get("/choice").text

    def test_can_silence_nobody(self, clock, settings):
        visitor = visit(settings, by_code=False)
        assert "needs a code" in visitor.get("/choice").text
        assert answers(visitor, "waived").headers["Location"] == "code"
        assert cases.read_case(NUMBER).enrollments == ()

    def test_does_not_change_an_answer(self, clock, settings):
        visitor = visit(settings, by_code=False, rights=Rights.WAIVED)
        assert answers(visitor, "requested").headers["Location"] == "code"
        assert cases.read_case(NUMBER).enrollments == ()

    def test_makes_no_waiver_of_the_feed_final(self, clock, settings):
        visitor = visit(settings, by_code=False, rights=Rights.WAIVED)
        assert answers(visitor, "waived").headers["Location"] == "choice"
        assert cases.read_case(NUMBER).enrollments == ()
        (victim,) = cases.read_case(NUMBER).victims
        cases.write_row(NUMBER, replace(victim, rights=Rights.REQUESTED, digest="2"), victim)
        now = cases.read_case(NUMBER)
        assert duties.rights(now, now.victims[0]) is Rights.REQUESTED


class TestRightsForm:
    def test_waives_with_a_code_and_takes_it_back(self, clock, settings):
        from aviso.storage.audit import AuditItem

        visitor = visit(settings, by_code=True)
        answers(visitor, "waived")
        assert cases.read_case(NUMBER).enrollments[0].rights is Rights.WAIVED
        answers(visitor, "requested")
        assert cases.read_case(NUMBER).enrollments[0].rights is Rights.REQUESTED
        actions = [r.action for r in AuditItem.scan() if r.action.startswith("rights")]
        assert sorted(actions) == ["rights_requested", "rights_waived"]

    def test_treats_silence_as_no_answer(self, clock, settings):
        visitor = visit(settings, by_code=True)
        page = answers(visitor, "")
        assert "Choose an answer" in page.text
        assert cases.read_case(NUMBER).enrollments == ()

    def test_keeps_the_choice_in_another_language(self, clock, settings):
        visitor = visit(settings, by_code=True)
        csrf = visitor.get("/choice").value("csrf")
        page = visitor.post("/choice", csrf=csrf, answer="waived", lang="es")
        assert "renuncio" in page.text
        assert 'value="waived" aria-describedby="waived-means" checked' in page.body
        assert cases.read_case(NUMBER).enrollments == ()
