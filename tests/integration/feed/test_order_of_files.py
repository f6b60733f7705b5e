"""Rows and files may come in any order and any number of times: the tables end the same."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import permutations
from random import Random

import hypothesis
import pytest
from hypothesis import HealthCheck, given, strategies

from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import local
from tests.support.feed_flow import NUMBERS, empty_tables, tables

EXAMPLES = int(os.environ.get("FEED_EXAMPLES", "10"))  # each imports ten files or so
MINUTE = timedelta(minutes=1)
File = tuple[str, int, list[tuple[str, str, int]]]  # kind, minute of export, rows


def a_row(number: str, key: str, version: int) -> dict[str, str]:
    """Return a version of a thing; what it says and its time follow from the version."""
    common = {"number": number, "row_time": local(NOW - timedelta(hours=9 - version))}
    match key[0]:
        case "C":
            return a_case_row(**common, status=("OPEN", "ACTIVE", "CLOSED")[version])
        case "V":
            return a_person_row(**common, id=key, phone=f"520-555-010{version}")
        case "S":
            return a_suspect_row(**common, id=key, phone=f"520-555-011{version}")
        case "G":
            return a_person_row(**common, id=key, role="GRD", for_person=f"V{version}")
        case _:
            return an_arrest_row(**common, id=key, withdrawn="NYN"[version])


KEYS = {"cases": ("C",), "people": ("V1", "V2", "S1", "G1"), "arrests": ("A1", "A2")}
VERSIONS = strategies.integers(0, 2)


@strategies.composite
def files(draw: strategies.DrawFn) -> File:
    kind = draw(strategies.sampled_from(sorted(KEYS)))
    row = strategies.tuples(
        strategies.sampled_from(NUMBERS), strategies.sampled_from(KEYS[kind]), VERSIONS
    )
    return (
        kind,
        draw(strategies.integers(0, 9)),
        draw(strategies.lists(row, min_size=1, max_size=5)),
    )


def play(feed: Feed, deliveries: Sequence[tuple[str, int, Sequence[Mapping[str, str]]]]) -> None:
    empty_tables()
    for n, (kind, minute, rows) in enumerate(deliveries):
        at = NOW + minute * MINUTE
        # Each delivery is an upload of its own, though the export time in its name is the same.
        name = f"{kind}_{at + timedelta(hours=-7):%Y%m%dT%H%M%S}.csv"
        feed.put(name, feed.text(kind, rows).encode() + b"\r\n" * n)
        assert feed.run(name)["rejected"] == 0


# Which of several versions came first decides what was seen when, and how often it was withdrawn.
HISTORY = frozenset({"first_seen", "export_time", "withdrawals", "withdrawn_at"})


class TestAnyOrder:
    @given(
        strategies.lists(files(), min_size=1, max_size=5), strategies.randoms(use_true_random=False)
    )
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_of_files_and_rows_ends_alike(
        self, feed: Feed, drawn: list[File], chance: Random
    ) -> None:
        def rows(file: File) -> list[dict[str, str]]:
            return [a_row(*row) for row in file[2]]

        play(feed, [(f[0], f[1], rows(f)) for f in drawn])
        first = tables(but=HISTORY)
        again = [*drawn, *chance.sample(drawn, chance.randint(0, len(drawn)))]
        chance.shuffle(again)
        mixed = []
        for file in again:
            given_rows = rows(file) + chance.sample(rows(file), 1)
            chance.shuffle(given_rows)
            mixed.append((file[0], file[1], given_rows))
        play(feed, mixed)
        assert tables(but=HISTORY) == first

    @pytest.mark.parametrize("order", list(permutations(KEYS)))
    def test_of_kinds_with_rows_twice_ends_alike(self, feed: Feed, order: tuple[str, ...]) -> None:
        def rows(kind: str) -> list[dict[str, str]]:
            return [a_row(number, key, 0) for number in NUMBERS for key in KEYS[kind]]

        play(feed, [(kind, 0, rows(kind)) for kind in KEYS])
        once = tables()
        twice = [(kind, 0, rows(kind) + rows(kind)[::-1]) for kind in order]
        play(feed, twice + twice)
        assert tables() == once
        assert len(once) == 2 * (1 + 4 + 2)
