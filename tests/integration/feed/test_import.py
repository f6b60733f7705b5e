"""Whole files through the import: what is written, refused, rejected and repeated."""

import json
from datetime import timedelta

import pytest

from aviso.domain.requests import Rights
from aviso.storage import markers
from infra.harness.builders import NOW, NUMBER
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

HOUR = timedelta(hours=1)


class TestRows:
    def test_of_an_export_become_a_case(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(assigned="Det. R. Ibarra", restricted="Y"))
        feed.drop(
            "people",
            a_person_row(rights="R", safe_to_contact="N"),
            a_suspect_row(),
            a_person_row(id="G1", role="GRD", for_person="P1", safe_to_contact="N"),
        )
        feed.drop("arrests", an_arrest_row(appearance_at="11/25/2026 09:00"))
        case = stored()
        assert case.report is not None
        assert (case.report.assigned, case.report.restricted) == ("Det. R. Ibarra", True)
        assert case.report.first_seen["report"] == NOW
        victim = case.victims[0]
        assert (victim.last_name, victim.phone, victim.language) == ("Muñoz", "+15205550101", "es")
        assert (victim.rights, victim.safe_to_contact) == (Rights.REQUESTED, False)
        assert [s.id for s in case.suspects] == ["S1"]
        (guardian,) = case.speakers
        told = guardian.victim, guardian.relation, guardian.safe_to_contact
        assert told == ("P1", "guardian", False)
        arrest = case.arrests[0]
        assert arrest.arrested_at == NOW - HOUR
        assert arrest.first_seen["arrest:A1"] == NOW

    def test_are_the_same_in_every_encoding(self, feed: Feed) -> None:
        text = feed.text("people", [a_person_row()])
        feed.put("people.csv", text.encode("cp1252"))
        assert feed.run("people.csv")["new"] == 1
        feed.put("people_20261124.csv", text.encode("utf-8-sig"))
        assert feed.run("people_20261124.csv")["unchanged"] == 1
        assert stored().victims[0].last_name == "Muñoz"

    def test_cost_a_write_only_when_changed(self, feed: Feed, written: list[str]) -> None:
        feed.drop("people", a_person_row(), a_suspect_row())
        written.clear()
        again = feed.drop("people", a_person_row(), a_suspect_row(), at=NOW + HOUR)
        assert (again["unchanged"], written) == (2, [])
        changed = a_person_row(phone="520-555-0142", row_time=local(NOW))
        assert feed.drop("people", changed, a_suspect_row(), at=NOW + 2 * HOUR)["changed"] == 1
        assert written == ["VICTIM#P1"]

    def test_are_never_overwritten_by_older_ones(self, feed: Feed) -> None:
        newer = a_case_row(status="ACTIVE", row_time=local(NOW))
        feed.drop("cases", newer, at=NOW)
        late = feed.drop("cases", a_case_row(status="OPEN"), at=NOW + HOUR)
        assert late["older"] == 1
        report = stored().report
        assert report is not None
        assert report.status == "ACTIVE"

    def test_without_times_go_by_the_export(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(status="ACTIVE", row_time=""), at=NOW)
        feed.drop("cases", a_case_row(status="OPEN", row_time=""), at=NOW - HOUR)
        report = stored().report
        assert report is not None
        assert report.status == "ACTIVE"

    def test_unchanged_are_vouched_for_by_a_full_file(self, feed: Feed) -> None:
        feed.full("cases")
        row = a_case_row(row_time="", status="OPEN")
        feed.drop("cases", row, at=NOW - 3 * HOUR)
        feed.drop("cases", row, at=NOW - HOUR)
        late = feed.drop("cases", row | {"status": "ACTIVE"}, at=NOW - 2 * HOUR)
        assert late["older"] == 1

    def test_keep_when_they_were_first_seen(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(assigned="Det. R. Ibarra"))
        feed.now = NOW + HOUR
        feed.drop(
            "cases", a_case_row(assigned="Det. L. Cruz", row_time=local(NOW + HOUR)), at=NOW + HOUR
        )
        report = stored().report
        assert report is not None
        seen = report.first_seen
        assert seen["report"] == seen["assigned:det-r-ibarra"] == NOW
        assert seen["assigned:det-l-cruz"] == NOW + HOUR

    def test_keep_what_the_desk_wrote(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row())
        say_of_case(NUMBER, "restricted")
        feed.drop("cases", a_case_row(status="ACTIVE", row_time=local(NOW)), at=NOW + HOUR)
        report = stored().report
        assert report is not None
        assert (report.status, report.desk_restriction) == ("ACTIVE", "restricted")

    def test_of_one_thing_end_at_the_later_version(self, feed: Feed) -> None:
        old, new = a_case_row(status="OPEN"), a_case_row(status="ACTIVE", row_time=local(NOW))
        result = feed.drop("cases", new, old)
        assert (result["new"], result["older"]) == (1, 1)
        report = stored().report
        assert report is not None
        assert report.status == "ACTIVE"


