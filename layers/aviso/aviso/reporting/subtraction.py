"""Which sums a reader could compute from sums that are shown: linear algebra. Pure.

A sum is written by the unknown counts that it is made of, with a factor for each. A reader can
compute a sum if adding and subtracting shown ones gives it. The arithmetic is modulo a large prime:
it is exact for sums that can be computed, and takes no other sum for one in practice.
"""

from collections.abc import Hashable, Iterable, Mapping

PRIME = 2**61 - 1
Sum = Mapping[str, int]  # an unknown count -> how often it is in the sum
Row = tuple[str, dict[str, int]]  # what a reader knows, and the count that it is solved for


def revealing[Name: Hashable](
    shown: Iterable[tuple[Name, Sum]], secrets: Iterable[Sum], known: Iterable[Sum] = ()
) -> set[Name]:
    """Return which sums must be hidden, so that the others tell no secret.

    Args:
        shown: the most important first: of two that tell a secret together, the later is hidden.
        secrets: sums that nobody may compute.
        known: sums that everybody knows, such as parts that add up to a whole.
    """
    rows: list[Row] = []
    kept = [dict(secret) for secret in secrets]
    for sums in known:
        _learn(sums, rows, kept)
    return {name for name, sums in shown if not _learn(sums, rows, kept)}


def _learn(sums: Sum, rows: list[Row], secrets: list[dict[str, int]]) -> bool:
    """Add a sum to what a reader knows, unless it tells a secret; return whether it was added."""
    rest = dict(sums)
    for pivot, row in rows:
        _take(rest, pivot, row)
    if not rest:
        return True  # it can be computed already
    pivot = next(iter(rest))
    inverse = pow(rest[pivot], -1, PRIME)
    row = {name: n * inverse % PRIME for name, n in rest.items()}
    reduced = [dict(secret) for secret in secrets]
    for secret in reduced:
        _take(secret, pivot, row)
    if not all(reduced):
        return False
    rows.append((pivot, row))
    secrets[:] = reduced
    return True


def _take(sums: dict[str, int], pivot: str, row: Sum) -> None:
    """Subtract a row from a sum as often as its first count is there."""
    factor = sums.get(pivot, 0)
    if not factor:
        return
    for name, n in row.items():
        left = (sums.get(name, 0) - factor * n) % PRIME
        if left:
            sums[name] = left
        else:
            sums.pop(name, None)
