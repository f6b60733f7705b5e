"""The table and the chart of `make growth`, as one page."""

from collections.abc import Mapping
from html import escape
from math import log10

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]  # kept cases, kind of work, name

WIDTH, HEIGHT, EDGE = 640, 360, 60
COLORS = {"hour": "#1b6ac9", "night": "#7a3e9d", "surveys": "#b3541e", "chase": "#2c7a3f"}


def page(found: Figures) -> str:
    """Return the page."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Growth</title>'
        "<h1>What scheduled work reads</h1>"
        "<p>The night goes through a sample of the cases. The other rows are whole runs.</p>"
        f"{table(found)}{chart(found)}</html>\n"
    )


def table(found: Figures) -> str:
    """Return a row for each kind of work and number of kept cases."""
    names = list(next(iter(next(iter(found.values())).values())))
    head = "".join(f"<th>{escape(n.replace('_', ' '))}</th>" for n in ("work", "kept", *names))
    rows = [
        f"<tr><th>{work}</th><td>{int(kept):,}</td>"
        + "".join(f"<td>{figures[work][n]:,.0f}</td>" for n in names)
        + "</tr>"
        for work in COLORS
        for kept, figures in found.items()
    ]
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def chart(found: Figures) -> str:
    """Return the read units of each kind of work by the number of kept cases; both are powers."""
    units = [f[work]["read_units"] for f in found.values() for work in COLORS]
    most, few, many = max(units), min(map(int, found)), max(map(int, found))

    def place(kept: str, value: float) -> str:
        right = log10(int(kept) / few) / (log10(many / few) or 1)
        up = log10(max(value, 1)) / (log10(most) or 1)
        x = EDGE + right * (WIDTH - 3 * EDGE)
        return f"{x:.0f},{HEIGHT - EDGE - up * (HEIGHT - 2 * EDGE):.0f}"

    lines = []
    for work, color in COLORS.items():
        points = [place(kept, f[work]["read_units"]) for kept, f in found.items()]
        x, y = points[-1].split(",")
        lines.append(
            f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{" ".join(points)}"/>'
            f'<text x="{int(x) + 6}" y="{y}" fill="{color}">{work}</text>'
        )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        'aria-label="Read units by kept cases, on logarithmic scales">'
        f'<text x="{EDGE}" y="20">read units of a run, at most {most:,.0f}</text>{"".join(lines)}'
        f'<text x="{EDGE}" y="{HEIGHT - 20}">{few:,} to {many:,} kept cases</text></svg>'
    )
