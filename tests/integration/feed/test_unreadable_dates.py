"""What nobody can read is never news: dates, files that were cut, files that were refused."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import REFUSALS, FileRefused
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import was_told
from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.feed import date_forms
from aviso.feed.cells import EXCEL, Values
from aviso.feed.importer import import_object
from aviso.storage import inbox, notices
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import (
    BUCKET,
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


# --------------------------------------------------------------------------------------- dates


def an_ordinary_case(feed: Feed, **case: str) -> None:
    feed.drop("cases", a_case_row(**case))
    feed.drop("people", a_person_row(), a_suspect_row())


def test_an_arrest_whose_date_nobody_can_read_is_a_persons_task_and_no_text(
    feed: Feed, provider: Provider
) -> None:
    an_ordinary_case(feed)
    for at in (NOW, NOW + HOUR):
        feed.drop("arrests", an_arrest_row(arrested_at=OLD), at=at)
    send(feed)
    assert held() == {"arrest:A1": "unsettled_date_unreadable"}
    assert not [m for m in provider.sent if notices.read(m.notice).kind is Kind.ARREST]


def test_once_the_date_is_put_right_the_arrest_is_told_or_was_none_of_today(feed: Feed) -> None:
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


def test_a_told_arrest_whose_date_is_spoiled_later_is_told_once(feed: Feed) -> None:
    an_ordinary_case(feed)
    feed.drop("arrests", an_arrest_row())
    send(feed)
    feed.drop("arrests", an_arrest_row(arrested_at="TBD", row_time=local(NOW)), at=NOW + HOUR)
    send(feed)
    assert [n.fact for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST] == ["arrest:A1"]
    assert held() == {}


def test_a_notice_under_way_whose_date_is_spoiled_is_not_lost(feed: Feed) -> None:
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
def test_what_a_case_says_under_an_unreadable_date_is_a_task(
    feed: Feed, column: str, fact: str
) -> None:
    row = a_case_row(status="ACTIVE", assigned="Det. Okafor")
    row |= {"status_at": row["reported_at"], "assigned_at": row["reported_at"], column: OLD}
    feed.drop("cases", row)
    feed.drop("people", a_person_row())
    send(feed)
    assert held() == {fact: "unsettled_date_unreadable"}


def test_an_unreadable_warrant_takes_nothing_back_and_the_same_day_is_no_news_again(
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


def test_a_hearing_whose_date_nobody_can_read_is_a_task_beside_the_arrest(feed: Feed) -> None:
    an_ordinary_case(feed)
    feed.drop("arrests", an_arrest_row(appearance_at="TBD"))
    send(feed)
    assert held() == {"appearance:A1@undated": "unsettled_date_unreadable"}
    assert "arrest:A1" in told()


def test_a_row_without_dates_whose_own_time_nobody_can_read_is_a_task(feed: Feed) -> None:
    an_ordinary_case(feed)
    feed.drop("arrests", an_arrest_row(arrested_at="", row_time=OLD))
    send(feed)
    assert held() == {"arrest:A1": "unsettled_date_unreadable"}


FORMS = [
    ("1/2/2019 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p"),
    ("1/2/19 0:00", "%m/%d/%y %H:%M"),
    ("43467", EXCEL),
    ("2019-01-02 00:00:00.000", "%Y-%m-%d %H:%M:%S.%f"),
    ("2019-01-02 00:00:00.0000000", "%Y-%m-%d %H:%M:%S.%f"),
    ("25/12/2018", "%d/%m/%Y"),
]


@pytest.mark.parametrize(("written", "form"), FORMS)
def test_a_file_whose_dates_have_another_form_is_refused_and_the_form_is_named(
    feed: Feed, written: str, form: str
) -> None:
    feed.drop("cases", *(a_case_row(number=f"261124{n:04}", reported_at=written) for n in range(9)))
    (name,) = feed.keys("summaries/")
    summary = feed.summary(name.removeprefix("summaries/").removesuffix(".json"))
    assert summary["result"] == "refused"
    assert f"'{form}'" in summary["reason"]
    assert "feed.cases.date_formats" in summary["reason"]
    assert "RPT_DT" in summary["reason"]
    assert stored("2611240001").report is None


@pytest.mark.parametrize(("written", "form"), FORMS)
def test_with_the_named_form_in_the_settings_the_dates_are_read(
    feed: Feed, written: str, form: str
) -> None:
    file = replace(feed.file("cases"), date_formats=(form,))
    values = Values({"reported_at": written}, file, feed.settings.agency.zone, NOW)
    at = values.instant("reported_at")
    assert at is not None
    assert at.astimezone(feed.settings.agency.zone).year in (2018, 2019)
    assert not values.has_time("reported_at")


def test_the_example_of_each_form_is_read_by_it(feed: Feed) -> None:
    from aviso.feed.cells import read_date

    assert all(read_date(shown, form) for shown, form in date_forms.FORMS)


def test_a_few_unreadable_dates_do_not_refuse_the_file(feed: Feed) -> None:
    rows = [a_case_row(number=f"261124{n:04}") for n in range(9)]
    rows += [a_case_row(number=f"261125{n:04}", reported_at=OLD) for n in range(8)]
    assert feed.drop("cases", *rows)["result"] == "imported"


def test_null_and_the_dates_that_mean_never_are_no_dates(feed: Feed) -> None:
    never = ("NULL", "01/01/1900", "12/31/9999", "1753-01-01")
    rows = [a_case_row(number=f"261124{n:04}", warrant_at=at) for n, at in enumerate(never)]
    assert feed.drop("cases", *rows)["new"] == len(never)
    report = stored("2611240000").report
    assert report is not None
    assert (report.warrant_at, report.undated) == (None, ())


def test_a_history_of_unreadable_dates_tells_nobody(feed: Feed, provider: Provider) -> None:
    """What three agencies' files did: 165 notices about cases from before go-live."""
    numbers = [f"190102{n:04}" for n in range(20)]
    bad = {"row_time": OLD}
    feed.drop("people", *(a_person_row(number=n) for n in numbers))
    feed.drop("people", *(a_suspect_row(number=n) for n in numbers))
    cases = [a_case_row(number=n, reported_at=OLD, **bad) for n in numbers]
    arrests = [an_arrest_row(number=n, arrested_at=OLD, **bad) for n in numbers]
    assert feed.drop("cases", *cases)["result"] == "refused"
    assert feed.drop("arrests", *arrests)["result"] == "refused"
    for number in numbers:
        send(feed, number)
    assert provider.sent == []
    assert {task.refused for task in inbox.rejected()} == {"dates"}


