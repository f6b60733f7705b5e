"""Three small charts of a run, drawn as the desk's are: no script, readable in black and white."""

from pathlib import Path
from typing import Any

import pygal
from pygal.style import Style

from benchmarks.programs import PEERS, TITLES

STYLE = Style(
    background="white",
    plot_background="white",
    colors=("#205493", "#b0b0b0", "#8a5a00", "#111111"),
    font_family="sans-serif",
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=13,
    value_font_size=13,
    title_font_size=15,
)
LOOK: dict[str, Any] = {
    "style": STYLE,
    "js": (),
    "width": 720,
    "height": 300,
    "margin": 8,
    "print_values": True,
    "show_legend": False,
    "disable_xml_declaration": True,
}


def write(result: dict[str, Any], folder: Path) -> None:
    """Write the charts of what was measured into a folder."""
    if "cold" in result:
        rows = result["cold"]["programs"]
        ratios = {TITLES[name]: row["ratio"] for name, row in rows.items()}
        title = "Cold status page: processor time, bare botocore = 1"
        _bars(title, ratios, folder / "bench-cold.svg")
    if "warm" in result:
        warm = result["warm"]
        ratios = {TITLES["floor"]: 1.0, TITLES["portal"]: warm["ratio"]}
        ratios |= {TITLES[name]: warm["peers"][name] for name in PEERS}
        title = "Warm status page: processor time, bare botocore = 1"
        _bars(title, ratios, folder / "bench-warm.svg")
    if "growth" in result:
        _growth(result["growth"], folder / "bench-growth.svg")


def _bars(title: str, ratios: dict[str, float], file: Path) -> None:
    chart = pygal.HorizontalBar(title=title, formatter=lambda value: f"{value:.2f}", **LOOK)
    chart.x_labels = list(ratios)
    ours = TITLES["portal"]
    chart.add(
        "",
        [{"value": v, "color": "#205493" if n == ours else "#b0b0b0"} for n, v in ratios.items()],
    )
    chart.render_to_file(str(file))


def _growth(growth: dict[str, dict[str, float]], file: Path) -> None:
    look = LOOK | {"show_legend": True, "legend_at_bottom": True, "print_values": False}
    look["margin_right"] = 34  # half of the last number
    chart = pygal.XY(
        title="Microseconds a unit, by number of cases (both axes logarithmic)",
        logarithmic=True,
        xrange=(1_000, 100_000),
        x_value_formatter=lambda cases: f"{cases:,.0f}",
        **look,
    )
    chart.x_labels = [int(cases) for cases in growth]
    titles = {
        "feed_new_us": "feed row, new",
        "feed_unchanged_us": "feed row, unchanged",
        "scan_us": "case listed each night",
        "owed_us": "owed",
    }
    for key, title in titles.items():
        chart.add(title, [(int(cases), row[key]) for cases, row in growth.items()])
    chart.render_to_file(str(file))
