"""Finding a case at the desk by the name of a victim, or of who speaks for one."""

from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.staff import Role
from aviso.staff import people_search
from aviso.storage import cases, name_index
from aviso.web import constant_time
from infra.harness.builders import STALKING, a_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, subjects
from tests.integration.staff.conftest import ORDINARY, RESTRICTED, a_stored_case, at_work

NAME = "Ana Muñoz"
NOBODYS = "Eva Garza"


def one_of_many(n: int, **victim: Any) -> None:
    """Store the n-th case of a victim who has the same name as others."""
    number = f"26112410{n:02d}"
    builder = a_case().with_report(number=number, origin=number, **victim.pop("report", {}))
    store(replace(builder.with_victim(**victim).case, number=number))


class TestSearch:
    @pytest.mark.parametrize("typed", [NAME, "MUNOZ, ANA", "muñoz", "munoz ana"])
    def test_lists_even_one_case_and_opens_none(self, desk, typed):
        a_stored_case(division="Central")
        page = at_work(desk).post("find", what=typed)
        assert page.status == 200
        assert len(page.links("case?c=")) == 1
        assert ORDINARY in page.text
        assert "Central" in page.text
        assert "Two people may have the same name" in page.text
        assert ("staff:id-advocate", "case_listed", ORDINARY) in audited()
        assert not [row for row in audited() if row[1] == "case_viewed"]

    def test_shows_first_letters_and_month_of_birth_alone(self, desk):
        a_stored_case()
        page = at_work(desk).post("find", what="muñoz")
        assert "A. M. V., born 04/1985" in page.text
        assert "12" not in page.text.partition("born")[2].partition("Reported")[0]
        assert "Ana" not in page.body
        assert "Muñoz" not in page.text.replace(page.value("what"), "")

    def test_finds_no_suspect(self, desk):
        a_stored_case()
        assert "No case has this." in at_work(desk).post("find", what="Sam Poole").text

    def test_writes_no_name_to_the_audit_trail(self, desk):
        a_stored_case()
        clerk = at_work(desk, Role.RECORDS)
        clerk.post("find", what=NAME)
        clerk.post("find", what=NOBODYS)
        digest, other = map(name_index.typed_hash, (["ana", "munoz"], ["eva", "garza"]))
        assert ("staff:id-records", "case_listed", digest) in subjects()
        assert ("staff:id-records", "search_found_nothing", other) in subjects()
        assert not [s for _, _, s in subjects() if "ana" in s.lower() or "garza" in s.lower()]

    @pytest.mark.parametrize("typed", ["Muñoz", NAME, "Muñoz, Ana"])
    def test_tells_records_nothing_of_a_restricted_case(self, desk, typed):
        clerk = at_work(desk, Role.RECORDS)
        on_none = clerk.post("find", what=typed)
        a_stored_case(RESTRICTED, offense=STALKING)
        on_one = clerk.post("find", what=typed)
        assert (on_one.status, on_one.body) == (on_none.status, on_none.body)
        assert "ask an advocate or a supervisor to search" in on_one.text
        assert ("staff:id-records", "case_found_restricted", RESTRICTED) in audited()
        a_stored_case()
        beside = clerk.post("find", what=typed)
        assert len(beside.links("case?c=")) == 1
        assert RESTRICTED not in beside.body
        assert len(at_work(desk, Role.ADVOCATE).post("find", what=typed).links("case?c=")) == 2


class TestCommonName:
    def test_is_shown_in_part_newest_first(self, desk, monkeypatch):
        monkeypatch.setattr(people_search, "MOST_SHOWN", 2)
        for n in range(3):
            one_of_many(n)
        page = at_work(desk).post("find", what=NAME)
        assert len(page.links("case?c=")) == 2
        assert "Narrow it down" in page.text
        assert len([row for row in audited() if row[1] == "case_listed"]) == 2

    def test_is_not_counted_by_hidden_cases(self, desk, monkeypatch):
        monkeypatch.setattr(people_search, "MOST_SHOWN", 2)
        for n in range(3):
            one_of_many(n, report={"offense": STALKING} if n else {})
        page = at_work(desk, Role.RECORDS).post("find", what=NAME)
        assert len(page.links("case?c=")) == 1
        assert "Narrow it down" not in page.text

    def test_beyond_the_limit_asks_to_narrow_it_down(self, desk, monkeypatch):
        monkeypatch.setattr(name_index, "MOST_CASES", 1)
        one_of_many(1)
        one_of_many(2)
        page = at_work(desk).post("find", what="Muñoz")
        assert len(page.links("case?c=")) == 1
        assert "Narrow it down" in page.text

    def test_is_narrowed_by_a_birth_date(self, desk):
        one_of_many(1)
        one_of_many(2, birth_date=None)
        one_of_many(3, birth_date=a_case().with_victim().case.victims[0].birth_date.replace(day=13))
        page = at_work(desk).post("find", what=NAME, born="4/12/1985")
        assert len(page.links("case?c=")) == 2
        assert "2611241003" not in page.text

    def test_keeps_what_was_typed_after_a_wrong_date(self, desk):
        page = at_work(desk).post("find", what=NAME, born="yesterday")
        assert "That is not a date of birth" in page.text
        assert page.value("what") == NAME
        assert not subjects() or "search_found_nothing" not in {act for _, act, _ in subjects()}


class TestTime:
    @pytest.mark.parametrize("hidden", [0, 1, 30])
    def test_is_the_same_whatever_is_hidden(self, desk, monkeypatch, hidden):
        now = [100.0]
        monkeypatch.setattr(constant_time, "STEP", 0.25)
        monkeypatch.setattr(constant_time, "perf_counter", lambda: now[0])
        monkeypatch.setattr(
            constant_time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds)
        )
        for n in range(hidden):
            one_of_many(n, report={"offense": STALKING})
        read = cases.read_case

        def slow(number):
            now[0] += 0.008
            return read(number)

        monkeypatch.setattr(cases, "read_case", slow)
        assert at_work(desk, Role.RECORDS).post("find", what=NAME).status == 200
        assert now[0] == pytest.approx(100.5)
