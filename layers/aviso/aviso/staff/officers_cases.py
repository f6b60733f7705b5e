"""What an officer sees and says: the cases assigned to them, and what they told its victims."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.model import Case
from aviso.domain.notice import OfficersWord
from aviso.domain.notice_states import UNSENT
from aviso.domain.officers_word import untold
from aviso.staff import notice_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, notices

MOST_CASES = 30


def assigned(actor: Actor) -> list[Case]:
    """Return the latest cases of an officer, and record the look at each in the audit trail."""
    numbers = cases.assigned_to(actor.email, MOST_CASES) if actor.email else []
    read = {case.number: case for case in map(cases.read_case, numbers)}
    shown = [case for case in read.values() if actor.may_see(case)]
    actor.note_each("case_listed", [(case.number, "") for case in shown])
    return shown


def with_notices(case: Case, actor: Actor) -> CaseAt:
    """Return a case as it is now, with its notices."""
    return replace(actor.at(case), told=notices.read_notices(case))


def tell(
    ids: Sequence[str], word: OfficersWord, note: str, at: CaseAt, actor: Actor
) -> Counter[str]:
    """End what an officer told, whether it waits for a person or not; return how many.

    What they may not say (`officers_word.untold`) is counted as held no more.

    Args:
        note: their word, kept as a note on the case.
    """
    may_say = {notice.id for victim in at.case.victims for notice in untold(at, victim)}
    done = notice_decisions.told(
        [id for id in ids if id in may_say], note, actor, word=word, states=UNSENT
    )
    return done + Counter(held_no_more=len(set(ids) - may_say))
