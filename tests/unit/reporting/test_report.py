"""What the report says to the public: no reader can compute a count below five from it."""

from collections import defaultdict
from datetime import date
from itertools import product

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.reporting import FIGURES, Figures, arrest_times
from aviso.reporting.report import (
    HAND_OFFS,
    HEADLINES,
    LISTED,
    ON_PAGE,
    SMALL,
    PublicShare,
    count,
    listed,
    main_reason,
    median,
    share,
)

DAY = date(2026, 9, 1)


def counters_of(name):
    """Return the counters that a figure is made of."""
    (figure,) = (f for f in FIGURES if f.name == name)
    return {*figure.over, *figure.under}


def arrests(settings, owed, **told):
    """Return figures of arrest notices that are owed, and told in groups of minutes."""
    counts = {"arrests_owed": {"all": owed}}
    counts |= {f"arrest_minutes.{group[1:]}": {"all": n} for group, n in told.items()}
    return Figures(first=DAY, last=DAY, counts={DAY: counts}, settings=settings)


class TestFigures:
    def test_have_no_counter_in_common(self):
        """A number that is a part of another, or nearly the same, could be subtracted from it."""
        every = [counter for name in (*HEADLINES, *LISTED) for counter in counters_of(name)]
        assert len(every) == len(set(every))

    def test_are_counts_and_shares(self):
        """An average near its end tells few answers, and a saving tells its two counts."""
        units = {f.name: f.unit for f in FIGURES}
        assert {units[name] for name in (*HEADLINES, *LISTED)} == {"count", "share"}

    def test_are_left_out_where_the_settings_name_no_such_thing(self, settings):
        both = replace(settings, only_on_page=frozenset({Kind.CASE_CLOSED}))
        assert listed(both) == LISTED
        assert {*LISTED} - {*listed(replace(both, receivers=()))} == {HAND_OFFS}
        assert {*LISTED} - {*listed(replace(both, only_on_page=frozenset()))} == {ON_PAGE}


class TestCount:
    @pytest.mark.parametrize(("n", "shown"), [(0, None), (4, None), (5, 5), (1300, 1300)])
    def test_below_five_is_not_said(self, n, shown):
        assert count(n) == shown


class TestShare:
    @pytest.mark.parametrize(
        ("over", "under", "percent", "bound"),
        [
            (131, 139, 94.2, ""),
            (16, 24, 66.7, ""),
            (19995, 20000, 99.9, ""),  # rounded, but only all are 100 %
            (5, 20000, 0.1, ""),
            (137, 139, 97, "more"),
            (139, 139, 97, "more"),
            (140, 139, 97, "more"),  # who was owed news in another period is told in this one
            (2, 139, 3, "less"),
            (0, 139, 3, "less"),
            (5, 10, 50.0, ""),
        ],
    )
    def test_is_exact_where_both_sides_have_five(self, over, under, percent, bound):
        assert share(over, under) == PublicShare(percent=percent, bound=bound)

    @pytest.mark.parametrize("under", range(10))
    def test_of_fewer_than_ten_is_not_said(self, under):
        assert [share(over, under) for over in range(under + 1)] == [None] * (under + 1)

    def test_leaves_every_small_count_open(self):
        """A reader who tries every pair of counts finds at least two for each small one."""
        fits = defaultdict(list)
        for under in range(60):
            for over in range(under + 1):
                found = share(over, under)
                exact = found is not None and not found.bound
                said = (found, count(under) if found else None, over if exact else None)
                fits[said].append((over, under - over, under))
        for pairs in fits.values():
            for side in zip(*pairs, strict=True):
                assert len(set(side)) > 1 or side[0] >= SMALL


class TestMainReason:
    @pytest.mark.parametrize(
        ("late", "why"),
        [
            ({"restricted": 5, "unsafe": 4}, "restricted"),
            ({"unreached": 5, "unsafe": 5}, None),
            ({"other": 5, "unsafe": 4}, None),
            ({}, None),
        ],
    )
    def test_is_that_of_more_than_half(self, settings, late, why):
        counts = {f"arrests_late.{reason}": {"all": n} for reason, n in late.items()}
        figures = Figures(first=DAY, last=DAY, counts={DAY: counts}, settings=settings)
        assert main_reason(figures) == why


class TestMedian:
    @pytest.mark.parametrize(
        ("owed", "told", "group"),
        [
            (20, {"_15": 9, "_45": 8, "_360": 3}, "45"),
            (20, {"_15": 10, "_45": 7}, "15"),
            (20, {"_15": 5, "_45": 4}, ""),  # who was not told waits longest
            (9, {"_15": 9}, None),
        ],
    )
    def test_is_of_all_that_is_owed(self, settings, owed, told, group):
        assert median(arrests(settings, owed, **told), "minutes") == group

    def test_leaves_open_how_many_were_not_told(self, settings):
        fits = defaultdict(set)
        for owed, early, late in product(range(30), repeat=3):
            if early + late <= owed:
                said = median(arrests(settings, owed, _15=early, _360=late), "minutes")
                fits[count(owed), said].add(owed - early - late)
        assert min(map(len, fits.values())) > 1

    def test_of_nothing_is_not_reached(self, settings):
        assert arrest_times.median(arrests(settings, 0), "minutes") == ""
