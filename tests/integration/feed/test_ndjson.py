"""NDJSON files and pushes take the path of CSV files: the same rows, rejects, summary, no rest."""

import itertools
import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.feed import checkpoint, row_reader
from aviso.notices import monitoring
from aviso.storage import inbox, markers
from infra.harness.builders import NOW
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import ndjson_text

EXPORT = {
    "cases": [
        a_case_row(restricted="Y", assigned="Det. R. Ibarra"),
        a_case_row(number="2611240009"),
    ],
    "people": [
        a_person_row(safe_to_contact="N", rights="R", minor="N"),
        a_suspect_row(phone="520-555-0199"),
        a_person_row(id="G1", role="GRD", for_person="P1"),
    ],
    "arrests": [an_arrest_row(appearance_at="11/25/2026 09:00"), an_arrest_row(id="A2")],
}


@pytest.fixture
def send(feed: Feed):
    """Put objects of a kind into the bucket and import them."""
    number = itertools.count(1)

    def sending(kind, *rows, folder="push/", text=None):
        name = f"{folder}{kind}-{next(number)}.ndjson"
        body = ndjson_text(feed.file(kind), rows) if text is None else text
        feed.put(name, body.encode())
        return feed.run(name)

    return sending


class TestSameAsCsv:
    def test_the_same_rows_are_unchanged(self, feed, send):
        for kind, rows in EXPORT.items():
            assert feed.drop(kind, *rows)["rejected"] == 0
        before = stored()
        for kind, rows in EXPORT.items():
            found = send(kind, *rows)
            assert (found["result"], found["unchanged"]) == ("imported", len(rows))
            assert found["warnings"] == {}
        assert stored() == before

    def test_and_the_other_way_round(self, feed, send):
        for kind, rows in EXPORT.items():
            assert send(kind, *rows)["new"] == len(rows)
        for kind, rows in EXPORT.items():
            assert feed.drop(kind, *rows)["unchanged"] == len(rows)
        assert stored().victims[0].safe_to_contact is False

    def test_the_same_push_twice_is_read_once(self, feed, send):
        send("cases", a_case_row())
        assert feed.run("push/cases-1.ndjson")["result"] == "repeated"

    def test_a_long_file_goes_on_where_it_stopped(self, feed, monkeypatch):
        monkeypatch.setattr(row_reader, "BATCH", 7)
        rows = [a_person_row(id=f"P{n}", first_name="Ñ" * (n % 5)) for n in range(40)]
        feed.put("people_20261124T0600.ndjson", ndjson_text(feed.file("people"), rows).encode())
        life = iter([20_000] * 4 + [900_000] * 99)
        feed.remaining = lambda: next(life)
        while (found := feed.run("people_20261124T0600.ndjson"))["result"] == "continues":
            pass
        assert (found["parts"], found["read"], found["new"]) == (3, 40, 40)
        assert len(stored().victims) == 40

    def test_a_date_may_name_its_zone(self, feed, send):
        row = a_case_row(reported_at="2026-11-20T18:00:00-05:00")
        assert send("cases", row)["warnings"] == {}
        assert stored().report.reported_at.isoformat() == "2026-11-20T23:00:00+00:00"

    def test_flags_take_no_translation(self, feed, send):
        people = feed.file("people")
        turned = {**people.values, "safe_to_contact": {"YES": "no", "NO": "yes"}}
        files = (
            replace(people, values=turned),
            *(f for f in feed.settings.feed if f is not people),
        )
        text = ndjson_text(people, [a_person_row(safe_to_contact="N")])
        feed.settings = replace(feed.settings, feed=files)
        send("people", text=text)
        assert stored().victims[0].safe_to_contact is False


