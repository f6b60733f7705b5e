"""Why a case is restricted or incomplete, and why a notice is held, waits, or is stopped. Pure.

The ledger stores these words, and the desk has a sentence for each: `desk_reason_` and the word.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal, NewType

# How the words begin for which the notices of a restricted or an incomplete case are held.
RESTRICTED, UNSETTLED = "restricted_", "unsettled_"


class HoldReason(StrEnum):
    """Why a notice waits for a person, who may overrule it: the worst reason first.

    Where several hold, `worst_first` says which one leads on every page and paper.

    A hold never ends by itself. Only when the case changes does planning look again: at notices
    that are no longer owed, at the reasons of a whole case, and at those in `SOLVED_BY_CHANGE`.
    `reconcile` does the same, but leaves one of the latter held unless its decision has changed.
    """

    # Somebody else may read or hear it.
    VICTIM_IS_SUSPECT = "victim_is_suspect"
    NOT_SAFE_TO_CONTACT = "not_safe_to_contact"
    CONTACT_SHARED_WITH_SUSPECT = "contact_shared_with_suspect"
    RESTRICTED_SHARED_HOME = "restricted_shared_home"
    SUSPECT_CONTACT_UNREADABLE = "suspect_contact_unreadable"
    CONTACT_OF_SUSPECT = "contact_of_suspect"
    REPRESENTATIVE_IN_DOUBT = "representative_in_doubt"  # see `representatives.doubt`
    UNSAFE_FOR_ANOTHER = "unsafe_for_another"  # one is not safe for another victim
    CONTACT_DOUBTED = "contact_doubted"  # called unsafe by knowledge; nobody has judged it yet
    VICTIM_IN_DOUBT = "victim_in_doubt"  # a later row calls the victim something else, or nothing
    CHANGE_UNHEARD = "change_unheard"  # the victim may not know of a change that can silence them
    # The case is restricted, or half of it is missing.
    RESTRICTED_REMOVED = "restricted_removed"
    RESTRICTED_DESK = "restricted_desk"
    RESTRICTED_FEED = "restricted_feed"
    RESTRICTED_NEW_NUMBER = "restricted_new_number"
    RESTRICTED_OFFENSE = "restricted_offense"
    RESTRICTED_RELATIONSHIP = "restricted_relationship"
    RESTRICTED_RECORDED = "restricted_recorded"
    RESTRICTED_UNKNOWN_OFFENSE = "restricted_unknown_offense"
    RESTRICTED_NO_REPORT = "restricted_no_report"
    UNSETTLED_NO_REPORT = "unsettled_no_report"
    UNSETTLED_UNKNOWN_OFFENSE = "unsettled_unknown_offense"
    UNSETTLED_SUSPECT_MISSING = "unsettled_suspect_missing"
    UNSETTLED_DATE_UNREADABLE = "unsettled_date_unreadable"
    # Whom to tell must be found out.
    NOBODY_TO_TELL = "nobody_to_tell"
    MINOR_WITHOUT_GUARDIAN = "minor_without_guardian"
    DECEASED_WITHOUT_KIN = "deceased_without_kin"
    INCAPACITATED_WITHOUT_SPEAKER = "incapacitated_without_speaker"
    NO_CONTACT_PERSON = "no_contact_person"  # of an organization
    BIRTH_DATE_UNREADABLE = "birth_date_unreadable"
    AGE_UNKNOWN = "age_unknown"
    EARLY_NEWS = "early_news"  # it could warn a suspect, and only unproven contacts are left
    # No contact works.
    NO_SAFE_CONTACT = "no_safe_contact"
    NO_CHANNEL_LEFT = "no_channel_left"
    BAD_ADDRESS = "bad_address"
    LETTER_RETURNED = "letter_returned"  # after a release another letter may go
    KEEPS_FAILING = "keeps_failing"
    # A person decides.
    KEEPS_CHANGING = "keeps_changing"  # the records system said it, took it back and says it again
    PERHAPS_TOLD = "perhaps_told"  # it was, before its row was lost and restored
    OLD = "old"
    DESK = "desk"  # a member of staff holds it
    TRIAL_MODE = "trial_mode"


# Somebody else may hear whatever the victim is told: nobody calls before they asked who knows.
IN_DANGER = frozenset(
    {
        *(HoldReason.VICTIM_IS_SUSPECT, HoldReason.NOT_SAFE_TO_CONTACT),
        *(HoldReason.CONTACT_SHARED_WITH_SUSPECT, HoldReason.RESTRICTED_SHARED_HOME),
        HoldReason.SUSPECT_CONTACT_UNREADABLE,
    }
)
# Who is told now must be found out. Who was told before still hears of a change by a file.
WHO_IS_TOLD = (
    *(HoldReason.VICTIM_IN_DOUBT, HoldReason.MINOR_WITHOUT_GUARDIAN),
    *(HoldReason.DECEASED_WITHOUT_KIN, HoldReason.INCAPACITATED_WITHOUT_SPEAKER),
    HoldReason.NO_CONTACT_PERSON,
)
# Reasons that say that a person is needed because somebody else may read or hear it.
UNSAFE = IN_DANGER | {
    *(HoldReason.CONTACT_OF_SUSPECT, HoldReason.REPRESENTATIVE_IN_DOUBT),
    *(HoldReason.UNSAFE_FOR_ANOTHER, HoldReason.CHANGE_UNHEARD, HoldReason.CONTACT_DOUBTED),
}
# Held because nobody could be reached: a change of the case may have added a contact, or may let
# more contacts hear of early news. Planning then looks again.
SOLVED_BY_CHANGE = frozenset(
    {
        HoldReason.NO_SAFE_CONTACT,
        HoldReason.CONTACT_DOUBTED,
        HoldReason.CHANGE_UNHEARD,
        HoldReason.EARLY_NEWS,
        HoldReason.NO_CHANNEL_LEFT,
        HoldReason.UNSAFE_FOR_ANOTHER,
        HoldReason.NOBODY_TO_TELL,
        HoldReason.SUSPECT_CONTACT_UNREADABLE,
        HoldReason.MINOR_WITHOUT_GUARDIAN,
        HoldReason.DECEASED_WITHOUT_KIN,
        HoldReason.INCAPACITATED_WITHOUT_SPEAKER,
        HoldReason.BAD_ADDRESS,
        HoldReason.BIRTH_DATE_UNREADABLE,
        HoldReason.AGE_UNKNOWN,
        HoldReason.NO_CONTACT_PERSON,
        HoldReason.VICTIM_IN_DOUBT,
        HoldReason.LETTER_RETURNED,
    }
)


class Restriction(StrEnum):
    """Why a case is restricted (docs/rules.md#12)."""

    NO_REPORT = "no_report"
    REMOVED = "removed"  # the records system deleted or sealed the case
    DESK = "desk"
    FEED = "feed"
    NEW_NUMBER = "new_number"  # perhaps another case under a new number: see `feed.aliases`
    OFFENSE = "offense"
    RELATIONSHIP = "relationship"
    SHARED_HOME = "shared_home"
    UNKNOWN_OFFENSE = "unknown_offense"
    RECORDED = "recorded"

    @classmethod
    def _missing_(cls, _value: object) -> "Restriction":
        """Return `RECORDED` for a word of another release: the case stays restricted."""
        return cls.RECORDED

    @property
    def hold(self) -> HoldReason:
        """The reason for which the case's notices are held."""
        return HoldReason(f"{RESTRICTED}{self}")


# The next file or the settings may end these: nothing is recorded of them, and nothing is given up.
PROVISIONAL = frozenset(
    {Restriction.NO_REPORT, Restriction.UNKNOWN_OFFENSE, Restriction.NEW_NUMBER}
)
# A person lifts a restriction for good. But one that the next file or the settings may end says
# nothing of dangers: those still restrict the case.
LIFTED, LIFTED_PROVISIONAL = "lifted", "lifted_provisional"


class Unsettled(StrEnum):
    """Why a case is incomplete (docs/rules.md#4)."""

    NO_REPORT = "no_report"
    UNKNOWN_OFFENSE = "unknown_offense"
    SUSPECT_MISSING = "suspect_missing"
    DATE_UNREADABLE = "date_unreadable"

    @property
    def hold(self) -> HoldReason:
        """The reason for which the case's notices are held."""
        return HoldReason(f"{UNSETTLED}{self}")


class WaitReason(StrEnum):
    """Why a notice is decided again later."""

    KILL_SWITCH = "kill_switch"
    KIND_OFF = "kind_off"
    BRAKE = "brake"
    IMPORT_UNDER_WAY = "import_under_way"
    UNSETTLED = "unsettled"
    ORIGINAL_OPEN = "original_open"
    TOLD_TOGETHER = "told_together"
    QUIET_HOURS = "quiet_hours"
    MORE_IMPORTANT_FIRST = "more_important_first"
    ENOUGH_TODAY = "enough_today"
    CLAIM_EXPIRED = "claim_expired"


class StopReason(StrEnum):
    """Why nothing is sent for a notice any more."""

    OPTED_OUT = "opted_out"
    NO_OTHER_CONTACT = "no_other_contact"
    TOLD_TOGETHER = "told_together"  # told with another victim, at a contact they share
    TOLD_BY_PERSON = "told_by_person"  # by telephone or in person
    NEVER_TOLD = "never_told"
    NO_LONGER_OWED = "no_longer_owed"
    CASE_REMOVED = "case_removed"  # the records system deleted or sealed the case
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    ONLY_ON_PAGE = "only_on_page"  # of a restricted case, and no law asks for more


# Why an attempt failed, in a provider's or a receipt's code; the desk shows it as it is.
FailureCode = NewType("FailureCode", str)
# The codes with which a provider did not take a message, and may take it later.
NOT_NOW = frozenset(
    {"throttled", "provider_unavailable", "no_connection", "refused", "not_authorized"}
    | {"account_blocked", "account_paused", "account_quota", "account_sandbox", "sender_not_set_up"}
)
Reason = HoldReason | WaitReason | StopReason | FailureCode | Literal[""]


_GRAVITY: Mapping[str, int] = {reason: n for n, reason in enumerate(HoldReason)}


def worst_first[R: str](reasons: Iterable[R]) -> tuple[R, ...]:
    """Return reasons, each once, the worst first and words of another release last."""
    unknown = len(_GRAVITY)
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: _GRAVITY.get(reason, unknown)))


def hold_reasons(words: str) -> tuple[HoldReason, ...]:
    """Return the hold reasons among stored words; a word of another release overrules nothing."""
    return tuple(HoldReason(word) for word in words.split() if word in HoldReason)
