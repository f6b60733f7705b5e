"""Rows and lines that the feed passes by: other roles, totals, dashes; and UTF-16."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.settings import FeedFile
from infra.harness.builders import NOW
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)

SQLCMD = (r"[-,]+", r"\(\d+ rows? affected\)")


def with_file(feed: Feed, kind: str, **changes: object) -> FeedFile:
    """Change the settings of one kind of file."""
    changed = replace(feed.file(kind), **changes)
    files = tuple(changed if f.kind == kind else f for f in feed.settings.feed)
    feed.settings = replace(feed.settings, feed=files)
    return changed


class TestIgnoredRoles:
    def test_witnesses_are_counted_not_rejected(self, feed: Feed) -> None:
        with_file(feed, "people", ignore_roles=frozenset({"WIT", "OFC"}))
        witness, officer = a_person_row(id="W1", role="wit"), a_person_row(id="", role="OFC")
        for _ in range(2):
            feed.drop("people", witness, a_person_row(), officer, a_suspect_row())
            case = stored()
            assert [v.id for v in case.victims] == ["P1"]
            assert [s.id for s in case.suspects] == ["S1"]
        summary = feed.drop("people", witness, a_person_row(), officer, at=NOW)
        assert (summary["read"], summary["ignored"], summary["rejected"]) == (3, 2, 0)

    def test_any_other_unknown_role_is_rejected(self, feed: Feed) -> None:
        with_file(feed, "people", ignore_roles=frozenset({"WIT"}))
        summary = feed.drop("people", a_person_row(role="WITNESS"), a_person_row(role=""))
        assert (summary["ignored"], summary["rejected"]) == (0, 2)


class TestSkippedLines:
    def lines(self, feed: Feed, *more: str) -> dict[str, object]:
        header, row = feed.text("cases", [a_case_row()]).splitlines()
        dashes = ",".join("-" * 8 for _ in header.split(","))
        feed.put("cases.csv", "\r\n".join([header, dashes, row, *more, ""]).encode())
        return feed.run("cases.csv")

    def test_dashes_and_totals_are_counted(self, feed: Feed) -> None:
        with_file(feed, "cases", skip_lines=SQLCMD)
        found = self.lines(feed, "", "(1 rows affected)")
        assert (found["new"], found["skipped"], found["rejected"]) == (1, 2, 0)

    def test_without_the_setting_they_are_rejected(self, feed: Feed) -> None:
        found = self.lines(feed, "(1 rows affected)")
        assert (found["new"], found["skipped"], found["rejected"]) == (1, 0, 2)

    def test_a_pattern_loses_no_readable_row(self, feed: Feed) -> None:
        with_file(feed, "cases", skip_lines=(".*",))
        assert self.lines(feed)["new"] == 1

    @pytest.mark.parametrize("pattern", [".*", "[-,]*"])
    def test_an_unseparable_row_is_never_skipped(self, feed: Feed, pattern: str) -> None:
        with_file(feed, "cases", skip_lines=(pattern,))
        found = self.lines(feed, '"2611240777"x,BURGLARY')
        assert found["rejected"] == 1

    def test_a_total_does_not_stop_withdrawals(self, feed: Feed) -> None:
        feed.full("arrests")
        with_file(feed, "arrests", skip_lines=SQLCMD, full=True)
        for night, rows in enumerate(([an_arrest_row()], [], [])):
            text = feed.text("arrests", rows) + "(1 rows affected)\r\n"
            name = f"arrests_202611{20 + night}.csv"
            feed.put(name, text.encode())
            found = feed.run(name)
        assert found["withdrawn"] == 1


class TestUtf16:
    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_a_marked_file_needs_no_setting(self, feed: Feed, encoding: str) -> None:
        text = "\ufeff" + feed.text("people", [a_person_row(), a_suspect_row()])
        feed.put("people.csv", text.encode(encoding))
        found = feed.run("people.csv")
        assert (found["new"], found["rejected"], found["encoding"]) == (2, 0, encoding)
        assert stored().victims[0].last_name == "Muñoz"

    def test_an_unmarked_file_is_read_by_the_setting(self, feed: Feed) -> None:
        data = feed.text("people", [a_person_row()]).encode("utf-16-le")
        feed.put("people.csv", data)
        assert feed.run("people.csv")["result"] == "refused"
        with_file(feed, "people", encodings=("utf-8-sig", "utf-16-le"))
        feed.put("people_20261124.csv", data)
        assert feed.run("people_20261124.csv")["new"] == 1

    def test_a_long_file_goes_on_at_the_right_byte(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aviso.feed.row_reader.BATCH", 1)
        people = [a_person_row(id=f"P{n}", last_name="ਁ Peña") for n in range(3)]
        feed.put("people.csv", ("\ufeff" + feed.text("people", people)).encode("utf-16-le"))
        feed.remaining = lambda: 0
        while (found := feed.run("people.csv"))["result"] == "continues":
            pass
        assert (found["new"], found["rejected"]) == (3, 0)
        assert {v.last_name for v in stored().victims} == {"ਁ Peña"}


class TestAnArrestOfSeveralCases:
    def test_one_arrest_warns_once_a_file(self, feed: Feed) -> None:
        cases = [an_arrest_row(number=f"26112407{n}0") for n in range(5)]
        other = [an_arrest_row(number=f"26112408{n}0", id="A2") for n in range(2)]
        found = feed.drop("arrests", *cases, *other)
        assert found["warnings"] == {"arrest_several:ARREST_NUM": 2}
        again = feed.drop("arrests", *cases, *other, at=NOW + timedelta(hours=1))
        assert again["warnings"] == {}
