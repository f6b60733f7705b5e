"""What of a letter may show in the envelope's window; see aviso.letters.envelope."""

from aviso.letters.envelope import EQUAL_THIRDS, FOLD_MARKS, Box, _play, _slid

FOLDS = (FOLD_MARKS[0], EQUAL_THIRDS)


def meets(one: Box, other: Box) -> bool:
    """Whether two rectangles overlap."""
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


def ever_seen(fold: float) -> Box:
    """Return everything that the window may show, wherever the paper slides."""
    right, up = _play(fold)
    still, moved = _slid(fold, 0, 0), _slid(fold, right, up)
    return Box(moved.left, still.top, still.right, moved.bottom)


# The area where nothing but the address is printed, for either fold.
PRIVATE = Box(
    0.0,
    min(ever_seen(f).top for f in FOLDS),
    max(ever_seen(f).right for f in FOLDS),
    max(ever_seen(f).bottom for f in FOLDS),
)
