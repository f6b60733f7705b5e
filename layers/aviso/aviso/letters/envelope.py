"""What an envelope's window shows of a letter: the geometry that keeps a letter private.

A US Letter sheet is folded in three into a #10 envelope (9 1/2 by 4 1/8 in). Its window is 4 1/2 by
1 1/8 in, 7/8 in from the left and 1/2 in from the bottom. USPS (Publication 25, section 3-9; DMM
601.6.3) requires that the whole address is visible, with 1/8 in of clear space to every edge of the
window, wherever the paper slides. Nothing else may be visible, wherever the paper slides.

Folded into equal thirds, the paper has 0.46 in of play, which leaves room for three lines. Folded
at the marks, with a top part of 4 in, it has 1/8 in of play, and four lines fit.

Lengths are points from the paper's left and top edge.
"""

from aviso.domain.value import Frozen

INCH = 72.0
PAPER_WIDTH, PAPER_HEIGHT = 8.5 * INCH, 11 * INCH
ENVELOPE_WIDTH, ENVELOPE_HEIGHT = 9.5 * INCH, 4.125 * INCH
WINDOW_WIDTH, WINDOW_HEIGHT = 4.5 * INCH, 1.125 * INCH
WINDOW_LEFT, WINDOW_BOTTOM = 0.875 * INCH, 0.5 * INCH
CLEAR = 0.125 * INCH  # between the address and any edge of the window
FOLD_MARKS = (4 * INCH, 7.5 * INCH)
EQUAL_THIRDS = PAPER_HEIGHT / 3


class Box(Frozen, frozen=True):
    """A rectangle on the paper."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: "Box") -> bool:
        """Whether another rectangle is completely inside."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


def _slid(fold: float, right: float, up: float) -> Box:
    """Return what the window shows when the paper has slid right and up."""
    left, bottom = WINDOW_LEFT - right, fold - WINDOW_BOTTOM + up
    return Box(left, bottom - WINDOW_HEIGHT, left + WINDOW_WIDTH, bottom)


def _play(fold: float) -> tuple[float, float]:
    return ENVELOPE_WIDTH - PAPER_WIDTH, ENVELOPE_HEIGHT - fold


def always_seen(fold: float) -> Box:
    """Return what the window shows wherever the paper slides, minus the clear space.

    Args:
        fold: distance of the first fold from the top edge, in points.
    """
    right, up = _play(fold)
    still, moved = _slid(fold, 0, 0), _slid(fold, right, up)
    return Box(still.left + CLEAR, moved.top + CLEAR, moved.right - CLEAR, still.bottom - CLEAR)


_BY_MARKS, _BY_THIRDS = always_seen(FOLD_MARKS[0]), always_seen(EQUAL_THIRDS)
# The area of the address: it begins where both folds show it.
ADDRESS = Box(_BY_MARKS.left, max(_BY_MARKS.top, _BY_THIRDS.top), _BY_MARKS.right, _BY_MARKS.bottom)
