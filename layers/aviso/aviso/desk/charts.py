"""Draws a chart as SVG without script, in colours that colour-blind readers tell apart."""

from collections.abc import Mapping, Sequence

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
        "height": 400,
        "js": [],
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 3,
        "disable_xml_declaration": True,
        "pretty_print": False,
        "no_prefix": True,
        "explicit_size": True,
        "min_scale": 4,
    }
    if lines:
        chart = pygal.Line(
            show_minor_x_labels=False,
            x_labels_major_every=max(1, len(labels) // 8),
            dots_size=3,
            **options,
        )
    else:
        chart = pygal.HorizontalBar(**options) if len(labels) > 6 else pygal.Bar(**options)
    for position, (name, values) in enumerate(series.items()):
        dash = {"dasharray": f"{position * 4}, {position * 2}"} if position and lines else {}
        chart.add(name, list(values), stroke_style={"width": 2.5, **dash})
    drawn: str = chart.render(is_unicode=True)
    return drawn