class TestBadRow:
    def test_is_listed_and_the_rest_is_imported(
        self, feed: Feed, caplog: pytest.LogCaptureFixture
    ) -> None:
        rows = [
            a_person_row(birth_date="13/13/1985", role=""),
            a_person_row(id=""),
            a_person_row(id="P3", role="WITNESS?"),
            a_person_row(id="P4", number="26-1124"),
            a_person_row(id="P5", number="26-1124-0001"),
        ]
        text = feed.text("people", rows) + "2611240001,P6\r\n"
        feed.put("people.csv", text.encode())
        result = feed.run("people.csv")
        assert (result["read"], result["new"], result["rejected"]) == (6, 1, 5)
        found = {(r["line"], r["column"], r["code"]) for r in feed.rejects("people")}
        assert found == {
            ("2", "INVL_TYPE", "missing"),
            ("3", "NAME_ID", "missing"),
            ("4", "INVL_TYPE", "unknown_role"),
            ("5", "INCIDENT_NUM", "bad_number"),
            ("7", "", "width"),
        }
        assert all(r["reason"].endswith(".") for r in feed.rejects("people"))
        listed = feed.get("rejects/people.csv") + json.dumps(result) + caplog.text
        for private in ("13/13/1985", "WITNESS", "Muñoz", "26-1124", "ana@"):
            assert private not in listed

    def test_with_an_unusable_phone_loses_it_alone(self, feed: Feed) -> None:
        result = feed.drop("people", a_person_row(phone="none", email="n/a"))
        assert result["warnings"] == {"bad_email:EMAIL": 1, "bad_phone:PHONE": 1}
        victim = stored().victims[0]
        assert (victim.phone, victim.email, victim.last_name) == ("", "", "Muñoz")

    def test_of_a_suspect_keeps_its_contacts(self, feed: Feed) -> None:
        result = feed.drop("people", a_suspect_row(birth_date="?", phone="520-555-0101"))
        assert result["rejected"] == 0
        assert stored().suspects[0].phone == "+15205550101"


class TestFile:
    @pytest.mark.parametrize(
        ("name", "body", "reason"),
        [
            ("notes.csv", b"a,b\n1,2\n", "no file of this name"),
            ("cases.csv", b"", "empty"),
            ("cases.csv", b"\x00\x01,\x02", "binary"),
            ("cases.csv", b"just a line\nof text\n", "not a CSV"),
            ("cases.csv", b"PK\x03\x04" + 26 * b"\0" + b"[Content_Types].xml\n", "Excel"),
            ("cases.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\n", "Excel"),
            ("cases.csv", b"PK\x03\x04" + 26 * b"\0" + b"cases.csv\n", "compressed"),
            ("cases.csv", b"\x1f\x8b\x08\0\n", "compressed"),
            ("cases.csv", b"INCIDENT_NUM;OFFENSE_CD\n2611240001;13-1507\n", "parted by ';'"),
            ("cases.csv", b'"INCIDENT_NUM"\t"OFFENSE_CD"\n', r"parted by '\t'"),
            ("cases.csv", b"INCIDENT_NUM,OFFENSE_CD\r2611240001,13-1507\r", "no columns parted by"),
            ("cases.csv", b"INCIDENT_NUM,OFFENSE_CD\n2611240001,13-1507\n", "missing"),
            (
                "cases.csv",
                b"INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,LAST_UPD,NCIC_NUM\n2611240001,13-1507,OPEN,"
                b"11/24/2026 08:00,1\n",
                "criminal-history",
            ),
        ],
    )
    def test_unreadable_is_refused_with_a_reason(
        self, feed: Feed, name: str, body: bytes, reason: str
    ) -> None:
        feed.put(name, body)
        result = feed.run(name)
        assert result["result"] == "refused"
        assert reason in result["reason"]
        assert feed.summary(name.removesuffix(".csv"))["reason"] == result["reason"]
        assert stored().report is None

    def test_has_a_summary_of_what_came_of_it(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(), a_case_row(number="x"))
        summary = feed.summary("cases_20261124T120000")
        assert {
            k: summary[k] for k in ("result", "kind", "read", "new", "rejected", "exported")
        } == {
            "result": "imported",
            "kind": "cases",
            "read": 2,
            "new": 1,
            "rejected": 1,
            "exported": "2026-11-24T19:00:00+00:00",
        }

    def test_winds_the_silence_clock_if_accepted(self, feed: Feed) -> None:
        feed.put("cases.csv", b"no csv")
        feed.run("cases.csv")
        assert markers.marker("FEED#cases") is None
        feed.drop("cases", a_case_row(), at=NOW)
        feed.now = NOW + HOUR
        feed.drop("cases", a_case_row(), at=NOW - HOUR)
        marker = markers.marker("FEED#cases")
        assert marker is not None
        assert marker[0] == NOW + HOUR
        assert marker[1]["exported"] == NOW.isoformat()

    def test_told_of_twice_changes_nothing(self, feed: Feed, written: list[str]) -> None:
        feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
        feed.run("cases.csv")
        before = feed.summary("cases")
        written.clear()
        assert feed.run("cases.csv")["result"] == "repeated"
        assert written == []
        assert feed.summary("cases") == before

    def test_that_is_gone_is_no_failure(self, feed: Feed) -> None:
        assert feed.run("cases.csv")["result"] == "refused"
