"""Asking to be informed is anybody's who is verified; giving it up needs a code.

See docs/rules.md#16.
"""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import duties
from aviso.domain.model import Enrollment
from aviso.domain.requests import MOST, Rights
from aviso.storage import cases, enrollments
from aviso.storage.audit import AuditItem
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case, an_answer
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
        assert answers(visitor, "waived").headers["Location"] == "code?next=choice"
        assert cases.read_case(NUMBER).enrollments == ()

    def test_does_not_change_an_answer(self, clock, settings):
        visitor = visit(settings, by_code=False, rights=Rights.WAIVED)
        assert answers(visitor, "requested").headers["Location"] == "code?next=choice"
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


class TestHistory:
    def test_is_shown_with_a_code_and_grows(self, clock, settings):
        visitor = visit(settings, by_code=True, rights=Rights.REQUESTED, language="en")
        answers(visitor, "waived")
        clock.shift(60)
        answers(visitor, "requested")
        said = visitor.get("/record").text
        asked = said[said.index("What you asked for") : said.index("What we sent you")]
        order = ["Asked to be kept informed", "Said no", "In the report, to the officer"]
        assert [asked.index(words) for words in order] == sorted(map(asked.index, order))
        assert "On this website, with a code, in English" in asked
        assert asked.count("Asked to be kept informed") == 2

    def test_says_who_answered_how_and_where(self, clock, settings):
        visitor = visit(settings, by_code=False)
        answers(visitor, "requested")
        (record,) = cases.read_case(NUMBER).enrollments[0].requests
        assert (record.place, record.proof, record.language) == ("portal", "knowledge", "en")
        assert (record.at, record.speaker, record.by) == (NOW, "", "")

    def test_has_a_bound_after_which_a_person_records(self, clock, settings):
        visitor = visit(settings, by_code=True)
        many = [
            an_answer((Rights.WAIVED, Rights.REQUESTED)[n % 2], NOW - timedelta(hours=200 - n))
            for n in range(MOST)
        ]
        enrollments.write_enrollment(NUMBER, Enrollment(victim="v1", requests=tuple(many)))
        page = answers(visitor, "waived")
        assert "many times" in page.text
        assert len(cases.read_case(NUMBER).enrollments[0].requests) == MOST
