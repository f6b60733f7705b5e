"""Withdrawn arrests: by the feed's own word, and by absence from full files twice running."""

from datetime import timedelta

import pytest

from aviso.feed import withdrawals
from aviso.feed.withdrawals import Manifest, absent
from aviso.storage import markers
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, an_arrest_row, stored
from infra.harness.feed_files import local

NIGHT = timedelta(days=1)
HOUR = timedelta(hours=1)
NEW = "2611240999"


def a_manifest(night: int, *arrests: str, unreadable: int = 0) -> Manifest:
    return Manifest(
        exported=NOW + night * NIGHT,
        arrests=frozenset(_key(arrest) for arrest in arrests),
        unreadable=unreadable,
    )


def _key(arrest: str) -> tuple[str, str, str]:
    number, suspect = f"{arrest}:S1".split(":")[:2]
    return NUMBER, number, suspect


def many(first: int, last: int) -> list[str]:
    return [f"A{n}" for n in range(first, last)]


def nights(feed: Feed, *arrests: str, start: int = 0) -> list[dict[str, object]]:
    """Drop a full file a night; each argument names that night's arrests."""
    results = []
    for n, names in enumerate(arrests, start):
        feed.now = NOW + n * NIGHT
        rows = [an_arrest_row(id=name) for name in names.split()]
        results.append(feed.drop("arrests", *rows, at=NOW + n * NIGHT))
    return results


def arrest(name: str = "A1") -> object:
    return next(a for a in stored().arrests if a.id == name)


class TestProof:
    def test_takes_two_full_files_running(self) -> None:
        found = absent([a_manifest(0, "A1", "A2"), a_manifest(1, "A2"), a_manifest(2, "A2")])
        assert found.gone == {(NUMBER, "A1", "S1")}

    def test_is_the_same_in_any_order_of_manifests(self) -> None:
        found = absent([a_manifest(2, "A2"), a_manifest(0, "A1", "A2"), a_manifest(1, "A2")])
        assert found.gone == {(NUMBER, "A1", "S1")}

    def test_is_of_one_suspect_under_a_number(self) -> None:
        both, one = ("A1:S1", "A1:S2"), ("A1:S1",)
        found = absent([a_manifest(0, *both), a_manifest(1, *one), a_manifest(2, *one)])
        assert found.gone == {(NUMBER, "A1", "S2")}

    @pytest.mark.parametrize("nights", [2, 3, 4])
    def test_is_not_a_suspect_put_in_for_another(self, nights: int) -> None:
        """Two names of one person become one, or a typing error is corrected: the arrest stays."""
        after = [a_manifest(night, "A1:S9") for night in range(1, nights + 1)]
        assert not absent([a_manifest(0, "A1:S1"), *after]).gone

    def test_counts_manifests_of_earlier_releases(self) -> None:
        old, new = a_manifest(0, "A1:", "A2:"), [a_manifest(n, "A2:S1") for n in (1, 2)]
        assert absent([old, *new]).gone == {(NUMBER, "A1", "")}

    @pytest.mark.parametrize(
        ("manifests", "reason"),
        [
            ([a_manifest(0, "A1"), a_manifest(1)], "fewer than three"),
            (
                [a_manifest(0, "A1"), a_manifest(1), a_manifest(2, unreadable=1)],
                "could not be read",
            ),
            (
                [a_manifest(0, "A1"), a_manifest(1, unreadable=1), a_manifest(2)],
                "could not be read",
            ),
            (
                [
                    a_manifest(0, *many(0, 20)),
                    a_manifest(1, *many(6, 20)),
                    a_manifest(2, *many(6, 20)),
                ],
                "6 arrests gone at once",
            ),
            (
                [
                    a_manifest(0, *many(0, 20)),
                    a_manifest(1, *many(0, 20)),
                    a_manifest(2, *many(6, 20)),
                ],
                "6 arrests gone at once",
            ),
        ],
    )
    def test_is_in_no_partial_or_refused_file(self, manifests: list[Manifest], reason: str) -> None:
        found = absent(manifests)
        assert not found.gone
        assert reason in found.reason

    def test_is_not_one_absence(self) -> None:
        assert not absent([a_manifest(0, "A1"), a_manifest(1), a_manifest(2, "A1")]).gone
        assert not absent([a_manifest(0, "A1"), a_manifest(1, "A1"), a_manifest(2)]).gone