# ------------------------------------------------------------------------------------ cut files


def victims(feed: Feed) -> bytes:
    rows = [a_suspect_row(), a_person_row(relationship="SPOUSE")]
    file = feed.file("people")
    columns = [c for name, c in file.columns.items() if name != "relationship"]
    header = [*columns, file.columns["relationship"]]  # the last cell
    named = {c: name for name, c in file.columns.items()}
    lines = [",".join(header)]
    lines += [",".join(row.get(named[c], "") for c in header) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode()


def test_a_people_file_cut_anywhere_in_its_last_line_texts_nobody(
    feed: Feed, provider: Provider
) -> None:
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


def test_a_row_shorter_than_the_header_is_rejected(feed: Feed) -> None:
    whole = victims(feed)
    feed.put("people.csv", whole[: whole.rindex(b",SPOUSE")] + b"\r\n")
    assert feed.run("people.csv")["rejected"] == 1
    assert stored().victims == ()


def test_an_arrest_on_a_case_without_a_victim_is_a_task_after_the_hour(feed: Feed) -> None:
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


def test_an_arrest_that_was_told_is_no_task_when_its_victim_is_taken_off(feed: Feed) -> None:
    an_ordinary_case(feed)
    feed.drop("arrests", an_arrest_row())
    send(feed)
    feed.drop("people", a_person_row(removed="Y", row_time=local(NOW)), at=NOW + HOUR)
    send(feed)
    assert held() == {}


# -------------------------------------------------------------------------------- refused files


def test_a_refused_file_is_one_task_with_its_name_and_reason(feed: Feed) -> None:
    for _ in range(2):
        feed.put("cases.csv", b"INCIDENT_NUM,STATUS\r\n1,OPEN\r\n")
        feed.run("cases.csv")
    (task,) = inbox.rejected()
    assert (task.file, task.refused, task.rows) == ("incoming/cases.csv", "columns_missing", 0)
    assert "OFFENSE_CD" in task.about


def test_a_later_change_file_ends_no_task_about_a_refused_one(feed: Feed) -> None:
    feed.put("cases.csv", b"")
    feed.run("cases.csv")
    feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
    assert feed.run("cases.csv")["result"] == "imported"
    assert [task.refused for task in inbox.rejected()] == ["empty"]


def test_a_good_full_file_ends_the_task_about_the_refused_one_before_it(feed: Feed) -> None:
    feed.full("cases")
    feed.put("cases_20261124T0100.csv", b"")
    feed.run("cases_20261124T0100.csv")
    assert [task.refused for task in inbox.rejected()] == ["empty"]
    feed.drop("cases", a_case_row())
    assert list(inbox.rejected()) == []


def test_a_file_of_an_unknown_name_and_one_that_is_gone_are_tasks_too(feed: Feed) -> None:
    feed.put("kases.csv", b"x")
    feed.run("kases.csv")
    import_object(BUCKET, "incoming/gone.csv", feed.settings, NOW, lambda: 1, lambda: None)
    assert {task.file: task.refused for task in inbox.rejected()} == {
        "incoming/kases.csv": "name",
        "incoming/gone.csv": "gone",
    }


def test_every_refusal_has_words_in_every_language_and_names_what_it_is_about(
    settings: Settings,
) -> None:
    from aviso_compiled import desk_strings

    for language, words in desk_strings.STRINGS.items():
        there = {k.removeprefix("desk_file_") for k in words if k.startswith("desk_file_")}
        assert there == set(REFUSALS), language
        for reason in ("encoding", "no_columns", "columns_missing", "columns_twice", "dates"):
            assert "{about}" in words[f"desk_file_{reason}"], (language, reason)


def test_a_refusal_without_a_reason_that_the_desk_knows_cannot_be_made() -> None:
    with pytest.raises(AssertionError):
        FileRefused("no", "whatever")


def test_the_desk_shows_file_reason_and_way_out(desk, settings: Settings) -> None:
    feed = Feed(settings)
    feed.put("people.csv", b"a,b\r\n1,2")
    feed.run("people.csv")
    desk.sign_in(Role.RECORDS)
    page = desk.get("inbox")
    assert "incoming/people.csv" in page.text
    assert "Have the whole file sent again." in page.text
