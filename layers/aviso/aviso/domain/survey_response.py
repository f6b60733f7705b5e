"""What one person answered to one survey, as it is stored. Pure.

`victims.survey_answers` takes the answers from the portal. The report and the desk read them.
"""

from collections.abc import Mapping
from datetime import datetime

from aviso.domain.value import Frozen


class SurveyResponse(Frozen, frozen=True, kw_only=True):
    """One person's answers to one survey."""

    survey: str  # the id of the notice that asked
    case: str  # the case's origin number, for staff who may see it
    victim: str
    answers: Mapping[str, str]  # question id -> 1 to 5, the choice's position from 0, or text
    asked_at: datetime  # when the survey entered the ledger
    answered_at: datetime  # first
    changed_at: datetime
    texts: frozenset[str] = frozenset()  # questions answered in free text
    stamp: str = ""  # see `report_dimensions`
    version: int = 0
