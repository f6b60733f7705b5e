"""Draws a chart as SVG without script, in colours that colour-blind readers tell apart."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

# Okabe and Ito's palette (2008), darkened so that each holds 3:1 against the white it lies on and
# against those drawn beside it (WCAG 2.2, 1.4.11): dark and middling ones in turn. A test computes
# both, and how far apart colour-blind readers see them. Each line has its own dash as well.
COLORS = ("#003b6f", "#cc7a00", "#1b1f23", "#3f98d0", "#6e2100", "#c0739f")
PAPER = "#ffffff"
# Between the parts of a bar, of which any two may meet when those between them are zero.
GAPS = f"inline:.bars .rect {{ stroke: {PAPER}; stroke-width: 1.5px }}"
UNQUOTED = " !$'()*+,-./:;=?@_~"  # what may stand as it is in an address within double quotes
FONT = "system-ui, sans-serif"
LEAST = 5  # where the axis ends at the earliest
WIDTH, LOW, ROW = 640, 320, 26  # pixels: all charts, those without rows, a bar with its gap


class Kind(Enum):
    """How numbers are drawn."""

    LINES = "lines"  # over time, one point a day
    COLUMNS = "columns"  # side by side, few of them
    BARS = "bars"  # side by side, one group a row
    STACKED = "stacked"  # parts of a whole, one bar a row


CHARTS = {
    Kind.LINES: pygal.Line,
    Kind.COLUMNS: pygal.Bar,
    Kind.BARS: pygal.HorizontalBar,
    Kind.STACKED: pygal.HorizontalStackedBar,
}


def draw(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    kind: Kind,
    sign: str = "",
) -> str:
    """Return a chart.

    Args:
        labels: along the axis, or one a row.
        series: name -> a number for each label, None where one is hidden: a line has a gap there,
            and a bar the sign, since no bar would look like zero.
        kind: how to draw it.
        sign: what stands for a hidden number.
    """
    names = list(series)
    if kind in (Kind.BARS, Kind.STACKED):  # the library draws the first row at the bottom
        labels, series = labels[::-1], {name: values[::-1] for name, values in series.items()}
    chart = CHARTS[kind](**_options(labels, len(names), kind))
    top = max((n for values in series.values() for n in values if n is not None), default=0)
    if top < LEAST and kind is not Kind.STACKED:
        chart.range = (0, LEAST)  # or the library marks the axis in fractions of one
    for position, (name, values) in enumerate(series.items()):
        dash = {"dasharray": f"{position * 4}, {position * 2}"} if position else {}
        style = {"width": 3, **(dash if kind is Kind.LINES else {})}
        # A day between two hidden ones has no line to be on.
        lone = kind is Kind.LINES and _has_lone(values)
        shown = values if kind is Kind.LINES else [_bar(value, sign) for value in values]
        chart.add(name, list(shown), stroke_style=style, show_dots=lone)
    chart.add_xml_filter(_without_script)
    drawn: str = chart.render(is_unicode=True)
    return drawn


def address(svg: str) -> str:
    """Return a chart as an address that holds all of it, so that a page brings its own pictures.

    What is shown as a picture runs no script and loads nothing (SVG 2, secure static mode).
    """
    return "data:image/svg+xml," + quote(svg, safe=UNQUOTED)


def _has_lone(values: Sequence[float | None]) -> bool:
    """Say whether any number stands between two hidden ones."""
    padded = [None, *values, None]
    return any(
        value is not None and before is None and after is None
        for before, value, after in zip(padded, padded[1:], padded[2:], strict=False)
    )


def _bar(value: float | None, sign: str) -> Any:
    return {"value": 0, "label": sign} if value is None else value


def _options(labels: Sequence[str], series: int, kind: Kind) -> dict[str, Any]:
    bars = series if kind is Kind.BARS else 1
    rows = kind in (Kind.BARS, Kind.STACKED)
    options: dict[str, Any] = {
        "style": _style(),
        "css": ["file://style.css", "file://graph.css", GAPS],
        "x_labels": list(labels),
        "width": WIDTH,
        "height": max(LOW, 110 + ROW * bars * len(labels)) if rows else LOW,
        "js": [],
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 2 if kind is Kind.STACKED else min(series, 3),
        "include_x_axis": True,  # from zero: a week of 8 and 9 is no cliff
        "allow_interruptions": True,  # a number that is hidden or not known is no line to the next
        "legend_box_size": 14,
        "dots_size": 2.5,
        "print_labels": True,
        "show_legend": series > 1,
        "disable_xml_declaration": True,
        "pretty_print": False,
        "no_prefix": True,
        "explicit_size": True,
        "min_scale": 3,
        "max_scale": 6,
        "integer_scale": True,
        "margin_bottom": 40 if series > 1 else 15,  # pygal cuts the legend off without it
        "margin_right": 25,
        "margin_top": 15,
        "truncate_label": 44,
        "truncate_legend": -1,
        "show_y_guides": not rows,
        "show_x_guides": rows,
        "value_formatter": lambda n: f"{n:,.0f}",
    }
    if kind is Kind.LINES:
        every = max(1, len(labels) // 5)
        options |= {"show_minor_x_labels": False, "x_labels_major_every": every}
    return options


def _style() -> Style:
    return Style(
        background=PAPER,
        plot_background=PAPER,
        foreground="#1b1f23",
        foreground_strong="#1b1f23",
        foreground_subtle="#4d5660",
        guide_stroke_color="#d5dae0",
        major_guide_stroke_color="#d5dae0",
        guide_stroke_dasharray="1,0",
        major_guide_stroke_dasharray="1,0",
        opacity="1",
        stroke_width="2.5",
        stroke_opacity="1",
        opacity_hover="1",
        colors=COLORS,
        font_family=FONT,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=14,
    )


def _without_script(svg: Element) -> Element:
    """Take out the settings that the library leaves for its own script, which we do not use."""
    for definitions in svg.iter("defs"):
        for script in definitions.findall("script"):
            definitions.remove(script)
    return svg
