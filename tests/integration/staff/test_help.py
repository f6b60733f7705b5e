"""The help page, the guide of a new account, and the words on pages that ask for a yes."""

import re
from datetime import UTC, datetime

import pytest

from aviso.content import markup
from aviso.domain.staff import STAFF, Role
from aviso.staff import account_locks
from aviso.staff.acts import ACTS
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import ORDINARY, a_stored_case, at_work

LANGUAGES = ("en", "es")
CASES = {"en": "A task is a notice", "es": "Una tarea es un aviso"}
ACCOUNTS = {"en": "You invite colleagues", "es": "Usted invita a colegas"}
QUOTED = re.compile(r'"([^"]+)"')


@pytest.fixture(params=LANGUAGES)
def said(request, compiled):
    """Give the desk's strings in a language."""
    from aviso.web.staff import pages

    return pages.strings(request.param)


def guide_words(said):
    """Return the strings of the help page and of the guide."""
    return {key: said[key] for key in said if key.startswith(("desk_help_", "desk_guide_"))}


class TestHelpPage:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("role", sorted(STAFF))
    def test_is_for_everyone_and_is_linked_everywhere(self, desk, role, language):
        desk.language = language
        at_work(desk, role)
        page = desk.get("help")
        assert page.status == 200
        assert "help" in desk.get("report").links("help")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_an_anchor_for_each_section(self, desk, language):
        from aviso.web.staff.help import SECTIONS

        desk.language = language
        page = at_work(desk).get("help")
        targets = {f"#{id}" for id in page.root.xpath("//h2/@id")} - {"#contents"}
        assert targets == {f"#{name}" for name in SECTIONS}
        assert page.root.xpath("//nav[@aria-labelledby='contents']//a/@href") == [
            f"#{name}" for name in SECTIONS
        ]

    def test_quotes_only_labels_that_exist(self, said):
        labels = {text.rstrip(".: ") for text in said.values()}
        quoted = {found for text in guide_words(said).values() for found in QUOTED.findall(text)}
        assert len(quoted) > 10
        assert {" ".join(label.split()) for label in quoted} - labels == set()

    def test_has_paragraphs_and_lists_alone(self, said):
        forms = {p.form for text in guide_words(said).values() for p in markup.parse(text)}
        assert forms <= {markup.Form.PARAGRAPH, markup.Form.ITEMS}

    def test_has_no_marks_that_nobody_reads(self, said):
        assert [key for key, text in said.items() if "**" in text] == []

    def test_breaks_no_item_of_a_list(self, said):
        parts = [part for text in guide_words(said).values() for part in markup.parse(text)]
        broken = [p.text for p in parts if p.form is markup.Form.PARAGRAPH and p.text[:1].islower()]
        assert broken == []


class TestGuide:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        ("roles", "cases", "accounts"),
        [
            ((Role.RECORDS,), True, False),
            ((Role.ADVOCATE,), True, False),
            ((Role.ADMINISTRATOR,), False, True),
            ((Role.SUPERVISOR, Role.ADMINISTRATOR), True, True),
        ],
    )
    def test_is_about_the_members_own_work(self, desk, language, roles, cases, accounts):
        desk.language = language
        page = at_work(desk, *roles).get("welcome")
        assert (CASES[language] in page.text) is cases
        assert (ACCOUNTS[language] in page.text) is accounts

    def test_is_first_until_it_is_closed_and_never_again(self, desk):
        at_work(desk, Role.RECORDS)
        for _ in range(2):
            assert desk.get("/").headers["Location"] == "welcome"
            assert desk.get("tasks").status == 200  # it stops no work
        for _ in range(2):  # a form may come twice
            assert desk.post("welcome").headers["Location"] == "./"
            assert desk.get("/").headers["Location"] == "tasks"
        at_work(desk, Role.RECORDS)  # another session of the account
        assert desk.get("/").headers["Location"] == "tasks"
        assert [action for _, action, _ in audited()].count("guide_read") == 1

    def test_of_another_account_is_its_own(self, desk):
        at_work(desk, Role.RECORDS)
        desk.post("welcome")
        desk.sign_in(Role.RECORDS, id="id-colleague")
        assert desk.get("/").headers["Location"] == "welcome"

    def test_stays_closed_when_the_account_changes(self, desk):
        at_work(desk, Role.ADMINISTRATOR)
        desk.post("welcome")
        account_locks.after_sign_in("id-administrator", "administrator", datetime.now(UTC))
        assert desk.get("/").headers["Location"] == "report"


class TestConfirmation:
    def test_says_of_each_act_if_it_can_be_undone(self, said):
        asked = {
            key.removesuffix("_text")
            for key in said
            if key.startswith("desk_confirm_") and key.endswith("_text")
        }
        assert len(asked) > 20
        undone = {key.removesuffix("_undo") for key in said if key.endswith("_undo")}
        assert {key for key in undone if key.startswith("desk_confirm_")} == asked

    def test_leads_to_a_section_that_exists(self, compiled):
        from aviso.web.staff.help import SECTIONS

        assert {act.help for act in ACTS.values()} <= set(SECTIONS)

    def test_shows_it_with_the_help(self, desk, said):
        a_stored_case()
        at_work(desk, Role.SUPERVISOR)
        desk.language = "es" if said["language_name"] == "Español" else "en"
        page = desk.post("restrict", c=case_address(ORDINARY).removeprefix("case?c="))
        assert said["desk_confirm_restrict_undo"] in page.text
        assert page.links("help#") == ["help#restricted"]