class TestRejects:
    def test_bad_lines_have_a_reason_and_no_value(self, feed, send):
        good = ndjson_text(feed.file("people"), [a_person_row()])
        twice = good.replace("{", '{"id": "SECRET", ')
        text = good + '{"SECRET": 1}\n' + twice + "SECRET\n" + good.replace('"P1"', "7")
        found = send("people", text=text)
        assert (found["read"], found["new"], found["rejected"]) == (5, 1, 4)
        rows = feed.rejects("push/people-1")
        assert [(row["line"], row["code"]) for row in rows] == [
            ("2", "name_missing"),
            ("3", "name_twice"),
            ("4", "not_an_object"),
            ("5", "wrong_type"),
        ]
        assert rows[3]["column"] == "id"
        assert "SECRET" not in str(rows) + json.dumps(found)
        (task,) = inbox.rejected()
        assert [row["line"] for row in task.first] == [2, 3, 4, 5]

    def test_mostly_unreadable_dates_refuse_the_file(self, feed, send):
        rows = [a_case_row(number=f"261124000{n}", reported_at="soon") for n in range(9)]
        found = send("cases", *rows)
        assert found["result"] == "refused"
        assert "2026-11-24T08:30:00-07:00" in found["mistakes"][0]

    @pytest.mark.parametrize(
        "name", ["x.ndjson", "cases.json", "cases_2026.ndjson", "people2.ndjson"]
    )
    def test_another_name_is_refused(self, feed, name):
        feed.put(name, b"{}\n")
        assert feed.run(name)["result"] == "refused"

    @pytest.mark.parametrize(
        "name", ["cases.ndjson", "cases_20261124.ndjson", "Cases-a.b_c.ndjson"]
    )
    def test_the_name_says_the_kind(self, feed, name):
        feed.put(name, ndjson_text(feed.file("cases"), [a_case_row()]).encode())
        assert feed.run(name)["new"] == 1


class TestPushes:
    def test_the_summary_is_named_after_the_push(self, feed, send):
        found = send("cases", a_case_row())
        assert feed.summary("push/cases-1") == found

    def test_a_push_withdraws_nothing(self, feed, send):
        feed.full("arrests")
        arrests = [an_arrest_row(id=f"A{n}") for n in range(3)]
        for hours in (0, 13, 26):
            feed.drop("arrests", *arrests, at=NOW - timedelta(hours=40 - hours))
        for _ in range(4):
            assert "withdrawn" not in send("arrests", an_arrest_row(id="A0"))
        assert all(arrest.withdrawn_at is None for arrest in stored().arrests)

    def test_a_push_leaves_what_files_say(self, feed, send):
        feed.drop("cases", *[a_case_row(number=f"261124000{n}") for n in range(5)])
        before = checkpoint.last_file("cases")
        send("cases", a_case_row(number="2611240007"))
        assert checkpoint.last_file("cases") == before

    def test_one_row_is_not_far_fewer_than_usual(self, feed, send):
        usual = {"rows": [50_000] * 9, "exported": NOW.isoformat()}
        checkpoint.note_file("cases", usual, NOW)
        files = tuple(replace(file, least=0.5) for file in feed.settings.feed)
        feed.settings = replace(feed.settings, feed=files)
        assert send("cases", a_case_row())["result"] == "imported"

    def test_a_push_shows_that_the_feed_is_alive(self, feed, send):
        later = NOW + timedelta(days=9)
        kinds = ["cases", "people", "arrests"]
        assert monitoring.silent_feeds(feed.settings, NOW) == kinds
        feed.drop("cases", a_case_row())
        assert "cases" in monitoring.silent_feeds(feed.settings, later)
        feed.now = later
        send("cases", a_case_row(status="CBA"))
        assert "cases" not in monitoring.silent_feeds(feed.settings, later)

    def test_pushes_without_news_stand_still(self, feed, send):
        send("cases", a_case_row())
        feed.now = NOW + timedelta(days=30)
        send("cases", a_case_row())
        (_, changed) = markers.last_news(["cases"], markers.markers(markers.feed_names(["cases"])))[
            "cases"
        ]
        assert changed is not None
        assert "cases" in monitoring.still_feeds(feed.settings, changed + timedelta(days=30))
