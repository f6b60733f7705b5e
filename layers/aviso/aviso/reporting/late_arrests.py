"""Why notices were late, from what their own rows still say; the rest is "other". Pure."""

from enum import StrEnum

from aviso.domain.model import Channel
from aviso.domain.notice import Notice
from aviso.domain.reasons import RESTRICTED, UNREACHED, UNSAFE, hold_reasons, worst_first


class LateReason(StrEnum):
    """Why a notice was late, in the order of the page."""

    RESTRICTED = "restricted"  # the case, so a person had to release it
    UNSAFE = "unsafe"  # somebody else may have read it
    UNREACHED = "unreached"  # no phone or email worked: a letter or a person told it
    RETRIED = "retried"  # a message failed, or its provider was down, and another went later
    OTHER = "other"


def late_reason(notice: Notice) -> LateReason:
    """Return why a notice was late, or still waits: the worst reason for which it was ever held.

    A reason that a person overruled counts, and so does one that a file or a call ended.
    """
    held = (*hold_reasons(f"{notice.reason} {notice.held_for}"), *notice.overruled)
    worst = next(iter(worst_first(held)), "")
    if worst.startswith(RESTRICTED):
        return LateReason.RESTRICTED
    if worst in UNSAFE:
        return LateReason.UNSAFE
    if worst in UNREACHED or notice.channel == Channel.LETTER:
        return LateReason.UNREACHED
    return LateReason.OTHER if worst or notice.tries < 2 else LateReason.RETRIED
