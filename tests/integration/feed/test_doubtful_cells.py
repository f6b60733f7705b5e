"""A cell that says "no date", and two rows of one moment that differ on a withdrawal."""

from datetime import timedelta
from itertools import permutations

import pytest

from aviso.domain.model import Kind
from aviso.domain.notice_states import was_told
from aviso.feed import row_reader
from aviso.feed.cells import NO_DATE
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
from infra.harness.feed_files import PHOENIX, local
from tests.support.feed_flow import Streams

HOUR = timedelta(hours=1)


class TestEmptyDate:
    @pytest.mark.parametrize("empty", ["0000-00-00", "00/00/0000", "n/a", "NONE", "null", "-"])
    def test_is_read_in_every_common_form(self, feed: Feed, empty: str) -> None:
        assert empty.upper() in NO_DATE
        dates = {"warrant_at": empty, "prosecutor_at": empty}
        rows = [a_case_row(number=f"26112407{n:02}", **dates) for n in range(8)]
        summary = feed.drop("cases", a_case_row(**dates), *rows)
        assert (summary["result"], summary["new"], summary["warnings"]) == ("imported", 9, {})
        report = stored().report
        assert report is not None
        assert (report.undated, report.warrant_at, report.prosecutor_at) == ((), None, None)
        feed.drop("people", a_person_row(birth_date=empty))
        assert not stored().victims[0].birth_date_unreadable

    def test_hides_no_other_form_of_dates(self, feed: Feed) -> None:
        rows = [a_case_row(number=f"26112407{n:02}", warrant_at="N/A") for n in range(8)]
        bad = [
            a_case_row(number=f"26112408{n:02}", warrant_at="1/2/2019 12:00:00 AM")
            for n in range(4)
        ]
        assert feed.drop("cases", *rows, *bad)["result"] == "refused"


def told(kind: Kind) -> list[str]:
    return [n.fact for n in notices.of_case(NUMBER) if n.kind is kind and was_told(n)]


def send(feed: Feed) -> None:
    streams = Streams(feed.settings)
    for _ in range(2):
        streams.case_changed(NUMBER)


def of_one_moment(order: tuple[str, ...]) -> list[dict[str, str]]:
    """Return an arrest as two charges of it are exported: only one says that it was withdrawn."""
    return [an_arrest_row(row_time=local(NOW), withdrawn=word) for word in order]


def codes(feed: Feed, at: int) -> list[tuple[str, str]]:
    name = f"arrests_{NOW + at * HOUR + PHOENIX:%Y%m%dT%H%M%S}"
    return [(row["line"], row["code"]) for row in feed.rejects(name)]


class TestDisputedWithdrawal:
    @pytest.mark.parametrize("custody", ["", "X", "Pima"])
    @pytest.mark.parametrize("order", sorted(set(permutations(("", "", "Y")))))
    def test_is_a_task_and_no_correction(
        self, feed: Feed, order: tuple[str, ...], custody: str
    ) -> None:
        feed.full("arrests")
        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(), a_suspect_row())
        feed.drop("arrests", an_arrest_row(custody_agency=custody))
        send(feed)
        for n in (1, 2):
            rows = [row | {"custody_agency": custody} for row in of_one_moment(order)]
            summary = feed.drop("arrests", *rows, at=NOW + n * HOUR)
            send(feed)
            counted = ("new", "changed", "unchanged", "older", "rejected")
            assert sum(summary[name] for name in counted) == summary["read"]
            assert codes(feed, n) == [(str(order.index("Y") + 2), "withdrawn_and_not")]
        assert [a.withdrawn_at for a in stored().arrests] == [None]
        assert (told(Kind.ARREST), told(Kind.CORRECTION)) == (["arrest:A1"], [])
        assert len(list(inbox.rejected())) == 1  # full files have one task

    def test_doubts_the_row_that_denies_it(
        self,
        feed: Feed,
    ) -> None:
        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(), a_suspect_row())
        feed.drop("arrests", an_arrest_row())
        feed.drop(
            "arrests", an_arrest_row(withdrawn="Y", row_time=local(NOW - HOUR / 4)), at=NOW + HOUR
        )
        for n, order in ((2, ("", "Y")), (3, ("Y", ""))):
            feed.drop("arrests", *of_one_moment(order), at=NOW + n * HOUR)
            assert codes(feed, n) == [(str(order.index("") + 2), "withdrawn_and_not")]
        (arrest,) = stored().arrests
        assert (arrest.withdrawn_at is None, arrest.withdrawals) == (False, 1)

    @pytest.mark.parametrize("order", [("", "Y"), ("Y", "")])
    def test_stays_doubtful_far_behind_the_first(
        self, feed: Feed, order: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(row_reader, "BATCH", 1)
        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(), a_suspect_row())
        feed.drop("arrests", *of_one_moment(order), at=NOW + HOUR)
        assert codes(feed, 1) == [("3", "withdrawn_and_not")]
        assert [a.withdrawn_at is None for a in stored().arrests] == [not order[0]]

    def test_is_settled_by_a_later_row(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(), a_suspect_row())
        later = an_arrest_row(withdrawn="Y", row_time=local(NOW + HOUR / 2))
        for n, order in enumerate(permutations([*of_one_moment(("", "Y")), later]), 1):
            summary = feed.drop("arrests", *order, at=NOW + n * HOUR)
            assert summary["rejected"] == 0
            assert all(a.withdrawn_at for a in stored().arrests)
