"""Reads the figures, tables and charts of the dashboard page and of the report."""

import csv
import html
import io
import re
from io import BytesIO
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from tests.integration.conftest import NOW

TODAY = NOW.astimezone(ZoneInfo("America/Phoenix")).date()  # the day of the sample agency
MANY, FEW = {"all": 12, "kind:arrest": 12}, {"all": 3, "kind:arrest": 3}


def table(page):
    """Return a file's rows, without the last one that says that they are not for publication."""
    rows = list(csv.reader(io.StringIO(page.body.lstrip("\ufeff"))))
    return {
        row[0]: dict(zip(rows[0][1:], row[1:], strict=True))
        for row in rows[1:]
        if not row[0].startswith("Not for publication")
    }


def column(name):
    """Return what a column is called in English."""
    from aviso.web.staff.pages import strings

    return strings("en")[f"desk_column_{name}"]


def on_screen(desk, name, days=""):
    """Return a table of the page as rows of words."""
    body = desk.get(f"figures?{days}").body
    found = re.search(rf'id="chart-{name}".*?<tbody>(.*?)</tbody>', body, re.DOTALL)
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', found[1], re.DOTALL)
    cells = {html.unescape(row): re.findall(r"<td[^>]*>\s*(.*?)\s*</td>", c) for row, c in rows}
    head = re.search(rf'id="chart-{name}".*?<thead>(.*?)</thead>', body, re.DOTALL)
    columns = re.findall(r'class="number">(.*?)</th>', head[1])
    return {row: dict(zip(columns, of, strict=True)) for row, of in cells.items()}


def tile(desk, name, days=""):
    """Return a figure of the page as it is written there."""
    body = desk.get(f"figures?{days}").body
    return re.search(rf"<dt>{name}</dt><dd>\s*(.*?)\s*</dd>", body)[1]


def drawing(desk, name, days=""):
    """Return a table's chart as the dashboard holds it."""
    page = desk.get(f"figures?{days}")
    found = re.search(rf'id="chart-{name}"><img src="data:image/svg\+xml,([^"]*)"', page.body)
    return unquote(html.unescape(found[1]))


ANSWERED = {"answer.satisfaction.5": {"all": 9}, "answer.satisfaction.1": {"all": 2}} | {
    f"answer.still_called.{n}": {"all": 8 + n} for n in range(3)
}

# 139 arrest notices owed, 131 on time: in the middle of the quarter.
ARRESTS = {
    "arrests_owed": 139,
    "arrests_on_time": 131,
    "arrests_late.restricted": 6,
    "arrests_late.unreached": 2,
    "arrest_known.90": 139,
    "arrest_minutes.15": 26,
    "arrest_minutes.45": 60,
    "arrest_minutes.360": 45,
    "victims_owed": 1322,
    "victims_told": 1284,
    "owed": 1400,
    "told_by_message": 1000,
    "told_by_letter": 100,
    "told_by_person": 200,
    "notices.held": 40,
    "surveys_sent": 186,
    "answer.still_called.0": 22,
    "answer.still_called.1": 10,
    "answer.still_called.2": 8,
}


def cut(counts, label):
    """Return counts as they are kept: of all, and of one label."""
    return {metric: {"all": n, label: n} for metric, n in counts.items()}


def text(page):
    """Return a page's text with single spaces."""
    return " ".join(page.text.split())


def words_of(page):
    """Return the words of a PDF of two pages, whose feet say which."""
    reader = PdfReader(BytesIO(page.body.encode("ascii")))
    texts = [" ".join(each.extract_text().split()) for each in reader.pages]
    feet = [re.search(r"· \w+ (\d) \w+ (\d)", text) for text in texts]
    assert [foot.groups() for foot in feet if foot] == [("1", "2"), ("2", "2")]
    return " ".join(texts)
