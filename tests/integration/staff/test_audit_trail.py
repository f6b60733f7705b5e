"""The audit trail at the desk: of a case or a day, in pages and words, and itself in the trail."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aviso.domain.model import AuditEntry
from aviso.domain.staff import Account, Role
from aviso.storage import audit, staff_accounts
from infra.harness.portal_browser import aws_calls
from infra.harness.staff_browser import case_address
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import ORDINARY, a_stored_case, at_work

PHOENIX = ZoneInfo("America/Phoenix")  # of the sample agency
DAY = NOW.astimezone(PHOENIX).date()


def noted(action="case_viewed", at=NOW, case=ORDINARY, actor="staff:id-ana", **more):
    """Leave a row in the trail."""
    at = at.astimezone(UTC)
    audit.append(AuditEntry(at=at, actor=actor, action=action, case=case, **more), 400)


def trail_of(number):
    return case_address(number).replace("case?", "trail?")


def rows(page):
    """Return the rows of the page's table, each as its text."""
    body = page.body.partition("<tbody>")[2].partition("</tbody>")[0]
    return body.split("<tr>")[1:]


class TestCaseTrail:
    def test_takes_a_typed_number_and_no_address_has_it(self, desk):
        at_work(desk, Role.SUPERVISOR)
        page = desk.post("trail", number="2611 24-0001")
        location = page.headers["Location"]
        assert location.startswith("trail?c=")
        assert ORDINARY not in location
        page = desk.get(location)
        assert f"Case {ORDINARY}" in page.text
        assert ORDINARY not in "".join(page.links("trail?"))
        assert desk.post("trail", number="half").status == 400
        assert desk.get("trail?c=guessed").status == 404

    def test_says_in_words_who_saw_and_changed(self, desk):
        a_stored_case()
        staff_accounts.save_account(Account(id="id-ana", name="ana"), NOW)
        noted("contact_corrected", NOW - timedelta(minutes=3), victim="v1")
        noted("case_viewed", NOW - timedelta(minutes=4), actor="staff:id-gone")
        noted("verify_failed", NOW - timedelta(minutes=5), actor="visitor")
        noted("legal_hold", NOW - timedelta(minutes=6), actor="operator:luz")
        noted("viewed", NOW - timedelta(minutes=7), actor="visit:abc")
        noted("refused:/accounts", NOW - timedelta(minutes=8))
        noted("of_next_year", NOW - timedelta(minutes=9))
        noted("case_viewed", case="2611249999")
        found = rows(at_work(desk, Role.SUPERVISOR).get(trail_of(ORDINARY)))
        said = (
            ("ana", "Corrected or added a contact", "Muñoz"),
            ("id-gone", "Viewed the case"),
            ("Someone at the portal who did not get in", "Gave a wrong name"),
            ("luz, from a command line", "Put a legal hold"),
            ("A visit to the portal (abc)", "Viewed the case&#39;s status"),
            ("ana", "Was refused: /accounts"),
            ("ana", "of_next_year"),
        )
        assert len(found[1:]) == len(said)  # the first is that this page was opened
        for row, parts in zip(found[1:], said, strict=True):
            assert all(part in row for part in parts), (row, parts)
        assert "Viewed the audit log" in found[0]

    @pytest.mark.parametrize("of", ["case", "day"])
    def test_has_pages_without_gaps_or_repeats(self, desk, monkeypatch, of):
        from aviso.web.staff import audit_trail

        monkeypatch.setattr(audit_trail, "LINES", 7)
        day = DAY - timedelta(days=3)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=PHOENIX)
        for n in range(30):  # over both of the days in UTC that a day here is part of
            noted(f"act_{n:02}", noon + timedelta(minutes=20 * n))
        at_work(desk, Role.SUPERVISOR)
        seen = []
        address = f"trail?day={day}" if of == "day" else trail_of(ORDINARY)
        for _ in range(9):
            page = desk.get(address)
            found = [row.partition("act_")[2][:2] for row in rows(page) if "act_" in row]
            assert len(rows(page)) <= 7
            seen += found
            after = [a for a in page.links("trail?") if "after=" in a and "lang=" not in a]
            if not after:
                break
            address = after[0]
        assert seen == [f"{n:02}" for n in reversed(range(30))]

    def test_is_found_for_a_gone_case_and_other_numbers(self, desk):
        noted("case_forgotten", case="2611240009")
        at_work(desk, Role.SUPERVISOR)
        assert "Deleted the case" in desk.get(trail_of("2611240009")).text
        a_stored_case(later_numbers=("2611240777",))
        page = desk.get(trail_of(ORDINARY))
        assert "The same case under its number 2611240777" in page.text

    def test_is_linked_for_a_supervisor_only(self, desk):
        a_stored_case()
        for role in (Role.RECORDS, Role.ADVOCATE):
            assert at_work(desk, role).get(case_address(ORDINARY)).links("trail") == []
        page = at_work(desk, Role.SUPERVISOR).get(case_address(ORDINARY))
        (address,) = [a for a in page.links("trail?c=") if "lang" not in a]
        assert "Viewed the case" in desk.get(address).text


