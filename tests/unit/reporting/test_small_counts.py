"""Which numbers of a table are hidden, so that a small one can be told from no other."""

from datetime import date

import pytest

from aviso.reporting import Figures, small_counts

TODAY = date(2026, 11, 24)
SUMS = {
    "nothing small": ([5, 9, 0], set(), {}, set()),
    "one small one takes the next smallest": ([3, 14, 11, 0], {0}, {}, {0, 2}),
    "two that count enough people": ([3, 4, 14], {0, 1}, {}, {0, 1}),
    "two that count too few": ([1, 2, 14], {0, 1}, {}, {0, 1, 2}),
    "nobody is not a companion while there is another": ([3, 0, 9], {0}, {}, {0, 2}),
    "where there is no other, nobody is": ([9, 0, 0], {0}, {}, {0, 1}),
    "a sum of few is hidden itself": ([3, 0, 0], {0}, {}, {0}),
    "of answers, three": ([3, 14, 11, 20], {0}, {"least": 3}, {0, 1, 2}),
    "a hidden sum is not told by adding up": ([7, 9], set(), {"shown": False}, {0}),
    "a hidden sum needs no second one": ([3, 9], {0}, {"shown": False}, {0, 1}),
    "a hidden sum of many": ([2, 4, 9], {0, 1}, {"shown": False}, {0, 1}),
}
ANSWERS = {
    "many of each": ({"1": 9, "2": 8, "3": 7}, set()),
    "one answer of few": ({"0": 20, "1": 9, "2": 2}, {"0", "1", "2"}),
    "what all seven said alike": ({"0": 7, "1": 0, "2": 0}, {"0", "1", "2"}),
    "nobody answered": ({"0": 0, "1": 0}, set()),
}


class TestParts:
    @pytest.mark.parametrize(("counts", "hidden", "how", "found"), SUMS.values(), ids=SUMS)
    def test_of_a_sum_are_hidden_as_expected(self, counts, hidden, how, found):
        assert small_counts.companions(counts, hidden, **how) == found

    @pytest.mark.parametrize("parts", range(2, 6))
    def test_that_are_hidden_cannot_be_subtracted(self, parts):
        """Whatever the counts, a reader can subtract only sums of several, of five people."""
        from itertools import product

        for counts in product((0, 1, 4, 5, 12), repeat=parts):
            few = {n for n, count in enumerate(counts) if small_counts.small(count)}
            found = small_counts.companions(counts, few)
            assert few <= found
            if found and sum(counts) >= small_counts.SMALL:
                assert len(found) > 1
                assert sum(counts[n] for n in found) >= small_counts.SMALL

    @pytest.mark.parametrize(("counts", "hidden"), ANSWERS.values(), ids=ANSWERS)
    def test_of_answers_to_one_question_are_hidden(self, counts, hidden):
        assert small_counts.of_answers(counts) == hidden


@pytest.fixture
def a_row(settings):
    """Return what makes a row of figures of these counters, and of no others."""

    def make(**counts):
        metrics = {
            name.replace("answer_", "answer.").replace("_of_", "."): n for name, n in counts.items()
        }
        day = {TODAY: {metric: {"all": n} for metric, n in metrics.items()}}
        return Figures(first=TODAY, last=TODAY, counts=day, settings=settings).values()

    return make


LETTERS = {"letters", "letter_share", "hours_saved", "money_saved"}
ROWS = {
    "many": ({"victims_notified": 60, "victims_lettered": 20}, set()),
    "few letters": ({"victims_notified": 60, "victims_lettered": 3}, LETTERS),
    "few without one": ({"victims_notified": 60, "victims_lettered": 57}, LETTERS),
    "no letters": ({"victims_notified": 60}, set()),
    "few told": ({"victims_notified": 3}, {"victims_notified", *LETTERS}),
    "all of seven said no": ({"answer_still_called_of_0": 7}, {"still_called_share"}),
    "most of many said no": (
        {"answer_still_called_of_0": 30, "answer_still_called_of_1": 9},
        set(),
    ),
    "all gave five": ({"answer_satisfaction_of_5": 8}, {"satisfaction"}),
    "many calls": ({"calls_reached": 20, "calls": 9}, set()),
    "few calls reached": (
        {"calls_reached": 3, "calls": 30},
        {"calls_reached", "calls_tried", "calls_reached_share"},
    ),
    "few calls missed": (
        {"calls_reached": 30, "calls": 3},
        {"calls_reached", "calls_missed", "calls_tried", "calls_reached_share"},
    ),
}


class TestTable:
    def test_hides_companions_in_rows_and_columns(self):
        table = {
            "arrest": {"delivered": 40, "held": 3, "failed": 8, "total": 51},
            "survey": {"delivered": 30, "held": 6, "failed": 7, "total": 43},
            "warrant": {"delivered": 20, "held": 9, "failed": 6, "total": 35},
        }
        hidden = small_counts.of_counts(table)
        assert {"held", "failed"} <= hidden["arrest"]
        for label, row in table.items():  # no row and no column with a single unknown
            assert len(hidden[label] & set(row)) != 1
        for column in ("delivered", "held", "failed"):
            assert sum(column in hidden[label] for label in table) != 1

    @pytest.mark.parametrize(("counts", "hidden"), ROWS.values(), ids=ROWS)
    def test_hides_figures_that_tell_each_other(self, a_row, counts, hidden):
        assert small_counts.of_figures({"all": a_row(**counts)})["all"] == hidden


class TestCut:
    def test_of_few_hides_another_beside_a_shown_sum(self, a_row):
        logins = {"burglary": 3, "assault": 14, "robbery": 11, "weapons": 13}
        table = {group: a_row(logins=n) for group, n in logins.items()}
        hidden = small_counts.of_figures(table, {"all": list(table)})
        assert {group for group, columns in hidden.items() if "logins" in columns} == {
            "burglary",
            "robbery",
        }

    def test_has_no_share_derived_from_the_whole(self, a_row):
        table = {
            "west": a_row(visitors=50, visitors_enrolled=20),
            "east": a_row(visitors=40, visitors_enrolled=2),
            "south": a_row(visitors=30, visitors_enrolled=15),
        }
        hidden = small_counts.of_figures(table, {"all": list(table)})
        assert "enrolled_share" in hidden["east"]
        assert sum("enrolled_share" in columns for columns in hidden.values()) == 2

    def test_of_days_does_not_tell_a_hidden_month(self, a_row):
        days = {"2026-10-30": 7, "2026-10-31": 8, "2026-11-01": 3, "2026-11-02": 0}
        table = {day: a_row(logins=n) for day, n in days.items()}
        months = {"2026-10": ["2026-10-30", "2026-10-31"], "2026-11": ["2026-11-01", "2026-11-02"]}
        hidden = small_counts.of_figures(
            table, months, {"2026-10": {"logins"}, "2026-11": {"logins"}}
        )
        assert [day for day in days if "logins" in hidden[day]] == ["2026-10-30", "2026-11-01"]