class TestWithdrawal:
    def test_counts_once_and_reinstated_is_a_new_fact(self, feed: Feed) -> None:
        feed.drop("arrests", an_arrest_row())
        void = an_arrest_row(withdrawn="Y", row_time=local(NOW))
        feed.drop("arrests", void, at=NOW + HOUR)
        later = void | {"custody_agency": "County jail", "row_time": local(NOW + HOUR)}
        feed.drop("arrests", later, at=NOW + 2 * HOUR)
        (found,) = stored().arrests
        assert (found.withdrawn_at, found.withdrawals) == (NOW, 1)
        assert set(found.first_seen) == {"arrest:A1"}
        feed.now = NOW + 3 * HOUR
        again = an_arrest_row(row_time=local(NOW + 3 * HOUR))
        feed.drop("arrests", again, at=NOW + 3 * HOUR)
        (found,) = stored().arrests
        assert (found.withdrawn_at, found.withdrawals) == (None, 1)
        assert found.first_seen == {"arrest:A1": NOW, "arrest:A1~1": NOW + 3 * HOUR}

    def test_follows_absence_from_two_full_files(self, feed: Feed) -> None:
        feed.full("arrests")
        results = nights(feed, "A1 A2", "A2", "A2", "A2")
        assert [r.get("withdrawn") for r in results] == [0, 0, 1, 0]
        by_id = {a.id: a for a in stored().arrests}
        assert by_id["A1"].withdrawn_at == NOW + 2 * NIGHT
        assert by_id["A1"].withdrawals == 1
        assert by_id["A2"].withdrawn_at is None

    def test_ends_when_the_arrest_comes_back(self, feed: Feed) -> None:
        feed.full("arrests")
        nights(feed, "A1 A2", "A2", "A2", "A1 A2")
        by_id = {a.id: a for a in stored().arrests}
        assert (by_id["A1"].withdrawn_at, by_id["A1"].withdrawals) == (None, 1)
        assert "arrest:A1~1" in by_id["A1"].first_seen

    def test_follows_only_files_declared_full(self, feed: Feed) -> None:
        nights(feed, "A1 A2", "A2", "A2")
        assert all(a.withdrawn_at is None for a in stored().arrests)

    def test_ignores_a_part_and_wakes_no_feed(
        self,
        feed: Feed,
    ) -> None:
        feed.full("arrests")
        nights(feed, "A1 A2")
        before = markers.marker("FEED#arrests")
        for hour in (30, 31):  # a deployment's made-up case, twice running
            feed.now = NOW + hour * HOUR
            feed.drop("arrests", an_arrest_row(id="MADE-UP"), at=feed.now, part=True)
        assert all(a.withdrawn_at is None for a in stored().arrests)
        assert markers.marker("FEED#arrests") == before
        assert "MADE-UP" in {a.id for a in stored().arrests}

    def test_ignores_a_refused_file(self, feed: Feed) -> None:
        feed.full("arrests")
        nights(feed, "A1 A2", "A2")
        feed.put("arrests_20261126T120000.csv", b"INCIDENT_NUM,ARREST_NUM\n")
        assert feed.run("arrests_20261126T120000.csv")["result"] == "refused"
        assert all(a.withdrawn_at is None for a in stored().arrests)

    def test_counts_one_full_file_once(self, feed: Feed) -> None:
        feed.full("arrests")
        nights(feed, "A1 A2", "A2")
        nights(feed, "A2", start=1)
        assert all(a.withdrawn_at is None for a in stored().arrests)

    def test_counts_a_file_without_time_once(self, feed: Feed) -> None:
        feed.full("arrests")
        nights(feed, "A1 A2", "A2")
        assert feed.drop("arrests", an_arrest_row(id="A2"), at=NOW + NIGHT + HOUR)["withdrawn"] == 0
        assert nights(feed, "A2", start=2)[0]["withdrawn"] == 1

    def test_ignores_a_row_that_cannot_be_read(self, feed: Feed) -> None:
        feed.full("arrests")
        nights(feed, "A1 A2", "A2")
        rows = [an_arrest_row(id="A2"), an_arrest_row(id="")]
        result = feed.drop("arrests", *rows, at=NOW + 2 * NIGHT)
        assert "could not be read" in result["absence"]
        assert all(a.withdrawn_at is None for a in stored().arrests)

    def test_takes_a_full_file_that_comes_late(self, feed: Feed) -> None:
        feed.full("arrests")
        for n, names in ((2, "A2"), (0, "A1 A2"), (1, "A2")):
            feed.now = NOW + n * NIGHT
            feed.drop(
                "arrests", *(an_arrest_row(id=name) for name in names.split()), at=NOW + n * NIGHT
            )
        assert {a.id: bool(a.withdrawn_at) for a in stored().arrests} == {"A1": True, "A2": False}


def renumber(feed: Feed, former: str, number: str, at: timedelta) -> None:
    """Drop files in which one case has another number, and its victim."""
    feed.drop("people", a_person_row(number=former))
    feed.now = NOW + at
    row = a_case_row(number=number, former_number=former, row_time=local(feed.now))
    assert feed.drop("cases", row, at=feed.now)["renumbered"] == 1
    feed.drop("people", a_person_row(number=number), at=feed.now)


