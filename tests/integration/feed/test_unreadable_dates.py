"""What nobody can read is never news: dates of another form, and files that were cut."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import was_told
from aviso.feed.cells import EPOCH, EXCEL, Values
from aviso.storage import inbox, notices
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
from tests.support.feed_flow import Streams
from tests.support.sending import Provider

HOUR = timedelta(hours=1)
OLD = "1/2/2019 12:00:00 AM"


def send(
    feed: Feed, number: str = NUMBER, later: timedelta = 2 * HOUR, settled: bool = False
) -> None:
    """Plan and send what a case owes, once it has had its hour to settle."""
    streams = Streams(feed.settings)
    streams.now = NOW + later
    for _ in range(2):
        streams.case_changed(number)
    if settled:  # routine news waits for what a person needs first
        streams.settle()


def held() -> dict[str, str]:
    """Return the facts that wait for a person, and why."""
    return {n.fact: n.reason for n in notices.of_case(NUMBER) if n.state is State.HELD}


def told() -> set[str]:
    return {n.fact for n in notices.of_case(NUMBER) if was_told(n)}


def an_ordinary_case(feed: Feed, **case: str) -> None:
    feed.drop("cases", a_case_row(**case))
    feed.drop("people", a_person_row(), a_suspect_row())


class TestUnreadableDate:
    def test_of_an_arrest_is_a_task_and_no_text(self, feed: Feed, provider: Provider) -> None:
        an_ordinary_case(feed)
        for at in (NOW, NOW + HOUR):
            feed.drop("arrests", an_arrest_row(arrested_at=OLD), at=at)
        send(feed)
        assert held() == {"arrest:A1": "unsettled_date_unreadable"}
        assert not [m for m in provider.sent if notices.read(m.notice).kind is Kind.ARREST]

    def test_put_right_is_told_or_is_history(self, feed: Feed) -> None:
        an_ordinary_case(feed)
        arrests = {"A1": "1/2/2019 9:00:00 AM", "A2": "11/24/2026 9:00:00 AM"}
        feed.drop("arrests", *(an_arrest_row(id=id, arrested_at=at) for id, at in arrests.items()))
        send(feed)
        assert set(held()) == {"arrest:A1", "arrest:A2"}
        right = {"A1": "01/02/2019 09:00", "A2": "11/24/2026 09:00"}
        later = local(NOW)
        rows = [an_arrest_row(id=id, arrested_at=at, row_time=later) for id, at in right.items()]
        feed.drop("arrests", *rows, at=NOW + HOUR)
        send(feed)
        assert "arrest:A2" in told()
        assert (held(), "arrest:A1" in told()) == ({}, False)

    def test_after_the_telling_is_told_once(self, feed: Feed) -> None:
        an_ordinary_case(feed)
        feed.drop("arrests", an_arrest_row())
        send(feed)
        feed.drop("arrests", an_arrest_row(arrested_at="TBD", row_time=local(NOW)), at=NOW + HOUR)
        send(feed)
        assert [n.fact for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST] == ["arrest:A1"]
        assert held() == {}

    def test_during_the_sending_loses_nothing(self, feed: Feed) -> None:
        from aviso.notices import planning

        an_ordinary_case(feed)
        feed.drop("arrests", an_arrest_row())
        planning.plan(NUMBER, feed.settings, NOW)
        feed.drop("arrests", an_arrest_row(arrested_at="TBD", row_time=local(NOW)), at=NOW + HOUR)
        planning.plan(NUMBER, feed.settings, NOW + timedelta(minutes=5))
        send(feed)
        (notice,) = (n for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST)
        assert (notice.state, notice.reason) == (State.HELD, "unsettled_date_unreadable")

    @pytest.mark.parametrize(
        ("column", "fact"),
        [
            ("reported_at", "report"),
            ("status_at", "status:ACTIVE"),
            ("assigned_at", "assigned:det-okafor"),
            ("prosecutor_at", "prosecutor:undated"),
        ],
    )
    def test_of_a_case_is_a_task(self, feed: Feed, column: str, fact: str) -> None:
        row = a_case_row(status="ACTIVE", assigned="Det. Okafor")
        row |= {"status_at": row["reported_at"], "assigned_at": row["reported_at"], column: OLD}
        feed.drop("cases", row)
        feed.drop("people", a_person_row())
        send(feed)
        assert held() == {fact: "unsettled_date_unreadable"}

    def test_of_a_warrant_takes_nothing_back(
        self,
        feed: Feed,
    ) -> None:
        day = {"prosecutor_at": local(NOW - 20 * HOUR)}
        an_ordinary_case(feed, **day)
        send(feed, settled=True)
        assert "prosecutor:2026-11-23" in told()
        for n, at in enumerate(("soon", day["prosecutor_at"]), 1):
            row = a_case_row(prosecutor_at=at, row_time=local(NOW + n * timedelta(minutes=1)))
            feed.drop("cases", row, at=NOW + n * HOUR)
            send(feed, later=(n + 2) * HOUR)
        of_it = [n for n in notices.of_case(NUMBER) if n.kind is Kind.SENT_TO_PROSECUTOR]
        assert {n.fact for n in of_it if was_told(n)} == {"prosecutor:2026-11-23"}
        assert not [n for n in notices.of_case(NUMBER) if n.kind is Kind.CORRECTION]
        assert held() == {}

    def test_of_a_hearing_is_a_task_beside_the_arrest(self, feed: Feed) -> None:
        an_ordinary_case(feed)
        feed.drop("arrests", an_arrest_row(appearance_at="TBD"))
        send(feed)
        assert held() == {"appearance:A1@undated": "unsettled_date_unreadable"}
        assert "arrest:A1" in told()

    def test_of_the_row_itself_is_a_task(self, feed: Feed) -> None:
        an_ordinary_case(feed)
        feed.drop("arrests", an_arrest_row(arrested_at="", row_time=OLD))
        send(feed)
        assert held() == {"arrest:A1": "unsettled_date_unreadable"}

    def test_in_a_few_rows_refuses_no_file(self, feed: Feed) -> None:
        rows = [a_case_row(number=f"261124{n:04}") for n in range(9)]
        rows += [a_case_row(number=f"261125{n:04}", reported_at=OLD) for n in range(8)]
        assert feed.drop("cases", *rows)["result"] == "imported"

    def test_of_history_tells_nobody(self, feed: Feed, provider: Provider) -> None:
        """What three agencies' files did: 165 notices about cases from before go-live."""
        numbers = [f"190102{n:04}" for n in range(20)]
        bad = {"row_time": OLD}
        people = [row(number=n) for n in numbers for row in (a_person_row, a_suspect_row)]
        feed.drop("people", *people)
        cases = [a_case_row(number=n, reported_at=OLD, **bad) for n in numbers]
        arrests = [an_arrest_row(number=n, arrested_at=OLD, **bad) for n in numbers]
        assert feed.drop("cases", *cases)["result"] == "refused"
        assert feed.drop("arrests", *arrests)["result"] == "refused"
        for number in numbers:
            send(feed, number)
        assert provider.sent == []
        assert {task.refused for task in inbox.rejected()} == {"dates"}


