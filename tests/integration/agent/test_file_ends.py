"""Rows of one row time are in one file: the feed joins what it reads of a case in one file."""

import pytest


def times(feed):
    """Return the row times of each file."""
    files, found = feed.files, []
    for file in files:
        feed.files = [file]
        found.append({row["upd"] for row in feed.rows()})
    feed.files = files
    return found


class TestFileEnd:
    @pytest.mark.parametrize("together", [2, 4, 5, 9])
    def test_rows_of_one_time_stay_together(self, agent, records, feed, minutes, together):
        for number in range(30):
            records.put(number, "Name", minutes(30 - number // together))
        assert agent().run() == 30
        files = times(feed)
        assert len(files) > 2
        assert sum(map(len, files)) == len(set.union(*files))
        assert feed.people() == records.people()

    def test_a_file_of_one_time_still_ends(self, agent, records, feed, minutes):
        for number in range(40):
            records.put(number, "Name", minutes(1))
        assert agent().run() == 40
        assert len(feed.files) > 2
        assert feed.people() == records.people()
