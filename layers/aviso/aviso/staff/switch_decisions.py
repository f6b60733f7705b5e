"""What staff do to all sending: the kill switch, trial mode, the brake, kinds of notices."""

from collections.abc import Sequence

from aviso.domain import addresses
from aviso.domain.guards import Switches
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, sending_controls

ACTS = (
    *("kill_on", "kill_off", "trial_on", "trial_off", "guests", "brake_on", "brake_off"),
    *("kind_on", "kind_off"),
)
# Acts that let messages go again, and the switch each turns off. Such an act applies to the switch
# as its actor saw it: one turned off and on again since is on for another reason. An act that stops
# messages always applies.
LETS_GO = {"kill_off": "kill", "trial_off": "trial", "brake_off": "brake"}


def is_done(does: str, switches: Switches) -> bool:
    """Whether the switch that an act would turn off is off already."""
    return does in LETS_GO and not getattr(switches, LETS_GO[does])


def turn(
    does: str,
    actor: Actor,
    *,
    guests: Sequence[str] = (),
    kind: str = "",
    seen: int | None = None,
) -> None:
    """Turn one switch.

    Args:
        does: one of `ACTS`.
        guests: the phones and emails that trial mode reaches, as `guests_of` returns them.
        seen: how many turns of switches there were when the actor saw them, for an act in
            `LETS_GO`.

    Raises:
        Conflict: when somebody turned a switch since the actor saw them.
    """
    record = actor.record(f"switch_{does}", "", subject=kind)
    if kind:
        case_decisions.turn_kind(kind, does == "kind_on", record)
    else:
        changes = _changes(does, list(guests), actor)
        case_decisions.turn(changes, record, seen if does in LETS_GO else None)


def _changes(does: str, guests: list[str], actor: Actor) -> sending_controls.SwitchChanges:
    match does:
        case "kill_on" | "kill_off":
            return {"kill": does == "kill_on"}
        case "trial_on":
            return {"trial": True, "guests": guests}
        case "trial_off":
            return {"trial": False}
        case "guests":
            return {"guests": guests}
        case "brake_on":
            return {"brake": "desk"}
        case "brake_off":
            return sending_controls.released(actor.now)
    raise ValueError("no such switch")


def guests_of(typed: str) -> list[str] | None:
    """Return the phones and emails in a text; None when a word of it is neither."""
    found = [addresses.email(w) if "@" in w else addresses.phone(w) for w in typed.split()]
    return None if "" in found else found