def drop_arrests(feed: Feed, night: int, *arrests: tuple[str, str]) -> dict[str, object]:
    """Drop a night's full file; each arrest is a case number and an arrest number."""
    feed.now = NOW + night * NIGHT
    rows = [an_arrest_row(number=number, id=name) for number, name in arrests]
    return feed.drop("arrests", *rows, at=feed.now)


def withdrawals_of(number: str) -> dict[str, int]:
    return {a.id: a.withdrawals for a in stored(number).arrests}


class TestRenumberedCase:
    @pytest.fixture
    def renumbered(self, feed: Feed) -> Feed:
        """Two arrests of a case that gets another number between the second and third file."""
        feed.full("arrests")
        feed.drop("cases", a_case_row())
        for night in (0, 1):
            drop_arrests(feed, night, (NUMBER, "A1"), (NUMBER, "A2"))
        renumber(feed, NUMBER, NEW, 2 * NIGHT - HOUR)
        return feed

    def test_keeps_its_arrests(self, renumbered: Feed) -> None:
        for night in range(2, 7):
            found = drop_arrests(renumbered, night, (NEW, "A1"), (NEW, "A2"))
            assert found["withdrawn"] == 0
        assert withdrawals_of(NEW) == {"A1": 0, "A2": 0}

    def test_loses_an_absent_arrest_once(self, renumbered: Feed) -> None:
        found = [drop_arrests(renumbered, night, (NEW, "A2"))["withdrawn"] for night in range(2, 7)]
        assert found == [0, 1, 0, 0, 0]
        assert withdrawals_of(NEW) == {"A1": 1, "A2": 0}

    def test_keeps_its_arrests_when_renumbered_twice(self, renumbered: Feed) -> None:
        drop_arrests(renumbered, 2, (NEW, "A1"), (NEW, "A2"))
        last = "2611240998"
        renumber(renumbered, NEW, last, 3 * NIGHT - HOUR)
        for night in range(3, 6):
            drop_arrests(renumbered, night, (last, "A1"), (last, "A2"))
        assert withdrawals_of(last) == {"A1": 0, "A2": 0}

    def test_keeps_its_arrests_if_files_go_back(self, renumbered: Feed) -> None:
        """A file of arrests may have the former number again."""
        drop_arrests(renumbered, 2, (NEW, "A1"), (NEW, "A2"))
        for night in range(3, 6):
            drop_arrests(renumbered, night, (NUMBER, "A1"), (NUMBER, "A2"))
        assert withdrawals_of(NEW) == {"A1": 0, "A2": 0}

    def test_is_no_broken_export(self, feed: Feed) -> None:
        feed.full("arrests")
        feed.drop("cases", a_case_row())
        names = many(0, 8)
        drop_arrests(feed, 0, *[(NUMBER, name) for name in names])
        renumber(feed, NUMBER, NEW, NIGHT - HOUR)
        found = [drop_arrests(feed, n, *[(NEW, name) for name in names]) for n in (1, 2, 3)]
        assert [f.get("absence", "") for f in found][1:] == ["", ""]
        assert set(withdrawals_of(NEW).values()) == {0}

    def test_withdraws_nothing_if_too_many_moved(
        self, renumbered: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(withdrawals, "LOOKED_UP", 0)
        found = [drop_arrests(renumbered, n, (NEW, "A1"), (NEW, "A2")) for n in (2, 3)]
        assert "too many arrests gone" in str(found[1]["absence"])
        assert withdrawals_of(NEW) == {"A1": 0, "A2": 0}


class TestMergedCases:
    OTHER = "2611240997"

    @pytest.fixture
    def merged(self, feed: Feed) -> Feed:
        """Two cases with an arrest each; then the first becomes part of the second."""
        feed.full("arrests")
        feed.drop("cases", a_case_row(), a_case_row(number=self.OTHER))
        for night in (0, 1):
            drop_arrests(feed, night, (NUMBER, "A1"), (self.OTHER, "A2"))
        renumber(feed, NUMBER, self.OTHER, 2 * NIGHT - HOUR)
        return feed

    def test_keep_the_arrests_of_both(self, merged: Feed) -> None:
        for night in range(2, 6):
            found = drop_arrests(merged, night, (self.OTHER, "A1"), (self.OTHER, "A2"))
            assert found["withdrawn"] == 0
        assert withdrawals_of(self.OTHER) == {"A1": 0, "A2": 0}

    @pytest.mark.parametrize("gone", ["A1", "A2"])
    def test_lose_an_absent_arrest_of_either_once(self, merged: Feed, gone: str) -> None:
        kept = "A2" if gone == "A1" else "A1"
        found = [drop_arrests(merged, n, (self.OTHER, kept))["withdrawn"] for n in range(2, 6)]
        assert found == [0, 1, 0, 0]
        assert withdrawals_of(self.OTHER) == {gone: 1, kept: 0}
