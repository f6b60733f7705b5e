"""Values no program can read, in rows about things it must not lose: the careful side is taken."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.roster import reach
from aviso.storage import cases, inbox, markers
from aviso.storage.tables import InstantAttribute
from infra.harness.builders import NOW, NUMBER, case_at
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


class TestUnreadableDate:
    @pytest.mark.parametrize(
        ("kind", "row", "column"),
        [
            ("cases", a_case_row(status_at="TBD"), "STATUS_DT"),
            ("cases", a_case_row(warrant_at="12/31/9998 23:59:59"), "WARRANT_DT"),
            ("cases", a_case_row(reported_at="11/24/0026 10:00"), "RPT_DT"),
            ("people", a_person_row(birth_date="UNK"), "DOB"),
            ("people", a_person_row(birth_date="04/12/1885"), "DOB"),
            ("arrests", an_arrest_row(appearance_at="TBD"), "IA_DT"),
            ("arrests", an_arrest_row(arrested_at="11/24/0026 10:00"), "ARREST_DT"),
        ],
    )
    def test_is_left_blank_and_its_row_imported(
        self, feed: Feed, kind: str, row: dict[str, str], column: str
    ) -> None:
        result = feed.drop(kind, row)
        assert (result["new"], result["rejected"]) == (1, 0)
        assert result["warnings"] == {f"bad_date:{column}": 1}

    def test_of_birth_may_be_a_minors_and_is_a_task(
        self,
        feed: Feed,
    ) -> None:
        feed.drop("people", a_person_row(birth_date="13/45/2015"))
        (victim,) = stored().victims
        assert victim.birth_date_unreadable
        found = reach(case_at(stored(), feed.settings), victim)
        assert (found.contacts, found.trouble) == ((), "birth_date_unreadable")
        for readable in ({"birth_date": "04/12/1985"}, {"birth_date": "x", "minor": "N"}):
            feed.drop("people", a_person_row(**readable, row_time=local(NOW)), at=NOW + HOUR)
            assert not reach(case_at(stored(), feed.settings), stored().victims[0]).trouble
        feed.drop("people", a_person_row(birth_date="", id="P2"))
        assert not any(v.birth_date_unreadable for v in stored().victims if v.id == "P2")

    @pytest.mark.parametrize(
        ("at", "known"),
        [("11/25/2026", False), ("11/25/2026 00:00", False), ("11/25/2026 09:00", True)],
    )
    def test_a_court_day_without_time_is_known(self, feed: Feed, at: str, known: bool) -> None:
        feed.drop("arrests", an_arrest_row(appearance_at=at))
        (arrest,) = stored().arrests
        assert arrest.appearance_at
        assert arrest.appearance_time_known is known


class TestSafetyWord:
    def test_unreadable_is_taken_carefully(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row(restricted="SEALED"))
        flags = dict.fromkeys(("minor", "deceased", "confidential_address", "safe_to_contact"), "?")
        feed.drop("people", a_person_row(**flags))
        case = stored()
        assert case.report
        assert case.report.restricted
        (victim,) = case.victims
        assert (victim.minor, victim.deceased, victim.confidential_address) == (True, True, True)
        assert not victim.safe_to_contact

    def test_of_removal_neither_tells_nor_forgets(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(removed="SEE NOTE"))
        (victim,) = stored().victims
        assert not victim.safe_to_contact

    def test_of_a_void_arrest_is_a_task(self, feed: Feed) -> None:
        result = feed.drop("arrests", an_arrest_row(withdrawn="?"))
        assert (result["rejected"], stored().arrests) == (1, ())
        assert [(r.file, r.rows) for r in inbox.rejected()] == [
            ("incoming/arrests_20261124T120000.csv", 1)
        ]

    def test_column_missing_refuses_the_file(self, feed: Feed) -> None:
        text = feed.text("cases", [a_case_row(restricted="Y")]).replace("CONF_FLAG", "CONFID_FLAG")
        feed.put("cases.csv", text.encode())
        result = feed.run("cases.csv")
        assert (result["result"], stored().report) == ("refused", None)
        assert "CONF_FLAG" in result["reason"]

    @pytest.mark.parametrize(
        ("kind", "column"),
        [
            ("people", "birth_date"),  # a minor's own phone would be used
            ("people", "phone"),  # nobody would know whose phone is a suspect's
            ("people", "street"),  # nor who lives with one
            ("cases", "assigned"),  # everybody would be told that no detective is assigned
            ("cases", "warrant_at"),
        ],
    )
    def test_important_column_missing_refuses_file(
        self, feed: Feed, kind: str, column: str
    ) -> None:
        row = a_person_row() if kind == "people" else a_case_row()
        name = feed.file(kind).columns[column]
        feed.put(f"{kind}.csv", feed.text(kind, [row]).replace(f",{name},", ",X,").encode())
        result = feed.run(f"{kind}.csv")
        assert result["result"] == "refused"
        assert name in result["reason"]

    def test_column_may_be_missing_by_setting(self, feed: Feed) -> None:
        files = tuple(replace(f, optional=("restricted",)) for f in feed.settings.feed)
        feed.settings = replace(feed.settings, feed=files)
        feed.put("cases.csv", feed.text("cases", [a_case_row()]).replace("CONF_FLAG", "X").encode())
        assert feed.run("cases.csv")["result"] == "imported"


class TestRejectedRows:
    def test_wait_at_the_desk_for_a_person(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(id=""), a_person_row(id="P2"), at=NOW - HOUR)
        feed.drop("people", a_person_row(role="?"), a_suspect_row(id=""))
        assert [r.rows for r in inbox.rejected()] == [1, 2]
        feed.drop("people", a_person_row(), at=NOW + HOUR)
        assert len(list(inbox.rejected())) == 2

    def test_in_every_full_file_are_one_task(self, feed: Feed) -> None:
        feed.full("cases")
        for night in (3, 2, 1):
            feed.drop("cases", a_case_row(), a_case_row(number="?"), at=NOW - night * HOUR)
        assert [r.rows for r in inbox.rejected()] == [1]
        feed.drop("cases", a_case_row())
        assert list(inbox.rejected()) == []

    def test_name_no_case_and_no_person(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(role="?"))
        marker = markers.marker("REJECTED#people_20261124T120000")
        assert marker
        assert set(marker[1]) == {"file", "rows", "first"}
        row = {"line": 2, "column": "INVL_TYPE", "code": "unknown_role", "rows": 1, "about": ""}
        assert marker[1]["first"] == [row]
        assert NUMBER not in str(marker)
        assert cases.read_case(NUMBER).victims == ()

    @pytest.mark.parametrize("id", ["é" * 520, "漢" * 301, "P" * 901])
    @pytest.mark.parametrize("column", ["id", "former_id"])
    def test_with_too_long_an_id_go_alone(self, feed: Feed, id: str, column: str) -> None:
        feed.drop("cases", a_case_row())
        people = feed.drop("people", a_person_row(**{column: id}), a_person_row(id="P2"))
        assert (people["new"], people["rejected"]) == (1, 1)
        assert [v.id for v in stored().victims] == ["P2"]
        arrests = feed.drop("arrests", an_arrest_row(**{column: id}), an_arrest_row(id="A2"))
        assert (arrests["new"], arrests["rejected"]) == (1, 1)
        assert [a.id for a in stored().arrests] == ["A2"]
        for name in ("people", "arrests"):
            (rejected,) = feed.rejects(f"{name}_20261124T120000")
            assert rejected["code"] == "too_long"

    @pytest.mark.parametrize("id", ["é" * 450, "P" * 900])
    def test_end_at_the_longest_id(self, feed: Feed, id: str) -> None:
        feed.drop("cases", a_case_row())
        assert feed.drop("people", a_person_row(id=id))["new"] == 1
        assert [v.id for v in stored().victims] == [id]


class TestRowTime:
    @pytest.mark.parametrize(
        "at",
        [
            datetime(26, 11, 24, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
            datetime(2026, 11, 24, 5, tzinfo=UTC).astimezone(),
        ],
    )
    def test_is_read_as_it_is_written(self, at: datetime) -> None:
        attribute = InstantAttribute()
        text = attribute.serialize(at)
        assert (len(text), attribute.deserialize(text)) == (27, at)

    def test_in_the_future_freezes_no_row(self, feed: Feed) -> None:
        first = feed.drop("people", a_suspect_row(row_time="11/24/2030 10:00"))
        assert first["warnings"] == {"future_row_time:LAST_UPD": 1}
        feed.drop("people", a_suspect_row(phone="520-555-0101"), at=NOW + HOUR)
        assert stored().suspects[0].phone == "+15205550101"

    def test_in_a_file_name_freezes_no_row(self, feed: Feed) -> None:
        result = feed.drop("cases", a_case_row(), at=NOW + timedelta(days=365))
        assert result["exported"] < (NOW + timedelta(days=300)).isoformat()


class TestStatus:
    def test_unknown_is_imported_and_shown(self, feed: Feed) -> None:
        from aviso.runtime import metrics

        result = feed.drop("cases", a_case_row(status="CLR-ARR"), a_case_row(number="2611240002"))
        assert result["warnings"] == {"unknown_status:CASE_STATUS": 1}
        assert metrics.imported(result) == {"StatusesUnknown": 1}

    def test_is_the_same_in_any_case(self, feed: Feed) -> None:
        result = feed.drop("cases", a_case_row(status="Active"))
        report = stored().report
        assert report
        assert (report.status, result["warnings"]) == ("ACTIVE", {})
