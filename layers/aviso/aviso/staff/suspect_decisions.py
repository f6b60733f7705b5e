"""What a supervisor says about a suspect's entry: one audited transaction each."""

from aviso.domain.model import Case, Suspect
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import noted
from aviso.storage import case_decisions
from aviso.storage.case_decisions import CaseDecision


def clear_suspect(case: Case, suspect: Suspect, why: str, actor: Actor) -> None:
    """Say that an entry names no suspect: its contacts and its home exclude nobody any more.

    This applies to the entry as it is now. When the records system changes it, or an older row
    gives it another contact, it counts again.

    Raises:
        Conflict: when the records system changed it at this moment.
    """
    record = actor.record("suspect_cleared", case.number, subject=suspect.origin)
    decision = CaseDecision(record, noted(why, actor))
    case_decisions.judge_suspect(suspect, suspect.entry, decision)


def suspect_again(case: Case, suspect: Suspect, why: str, actor: Actor) -> None:
    """Take back that an entry names no suspect.

    Raises:
        Conflict: when the records system changed it at this moment.
    """
    record = actor.record("suspect_restored", case.number, subject=suspect.origin)
    case_decisions.judge_suspect(suspect, "", CaseDecision(record, noted(why, actor)))
