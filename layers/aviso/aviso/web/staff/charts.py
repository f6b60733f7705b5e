"""Draws a chart as SVG without script, in colors that color-blind readers can distinguish."""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

# Okabe and Ito's palette (2008), darkened so that each color has a contrast of 3:1 to the white
# background and to the colors drawn beside it (WCAG 2.2, 1.4.11): dark and medium colors alternate.
# A test computes both, and how far apart color-blind readers see them. Each line also has its own
# dash.
COLORS = ("#003b6f", "#cc7a00", "#1b1f23", "#3f98d0", "#6e2100", "#c0739f")
PAPER = "#ffffff"
# A gap between the parts of a bar: any two parts may touch when those between them are zero.
GAPS = f"inline:.bars .rect {{ stroke: {PAPER}; stroke-width: 1.5px }}"
UNQUOTED = "!$'()*+,-./:;=?@_~"  # characters allowed unescaped in an address within double quotes
FONT = "system-ui, sans-serif"
LEAST = 5  # the smallest end of the axis
KEPT = 64  # charts of about 10 KB: to draw one takes milliseconds, and most have not changed
WIDTH, LOW, ROW = 640, 320, 26  # pixels: all widths, height without rows, a bar with its gap


class ChartKind(Enum):
    """How numbers are drawn."""

    LINES = "lines"  # over time, one point for each day
    COLUMNS = "columns"  # side by side, few of them
    BARS = "bars"  # side by side, one group in each row
    STACKED = "stacked"  # parts of a whole, one bar in each row


CHARTS = {
    ChartKind.LINES: pygal.Line,
    ChartKind.COLUMNS: pygal.Bar,
    ChartKind.BARS: pygal.HorizontalBar,
    ChartKind.STACKED: pygal.HorizontalStackedBar,
}


def draw(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    kind: ChartKind,
) -> str:
    """Return a chart as SVG.

    Args:
        labels: along the axis, or one for each row.
        series: name -> a number for each label.
    """
    each = tuple((name, tuple(values)) for name, values in series.items())
    return _drawn(tuple(labels), each, kind)


@lru_cache(maxsize=KEPT)
def _drawn(
    labels: Sequence[str],
    named: Sequence[tuple[str, Sequence[float]]],
    kind: ChartKind,
) -> str:
    names, series = [name for name, _ in named], dict(named)
    if kind in (ChartKind.BARS, ChartKind.STACKED):  # the library draws the first row at the bottom
        labels, series = labels[::-1], {name: values[::-1] for name, values in series.items()}
    chart = CHARTS[kind](**_options(labels, len(names), kind))
    top = max((n for values in series.values() for n in values), default=0)
    if top < LEAST and kind is not ChartKind.STACKED:
        chart.range = (0, LEAST)  # otherwise the library labels the axis in fractions of one
    for position, (name, values) in enumerate(series.items()):
        dash = {"dasharray": f"{position * 4}, {position * 2}"} if position else {}
        style = {"width": 3, **(dash if kind is ChartKind.LINES else {})}
        chart.add(name, list(values), stroke_style=style, show_dots=False)
    chart.add_xml_filter(_without_script)
    drawn: str = chart.render(is_unicode=True)
    return drawn


def address(svg: str) -> str:
    """Return a chart as a data address, so that a page contains its own pictures.

    An SVG shown as a picture runs no script and loads nothing (SVG 2, secure static mode).
    """
    return "data:image/svg+xml," + quote(svg, safe=UNQUOTED)


def _options(labels: Sequence[str], series: int, kind: ChartKind) -> dict[str, Any]:
    bars = series if kind is ChartKind.BARS else 1
    rows = kind in (ChartKind.BARS, ChartKind.STACKED)
    options: dict[str, Any] = {
        "style": _style(),
        "css": ["file://style.css", "file://graph.css", GAPS],
        "x_labels": list(labels),
        "width": WIDTH,
        "height": max(LOW, 110 + ROW * bars * len(labels)) if rows else LOW,
        "js": [],
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 2 if kind is ChartKind.STACKED else min(series, 3),
        "include_x_axis": True,  # from zero: a week of 8 and 9 must not look like a steep drop
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
        "margin_bottom": 40 if series > 1 else 15,  # without it pygal cuts the legend off
        "margin_right": 25,
        "margin_top": 15,
        "truncate_label": 44,
        "truncate_legend": -1,
        "show_y_guides": not rows,
        "show_x_guides": rows,
        "value_formatter": lambda n: f"{n:,.0f}",
    }
    if kind is ChartKind.LINES:
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
    """Remove the settings that the library writes for its own script, which we do not use."""
    for definitions in svg.iter("defs"):
        for script in definitions.findall("script"):
            definitions.remove(script)
    return svg
