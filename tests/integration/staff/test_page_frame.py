"""What every page of the desk has around it: what stops messages, and the other language."""

from datetime import timedelta
from typing import Any

import pytest

from aviso.domain.staff import Role
from aviso.storage import sending_controls
from aviso.storage.guard_items import GuardItem
from aviso.storage.sending_controls import SWITCHES
from infra.harness.portal_browser import aws_calls
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import NOW, ORDINARY, a_held_notice, a_stored_case, at_work

PAGES = {
    Role.RECORDS: ("tasks", "inbox", "find", "letters", "contacts", "report", "accounts"),
    Role.ADVOCATE: ("answers", "tasks"),
    Role.SUPERVISOR: ("switches", "report"),
    Role.ADMINISTRATOR: ("accounts", "switches", "report", "health"),
}
TRIAL = "Trial mode is on. Only the guests get messages"
STOPS: dict[str, dict[str, Any]] = {
    "All messages are stopped. No message is sent": {"kill": True},
    "The automatic pause is on. No message is sent": {"brake": "notices"},
    TRIAL: {"trial": True},
}


def turn(**changes):
    """Turn switches, as a supervisor would."""
    attributes = GuardItem.get_attributes()
    GuardItem(SWITCHES).update([attributes[name].set(to) for name, to in changes.items()])


class TestHead:
    @pytest.mark.parametrize(
        ("language", "name"), [("en", "Sonora Wells PD"), ("es", "Policía de Sonora Wells")]
    )
    def test_has_the_short_name_of_the_readers_language(self, desk, language, name):
        page = at_work(desk).get(f"tasks?lang={language}")
        assert page.root.xpath('//*[@class="brand"]/a')[0].text.strip() == name


class TestStopMessage:
    @pytest.mark.parametrize("said", STOPS)
    @pytest.mark.parametrize("role", PAGES)
    def test_is_on_every_page(self, desk, pool, role, said):
        at_work(desk, role)
        assert not any(said in desk.get(page).text for page in PAGES[role])
        turn(**STOPS[said])
        for name in PAGES[role]:
            page = desk.get(name)
            assert page.text.count(said) == 1, name
            may = role in (Role.SUPERVISOR, Role.ADMINISTRATOR) and name != "switches"
            assert ("Go to Sending controls" in page.text) is may, name

    @pytest.mark.usefixtures("never_switched")
    def test_is_there_before_anybody_turned_a_switch(self, desk):
        page = at_work(desk, Role.SUPERVISOR).get("switches")
        assert TRIAL in page.text
        desk.confirm("switch", do="trial_off")
        assert TRIAL not in desk.get("switches").text

    def test_is_on_cases_and_answers_and_not_on_sign_in(self, desk):
        a_stored_case()
        turn(kill=True, trial=True)
        at_work(desk, Role.RECORDS)
        case = case_address(ORDINARY)
        for page in (desk.get(case), desk.post("restrict", c=case.removeprefix("case?c="))):
            assert "All messages are stopped." in page.text
            assert "Trial mode is on." in page.text
        desk.jar.clear()
        assert "All messages are stopped." not in desk.get("sign-in").text

    @pytest.mark.parametrize("page", ["switches", "case"])
    def test_reads_the_switches_no_second_time(self, desk, monkeypatch, page):

        a_stored_case()
        at_work(desk, Role.SUPERVISOR)
        address = case_address(ORDINARY) if page == "case" else page
        with aws_calls() as once:
            desk.get(address)
        monkeypatch.setattr(sending_controls, "switches", lambda: pytest.fail("read again"))
        if page == "case":
            desk.get(address)
        else:
            # The account, the switches, and the letters.
            assert once.count("GetItem") == 3


class TestMenu:
    @pytest.mark.parametrize(
        ("language", "words"), [("en", "some past deadline"), ("es", "con plazos vencidos")]
    )
    @pytest.mark.parametrize("late", [True, False])
    def test_says_in_words_what_is_late(self, desk, late, language, words):
        a_held_notice(deadline=NOW + timedelta(hours=-1 if late else 1))
        page = at_work(desk).get(f"tasks?lang={language}")
        (link,) = page.root.xpath('//nav[@id="menu"]//a[@href="tasks"]')
        assert (words in link.text_content()) is late


class TestOtherLanguage:
    @pytest.mark.parametrize(
        ("address", "there"),
        [
            ("tasks", "tasks?lang=es"),
            ("tasks?whose=mine&due=late", "tasks?whose=mine&due=late&lang=es"),
            (
                "figures?first=2026-11-01&last=2026-11-24",
                "figures?first=2026-11-01&last=2026-11-24&lang=es",
            ),
            ("find?lang=en", "find?lang=es"),
            ("nowhere", "./?lang=es"),
            ("accounts", "accounts?lang=es"),  # refused, and it stays so
            ('tasks?whose="><b>', "tasks?whose=%22%3E%3Cb%3E&lang=es"),
        ],
    )
    def test_shows_the_same_page_and_query(self, desk, address, there):
        page = at_work(desk, Role.RECORDS).get(address)
        assert there in page.links(there.partition("?")[0])
        assert "<b>" not in page.body.partition("<main")[0]

    def test_keeps_a_case_open_and_its_reference_sealed(self, desk):
        a_stored_case()
        address = case_address(ORDINARY)
        there, *_ = at_work(desk).get(address).links("case?c=")
        assert there.startswith(address.replace("=", "=", 1).split("&")[0][:20])
        assert ORDINARY not in there
        page = desk.get(there)
        assert 'lang="es"' in page.body
        assert f"Caso {ORDINARY}" in page.text

    def test_leads_from_an_answer_to_its_form(self, desk, pool):
        a_stored_case()
        held = a_held_notice()
        at_work(desk, Role.SUPERVISOR, Role.ADMINISTRATOR)
        c = case_address(ORDINARY).removeprefix("case?c=")
        for path, form, there in (
            ("restrict", {"c": c}, "case?c="),
            ("correct", {"c": c, "victim": "v1", "typed": "half"}, "case?c="),
            ("release", {f"pick-{held}": "yes"}, "tasks?lang=es"),
            ("release", {f"pick-{held}": "yes", "c": c}, "case?c="),
            ("switch", {"do": "kill_on"}, "switches?lang=es"),
            ("invite", {"name": "x"}, "accounts?lang=es"),
            ("find", {"what": "2611249999"}, "find?lang=es"),
            ("take", {"do": "nonsense"}, "tasks?lang=es"),
            ("note", {}, "./?lang=es"),
        ):
            page = desk.post(path, **form)
            (other,) = [a for a in page.links(there) if a.endswith("lang=es")]
            assert desk.get(other.removeprefix("./").replace("=es", "=en")).status in (200, 303), (
                path
            )
