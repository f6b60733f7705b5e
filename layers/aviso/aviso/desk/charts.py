"""Draws a chart as SVG without script, in colours that colour-blind readers tell apart."""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

# Okabe and Ito's palette (2008), the darker ones first; each series has its own dash as well.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#56b4e9", "#e69f00", "#cc79a7")
# The picture styles itself, and can do nothing else: no script, nothing loaded.
POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
FONT = "system-ui, sans-serif"


def draw(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    *,
    lines: bool,
) -> str:
    """Return a chart.

    Args:
        title: what it shows, in the reader's language.
        labels: along the axis.
        series: name -> a number for each label, None where there is none to show.
        lines: draw lines over time instead of bars.
    """
    style = Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground="#1b1f23",
        foreground_strong="#1b1f23",
        foreground_subtle="#4d5660",
        guide_stroke_color="#d5dae0",
        major_guide_stroke_color="#d5dae0",
        opacity="1",
        opacity_hover="1",
        colors=COLORS,
        font_family=FONT,
        label_font_size=14,
        legend_font_size=15,
        title_font_size=18,
    )
    options = {
        "style": style,
        "title": title,
        "x_labels": list(labels),
        "width": 880,
        "height": 400 if lines or len(labels) <= 4 else 200 + 50 * len(labels),
        "js": [],
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 3,
        "disable_xml_declaration": True,
        "pretty_print": False,
        "no_prefix": True,
        "explicit_size": True,
        "min_scale": 4,
        "margin_bottom": 40,  # pygal cuts the legend off without it
        "truncate_label": -1,
        "truncate_legend": -1,
    }
    if lines:
        chart = pygal.Line(
            show_minor_x_labels=False,
            x_labels_major_every=max(1, len(labels) // 8),
            dots_size=3,
            **options,
        )
    else:
        chart = pygal.HorizontalBar(**options) if len(labels) > 4 else pygal.Bar(**options)
    for position, (name, values) in enumerate(series.items()):
        dash = {"dasharray": f"{position * 4}, {position * 2}"} if position and lines else {}
        chart.add(name, list(values), stroke_style={"width": 2.5, **dash})
    chart.add_xml_filter(_without_script)
    drawn: str = chart.render(is_unicode=True)
    return drawn


def _without_script(svg: Element) -> Element:
    """Take out the settings that the library leaves for its own script, which we do not use."""
    for definitions in svg.iter("defs"):
        for script in definitions.findall("script"):
            definitions.remove(script)
    return svg
