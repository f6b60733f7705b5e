"""Stores with a change of who is told who hears of it (docs/rules.md#27)."""

from collections.abc import Sequence
from datetime import datetime

from aviso.domain.changes import Maker, announced
from aviso.domain.model import Case, Enrollment
from aviso.domain.settings import Settings
from aviso.runtime import hashing
from aviso.storage.enrollments import EnrollmentChange


def maker_of(at: datetime, settings: Settings, root: str = "") -> Maker:
    """Return who makes a change now; without a root, a file, knowledge or a link does."""
    return Maker(root=root, at=at, settings=settings, key_of=hashing.address_key)


def changed(
    case: Case, after: Enrollment, by: Maker, said: Sequence[str] = (), barred: Sequence[str] = ()
) -> EnrollmentChange:
    """Return what an enrollment of a case becomes, with who hears of it: see `announced`."""
    wanted = announced(case, after, by, said=said, barred=barred)
    before = case.enrollment_of(after.victim)
    return EnrollmentChange(number=case.number, before=before, after=wanted)
