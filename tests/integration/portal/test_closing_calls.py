"""What a victim with a code reads of closing calls: those that were made, and no choice by lot."""

from datetime import datetime

import pytest

from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Kind
from aviso.domain.notice import Changes, Duty, State
from aviso.domain.reasons import HoldReason, Reason, StopReason
from aviso.storage.notice_items import NewNotice
from infra.harness.builders import NOW, NUMBER, a_case
from tests.integration.portal.codes import put, with_code


def a_call(reason: Reason, state: State, told_at: datetime | None) -> None:
    """Put a closing call of the victim's into the ledger."""
    from aviso.storage import notices

    duty = Duty(
        id="c" * 26,
        case=NUMBER,
        victim="v1",
        kind=Kind.CALL_BACK,
        fact=FactKey("call_back:CLOSED"),
        fact_at=NOW,
        first_seen=NOW,
        deadline=NOW,
    )
    new = NewNotice(
        duty=duty, state=State.HELD, due_at=NOW, created_at=NOW, reason=HoldReason.CALL_BACK
    )
    notices.insert(new)
    (held,) = notices.of_case(NUMBER)
    if state is not State.HELD:
        changes: Changes = {"reason": reason, "told_at": told_at}
        notices.move(held, state, due_at=None, only_from=[State.HELD], **changes)


class TestClosingCall:
    @pytest.mark.parametrize(
        ("reason", "state", "told_at", "shown"),
        [
            (StopReason.NOT_DRAWN, State.SUPPRESSED, None, False),
            (HoldReason.CALL_BACK, State.HELD, None, False),
            (StopReason.NO_LONGER_OWED, State.SUPPRESSED, None, False),
            (StopReason.TOLD_BY_PERSON, State.SUPPRESSED, NOW, True),
        ],
    )
    def test_is_in_the_record_once_made(self, clock, settings, reason, state, told_at, shown):
        put(a_case().with_victim("v1").case)
        a_call(reason, state, told_at)
        visitor = with_code(settings)
        visitor.get("/status")
        assert ("A call from us" in visitor.get("/record").text) is shown
