"""Closing calls at the desk: a list of their own, in the menu only where the agency makes them."""

from datetime import timedelta

import pytest

from aviso.domain.call_backs import was_listed
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.storage import notices
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    a_closing_call,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)

LIST = "tasks?kind=call_back"


def menu(page):
    """Return the count of each link of the menu."""
    links = page.root.xpath('//nav[@id="menu"]//a')
    return {a.get("href"): "".join(a.xpath('span[contains(@class, "n")]/text()')) for a in links}


def listed(page):
    return len(page.root.xpath('//a[@class="open"]'))


class TestMenu:
    def test_has_the_list_only_where_calls_are_made(self, desk):
        assert LIST not in menu(at_work(desk).get("tasks"))

    def test_counts_calls_apart(self, calling):
        a_stored_case()
        a_closing_call(), a_held_notice()
        counts = menu(at_work(calling).get("tasks"))
        assert (counts[LIST], counts["tasks"], counts["tasks?whose=nobody"]) == ("1", "1", "1")


class TestList:
    def test_is_apart_from_what_is_owed(self, calling):
        a_stored_case()
        a_closing_call()
        clerk = at_work(calling)
        assert [listed(clerk.get(page)) for page in ("tasks", "tasks?due=late", LIST)] == [0, 0, 1]

    def test_is_late_for_nobody(self, calling):
        a_stored_case()
        a_closing_call(deadline=NOW - timedelta(days=1))
        page = at_work(calling).get("tasks")
        assert not page.root.xpath('//nav[@id="menu"]//span[@class="n late"]')

    def test_has_a_script_and_what_not_to_say(self, calling):
        a_stored_case()
        a_closing_call()
        clerk = at_work(calling)
        (first,) = clerk.get(LIST).root.xpath('//a[@class="open"]/@href')
        said = " ".join(clerk.get(first).text.split())
        assert "No se ha arrestado a nadie" in said  # her language
        assert "No one has been arrested" in said
        assert "A promise." in said


class TestWords:
    @pytest.mark.parametrize("status", ["SUSPENDED", "NO_STAFF", "CLOSED"])
    def test_call_no_case_over_that_is_not(self, calling, status, settings):
        a_stored_case(status=status)
        a_closing_call()
        clerk = at_work(calling)
        listing = clerk.get(LIST)
        (card,) = listing.root.xpath('//a[@class="open"]/@href')
        said = " ".join(clerk.get(card).text.split())
        assert status in settings.call_backs.statuses
        assert settings.statuses[status].meaning["es"] in said  # her language
        assert "Work on the case stopped without an arrest." in said
        assert "work on their case stopped without an arrest: 1." in listing.text
        assert "case ended" not in said + listing.text
        assert "will be opened again" not in said

    def test_are_so_in_spanish(self, calling):
        a_stored_case(status="NO_STAFF")
        a_closing_call()
        clerk = at_work(calling)
        (card,) = clerk.get(LIST).root.xpath('//a[@class="open"]/@href')
        said = " ".join(clerk.get(f"{card}&lang=es").text.split())
        assert "Se dejó de trabajar en el caso sin que hubiera un arresto." in said
        assert "caso terminó" not in said


class TestOutcome:
    def test_told_ends_the_task_and_keeps_who_was_chosen(self, calling):
        a_stored_case()
        id = a_closing_call()
        pick = {f"pick-{id}": "yes"}
        clerk = at_work(calling)
        clerk.post("telephoned", confirmed="yes", who="Ana", how="phone", why="", **pick)
        found = notice(id)
        assert (found.state, found.reason) == (State.SUPPRESSED, StopReason.TOLD_BY_PERSON)
        assert found.held_for == HoldReason.CALL_BACK
        clerk.post("untell", confirmed="yes", **pick)
        assert (notice(id).state, notice(id).reason) == (State.HELD, HoldReason.CALL_BACK)

    def test_told_of_a_released_call_keeps_who_was_chosen(self, calling):
        a_stored_case()
        id = a_closing_call()
        pick = {f"pick-{id}": "yes"}
        clerk = at_work(calling)
        why = HoldReason.CALL_BACK
        notices.move(
            notice(id), State.PLANNED, due_at=NOW, reason="", overruled=(why,), held_for=why
        )
        clerk.post("hold", confirmed="yes", **pick)
        assert notice(id).reason == HoldReason.DESK
        clerk.post("telephoned", confirmed="yes", who="Ana", how="phone", why="", **pick)
        assert was_listed(notice(id))

    def test_not_reached_keeps_the_task(self, calling):
        from infra.harness.staff_browser import case_address

        a_stored_case()
        id = a_closing_call()
        case = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
        at_work(calling).post("call", outcome="no_answer", **case)
        assert notice(id).state is State.HELD
