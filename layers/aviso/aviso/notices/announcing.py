"""Stores with a change of who is told who hears of it (docs/rules.md#27)."""

from collections.abc import Sequence
from datetime import datetime

from aviso.domain.changes import Maker, announced
from aviso.domain.model import Case, Enrollment
from aviso.domain.settings import Settings
from aviso.runtime import hashing
from aviso.storage.enrollments import EnrollmentChange


def changed(
    case: Case,
    after: Enrollment,
    at: datetime,
    settings: Settings,
    *,
    root: str = "",
    said: Sequence[str] = (),
    barred: Sequence[str] = (),
) -> EnrollmentChange:
    """Return what an enrollment of a case becomes, with who hears of it.

    Args:
        case: as it was read.
        root: where the change comes from; `said` and `barred` likewise: see `changes.announced`.
    """
    maker = Maker(root=root, at=at, settings=settings, key_of=hashing.address_key)
    wanted = announced(case, after, maker, said=said, barred=barred)
    before = case.enrollment_of(after.victim)
    return EnrollmentChange(number=case.number, before=before, after=wanted)
