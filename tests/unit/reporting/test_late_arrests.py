"""Why an arrest notice was late, from what its row still says."""

import pytest

from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.reporting.late_arrests import LateReason, late_reason
from infra.harness.builders import a_notice

CALLED = {"state": State.SUPPRESSED, "reason": StopReason.TOLD_BY_PERSON}
R, L = HoldReason, LateReason


class TestLateReason:
    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ({"state": State.HELD, "reason": R.RESTRICTED_OFFENSE}, L.RESTRICTED),
            ({"state": State.SENT, "overruled": R.RESTRICTED_DESK}, L.RESTRICTED),
            ({"state": State.SENT, "overruled": f"{R.OLD} {R.NOT_SAFE_TO_CONTACT}"}, L.UNSAFE),
            ({**CALLED, "held_for": R.CONTACT_DOUBTED}, L.UNSAFE),
            ({**CALLED, "held_for": R.NO_SAFE_CONTACT}, L.UNREACHED),
            ({"state": State.QUEUED, "channel": "letter"}, L.UNREACHED),
            ({"state": State.SENT, "channel": "sms", "tries": 2}, L.RETRIED),
            ({"state": State.WAITING, "reason": "throttled", "tries": 2}, L.RETRIED),
            ({"state": State.SENT, "channel": "sms", "tries": 1}, L.OTHER),
            ({"state": State.SENT, "overruled": R.UNSETTLED_NO_REPORT, "tries": 2}, L.OTHER),
            ({"state": State.PLANNED}, L.OTHER),
        ],
    )
    def test_is_the_worst_that_ever_held_it(self, row, why):
        assert late_reason(a_notice(**row)) is why