class TestNarrowedTrail:
    @pytest.mark.parametrize("of", ["case", "day"])
    def test_shows_one_members_changes_page_by_page(self, desk, monkeypatch, of):
        from aviso.web.staff import audit_trail

        monkeypatch.setattr(audit_trail, "LINES", 3)
        for n in range(4):
            at = NOW - timedelta(minutes=n)
            for actor in ("staff:id-ana", "staff:id-bo"):
                noted("contact_corrected", at, actor=actor, victim=actor[-3:])
                noted("case_viewed", at, actor=actor)
        at_work(desk, Role.SUPERVISOR)
        page = desk.get("trail" if of == "day" else trail_of(ORDINARY))
        page = desk.get(next(a for a in page.links("trail?") if "changes=" in a))
        found = rows(page)
        assert len(found) == 3
        assert not any("Viewed" in row for row in found)
        page = desk.get([a for a in page.links("trail?") if "who=" in a][-1])
        whose = [rows(page)]
        after = [a for a in page.links("trail?") if "after=" in a and "lang=" not in a]
        whose.append(rows(desk.get(after[0])))
        assert [len(part) for part in whose] == [3, 1]
        assert len({"id-bo" in row for part in whose for row in part}) == 1

    def test_shows_one_act_beside_the_other_filters(self, desk):
        for action in ("case_viewed", "contact_corrected", "note_added"):
            noted(action, NOW - timedelta(minutes=3))
            noted(action, NOW - timedelta(minutes=5), actor="staff:id-bo")
        at_work(desk, Role.SUPERVISOR)
        page = desk.get("trail?changes=1")
        page = desk.get([a for a in page.links("trail?") if "what=" in a][-1])
        assert [row.count("id-bo") > 0 for row in rows(page)] == [False, True]
        assert len({row.partition("scope=")[2].partition("</th>")[0] for row in rows(page)}) == 1
        page = desk.get(next(a for a in page.links("trail?") if "who=" in a))
        assert len(rows(page)) == 1
        back = [a for a in page.links("trail?") if "lang=" not in a and "what=" not in a]
        assert any("who=" in a and "changes=" in a for a in back)

    def test_has_one_line_for_a_look_at_many_cases(self, desk):
        at = NOW - timedelta(minutes=5)
        for n in range(3):
            noted("tasks_viewed", at.replace(second=n), case=f"261124000{n}", victim=f"v{n}")
        noted("tasks_viewed", at.replace(second=9), actor="staff:id-bo")
        noted("tasks_viewed", at - timedelta(minutes=1))
        found = rows(at_work(desk, Role.SUPERVISOR).get("trail"))
        seen = [row for row in found if "Viewed the task list" in row]
        assert len(seen) == 3
        (look,) = [row for row in seen if "2611240002" in row]
        assert all(f"261124000{n}</a> v{n}" in look for n in range(3))


class TestDayTrail:
    def test_has_the_agencys_own_day(self, desk):
        day = DAY - timedelta(days=3)
        begins = datetime(day.year, day.month, day.day, tzinfo=PHOENIX)
        noted("just_before", begins - timedelta(seconds=1))
        noted("the_first", begins)
        noted("the_last", begins + timedelta(days=1, seconds=-1))
        noted("just_after", begins + timedelta(days=1))
        text = at_work(desk, Role.SUPERVISOR).get(f"trail?day={day}").text
        assert [a in text for a in ("just_before", "the_first", "the_last", "just_after")] == [
            *(False, True, True, False),
        ]
        for nonsense in ("x", "9999-01-01", "0001-01-01", "0001-01-02"):
            assert desk.get(f"trail?day={nonsense}").status == 200
        earliest = desk.get("trail?day=0001-01-01")
        assert "Nothing is logged here." in earliest.text
        assert "The day before" not in earliest.text

    def test_reads_as_much_on_a_busy_day_as_a_quiet_one(self, desk, monkeypatch):
        from aviso.web.staff import audit_trail

        monkeypatch.setattr(audit_trail, "LINES", 5)
        at_work(desk, Role.SUPERVISOR)
        day = DAY - timedelta(days=3)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=PHOENIX)
        made = []
        for more in (6, 60):
            for n in range(more):
                noted(at=noon + timedelta(seconds=n))
            with aws_calls() as calls:
                desk.get(f"trail?day={day}")
            made.append(len(calls))
        assert made[0] == made[1]
        for n in range(
            6
        ):  # of the later of the two days in UTC, so that the other is not asked for
            noted(at=noon + timedelta(hours=9, seconds=n))
        with aws_calls() as calls:
            desk.get(f"trail?day={day}")
        assert len(calls) == made[0] - 4


LISTS = {
    "trail?day=2026-11-20": ("2026-11-20", {"sk": "2026-11-20T19:00:00.000000Z#1"}),
    "trail?day=2026-11-21": ("2026-11-21", {"sk": "2026-11-21T19:00:00.000000Z#1"}),
    "trail": (ORDINARY, {"pk": "2026-11-20#1", "sk": "s", "case": ORDINARY, "at": "2026"}),
    "tasks?": ("tasks", {"id": "n1", "deadline": "2026-11-20T19:00:00.000000Z"}),
    "answers?": ("answers", {"survey": "s1", "at": "2026-11-20T19:00:00.000000Z"}),
    "seen?": ("seen", {"pk": "REPLY#r1", "at": "2026-11-20T19:00:00.000000Z"}),
}


class TestPlace:
    @pytest.mark.parametrize("page", LISTS)
    def test_of_another_list_is_the_beginning(self, desk, page):
        from aviso.web.staff import sealed_references

        a_stored_case()
        at_work(desk, Role.SUPERVISOR)
        others = [place for list, place in LISTS.items() if list != page]
        address = trail_of(ORDINARY) if page == "trail" else page
        for list, after in others:
            reference = sealed_references.seal_place(after, list)
            assert desk.get(f"{address}&after={reference}").status == 200, list
            assert sealed_references.place(reference, LISTS[page][0]) == {}
            assert sealed_references.place(reference, list) == after
