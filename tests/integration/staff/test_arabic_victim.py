"""A victim who reads Arabic, at a desk that speaks English and Spanish."""

from infra.harness.builders import NOW, a_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import ORDINARY, a_held_notice, at_work


class TestArabicVictim:
    def test_is_called_with_words_of_the_desk(self, desk, arabic):
        """The task names the language, so that an interpreter is asked for."""
        builder = a_case().with_report(number=ORDINARY, origin=ORDINARY)
        builder = builder.with_victim(language="ar").with_suspect()
        store(builder.with_arrest(arrested_at=NOW).case)
        a_held_notice()
        page = at_work(desk).get(case_address(ORDINARY))
        queue = desk.get("tasks")
        assert page.status == 200
        assert 'lang="en" dir="auto"' in page.body
        assert 'lang="ar"' not in page.body
        assert "Arabic" in queue.text

    def test_does_not_make_the_desk_speak_arabic(self, desk, arabic):
        at_work(desk)
        desk.language = "ar"
        page = desk.get("help")
        spanish = desk.get("help?lang=es")
        assert (page.lang, spanish.lang) == ("en", "es")
        assert 'hreflang="ar"' not in page.body
