"""Letters at the desk: posted once confirmed, and opened by those who may."""

from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.letters import bucket
from aviso.letters.bucket import PrintedLetter
from aviso.storage import audit, notices
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import (
    ORDINARY,
    RESTRICTED,
    a_held_notice,
    a_printed_letter,
    a_stored_case,
    at_work,
    notice,
)

LAST_NIGHT = "20261125T031500Z"  # 8:15 in the evening of the day before, there


def a_run_of(*numbers):
    """Leave a print run with a letter for each of these cases."""
    letter = PrintedLetter(
        run="run-1", notice="n1", case="", name="A", address="B", pages=1, language="en"
    )
    bucket.put_manifest("run-1", [replace(letter, case=number) for number in numbers])


class TestPosting:
    def test_is_recorded_once_confirmed(self, desk):
        a_stored_case()
        id = a_printed_letter()
        at_work(desk, Role.RECORDS)
        assert "1 not yet" in desk.get("letters").text
        for _ in range(2):
            desk.confirm("mailed", run="run-1")
            assert notice(id).state is State.MAILED
            posted = [row for row in audited() if row[1] == "letter_mailed"]
            assert posted == [("staff:id-records", "letter_mailed", ORDINARY)]
        assert desk.post("mailed", run="run-9", confirmed="yes").status == 404

    def test_writes_letter_and_row_or_neither(self, desk, monkeypatch):
        a_stored_case()
        id = a_printed_letter()
        at_work(desk, Role.RECORDS)

        def failing(*of):
            raise RuntimeError("the database is away")

        with monkeypatch.context() as broken:
            broken.setattr(audit, "item_of", failing)
            assert desk.post("mailed", run="run-1", confirmed="yes").status == 500
        assert notice(id).state is State.PRINTED

    def test_reads_all_notices_of_the_runs_together(self, desk, monkeypatch):
        for n in range(3):
            id = a_held_notice(reason="", state=State.QUEUED, fact=f"arrest:l{n}")
            notices.move(notice(id), State.PRINTED, due_at=None, run=f"run-{n}")
            row = PrintedLetter(
                run=f"run-{n}", notice=id, case="", name="A", address="B", pages=1, language="en"
            )
            bucket.put_manifest(f"run-{n}", [row, replace(row, notice="gone")])
        asked: list[list[str]] = []
        states = notices.states

        def together(ids):
            asked.append(list(ids))
            return states(asked[-1])

        monkeypatch.setattr(notices, "states", together)
        monkeypatch.delattr(notices, "read")
        assert at_work(desk, Role.RECORDS).get("letters").text.count("1 not yet") == 3
        assert [len(ids) for ids in asked] == [6]

    def test_names_run_day_and_number_of_letters(self, desk):
        a_stored_case()
        rows = []
        for n in range(2):
            id = a_held_notice(reason="", state=State.QUEUED, fact=f"arrest:l{n}")
            notices.move(notice(id), State.PRINTED, due_at=None, run=LAST_NIGHT)
            rows.append(
                PrintedLetter(
                    run=LAST_NIGHT,
                    notice=id,
                    case="",
                    name="A",
                    address="B",
                    pages=1,
                    language="en",
                )
            )
        bucket.put_manifest(LAST_NIGHT, [*rows, replace(rows[0], notice="gone", mail="no")])
        asked = at_work(desk, Role.RECORDS).post("mailed", run=LAST_NIGHT).text
        for said in (
            "November 24, 2026",
            "Letters: 3 (2 not yet mailed)",
            "Pull: 1",
        ):
            assert said in asked
        assert "November 24" in desk.get("letters").text

    def test_leaves_out_a_letter_taken_from_the_pile(self, desk):
        a_stored_case()
        a_run_of(ORDINARY)
        at_work(desk, Role.RECORDS).confirm("mailed", run="run-1")
        assert "letter_mailed" not in [action for _, action, _ in audited()]


class TestFileOfLetters:
    def test_with_a_restricted_case_is_closed_to_records(self, desk):
        a_stored_case(ORDINARY)
        a_stored_case(RESTRICTED, offense=STALKING)
        a_run_of(ORDINARY, RESTRICTED)
        page = at_work(desk, Role.RECORDS).post("letters-pdf", run="run-1")
        assert (page.status, page.links("https://")) == (403, [])
        assert ("staff:id-records", "refused:/letters-pdf", RESTRICTED) in audited()
        assert at_work(desk, Role.ADVOCATE).post("letters-pdf", run="run-1").status == 200

    def test_opens_for_a_minute_and_records_each_case(self, desk):
        a_stored_case()
        a_run_of(ORDINARY)
        page = at_work(desk, Role.RECORDS).post("letters-pdf", run="run-1")
        assert page.links("https://")[0].split("?")[0].endswith("/runs/run-1/letters.pdf")
        assert ("staff:id-records", "letter_viewed", ORDINARY) in audited()
