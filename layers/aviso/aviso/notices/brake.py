"""Pull the brake when an hour brings far more than usual: new notices, or officers' words.

See docs/rules.md#8. Staff turn the brake off again (`staff.switch_decisions`).
"""

from collections.abc import Sequence
from datetime import datetime

from aviso.domain.model import Case, Kind
from aviso.domain.notice import Duty
from aviso.domain.settings import Settings
from aviso.storage import sending_controls

WHY = ("notices", "corrections", "words")  # of which an hour had too many


def count(planned: Sequence[Duty], words: int, settings: Settings, now: datetime) -> None:
    """Count the hour's new notices, and pull the brake when there are far more than usual.

    Args:
        words: how many notices end by an officer's word. A records system that writes a yes
            everywhere must not silence a city.
    """
    if not planned and not words:
        return
    corrections = sum(d.kind is Kind.CORRECTION for d in planned)
    hour = sending_controls.count_hour(now, len(planned) - corrections, corrections, words)
    brake = settings.brake
    least = (brake.floor, brake.floor // brake.multiple, brake.floor)
    if all(n <= few for n, few in zip(hour, least, strict=True)):
        return
    switches = sending_controls.switches()
    if switches.brake:
        return
    most = switches.most(brake, now)
    above = [why for why, n, many in zip(WHY, hour, most, strict=True) if n > many]
    if above:
        sending_controls.apply_brake(above[0])


def caused_by_visitor(case: Case, duty: Duty) -> bool:
    """Whether a duty comes from a visitor, not the feed: a changed contact, or an answer on rights.

    Such duties never pull the brake, because it would hold back everybody's arrest notices.
    Visitors have limits of their own (docs/security.md).
    """
    if duty.kind in (Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED):
        return True
    answered = case.enrollment_of(duty.victim).rights_at
    return answered is not None and duty.first_seen <= answered
