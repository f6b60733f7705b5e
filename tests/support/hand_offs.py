"""The one hand-off of the ordinary case, and what acts on it make of it."""

from msgspec.structs import replace

from aviso.domain.hand_off_duties import duty_of
from aviso.domain.hand_offs import confirmed
from aviso.domain.settings import Settings
from aviso.storage import cases, hand_off_rows
from infra.harness.builders import NUMBER, case_at


def the_hand_off(number=NUMBER):
    """Return the case's only hand-off."""
    (found,) = hand_off_rows.of_case(cases.read_case(number))
    return found


def act(do, *how, at, **changes):
    """Write what a function of `aviso.domain.hand_offs` makes of the hand-off; return its id.

    `how` is what it takes before the duty and the time, and `changes` are made besides.
    """
    one = the_hand_off()
    duty = duty_of(one.id, case_at(cases.read_case(NUMBER), Settings.current(), at))
    hand_off_rows.write(one, replace(do(one, *how, duty, at), **changes))
    return one.id


def confirm(by, *, at):
    """Let an account confirm the hand-off."""
    return act(lambda one, duty, now: confirmed(one, duty, by, now), at=at)
