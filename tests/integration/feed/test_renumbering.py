"""A renumbered case, person or arrest keeps all that lasts, and nobody is told twice."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.model import AuditEntry
from aviso.domain.settings import Settings
from aviso.domain.staff import Remark
from aviso.storage import case_decisions, cases, enrollments, renumbering
from aviso.storage.audited_change import AuditRow
from infra.harness.builders import NOW, NUMBER, a_contact
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local
from infra.harness.staff_browser import say_of_case

NEW = "2611240777"
HOUR = timedelta(hours=1)
HOME = ("8 W Fir Rd", "Sonora Wells", "AZ", "85702")


@pytest.fixture
def feed(feed: Feed) -> Feed:
    feed.drop("cases", a_case_row())
    feed.drop("people", a_person_row(), a_suspect_row())
    feed.drop("arrests", an_arrest_row())
    return feed


def duties(settings: Settings) -> set[str]:
    return {duty.id for duty in owed(stored(NEW), [], settings, NOW + 2 * HOUR)}


class TestRenumberedCase:
    def test_owes_the_same_duties(self, feed: Feed) -> None:
        before = {duty.id for duty in owed(stored(), [], feed.settings, NOW + 2 * HOUR)}
        assert before
        feed.now = NOW + HOUR
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        assert feed.drop("cases", row, at=NOW + HOUR)["renumbered"] == 1
        assert duties(feed.settings) == before
        feed.drop("people", a_person_row(number=NEW), a_suspect_row(number=NEW), at=NOW + HOUR)
        feed.drop("arrests", an_arrest_row(number=NEW), at=NOW + HOUR)
        assert duties(feed.settings) == before

    def test_is_found_once_under_both_numbers(self, feed: Feed) -> None:
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        assert stored(NUMBER) == stored(NEW)
        assert stored(NEW).origin == NUMBER
        rows, _ = renumbering.read_all(NUMBER)
        assert [cases.sort_key(r) for r in rows] == ["CASE"]

    def test_keeps_enrollments_and_words(self, feed: Feed) -> None:
        from aviso.domain.model import Enrollment

        contact = a_contact("+15205550188")
        enrollments.write_enrollment(NUMBER, Enrollment(victim="P1", contacts=(contact,)))
        say_of_case(NUMBER, "restricted")
        victim = stored().victims[0]
        said = replace(victim, desk_unsafe=("+15205550101",), desk_home=HOME, desk_home_at=NOW)
        renumbering.keep_desk_words(NUMBER, victim, said)
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        case = stored(NEW)
        assert case.report is not None
        assert case.report.desk_restriction == "restricted"
        assert case.victims[0].desk_unsafe == ("+15205550101",)
        assert case.victims[0].desk_home == HOME
        assert case.victims[0].desk_home_at == NOW
        enrollment = case.enrollment_of("P1")
        assert enrollment.contacts == (contact,)

    def test_keeps_its_own_notes_alone(self, feed: Feed) -> None:
        def note(number: str, at: datetime, text: str) -> None:
            entry = AuditEntry(at=at, actor="staff:s", action="note_added", case=number)
            case_decisions.add_remark(
                number, Remark(at=at, by="s", text=text), AuditRow(entry=entry, keep_days=1)
            )

        note(NUMBER, NOW, "before")
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        note(NEW, NOW + HOUR, "after")
        assert [remark.text for remark in case_decisions.remarks(stored())] == ["after", "before"]
        case, other = stored(), "2611240778"
        feed.drop(
            "cases", a_case_row(number=other)
        )  # a former number that is another case's by now
        note(other, NOW, "another's")
        former = replace(case, report=replace(case.report, known_as=(NUMBER, other)))
        assert [remark.text for remark in case_decisions.remarks(former)] == ["after", "before"]

    def test_takes_rows_of_the_old_number(self, feed: Feed) -> None:
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        feed.drop(
            "people", a_person_row(phone="520-555-0142", row_time=local(NOW)), at=NOW + 2 * HOUR
        )
        result = feed.drop(
            "cases", a_case_row(status="CLOSED", row_time=local(NOW)), at=NOW + 2 * HOUR
        )
        assert result["older"] == 1
        assert stored(NEW).victims[0].phone == "+15205550142"
        rows, _ = renumbering.read_all(NUMBER)
        assert [cases.sort_key(r) for r in rows] == ["CASE"]

    def test_is_done_once_however_often_told(self, feed: Feed) -> None:
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        again = feed.drop("cases", row, at=NOW + 2 * HOUR)
        assert (again["renumbered"], again["unchanged"]) == (0, 1)

    def test_may_swap_its_number_with_another(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW)))
        feed.drop("cases", a_case_row(number=NUMBER, former_number=NEW, row_time=local(NOW + HOUR)))
        assert stored(NEW).report is not None

    def test_is_redone_after_a_stop_half_way(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))

        def stop(*_: object) -> None:
            raise RuntimeError("killed")

        with monkeypatch.context() as patch:
            patch.setattr(renumbering, "drop", stop)
            with pytest.raises(RuntimeError, match="killed"):
                feed.drop("cases", row, at=NOW + HOUR)
        assert feed.drop("cases", row, at=NOW + HOUR)["renumbered"] == 1
        case = stored(NUMBER)
        assert (case.number, case.origin, len(case.victims), len(case.arrests)) == (
            NEW,
            NUMBER,
            1,
            1,
        )

    def test_joining_another_is_not_lifted(
        self,
        feed: Feed,
    ) -> None:
        feed.drop("cases", a_case_row(number=NEW))
        say_of_case(NUMBER, "lifted")
        say_of_case(NEW, "restricted")
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        report = stored(NEW).report
        assert report
        assert report.desk_restriction == "restricted"

    @pytest.mark.parametrize("lifted", [NUMBER, NEW])
    def test_is_lifted_only_if_both_were(self, feed: Feed, lifted: str) -> None:
        feed.drop("cases", a_case_row(number=NEW))
        say_of_case(lifted, "lifted")
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        report = stored(NEW).report
        assert report
        assert report.desk_restriction == ""


class TestRenumberedPerson:
    def test_keeps_origin_and_is_there_once(self, feed: Feed) -> None:
        row = a_person_row(id="P9", former_id="P1", row_time=local(NOW))
        feed.now = NOW + HOUR
        feed.drop("people", row, at=NOW + HOUR)
        assert [(v.id, v.origin, v.first_seen) for v in stored().victims] == [("P9", "P1", NOW)]
        late = feed.drop("people", a_person_row(row_time=local(NOW)), at=NOW + 2 * HOUR)
        assert late["older"] == 1
        assert [v.id for v in stored().victims] == ["P9"]

    def test_leaves_no_personal_data_behind(self, feed: Feed) -> None:
        feed.drop(
            "people", a_person_row(id="P9", former_id="P1", row_time=local(NOW)), at=NOW + HOUR
        )
        (left,) = (r for r in renumbering.read_all(NUMBER)[0] if cases.sort_key(r) == "VICTIM#P1")
        assert "Muñoz" not in repr(left)
        assert "555" not in repr(left)

    def test_keeps_a_suspects_contacts_barred(self, feed: Feed) -> None:
        feed.drop(
            "people", a_suspect_row(phone="520-555-0150", row_time=local(NOW - HOUR)), at=NOW - HOUR
        )
        feed.drop(
            "people",
            a_suspect_row(id="S9", former_id="S1", phone="520-555-0151", row_time=local(NOW)),
            at=NOW + HOUR,
        )
        assert {s.phone for s in stored().suspects} == {"+15205550150", "+15205550151"}
        assert {s.origin for s in stored().suspects} == {"S1"}


class TestRenumberedArrest:
    def test_is_the_same_fact(self, feed: Feed) -> None:
        before = {duty.id for duty in owed(stored(), [], feed.settings, NOW + 2 * HOUR)}
        feed.now = NOW + HOUR
        feed.drop(
            "arrests", an_arrest_row(id="A9", former_id="A1", row_time=local(NOW)), at=NOW + HOUR
        )
        assert [(a.id, a.origin) for a in stored().arrests] == [("A9", "A1")]
        assert {d.id for d in owed(stored(), [], feed.settings, NOW + 2 * HOUR)} == before


class TestFile:
    def test_that_still_holds_a_case_renames_nothing(self, feed: Feed) -> None:
        rows = a_case_row(row_time=local(NOW)), a_case_row(number=NEW, former_number=NUMBER)
        feed.drop("people", a_person_row(number=NEW, id="P2"))
        result = feed.drop("cases", *rows, at=NOW + HOUR)
        assert (result["rejected"], result["renumbered"]) == (1, 0)
        (rejected,) = feed.rejects("cases_20261124T130000")
        assert (rejected["column"], rejected["code"]) == ("PREV_INCIDENT_NUM", "former_is_live")
        assert [v.id for v in stored(NEW).victims] == ["P2"]

    def test_may_repeat_a_past_renumbering(self, feed: Feed) -> None:
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        feed.drop("cases", row, at=NOW + HOUR)
        again = feed.drop("cases", row, a_case_row(), at=NOW + 2 * HOUR)
        assert (again["rejected"], again["unchanged"], again["older"]) == (0, 1, 1)

    def test_never_merges_two_of_its_victims(self, feed: Feed) -> None:
        other = a_person_row(id="P2", former_id="P1", row_time=local(NOW))
        result = feed.drop("people", a_person_row(), other, at=NOW + HOUR)
        assert (result["rejected"], [v.id for v in stored().victims]) == (1, ["P1"])

    def test_that_renumbers_too_much_does_nothing(self, feed: Feed) -> None:
        rows = [
            a_case_row(number=f"26112410{n:02d}", former_number=f"26112420{n:02d}")
            for n in range(11)
        ]
        rows[0]["former_number"] = NUMBER
        result = feed.drop("cases", *rows, at=NOW + HOUR)
        assert (result["renumbered"], result["rejected"]) == (0, 11)
        assert result["renumberings"] == "11 at once: none was done"
        assert stored().number == NUMBER
