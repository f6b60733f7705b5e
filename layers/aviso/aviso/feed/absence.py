"""What a full file of arrests no longer holds is withdrawn, after two such files running (rule 10).

A file that is no proof never counts: one that was refused, one with rows whose arrest could not
be told, one that lacks so much at once that it is likelier half a file than the truth.
"""

from collections.abc import Sequence
from datetime import datetime

from aviso.frozen import Frozen

RUNNING = 2  # files without the arrest that make it withdrawn
KEPT = 5  # manifests compared: files may come late and out of order
MAX_SHARE = 0.2  # more than this share of a file's arrests gone at once is a broken export
FEW = 5  # ... unless it is no more than so many arrests in all

# Case number, arrest number, suspect; manifests of earlier releases name no suspect.
ArrestKey = tuple[str, str, str]


class Manifest(Frozen, frozen=True, kw_only=True):
    """What one full file held."""

    exported: datetime
    arrests: frozenset[ArrestKey]
    unreadable: int = 0  # rows whose case or arrest could not be told


class Judgement(Frozen, frozen=True):
    """The arrests that are gone, or why nothing was concluded."""

    gone: frozenset[ArrestKey] = frozenset()
    reason: str = ""


def absent(manifests: Sequence[Manifest]) -> Judgement:
    """Return the arrests that earlier full files held and the two latest do not.

    Args:
        manifests: of different export times, in any order.
    """
    ordered = sorted(manifests, key=lambda m: m.exported)
    earlier, latest = ordered[:-RUNNING], ordered[-RUNNING:]
    if not earlier:
        return Judgement(reason="fewer than three full files so far")
    if any(m.unreadable for m in latest):
        return Judgement(reason="a row's case or arrest number could not be read")
    for before, after in zip(ordered[-RUNNING - 1 :], latest, strict=False):
        held = _numbers(before.arrests)
        missing = len(held - _numbers(after.arrests))
        if missing > max(FEW, MAX_SHARE * len(held)):
            return Judgement(reason=f"{missing} arrests gone at once: an incomplete export?")
    known = frozenset().union(*(m.arrests for m in earlier))
    now = frozenset().union(*(m.arrests for m in latest))
    gone = (arrest for arrest in known - now if not _replaced(arrest, now, earlier))
    return Judgement(gone=frozenset(gone))


def _replaced(gone: ArrestKey, now: frozenset[ArrestKey], earlier: Sequence[Manifest]) -> bool:
    """Say whether an arrest's number now names a suspect whom no file named beside the one gone.

    Then one suspect was put in for the other, and the arrest itself may well stand.
    """
    others = (arrest for arrest in now if arrest[:2] == gone[:2])
    return any(not any({gone, a} <= m.arrests for m in earlier) for a in others)


def _numbers(arrests: frozenset[ArrestKey]) -> frozenset[tuple[str, str]]:
    return frozenset((case, number) for case, number, _ in arrests)
