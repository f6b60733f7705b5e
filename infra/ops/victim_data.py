"""Rights over one victim's data: export, erasure, legal hold. The audit trail records each."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aviso.compliance import retention
from aviso.staff.actor import Actor
from aviso.storage import cases
from infra.deploy.stacks import DeployError

ERASED = """\
Erased {count} rows. Erase the victim in the records system too, or the rows come again.
Not reached by this command, and gone by themselves (administrator's guide, 'What is kept where'):
feed files and printed letters in S3, text receipts and dead letters, the tables' own backups."""


def export(number: str, victim: str, actor: Actor, out: Path | None) -> None:
    """Write all data about a victim to a file; without a file, to the terminal."""
    with _refusals(number):
        write(retention.export(number, victim, actor.audit_name, actor.settings, actor.now), out)


def erase(number: str, victim: str, actor: Actor) -> None:
    """Erase a victim's personal data from a case."""
    with _refusals(number):
        count = retention.erase(number, victim, actor.audit_name, actor.settings, actor.now)
    print(ERASED.format(count=count))
    if notes := retention.notes_left(number):
        print(f"{notes} notes stay, maybe about another victim: read them at the desk")


def hold(number: str, actor: Actor, *, held: bool) -> None:
    """Put a case under a legal hold, or end the hold.

    Raises:
        DeployError: when the portal has no such case.
    """
    case = cases.read_case(number)
    if not retention.is_stored(case):
        raise DeployError(f"The portal has no case {number}; nothing was changed.")
    retention.hold(number, actor.audit_name, actor.settings, actor.now, held)
    print(f"case {case.number}: {'under a' if held else 'no longer under a'} legal hold")


@contextmanager
def _refusals(number: str) -> Iterator[None]:
    try:
        yield
    except retention.LegalHoldError:
        raise DeployError("The case is under a legal hold; nothing was erased.") from None
    except LookupError:
        raise DeployError(f"Nothing is stored about such a victim of case {number}.") from None


def write(held: object, out: Path | None) -> None:
    """Write an export to a file that only its writer may read; without a file, to the terminal."""
    text = json.dumps(held, indent=2, ensure_ascii=False, default=str)
    if out is None:
        print(text)
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
    print(f"written to {out}")
