"""Rows that say two things of one case or person: the careful word lasts."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed, rights
from aviso.domain.model import AuditEntry, Kind, Suspect
from aviso.domain.reasons import HoldReason, Restriction
from aviso.domain.requests import Rights
from aviso.domain.restriction import restriction_of
from aviso.domain.roster import reach
from aviso.domain.routing import Hold, route
from aviso.domain.staff import Remark
from aviso.domain.suspects import addresses_of_suspects
from aviso.storage import case_decisions
from aviso.storage.audited_change import AuditRow
from aviso.storage.case_decisions import CaseDecision
from infra.harness.builders import BURGLARY, NOW, NUMBER, STALKING, a_notice, a_situation, case_at
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local

HOUR = timedelta(hours=1)


class TestTwoRowsOfOneCase:
    @pytest.mark.parametrize("split", [False, True])
    @pytest.mark.parametrize("order", [(STALKING, BURGLARY), (BURGLARY, STALKING)])
    @pytest.mark.parametrize("division", ["A", "B", "C"])  # the digest decides which row lasts
    def test_are_restricted_by_either_offense(
        self, feed: Feed, order: tuple[str, str], division: str, split: bool
    ) -> None:
        rows = [a_case_row(offense=offense, division=division) for offense in order]
        for n, together in enumerate([[row] for row in rows] if split else [rows]):
            feed.drop("cases", *together, at=NOW + n * HOUR)
        assert restriction_of(stored(), feed.settings)
        again = feed.drop("cases", *rows, at=NOW + 3 * HOUR)
        assert restriction_of(stored(), feed.settings)
        assert again["read"] == 2

    def test_of_ordinary_offenses_restrict_nothing(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(), a_case_row(offense="13-1802"))
        assert restriction_of(stored(), feed.settings) is None

    def test_reclassified_later_are_not_restricted(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(offense=STALKING))
        feed.drop("cases", a_case_row(row_time=local(NOW)), at=NOW + HOUR)
        report = stored().report
        assert report
        assert not report.restricted

    @pytest.mark.parametrize(
        ("kind", "before", "after", "why"),
        [
            ("cases", a_case_row(restricted="Y"), {"restricted": "N"}, "feed"),
            ("cases", a_case_row(offense=STALKING), {"offense": BURGLARY}, "offense"),
            ("people", a_person_row(relationship="SPOUSE"), {"relationship": ""}, "relationship"),
            ("people", a_person_row(street="1 Elm St"), {"street": ""}, "shared_home"),
            ("people", a_suspect_row(street="1 Elm St"), {"street": ""}, "shared_home"),
        ],
    )
    def test_stay_restricted_until_planned(
        self, feed: Feed, kind: str, before: dict[str, str], after: dict[str, str], why: str
    ) -> None:
        feed.drop("cases", a_case_row())
        at_home = {"street": "1 Elm Street"} if why == "shared_home" else {}
        other = a_person_row if before.get("role") == "SUS" else a_suspect_row
        feed.drop("people", other(**at_home))
        feed.drop(kind, before | {"row_time": local(NOW + HOUR)}, at=NOW + 2 * HOUR)
        feed.drop(kind, before | after | {"row_time": local(NOW + 2 * HOUR)}, at=NOW + 3 * HOUR)
        assert restriction_of(stored(), feed.settings) == why

    def test_an_arrest_of_two_cases_is_a_warning(self, feed: Feed) -> None:
        feed.drop("arrests", an_arrest_row())
        moved = an_arrest_row(number="2611240777", row_time=local(NOW))
        result = feed.drop("arrests", moved, at=NOW + HOUR)
        assert result["warnings"] == {"arrest_elsewhere:ARREST_NUM": 1}
        again = feed.drop("arrests", moved, at=NOW + 2 * HOUR)
        assert (again["warnings"], again["unchanged"]) == ({}, 1)


class TestTwoRowsOfOneVictim:
    @pytest.mark.parametrize("street", ["1 Elm St", "2 Elm St", "3 Elm St", "4 Elm St"])
    @pytest.mark.parametrize("one_file", [True, False])
    def test_keep_what_asks_for_care(self, feed: Feed, street: str, one_file: bool) -> None:
        plain = a_person_row(street=street, safe_to_contact="Y", minor="N", relationship="NEIGHBOR")
        careful = a_person_row(
            safe_to_contact="N",
            minor="Y",
            deceased="Y",
            confidential_address="Y",
            relationship="SPOUSE",
        )
        if one_file:
            feed.drop("people", plain, careful)
        else:  # the same change, as two files tell it
            feed.drop("people", careful)
            feed.drop("people", plain, at=NOW + HOUR)
        (victim,) = stored().victims
        assert (victim.minor, victim.deceased, victim.confidential_address) == (True, True, True)
        assert (victim.safe_to_contact, victim.relationship) == (False, "NEIGHBOR; SPOUSE")

    def test_cost_no_write_once_they_agree(self, feed: Feed) -> None:
        plain, unsafe = a_person_row(street="1 Elm St"), a_person_row(safe_to_contact="N")
        feed.drop("people", plain, unsafe)
        again = feed.drop("people", unsafe, plain, at=NOW + HOUR)
        assert (again["new"], again["changed"]) == (0, 0)
        assert not stored().victims[0].safe_to_contact
        mended = [row | {"safe_to_contact": "Y", "row_time": local(NOW)} for row in (plain, unsafe)]
        feed.drop("people", *mended, at=NOW + 2 * HOUR)
        assert stored().victims[0].safe_to_contact

    @pytest.mark.parametrize(
        ("words", "counts"),
        [
            (("W", "R"), Rights.REQUESTED),
            (("W", ""), Rights.UNANSWERED),
            (("", "R"), Rights.REQUESTED),
        ],
    )
    def test_of_one_file_waive_only_together(
        self, feed: Feed, words: tuple[str, str], counts: Rights
    ) -> None:
        """Silence is not a waiver. The digest, which the street changes, decides nothing."""
        for n, order in enumerate([words, words[::-1]] * 4):
            rows = [a_person_row(id=f"P{n}", street=f"{n} Elm St", rights=word) for word in order]
            feed.drop("people", *rows)
        case = stored()
        assert [rights(case, victim) for victim in case.victims] == [counts] * 8
        assert {victim.differs for victim in case.victims} == {()}

    def test_of_one_file_make_a_minor_of_either_birth_date(self, feed: Feed) -> None:
        for n, dates in enumerate([("04/12/1985", "04/12/2015"), ("04/12/2015", "04/12/1985")] * 4):
            feed.drop(
                "people",
                *(a_person_row(id=f"P{n}", street=f"{n} Elm St", birth_date=day) for day in dates),
            )
        assert {victim.birth_date for victim in stored().victims} == {date(2015, 4, 12)}

    def test_of_one_file_count_by_their_time(self, feed: Feed) -> None:
        earlier = a_person_row(rights="R", row_time=local(NOW - HOUR))
        feed.drop("people", a_person_row(rights="W", row_time=local(NOW)), earlier)
        assert rights(stored(), stored().victims[0]) is Rights.WAIVED

    def test_that_differ_on_removal_are_a_task(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(removed="Y"), a_person_row(removed="N", street="1 Elm St"))
        (victim,) = stored().victims
        assert not victim.safe_to_contact


def suspect() -> Suspect:
    (found,) = stored().suspects
    return found


class TestContacts:
    @pytest.mark.parametrize("newer_first", [False, True])
    def test_of_a_suspect_are_all_kept(self, feed: Feed, newer_first: bool) -> None:
        deliveries = [
            (a_suspect_row(phone="520-555-0118 / 520-555-0119", email="sam@example.com"), NOW),
            (a_suspect_row(phone="520-555-0117", row_time=local(NOW)), NOW + HOUR),
            (a_suspect_row(phone="", row_time=local(NOW + HOUR)), NOW + 2 * HOUR),
        ]
        for row, at in reversed(deliveries) if newer_first else deliveries:
            feed.drop("people", row, at=at)
        assert suspect().phone == ""
        assert suspect().past_contacts == (
            "+15205550117",
            "+15205550118",
            "+15205550119",
            "sam@example.com",
        )

    @pytest.mark.parametrize("split", [False, True])
    @pytest.mark.parametrize("city", ["A", "B", "C", "D"])  # the digest decides which row lasts
    def test_are_not_at_any_home_of_a_suspect(self, feed: Feed, city: str, split: bool) -> None:
        hers = {"street": "12 Elm St", "postal_code": "85701"}
        moved = a_suspect_row(street="9 Oak Ave", postal_code="85705", city=city)
        rows = [a_suspect_row(**hers), moved]
        for n, together in enumerate([[row] for row in rows] if split else [rows]):
            feed.drop("people", *together, at=NOW + n * HOUR)
        feed.drop("people", a_person_row(**hers), at=NOW + 3 * HOUR)
        feed.drop("cases", a_case_row(offense="13-1802"), at=NOW + 4 * HOUR)
        assert restriction_of(stored(), feed.settings) is Restriction.SHARED_HOME

    @pytest.mark.parametrize("his_first", [False, True])
    def test_called_wrong_count_again_once_changed(self, feed: Feed, his_first: bool) -> None:
        hers = a_suspect_row(phone="520-555-0101", row_time=local(NOW))  # typed into his entry
        his = a_suspect_row(phone="520-555-0166", row_time=local(NOW - 3 * HOUR))
        feed.drop("people", hers, at=NOW)
        if his_first:
            feed.drop("people", his, at=NOW - 2 * HOUR)
        wrong = suspect()
        entry = AuditEntry(at=NOW, actor="staff:1", action="suspect_cleared", case=NUMBER)
        why = Remark(at=NOW, by="rosa", text="her own phone")
        decision = CaseDecision(AuditRow(entry=entry, keep_days=1), why)
        case_decisions.decide(decision, wrong, replace(wrong, desk_cleared=wrong.entry))
        assert addresses_of_suspects(stored()) == set()
        for _ in range(2):
            feed.drop("people", hers, at=NOW)  # the same again changes nothing
            assert addresses_of_suspects(stored()) == set()
        for _ in range(2):
            feed.drop("people", his, at=NOW - 2 * HOUR)  # comes late, and is the older row
        barred = set() if his_first else {"+15205550101", "+15205550166"}
        assert addresses_of_suspects(stored()) == barred

    def test_of_a_suspect_in_two_rows_are_kept(self, feed: Feed) -> None:
        rows = [a_suspect_row(phone="520-555-0118"), a_suspect_row(phone="520-555-0119")]
        feed.drop("people", *rows)
        assert suspect().past_contacts == ("+15205550118", "+15205550119")

    @pytest.mark.parametrize(
        ("phone", "unreadable"),
        [("555-01", True), ("52O-555-O118", True), ("none", False), ("000-000-0000", False)],
    )
    def test_unreadable_of_a_suspect_are_marked(
        self, feed: Feed, phone: str, unreadable: bool
    ) -> None:
        result = feed.drop("people", a_suspect_row(phone=phone))
        assert suspect().unreadable_contact is unreadable
        assert result["warnings"] == {"bad_phone:PHONE": 1}

    def test_of_a_victim_beside_a_word_are_used(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(phone="520-555-0101 (cell)"))
        assert stored().victims[0].phone == "+15205550101"

    def test_without_area_code_are_not_guessed(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(phone="555-0101"), a_suspect_row(phone="555-0118"))
        assert stored().victims[0].phone == ""
        assert suspect().phone == "+15205550118"


class TestVictimAndSuspect:
    @pytest.mark.parametrize("newer_first", [False, True])
    def test_entered_as_suspect_first_is_taken_off(self, feed: Feed, newer_first: bool) -> None:
        deliveries = [
            (a_person_row(role="SUS"), NOW),
            (a_person_row(row_time=local(NOW)), NOW + HOUR),
        ]
        for row, at in reversed(deliveries) if newer_first else deliveries:
            result = feed.drop("people", row, at=at)
        assert result["warnings"] == {"role_changed:INVL_TYPE": 1}
        assert [(v.id, v.removed) for v in stored().victims] == [("P1", False)]
        assert [(s.id, s.removed) for s in stored().suspects] == [("P1", True)]

    @pytest.mark.parametrize("newer_first", [False, True])
    def test_called_a_suspect_later_is_a_task(self, feed: Feed, newer_first: bool) -> None:
        feed.drop("cases", a_case_row())
        feed.drop("people", a_suspect_row())
        feed.drop("arrests", an_arrest_row())
        deliveries = [
            (a_person_row(), NOW),
            (a_person_row(role="SUS", row_time=local(NOW)), NOW + HOUR),
        ]
        for row, at in reversed(deliveries) if newer_first else deliveries:
            result = feed.drop("people", row, at=at)
        assert result["warnings"] == {"role_changed:INVL_TYPE": 1}
        case = stored()
        assert [(v.id, v.removed) for v in case.victims] == [("P1", False)]
        assert [(s.id, s.removed) for s in case.suspects] == [("P1", False), ("S1", False)]
        now = NOW + 2 * HOUR
        (duty,) = [d for d in owed(case_at(case, feed.settings, now)) if d.kind is Kind.ARREST]
        same = {name: getattr(duty, name) for name in ("fact_at", "first_seen", "deadline")}
        notice = a_notice(duty.kind, duty.fact, victim=duty.victim, **same)
        decision = route(a_situation(case, notice, feed.settings, told=[notice], now=now))
        assert decision == Hold(reason=HoldReason.VICTIM_IS_SUSPECT)
        assert not reach(case_at(case, feed.settings, now), case.victims[0]).contacts

    def test_called_so_for_one_night_stays_a_task(self, feed: Feed) -> None:
        feed.drop("people", a_person_row())
        feed.drop("people", a_person_row(role="SUS", row_time=local(NOW)), at=NOW + HOUR)
        feed.drop("people", a_person_row(row_time=local(NOW + HOUR)), at=NOW + 2 * HOUR)
        assert [v.removed for v in stored().victims] == [False]
        assert [s.removed for s in stored().suspects] == [False]

    @pytest.mark.parametrize(("role", "for_person"), [("SUS", ""), ("GRD", "P2")])
    def test_in_one_file_stay_both(self, feed: Feed, role: str, for_person: str) -> None:
        victim = a_person_row()
        other = a_person_row(role=role, for_person=for_person, row_time=local(NOW))
        feed.drop("people", victim)
        for n in (1, 2):
            feed.drop("people", victim, other, at=NOW + n * HOUR)
            case = stored()
            assert [v.removed for v in case.victims] == [False]
            assert [s.removed for s in (*case.suspects, *case.speakers)] == [False]