FORMS = [
    ("1/2/2019 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p"),
    ("1/2/19 0:00", "%m/%d/%y %H:%M"),
    ("43467", EXCEL),
    ("2019-01-02 00:00:00.000", "%Y-%m-%d %H:%M:%S.%f"),
    ("2019-01-02 00:00:00.0000000", "%Y-%m-%d %H:%M:%S.%f"),
    ("25/12/2018", "%d/%m/%Y"),
    ("2019/01/02 07:00:00+00", "%Y/%m/%d %H:%M:%S%z"),
    ("1546412400000", EPOCH),
]


class TestOtherForm:
    @pytest.mark.parametrize(("written", "form"), FORMS)
    def test_refuses_the_file_and_is_named(self, feed: Feed, written: str, form: str) -> None:
        rows = [a_case_row(number=f"261124{n:04}", reported_at=written) for n in range(9)]
        feed.drop("cases", *(row | {"status_at": ""} for row in rows))  # the date before it
        (name,) = feed.keys("summaries/")
        summary = feed.summary(name.removeprefix("summaries/").removesuffix(".json"))
        assert summary["result"] == "refused"
        assert f"'{form}'" in summary["reason"]
        assert "feed.cases.date_formats" in summary["reason"]
        assert "RPT_DT" in summary["reason"]
        assert stored("2611240001").report is None

    @pytest.mark.parametrize(
        ("written", "advice"),
        [
            ("09/12/2026 08:00", "'%d/%m/%Y %H:%M' in date_formats, instead of '%m/%d/%Y %H:%M'"),
            ("13/12/2026 08:00", "'%d/%m/%Y %H:%M' in date_formats;"),
            ("2026-12-01", "(RPT_DT)"),  # a form of the settings: the clock is wrong
        ],
    )
    def test_that_the_settings_have_is_no_advice(
        self, feed: Feed, written: str, advice: str
    ) -> None:
        feed.now = NOW - timedelta(days=250)
        rows = [a_case_row(number=f"260319{n:04}", reported_at=written) for n in range(9)]
        found = feed.drop("cases", *(row | {"row_time": ""} for row in rows), at=feed.now)
        assert found["code"] == "dates"
        assert advice in found["reason"] + found["mistakes"][0]

    @pytest.mark.parametrize(("written", "form"), FORMS)
    def test_is_read_once_the_settings_name_it(self, feed: Feed, written: str, form: str) -> None:
        file = replace(feed.file("cases"), date_formats=(form,))
        values = Values({"reported_at": written}, file, feed.settings.agency.zone, NOW)
        at = values.instant("reported_at")
        assert at is not None
        assert at.astimezone(feed.settings.agency.zone).year in (2018, 2019)
        assert not values.has_time("reported_at")

    def test_null_and_never_are_no_dates(self, feed: Feed) -> None:
        never = ("NULL", "01/01/1900", "12/31/9999", "1753-01-01")
        rows = [a_case_row(number=f"261124{n:04}", warrant_at=at) for n, at in enumerate(never)]
        assert feed.drop("cases", *rows)["new"] == len(never)
        report = stored("2611240000").report
        assert report is not None
        assert (report.warrant_at, report.undated) == (None, ())


