"""Pull the brake when far more notices are planned than usual; `planning` counts each new one here.

See docs/rules.md#8. Staff turn the brake off again (`staff.switch_decisions`).
"""

from collections.abc import Sequence
from datetime import datetime

from aviso.domain.model import Case, Kind
from aviso.domain.notice import Duty
from aviso.domain.settings import Settings
from aviso.storage import sending_controls


def count(planned: Sequence[Duty], settings: Settings, now: datetime) -> None:
    """Count the hour's new notices, and pull the brake when there are far more than usual."""
    if not planned:
        return
    corrections = sum(d.kind is Kind.CORRECTION for d in planned)
    hour = sending_controls.count_planned(now, len(planned) - corrections, corrections)
    brake, floor = settings.brake, settings.brake.floor
    if hour[0] <= floor and hour[1] <= floor // brake.multiple:
        return
    switches = sending_controls.switches()
    if switches.brake:
        return
    most = switches.most(brake, now)
    if hour[0] > most[0]:
        sending_controls.apply_brake("notices")
    elif hour[1] > most[1]:
        sending_controls.apply_brake("corrections")


def caused_by_visitor(case: Case, duty: Duty) -> bool:
    """Whether a duty comes from a visitor, not the feed: a changed contact, or an answer on rights.

    Such duties never pull the brake, because it would hold back everybody's arrest notices.
    Visitors have limits of their own (docs/security.md).
    """
    if duty.kind in (Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED):
        return True
    answered = case.enrollment_of(duty.victim).rights_at
    return answered is not None and duty.first_seen <= answered
