"""CSV as a program and as a spreadsheet read it."""

import csv
import io

import pytest

from aviso.domain.csv_text import MARK, csv_text, spreadsheet

ROWS = [["plain", 'said "no"', "a,b", "two\nlines", "ñ", ""], ["1", "2", "3", "4", "5", "6"]]


class TestCsvText:
    @pytest.mark.parametrize("delimiter", [",", ";", "|"])
    @pytest.mark.parametrize("end", ["\r\n", "\n"])
    def test_reads_back_as_written(self, delimiter, end):
        text = csv_text(ROWS, delimiter=delimiter, end=end)
        assert list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) == ROWS

    def test_ends_each_row_as_asked(self):
        assert csv_text([[1, 2], [3, None]]) == "1,2\r\n3,\r\n"
        assert csv_text([[1, 2]], end="") == "1,2"

    def test_leaves_formulas_to_programs(self):
        assert csv_text([["=1+1"]]) == "=1+1\r\n"


class TestSpreadsheet:
    @pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "-", "+"])
    def test_runs_no_cell(self, cell):
        (row,) = csv.reader(io.StringIO(spreadsheet([[cell]]).removeprefix(MARK), newline=""))
        assert row == [f"'{cell}"]

    @pytest.mark.parametrize("cell", ["+15205550150", "-2.5", 7, "a=1", "", "O'Brien"])
    def test_keeps_phones_numbers_and_words(self, cell):
        assert spreadsheet([[cell, "x"]]) == f"{MARK}{cell},x\r\n"
