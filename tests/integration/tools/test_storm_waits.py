"""How long the storm lets a notice stay as it is."""

from datetime import UTC, datetime

import pytest

from tests.rig import waits
from tests.rig.waits import Waits


def at(day, clock):
    """Return a moment of March 2026 in Arizona."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=waits.ZONE).timestamp()


def head(state, notice="n1", **more):
    """Return a notice's row as DynamoDB has it."""
    return {name: {"S": value} for name, value in {"pk": notice, "state": state, **more}.items()}


class TestWaits:
    @pytest.mark.parametrize(
        ("row", "begin", "end"),
        [
            ({"state": "sent", "channel": "sms"}, "12:00", (2, "14:00")),
            ({"state": "sent", "channel": "email"}, "12:00", (2, "18:00")),
            ({"state": "claimed"}, "12:00", (2, "12:12")),
            ({"state": "planned", "reason": "throttled"}, "12:00", (2, "13:30")),
            ({"state": "unconfirmed"}, "12:00", (2, "12:05")),
            ({"state": "waiting", "reason": "throttled"}, "12:00", (2, "13:00")),
            ({"state": "waiting", "reason": "kill_switch"}, "12:00", (2, "12:05")),
            ({"state": "waiting", "reason": "quiet_hours"}, "22:30", (3, "08:00")),
            ({"state": "waiting", "reason": "quiet_hours"}, "06:30", (2, "08:00")),
            ({"state": "waiting", "reason": "quiet_hours"}, "12:00", (2, "12:00")),
            ({"state": "waiting", "reason": "enough_today"}, "12:00", (3, "08:00")),
            ({"state": "waiting", "reason": "enough_today"}, "00:30", (3, "08:00")),
        ],
    )
    def test_end_when_what_is_waited_for_comes(self, row, begin, end):
        assert waits.due_by(row, at(2, begin)) == at(*end)

    @pytest.mark.parametrize(
        ("hours", "calm", "too_long"),
        [(2.7, False, False), (2.8, False, True), (3.2, True, False), (3.3, True, True)],
    )
    def test_are_judged_when_they_end(self, hours, calm, too_long):
        seen = Waits()
        row = head("sent", channel="sms", reason="")
        seen.see(None, head("planned"), 0.0)
        seen.see(head("planned"), row, 0.0)
        seen.see(row, head("unconfirmed"), hours * 3600, calm=calm)
        assert seen.overstayed == ({"n1": f"sent sms for {hours} hours"} if too_long else {})

    @pytest.mark.parametrize(
        ("other", "hours", "too_long"),
        [("sent", 30, False), ("delivered", 0.8, False), ("delivered", 0.9, True)],
    )
    def test_of_one_for_another_end_with_it(self, other, hours, too_long):
        seen = Waits()
        row = head("waiting", reason="told_together", waits_for="n2")
        seen.see(None, row, 0.0)
        seen.see(None, head(other, "n2"), 0.0)
        seen.see(row, head("planned"), hours * 3600)
        assert bool(seen.overstayed) is too_long

    @pytest.mark.parametrize(
        ("kind", "deadline", "now", "too_long"),
        [
            ("arrest", (2, "12:00"), (2, "20:10"), False),
            ("arrest", (2, "12:00"), (2, "20:20"), True),
            ("arrest", (2, "06:00"), (2, "20:10"), False),  # the last fault came after it
            ("arrest", (3, "22:00"), (4, "06:20"), True),
            ("status_changed", (3, "22:00"), (4, "16:10"), False),  # its text waits for 8:00
            ("status_changed", (3, "22:00"), (4, "16:20"), True),
        ],
    )
    def test_end_after_the_deadline(self, kind, deadline, now, too_long):
        seen = Waits()
        by = datetime.fromtimestamp(at(*deadline), UTC).isoformat()
        rows = [head("waiting", kind=kind, deadline=by), head("delivered", "n2")]
        assert seen.check(rows, at(*now), calm=at(2, "12:00"))
        assert set(seen.overstayed) == ({"n1"} if too_long else set())

    def test_with_a_person_begin_again(self):
        seen, by = Waits(), datetime.fromtimestamp(at(2, "12:00"), UTC).isoformat()
        rows = {s: head(s, kind="arrest", deadline=by) for s in ("held", "sent")}
        assert not seen.check([rows["held"]], at(5, "12:00"), calm=at(2, "12:00"))
        assert seen.check([rows["sent"]], at(5, "20:10"), calm=at(2, "12:00"))
        assert not seen.overstayed

    @pytest.mark.parametrize(("now", "too_long"), [("02:10", False), ("02:20", True)])
    def test_of_a_second_email_have_its_patience_too(self, now, too_long):
        """The contact changes while the first email has no receipt, so a second one goes."""
        seen, by = Waits(), datetime.fromtimestamp(at(2, "12:00"), UTC).isoformat()
        email = head("sent", channel="email", kind="arrest", deadline=by)
        for row in (email, head("planned"), email):
            seen.see(None, row, at(2, "12:00"))
        assert seen.check([email], at(3, now), calm=at(2, "12:00"))
        assert bool(seen.overstayed) is too_long