def victims(feed: Feed) -> bytes:
    rows = [a_suspect_row(), a_person_row(relationship="SPOUSE")]
    file = feed.file("people")
    columns = [c for name, c in file.columns.items() if name != "relationship"]
    header = [*columns, file.columns["relationship"]]  # the last cell
    named = {c: name for name, c in file.columns.items()}
    lines = [",".join(header)]
    lines += [",".join(row.get(named[c], "") for c in header) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode()


class TestCutFile:
    def test_texts_nobody_wherever_cut(self, feed: Feed, provider: Provider) -> None:
        whole = victims(feed)
        feed.drop("cases", a_case_row())
        last = whole.rindex(b"\r\n", 0, -2) + 2
        for end in (last + 1, last + 20, len(whole) - 8, len(whole) - 5, len(whole) - 2):
            feed.put("people.csv", whole[:end])
            summary = feed.run("people.csv")
            assert summary["result"] == "refused", whole[last:end]
            assert "cut off" in summary["reason"]
            send(feed)
        assert provider.sent == []
        (task,) = inbox.rejected()
        assert (task.file, task.refused) == ("incoming/people.csv", "cut")

    def test_rejects_a_row_shorter_than_the_header(self, feed: Feed) -> None:
        whole = victims(feed)
        feed.put("people.csv", whole[: whole.rindex(b",SPOUSE")] + b"\r\n")
        assert feed.run("people.csv")["rejected"] == 1
        assert stored().victims == ()


class TestArrestWithoutVictim:
    def test_is_a_task_after_the_hour(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row())
        feed.drop("people", a_suspect_row())
        feed.drop("arrests", an_arrest_row())
        send(feed, later=timedelta(minutes=59))
        assert held() == {}
        send(feed, later=HOUR)
        assert held() == {"arrest:A1": "nobody_to_tell"}
        feed.drop("people", a_person_row(), at=NOW + HOUR)
        send(feed)
        assert "arrest:A1" in told()
        assert held() == {}

    def test_is_no_task_once_told(self, feed: Feed) -> None:
        an_ordinary_case(feed)
        feed.drop("arrests", an_arrest_row())
        send(feed)
        feed.drop("people", a_person_row(removed="Y", row_time=local(NOW)), at=NOW + HOUR)
        send(feed)
        assert held() == {"doubt:removed": "victim_in_doubt"}
