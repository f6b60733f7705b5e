"""Which print runs the desk's page of letters shows: the latest, and all that wait for the post."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.letters import bucket
from aviso.letters.bucket import PrintedLetter
from aviso.notices import monitoring
from aviso.runtime.clients import client
from aviso.storage import notices, print_runs
from infra.harness.builders import STALKING
from infra.harness.portal_browser import aws_calls
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    RESTRICTED,
    a_held_notice,
    a_printed_letter,
    a_stored_case,
    at_work,
    notice,
)


@pytest.fixture
def older(desk, settings):
    """Leave twelve runs of a letter each, named after their days; return their notices' ids."""
    a_stored_case()
    ids = {}
    for day in range(1, 13):
        run = f"202610{day:02}T031500Z"
        ids[run] = a_printed_letter(run, f"arrest:l{day}", due_at=NOW)
    monitoring.watch(settings, datetime.now(UTC))
    at_work(desk, Role.RECORDS)
    return ids


RAIL = 7  # the counts beside every page; a look at all that is open would be nine more


class TestRun:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_not_posted_stays_however_many_follow(self, desk, older, language):
        page = desk.get(f"letters?lang={language}")
        assert all(run in page.body for run in older)
        said = {
            "en": ("Older batches with letters not yet", "September 30, 2026, 8:15 PM"),
            "es": ("Lotes anteriores con cartas que no", "30 de septiembre de 2026, 8:15 p.m."),
        }
        heading, first = said[language]
        assert page.text.index(heading) < page.text.index(first)
        assert "20261001" not in page.text

    def test_posted_leaves_the_page_at_once(self, desk, older):
        first, second, *_ = older
        desk.confirm("mailed", run=first)
        assert notice(older[first]).state is State.MAILED
        body = desk.get("letters").body
        assert (first in body, second in body) == (False, True)

    def test_without_a_file_can_be_posted(self, desk, older):
        run, *_ = older
        name = f"runs/{run}/manifest.csv"
        client("s3").delete_object(Bucket=bucket._bucket(), Key=name)
        page = desk.get("letters").body
        assert (page.count("letters-pdf"), page.count('action="mailed"')) == (11, 12)
        asked = desk.post("mailed", run=run).text
        assert "Letters: 1 (1 not yet mailed)" in asked
        desk.confirm("mailed", run=run)
        assert notice(older[run]).state is State.MAILED
        assert ("staff:id-records", "letter_mailed", ORDINARY) in audited()
        assert desk.post("mailed", run=run).status == 404

    def test_that_never_was_is_refused_cheaply(self, desk, older):
        for form in ({"run": "20260101T031500Z"}, {"run": "20260101T031500Z", "confirmed": "yes"}):
            with aws_calls() as made:
                assert desk.post("mailed", **form).status == 404
            assert made.count("Query") == RAIL
        assert {notice(id).state for id in older.values()} == {State.PRINTED}

    def test_without_a_file_is_asked_about_cheaply(self, desk, older):
        run, *_ = older
        name = f"runs/{run}/manifest.csv"
        client("s3").delete_object(Bucket=bucket._bucket(), Key=name)
        with aws_calls() as made:
            assert "Letters: 1 (1 not yet mailed)" in desk.post("mailed", run=run).text
        assert made.count("Query") == RAIL

    def test_costs_no_more_reads_among_many(self, desk, older):
        desk.get("letters")
        with aws_calls() as before:
            desk.get("letters")
        _, waiting = print_runs.unposted()
        print_runs.put_unposted({**waiting, **{f"run-{n}": 1 for n in range(500)}}, NOW)
        with aws_calls() as after:
            assert "run-499" in desk.get("letters").text
        assert after == before
        assert "Scan" not in after


def a_pile():
    """Leave a run of four letters, of which two must be taken out: one on a restricted case."""
    a_stored_case()
    a_stored_case(RESTRICTED, offense=STALKING)
    row = PrintedLetter(
        run="run-1", notice="", case="", name="", address="B", pages=2, language="en"
    )
    rows = [
        replace(row, notice="n1", case=ORDINARY, name="Al Roe"),
        replace(row, notice="n2", case=ORDINARY, name="Ana Muñoz", pages=1, mail="no"),
        replace(row, notice="n3", case=RESTRICTED, name="Bo Roe"),
        replace(row, notice="n4", case=RESTRICTED, name="Eva Cruz", mail="no"),
    ]
    bucket.put_manifest("run-1", rows)


class TestLetterThatIsNotPrinted:
    @pytest.mark.parametrize(("restricted", "said"), [(False, True), (True, False)])
    def test_for_the_sake_of_another_victim_is_said(self, desk, restricted, said):
        a_stored_case()
        held = notice(a_held_notice(reason="unsafe_for_another"))
        notices.mark_held(held, restricted=restricted, unsafe=False)
        page = at_work(desk, Role.RECORDS).get("letters")
        assert ("is not safe for another victim of the case: 1." in page.text) is said
        tasks = desk.get("tasks?held_for=unsafe_for_another")
        assert bool(tasks.root.xpath('//a[@class="open"]')) is said


class TestLetterToTakeOut:
    @pytest.mark.parametrize(
        ("role", "language", "said"),
        [
            (Role.RECORDS, "en", "Letter 2, from page 3 of the file: Ana Muñoz, case 2611240001"),
            (
                Role.RECORDS,
                "es",
                "Carta 2, desde la página 3 del archivo: Ana Muñoz, caso 2611240001",
            ),
            (Role.RECORDS, "en", "Letter 4, from page 6 of the file, on a restricted case"),
            (Role.ADVOCATE, "en", "Letter 4, from page 6 of the file: Eva Cruz, case 2611240002"),
        ],
    )
    def test_is_named_before_its_run_is_posted(self, desk, role, language, said):
        a_pile()
        asked = at_work(desk, role).post(f"mailed?lang={language}", run="run-1")
        assert said in asked.text
        assert ("Eva Cruz" in asked.text) == (role is Role.ADVOCATE)
        named = {case for _, action, case in audited() if action == "case_viewed"}
        assert named == {ORDINARY, *((RESTRICTED,) if role is Role.ADVOCATE else ())}

    def test_is_named_beside_its_runs_file(self, desk):
        a_pile()
        page = at_work(desk, Role.ADVOCATE).post("letters-pdf", run="run-1")
        assert "Pull these letters before you mail the others." in page.text
        for said in (
            "Letter 2, from page 3 of the file: Ana",
            "Letter 4, from page 6 of the file: Eva",
        ):
            assert said in page.text
        assert "Letter 1," not in page.text
        assert "Take these" not in desk.get("letters").text

    def test_is_not_shown_as_none_before_the_count(self, desk):
        at_work(desk, Role.RECORDS)
        assert "Not known Last counted: Never" in desk.get("letters").text
