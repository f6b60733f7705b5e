"""Encoding, delimiter and rows of an unknown file."""

import pytest

from infra.mapping import shapes
from infra.mapping.reading import UnreadableError, read_folder, read_table

HEADER = ("CASE_NO", "NAME", "NOTE")
ROWS = (("26-0001", "Muñoz, A", "one"), ("26-0002", "Peña; B", "two | three"))


def content(delimiter, encoding):
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in (HEADER, *ROWS)]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


class TestFile:
    @pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
    @pytest.mark.parametrize(
        ("encoding", "shown"),
        [
            ("utf-8", "utf-8-sig"),
            ("utf-8-sig", "utf-8-sig"),
            ("cp1252", "cp1252"),
            ("utf-16", "utf-16-le"),
            ("utf-16-le", "utf-16-le"),
        ],
    )
    def test_is_read_as_it_was_written(self, tmp_path, delimiter, encoding, shown):
        path = tmp_path / "people.csv"
        path.write_bytes(content(delimiter, encoding))
        table = read_table(path)
        assert (table.encoding, table.delimiter) == (shown, delimiter)
        assert [column.heading for column in table.columns] == list(HEADER)
        assert list(table.columns[1].values) == [row[1] for row in ROWS]

    @pytest.mark.parametrize(
        ("written", "reason"),
        [
            (b"", "the file is empty"),
            (b"a,b\n\0\1\2\xff\n", "not a CSV"),
            (b"one\ntwo\n", "no delimiter fits"),
            (b"26-0001,Munoz,04/12/1985\n26-0002,Pena,05/02/1979\n", "is it the header?"),
            (b"Munoz,Ana,85701\nPena,Luz,85702\n", "is it the header?"),
            (b"Munoz,Ana,ana@example.com\nPena,Luz,luz@example.com\n", "is it the header?"),
            (b"Munoz,Ana,VIC\nPena,Luz,VIC\n", "is it the header?"),
            (b"Munoz,4-DEC-85,Status\nPena,05-FEB-79,Status\n", "is it the header?"),
            (b"A26-0001,Munoz,Status\nB26-12,Pena,Status\n", "is it the header?"),
            (b"Munoz,12 E Pima St,Status\nPena,7 W Elm Rd,Status\n", "is it the header?"),
            (b",".join(b"C%d" % n for n in range(30_000)) + b"\n", "30000 columns"),
        ],
    )
    def test_the_feed_cannot_read_is_told(self, tmp_path, written, reason):
        (tmp_path / "people.csv").write_bytes(written)
        tables, problems = read_folder(tmp_path)
        assert tables == []
        assert len(problems) == 1
        assert problems[0].startswith("people.csv: ")
        assert reason in problems[0]
        assert "unoz" not in problems[0]
        with pytest.raises(UnreadableError):
            read_table(tmp_path / "people.csv")

    @pytest.mark.parametrize(
        "header", ["ROLE,NAME_ID,ROLE_2", "xyzzy,plugh,DOB", "Victim,Victim Name,Victim Age"]
    )
    def test_begins_with_headings_that_are_no_values(self, tmp_path, header):
        (tmp_path / "people.csv").write_text(f"{header}\nVictim,Munoz,34\nROLE,Pena,35\n")
        ((table,), problems) = read_folder(tmp_path)
        assert ([c.heading for c in table.columns], problems) == (header.split(","), [])

    def test_with_a_cut_character_is_read_as_the_feed_reads_it(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_bytes(content(",", "utf-8") + 'C-3,"Mu\u00f1'.encode()[:-1] + b'",x\r\n')
        table = read_table(path)
        assert table.encoding == "utf-8-sig, cp1252"
        assert [v[:4] for v in table.columns[1].values] == ["Muñoz"[:4], "Peña", "MuÃ"]

    def test_has_cells_of_a_length_that_is_looked_at(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text("CASE_NO,NAME\n" + ("7" * 60_000 + ",x\n") * 3)
        column = read_table(path).columns[0]
        assert shapes.shapes(column)
        assert max(map(len, column.values)) < 1_000

    def test_that_is_none_is_left_out(self, tmp_path):
        (tmp_path / "folder.csv").mkdir()
        (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
        assert read_folder(tmp_path) == ([], [])

    def test_that_is_cut_is_read_with_a_note(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_bytes(content(",", "utf-8").rstrip())
        assert "no line end" in read_table(path).notes[0]

    def test_has_a_note_on_rows_of_another_width(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_bytes(content(",", "utf-8") + b"2 rows affected\r\n")
        assert read_table(path).notes == ["1 rows have a different number of cells"]
