"""Each row that grows has a bound far from the 400 KB of DynamoDB, and keeps what is dangerous.

docs/security.md lists them; contacts left on the portal are in test_bounds.py.
"""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.announcement import Announcement
from aviso.domain.errors import Conflict
from aviso.domain.fact_keys import status_key
from aviso.domain.facts import bounded, first_seen
from aviso.domain.model import Enrollment, Suspect
from aviso.domain.notice_states import overruling
from aviso.domain.row_size import ROOM
from aviso.domain.staff import Remark
from aviso.domain.suspects import addresses_of_suspects
from aviso.feed.merging import careful
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import mark_unsafe
from aviso.storage import case_decisions, cases
from aviso.storage.case_items import ReportItem, SuspectItem
from aviso.storage.codec import plain
from aviso.storage.enrollments import enrollment_item, enrollment_of
from infra.harness.builders import NOW, NUMBER, ZONE, a_case, a_notice
from infra.harness.portal_browser import store

MINUTE = timedelta(minutes=1)
FULL = 5_000  # more of anything than a row holds


def bytes_of(item):
    return len(json.dumps(item.to_dynamodb_dict()))


class TestFirstSeen:
    def full(self):
        report = a_case().case.report
        for n in range(0, FULL, 50):
            stated = {"report", *(f"status:S{n + i}@2026-11-24" for i in range(50))}
            seen = first_seen(stated, (), report.first_seen, NOW + n * MINUTE)
            report = replace(report, first_seen=seen)
        return report

    def test_a_row_of_thousands_of_changes_is_stored(self, aws):
        report = self.full()
        assert len(report.first_seen) < FULL
        store(a_case().but(report=report))
        assert len(cases.read_case(NUMBER).report.first_seen) == len(report.first_seen)

    def test_first_and_last_word_stay(self):
        report = self.full()
        assert report.first_seen["report"] == a_case().case.report.first_seen["report"]
        now = first_seen({"status:NEW"}, (), report.first_seen, NOW + FULL * MINUTE)
        assert now["status:NEW"] == NOW + FULL * MINUTE
        assert bounded(now, {"status:S4000@2026-11-24"})["status:S4000@2026-11-24"]

    def test_a_usual_row_keeps_everything(self):
        seen = {status_key(a_case().case.report, ZONE): NOW, "report": NOW}
        assert bounded(seen, ()) == seen


class TestPastContacts:
    def suspect(self, n):
        (row,) = a_case().with_suspect("s1", phone=f"+1520{n:07}").case.suspects
        return replace(row, past_contacts=(row.phone,))

    def full(self, settings):
        every = tuple(sorted(f"+1520{n:07}" for n in range(FULL)))
        stored = replace(self.suspect(0), past_contacts=every)
        row = careful(self.suspect(9_999_999), [stored])
        assert isinstance(row, Suspect)
        return row

    def test_a_suspects_row_holds_no_more_than_fits(self, aws, settings):
        row = self.full(settings)
        assert 1_000 < len(row.past_contacts) < FULL
        store(a_case().but(suspects=(row,)))
        (stored,) = cases.read_case(NUMBER).suspects
        assert stored.past_contacts == row.past_contacts

    def test_texts_of_a_full_row_wait_for_a_person(self, settings):
        row = self.full(settings)
        assert row.phone in addresses_of_suspects(a_case().but(suspects=(row,)))
        assert row.unreadable_contact

    def test_with_room_nothing_waits(self, settings):
        row = careful(self.suspect(1), [self.suspect(2)])
        assert isinstance(row, Suspect)
        assert row.past_contacts == ("+15200000001", "+15200000002")
        assert not row.unreadable_contact


class TestChanges:
    def test_that_ask_a_supervisor_outlast_later_ones(self):
        later = (
            Announcement(key=f"added:{n}", at=NOW + n * MINUTE, hears=(), asks=False)
            for n in range(FULL)
        )
        waiver = Announcement(key="waived:", at=NOW, hears=(), asks=True)
        full = Enrollment(victim="v1", changes=(waiver, *later))
        kept = enrollment_of(plain(enrollment_item(NUMBER, full).to_dynamodb_dict())).changes
        assert kept == (waiver, *full.changes[1 - len(kept) :])
        assert 500 < len(kept) < FULL


class TestDesk:
    def test_a_victims_marks_end_where_the_row_does(self, settings):
        marks = tuple(f"{n:05}@example.com" for n in range(FULL))
        (victim,) = a_case().with_victim("v1").case.victims
        full = replace(victim, desk_unsafe=marks)
        case = a_case().but(victims=(full,))
        with pytest.raises(Conflict, match="no more marks"):
            mark_unsafe(case, full, "one@example.com", "said so", Actor.operator("rosa", NOW))

    def test_a_note_is_a_row_of_its_own(self):
        remark = Remark(at=NOW, by="rosa", text="x" * 1000)
        assert case_decisions.remark_item(NUMBER, remark).sk.startswith("REMARK#")

    def test_an_overruled_reason_is_kept_once(self):
        notice = a_notice(overruled="old restricted_offense", reason="old")
        assert overruling(notice) == ("old", "restricted_offense")
        assert overruling(replace(notice, reason="no_safe_contact")) == (
            *("old", "restricted_offense", "no_safe_contact"),
        )


class TestFullRow:
    def test_fits_all_that_grows(self, aws):
        """Two attributes at their bound, and the cells of a row, are less than a row holds."""
        assert 2 * ROOM + 20 * 4 * 1000 < 400_000
        assert {"later_numbers", "first_seen"} <= set(ReportItem.get_attributes())
        assert "past_contacts" in SuspectItem.get_attributes()
        assert Suspect(id="s", origin="s").past_contacts == ()
