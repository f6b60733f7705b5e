"""The latest answers to surveys: newest first, in pages, each noted, and for whom they are."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.staff import Role
from aviso.domain.survey_response import SurveyResponse
from aviso.storage import survey_responses
from infra.harness.portal_browser import aws_calls
from infra.harness.staff_browser import audited
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import ORDINARY, a_stored_case


def an_answer(n, case=ORDINARY, victim="v1", **answers):
    """Store an answer of so many hours ago."""
    at = NOW - timedelta(hours=n)
    found = answers or {"satisfaction": "4", "better": f"words {n}"}
    given = SurveyResponse(
        survey=f"survey-{n}",
        case=case,
        victim=victim,
        answers=found,
        asked_at=at,
        answered_at=at,
        changed_at=at,
    )
    return survey_responses.write(given, None)


class TestAnswers:
    @pytest.mark.parametrize("role", [Role.ADVOCATE, Role.SUPERVISOR])
    def test_list_the_latest_first_with_its_case(self, desk, role):
        a_stored_case()
        for n in (3, 1, 2):
            an_answer(n)
        desk.sign_in(role)
        page = desk.get("answers")
        places = [page.body.index(f"words {n}") for n in (1, 2, 3)]
        assert places == sorted(places)
        assert "4, good" in page.body
        assert desk.get(page.links("case?c=")[0]).status == 200
        assert ORDINARY not in "".join(page.links(""))

    def test_that_change_become_the_latest(self, desk):
        old = an_answer(3)
        an_answer(1)
        survey_responses.write(replace(old, answers={"better": "changed"}, changed_at=NOW), old)
        desk.sign_in(Role.ADVOCATE)
        page = desk.get("answers").body
        assert page.index("changed") < page.index("words 1")

    def test_show_once_over_all_pages(self, desk):
        from aviso.web.staff.survey_answers import LINES

        for n in range(2 * LINES + 3):
            an_answer(n)
        desk.sign_in(Role.SUPERVISOR)
        page, shown = desk.get("answers"), []
        for expected in (LINES, LINES, 3):
            found = [n for n in range(2 * LINES + 3) if f"words {n}<" in page.body]
            assert len(found) == expected
            shown += found
            following = [to for to in page.links("answers?after=") if "lang=" not in to]
            if following:
                page = desk.get(following[0])
        assert sorted(shown) == list(range(2 * LINES + 3))
        assert following == []

    def test_cost_one_read_and_one_write_a_page(self, desk):
        desk.sign_in(Role.ADVOCATE)
        counts = []
        for first, last in ((0, 3), (3, 60)):
            for n in range(first, last):
                an_answer(n)
            desk.get("answers")  # what is read once a process
            with aws_calls() as calls:
                assert desk.get("answers").status == 200
            counts.append(len(calls))
        assert counts[0] == counts[1]

    def test_are_noted_with_their_case(self, desk):
        an_answer(1)
        an_answer(2, case="2611240009", victim="v7")
        desk.sign_in(Role.ADVOCATE)
        desk.get("answers")
        seen = {case for _, action, case in audited() if action == "answer_viewed"}
        assert seen == {ORDINARY, "2611240009"}

    @pytest.mark.parametrize("role", [Role.RECORDS, Role.ADMINISTRATOR])
    def test_of_one_person_are_closed_to_others(self, desk, role):
        an_answer(1)
        desk.sign_in(role)
        page = desk.get("answers")
        assert page.status == 403
        assert "words 1" not in page.body
        assert 'href="answers' not in desk.get("report").body

    def test_keep_the_question_they_answered(self, desk):
        a_stored_case()
        an_answer(1, still_called="7", satisfaction="9", better="words")
        desk.sign_in(Role.ADVOCATE)
        assert '<dd class="lines">7</dd>' in desk.get("answers").body
