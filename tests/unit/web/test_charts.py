"""The charts' colors differ on white, side by side, and for color-blind readers."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest

from aviso.web.staff.charts import COLORS, PAPER, ChartKind, draw

LEAST = 3.0  # WCAG 2.2, 1.4.11: of graphics against what they lie on and beside
APART = 15.0  # in CIE L*a*b*: far beyond the smallest difference that people see (2.3)
Color = tuple[float, float, float]


# Machado, Oliveira and Fernandes (2009): what is left to readers without one kind of cone.
SEEN: dict[str, Sequence[Color]] = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)


def linear(color: str) -> Color:
    """Return a color's light (WCAG 2.2, relative luminance)."""
    red, green, blue = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return _light(red), _light(green), _light(blue)


def _light(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def times(matrix: Sequence[Color], color: Color) -> Color:
    """Return a matrix times a color."""
    one, two, three = (sum(a * b for a, b in zip(row, color, strict=True)) for row in matrix)
    return one, two, three


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors."""
    low, high = sorted(times(TO_XYZ, linear(color))[1] for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(color: str, seen: str) -> Color:
    """Return a color as somebody sees it, in CIE L*a*b*."""
    light = times(SEEN[seen], linear(color))
    red, green, blue = (min(max(part, 0.0), 1.0) for part in light)
    xyz = times(TO_XYZ, (red, green, blue))
    x, y, z = (_root(a / b) for a, b in zip(xyz, WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(t: float) -> float:
    return t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116


class TestColors:
    @pytest.mark.parametrize("color", COLORS)
    def test_hold_against_the_white_of_a_chart(self, color):
        assert contrast(color, PAPER) >= LEAST

    @pytest.mark.parametrize("pair", list(pairwise(COLORS)))
    def test_beside_each_other_hold_against_each_other(self, pair):
        assert contrast(*pair) >= LEAST

    @pytest.mark.parametrize("seen", SEEN)
    @pytest.mark.parametrize("pair", list(combinations(COLORS, 2)))
    def test_differ_for_every_reader(self, pair, seen):
        one, other = (lab(color, seen) for color in pair)
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 >= APART

    def test_are_enough_for_every_part(self, compiled):
        from aviso.web.staff.dashboard import DRAWN

        assert max(map(len, DRAWN.values())) <= len(COLORS)


class TestBars:
    @pytest.mark.parametrize("kind", [ChartKind.STACKED, ChartKind.BARS, ChartKind.COLUMNS])
    def test_lie_apart_with_white_between(self, kind):
        svg = draw(["one", "two"], {"a": [1, 2], "b": [0, 0], "c": [3, 4]}, kind)
        assert f".bars .rect{{stroke:{PAPER};stroke-width:1.5px}}" in svg
        assert 'class="rect ' in svg
