"""The work queue: one row a person, and the next task after each act."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.storage import cases, notices, print_runs
from infra.harness.builders import STALKING
from infra.harness.portal_browser import aws_calls
from infra.harness.staff_browser import audited, case_address, say_of_case
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    RESTRICTED,
    THREE,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)
from tests.integration.staff.task_forms import boxes, follow, form_of, picked, tell, to_first


class TestRow:
    def test_has_name_offense_language_and_what_must_be_told(self, desk):
        a_stored_case(offense="13-1507")
        ids = {a_held_notice(), a_held_notice(fact="appearance:a1", kind=Kind.INITIAL_APPEARANCE)}
        page = at_work(desk).get("tasks")
        (row,) = page.root.xpath("//tbody/tr")
        said = " ".join(row.text_content().split())
        assert boxes(page) == ids
        for words in ("Ana Muñoz-v1", "Burglary in the second degree", "Arrest", "Court date"):
            assert words in said
        assert "13-1507" not in page.text
        assert "3 h left" in said

    def test_comes_after_the_buttons_for_the_list(self, desk):
        a_stored_case()
        a_held_notice()
        page = at_work(desk).get("tasks")
        (table,) = page.root.xpath('//form[@id="picked"]/table')
        assert [before.get("class") for before in table.xpath("preceding-sibling::div")] == ["bulk"]

    def test_is_one_for_each_person_of_a_case(self, desk):
        a_stored_case()
        a_held_notice()
        assert len(at_work(desk).get("tasks").root.xpath("//tbody/tr")) == 1
        a_stored_case(THREE[0])
        a_held_notice(THREE[0])
        assert len(desk.get("tasks").root.xpath("//tbody/tr")) == 2

    def test_leads_to_the_case_without_naming_it(self, desk):
        a_stored_case()
        a_held_notice()
        (to,) = at_work(desk).get("tasks?whose=nobody").root.xpath('//a[@class="open"]/@href')
        assert ORDINARY not in to
        assert "v1" not in dict(parse_qsl(urlsplit(to).query)).values()
        assert "whose=nobody" in to


class TestWhy:
    @pytest.mark.parametrize(
        ("safe", "reasons", "warns"),
        [
            (True, ("no_channel_left", "contact_of_suspect"), True),
            (False, ("no_channel_left",), True),
            (False, ("not_safe_to_contact",), True),
            (True, ("no_channel_left",), False),
        ],
        ids=["a later task", "the person", "the first task", "nobody"],
    )
    def test_warns_of_a_person_who_is_not_safe(self, desk, safe, reasons, warns):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, safe_to_contact=safe, digest="2"), before)
        for n, reason in enumerate(reasons, 1):
            a_held_notice(reason=reason, fact=f"arrest:a{n}", deadline=NOW + timedelta(hours=n))
        (row,) = at_work(desk).get("tasks").root.xpath("//tbody/tr")
        pills = [pill.text for pill in row.xpath('.//span[contains(@class, "pill bad")]')]
        assert pills.count("Not safe to contact") == warns


class TestMark:
    PAGES = ("tasks", "call-list", "case", "telephoned", "release")

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize(
        ("victim", "words"),
        [
            ({"minor": True}, {"en": "Minor", "es": "Menor de edad"}),
            ({"deceased": True}, {"en": "Deceased", "es": "Falleció"}),
            ({"incapacitated": True}, {"en": "Incapacitated", "es": "Incapacitada"}),
            ({}, {}),
        ],
        ids=["minor", "deceased", "incapacitated", "adult"],
    )
    def test_says_that_somebody_else_is_told(self, desk, page, victim, words):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, **victim), before)
        id = a_held_notice()
        at_work(desk)
        for language in words or ("en", "es"):
            desk.language = language
            marks = set(self.opened(desk, page, id).root.xpath('//*[@class="pill warn"]/text()'))
            every = {"Minor", "Menor de edad", "Deceased", "Falleció"}
            every |= {"Incapacitated", "Incapacitada"}
            assert marks & every == ({words[language]} if words else set())

    def opened(self, desk, page, id):
        if page == "case":
            return desk.get(case_address(ORDINARY))
        return desk.get(page) if page == "tasks" else desk.post(page, **picked(id))

    def test_is_in_the_file(self, desk):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, minor=True), before)
        a_held_notice()
        assert "Ana Muñoz-v1 (Minor)," in at_work(desk).post("tasks-csv").body


class TestTabs:
    def test_count_people_and_keep_whose_tasks(self, desk):
        a_stored_case()
        a_stored_case(RESTRICTED, offense=STALKING)
        a_held_notice(deadline=NOW - timedelta(hours=1))
        a_held_notice(fact="arrest:a2", deadline=NOW - timedelta(hours=2))
        a_held_notice(RESTRICTED, "restricted_offense", deadline=NOW + timedelta(hours=2))
        page = at_work(desk).get("tasks?whose=nobody")
        tabs = {
            " ".join(a.text_content().split()): a.get("href")
            for a in page.root.xpath('//nav[@class="tabs"]//a')
        }
        assert set(tabs) == {
            *("All 2", "Past deadline 1", "Due today 1", "Restricted 1"),
            *("Not safe to contact 0", "No working contact 1"),
        }
        assert tabs["Past deadline 1"] == "tasks?whose=nobody&due=late"


class TestRail:
    def test_counts_what_waits_for_each_role(self, desk, three):
        desk.post("take", do="take", **picked(three[0]))
        page = desk.get("report")
        rail = {" ".join(a.text_content().split()) for a in page.root.xpath('//nav[@id="menu"]//a')}
        assert {"My tasks 1", "Unassigned 2", "All tasks 3", "Inbox 0"} <= rail
        at_work(desk, Role.ADMINISTRATOR)
        assert "My tasks" not in desk.get("accounts").text

    def test_counts_letters_to_print_and_to_post(self, desk, three):
        a_held_notice(THREE[0], reason="", state=State.QUEUED, fact="arrest:letter")
        print_runs.put_unposted({"run-1": 2}, NOW)
        assert "To print (1)" in desk.get("letters").text
        (link,) = desk.get("report").root.xpath('//nav[@id="menu"]//a[@href="letters"]')
        assert link.text_content().split()[-1] == "3"

    def test_costs_the_same_calls_among_many_cases(self, desk, three):
        with aws_calls() as few:
            desk.get("switches")
        for n in range(20, 50):
            a_stored_case(f"26112400{n}")
            a_held_notice(f"26112400{n}")
        with aws_calls() as many:
            desk.get("switches")
        assert few == many
        assert "Scan" not in many


class TestNext:
    def test_follows_after_they_were_told(self, desk, three):
        page = to_first(desk, "?whose=nobody")
        assert "task 1 of 3" in page.text
        for n, number in enumerate(THREE[1:], 1):
            page = follow(desk, tell(desk, page))
            assert f"Case {number}" in page.text
            assert f"task 1 of {3 - n}" in page.text
            assert "Recorded as told: 1" in page.text
        page = follow(desk, tell(desk, page))
        assert "Nobody waits" in page.text or "No tasks match" in page.text
        assert [notice(id).state for id in three] == [State.SUPPRESSED] * 3

    def test_wraps_to_what_is_left(self, desk, three):
        (*_, last) = desk.get("tasks").root.xpath('//a[@class="open"]/@href')
        page = follow(desk, tell(desk, desk.get(last)))
        assert f"Case {THREE[0]}" in page.text

    def test_skips_a_case_that_the_member_may_not_see(self, desk, three):
        page = to_first(desk)
        say_of_case(THREE[1], "restricted")
        assert f"Case {THREE[2]}" in follow(desk, tell(desk, page)).text

    def test_follows_a_task_that_was_assigned_on_the_way(self, desk, three):
        (_, second, _) = desk.get("tasks?whose=nobody").root.xpath('//a[@class="open"]/@href')
        page = follow(desk, desk.post("take", do="take", **form_of(desk.get(second), "take")))
        (to_next,) = page.root.xpath('//a[@rel="next"]/@href')
        assert f"Case {THREE[2]}" in desk.get(to_next).text
        page = follow(desk, tell(desk, page))
        assert f"Case {THREE[2]}" in page.text
        assert "task 2 of 2" in page.text
        page = follow(desk, tell(desk, page))
        assert f"Case {THREE[0]}" in page.text

    def test_does_not_come_after_an_act_that_did_nothing(self, desk, three):
        page = to_first(desk)
        notices.move(notice(three[0]), State.PLANNED, due_at=None)
        stays = follow(desk, tell(desk, page))
        assert f"Case {THREE[0]}" in stays.text
        assert "No longer waiting" in stays.text


class TestCard:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", {"phone": "I told them by phone", "person": "I told them in person"}),
            ("es", {"phone": "Ya avisé por teléfono", "person": "Ya avisé en persona"}),
        ],
    )
    def test_asks_how_they_were_told_and_chooses_nothing(self, desk, three, language, said):
        desk.language = language
        page = to_first(desk)
        assert "how" not in form_of(page, "telephoned")
        buttons = page.root.xpath('//form[@class="tell"]//button')
        assert {button.get("value"): button.text_content() for button in buttons} == said
        assert not page.root.xpath('//form[@class="tell"]//select')

    def test_has_a_disabled_first_button_for_enter(self, desk, three):
        form = '//form[@action="telephoned"]'
        (first, *_) = to_first(desk).root.xpath(f"({form}//button | {form}//input[@type='submit'])")
        assert {"hidden", "disabled"}.issubset(first.attrib)


class TestSavedView:
    def test_is_kept_for_its_member_and_can_be_forgotten(self, desk):
        at_work(desk, Role.RECORDS)
        desk.post("view", do="save", name="Late arrests", due="late", kind="arrest")
        (to,) = desk.get("tasks").root.xpath('//ul[@class="views"]//a/@href')
        assert to == "tasks?due=late&kind=arrest"
        assert not at_work(desk, Role.ADVOCATE).get("tasks").root.xpath('//ul[@class="views"]')
        at_work(desk, Role.RECORDS)
        desk.post("view", do="drop", name="Late arrests")
        assert "Late arrests" not in desk.get("tasks").text

    def test_leaves_one_filter_out_for_each_chip_of_a_list(self, desk):
        page = at_work(desk, Role.RECORDS).get("tasks?due=late&division=West")
        links = page.root.xpath('//ul[@class="views"]//a')
        assert {a.text_content(): a.get("href") for a in links} == {
            "Remove: Deadline: Past deadline ×": "tasks?division=West",
            "Remove: Division: West ×": "tasks?due=late",
            "Clear filters": "tasks",
        }

    def test_is_refused_when_there_is_no_room(self, desk):
        at_work(desk, Role.RECORDS)
        for n in range(9):
            went = desk.post("view", do="save", name=f"View {n}", due="late").headers["Location"]
        assert "views_full=1" in went


class TestCallList:
    def test_has_phones_and_why_one_is_not_used(self, desk, three):
        page = desk.post("call-list")
        assert page.text.count("520-555-0118") == 3
        assert {c for _, action, c in audited() if action == "call_listed"} == set(THREE)

    @pytest.mark.parametrize(("language", "said"), [("en", "3-3 of 3"), ("es", "3-3 de 3")])
    def test_says_which_part_of_the_list_it_is(self, desk, three, monkeypatch, language, said):
        monkeypatch.setattr("aviso.web.staff.tasks.LINES", 2)
        desk.language = language
        page = desk.post("call-list", page="2")
        assert page.heading.endswith(f": {said}")
        assert page.text.count("520-555-0118") == 1

    def test_is_a_file_for_a_spreadsheet(self, desk, three):
        page = desk.post("tasks-csv", whose="nobody")
        assert page.headers["Content-Type"].startswith("text/csv")
        lines = page.body.lstrip("\ufeff").splitlines()
        assert lines[0].startswith("Person and case,Case,Offense,Language")
        assert [line.split(",")[1] for line in lines[1:]] == list(THREE)
        assert {c for _, action, c in audited() if action == "tasks_listed"} == set(THREE)

    def test_has_no_restricted_case_for_records(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        a_held_notice(RESTRICTED, "trial_mode")
        at_work(desk, Role.RECORDS)
        for path in ("call-list", "tasks-csv"):
            assert RESTRICTED not in desk.post(path).body
