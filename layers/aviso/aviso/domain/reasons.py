"""Why a case is restricted or incomplete, and why a notice is held, waits, or is stopped. Pure.

The ledger stores these words, and the desk has a sentence for each: `desk_reason_` and the word.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import Any, Literal, NewType, Self

# How the words begin for which the notices of a restricted or an incomplete case are held.
RESTRICTED, UNSETTLED = "restricted_", "unsettled_"


class Concern(Enum):
    """What a reason to hold says, which decides how the desk shows it and where."""

    DANGER = "danger"  # somebody else may hear whatever is told: nobody calls before they asked
    UNSAFE = "unsafe"  # somebody else may read or hear it
    WHO = "who"  # who is told now must be found out; who was told before hears of a file's change
    UNREACHED = "unreached"  # no contact on file works
    CASE = "case"  # the case is restricted, or half of it is missing
    OTHER = "other"


class Release(Enum):
    """How many of the notices that are held for a reason one act may release."""

    ONE = "one"  # one person's
    LISTED = "listed"  # one person's; but one event holds many, so the desk has a list of them
    # All on the list. Never for a reason that a rule of `route` looks up in `notice.overruled`: a
    # release then only lets `route` decide again, and it holds again what it held before.
    TOGETHER = "together"


# Whether planning looks again when the case changes: it may have a new contact or birth date.
BY_CHANGE, BY_PERSON = True, False


class HoldReason(StrEnum):
    """Why a notice waits for a person, who may overrule it: the worst reason first.

    Where several hold, `worst_first` says which one leads on every page and paper.

    A hold never ends by itself. Only when the case changes does planning look again: at notices
    that are no longer owed, at the reasons of a whole case, and at those solved `BY_CHANGE`.
    `reconcile` does the same, but leaves one of the latter held unless its decision has changed.
    """

    _value_: str
    concern: Concern
    solved_by_change: bool
    release: Release

    def __new__(cls, word: str, *fields: Any) -> Self:
        """Make a reason that is its word; it needs the first two fields."""
        reason = str.__new__(cls, word)
        reason._value_ = word
        reason.concern, reason.solved_by_change, reason.release = (*fields, Release.ONE)[:3]
        return reason

    # It may tell a suspect what the police do.
    VICTIM_IS_SUSPECT = "victim_is_suspect", Concern.DANGER, BY_PERSON
    # Somebody else may read it, and harm her.
    NOT_SAFE_TO_CONTACT = "not_safe_to_contact", Concern.DANGER, BY_PERSON
    # The phone may be in a suspect's hand.
    CONTACT_SHARED_WITH_SUSPECT = "contact_shared_with_suspect", Concern.DANGER, BY_PERSON
    RESTRICTED_SHARED_HOME = "restricted_shared_home", Concern.DANGER, BY_PERSON
    # The phone may be a suspect's: nothing can compare them.
    SUSPECT_CONTACT_UNREADABLE = "suspect_contact_unreadable", Concern.DANGER, BY_CHANGE
    # Somebody left a suspect's contact as hers.
    CONTACT_OF_SUSPECT = "contact_of_suspect", Concern.UNSAFE, BY_PERSON
    # The person named may be a suspect, or live with one: see `representatives.doubt`.
    REPRESENTATIVE_IN_DOUBT = "representative_in_doubt", Concern.UNSAFE, BY_PERSON
    # One contact is not safe for another victim: who harms her housemate may read it.
    UNSAFE_FOR_ANOTHER = "unsafe_for_another", Concern.UNSAFE, BY_CHANGE, Release.LISTED
    # Called unsafe by knowledge: a member must say of each contact whether it is safe.
    CONTACT_DOUBTED = "contact_doubted", Concern.UNSAFE, BY_CHANGE
    # A later row calls the victim something else, or nothing: a supervisor decides what is right.
    VICTIM_IN_DOUBT = "victim_in_doubt", Concern.WHO, BY_CHANGE
    # The victim may not know of a change that can silence them: a supervisor checks who called.
    CHANGE_UNHEARD = "change_unheard", Concern.UNSAFE, BY_CHANGE
    # A plan for safe messages: a second member looks, or she is asked for another before it ends.
    PLAN_TO_LOOK_AT = "plan_to_look_at", Concern.OTHER, BY_CHANGE
    # Her plan has other hours: then the message goes, if nobody told her by then.
    OUTSIDE_PLAN = "outside_plan", Concern.OTHER, BY_CHANGE
    RESTRICTED_REMOVED = "restricted_removed", Concern.CASE, BY_PERSON
    RESTRICTED_DESK = "restricted_desk", Concern.CASE, BY_PERSON
    RESTRICTED_FEED = "restricted_feed", Concern.CASE, BY_PERSON
    RESTRICTED_OFFENSE = "restricted_offense", Concern.CASE, BY_PERSON
    RESTRICTED_RELATIONSHIP = "restricted_relationship", Concern.CASE, BY_PERSON
    RESTRICTED_RECORDED = "restricted_recorded", Concern.CASE, BY_PERSON
    # A person who overrules these has only looked up the number or the offense.
    RESTRICTED_NEW_NUMBER = "restricted_new_number", Concern.CASE, BY_PERSON
    RESTRICTED_UNKNOWN_OFFENSE = "restricted_unknown_offense", Concern.CASE, BY_PERSON
    RESTRICTED_NO_REPORT = "restricted_no_report", Concern.CASE, BY_PERSON
    UNSETTLED_NO_REPORT = "unsettled_no_report", Concern.CASE, BY_PERSON
    UNSETTLED_UNKNOWN_OFFENSE = "unsettled_unknown_offense", Concern.CASE, BY_PERSON
    UNSETTLED_SUSPECT_MISSING = "unsettled_suspect_missing", Concern.CASE, BY_PERSON
    UNSETTLED_DATE_UNREADABLE = "unsettled_date_unreadable", Concern.CASE, BY_PERSON
    NOBODY_TO_TELL = "nobody_to_tell", Concern.OTHER, BY_CHANGE
    MINOR_WITHOUT_GUARDIAN = "minor_without_guardian", Concern.WHO, BY_CHANGE
    DECEASED_WITHOUT_KIN = "deceased_without_kin", Concern.WHO, BY_CHANGE
    INCAPACITATED_WITHOUT_SPEAKER = "incapacitated_without_speaker", Concern.WHO, BY_CHANGE
    NO_CONTACT_PERSON = "no_contact_person", Concern.WHO, BY_CHANGE  # of an organization
    # It may be a child.
    BIRTH_DATE_UNREADABLE = "birth_date_unreadable", Concern.OTHER, BY_CHANGE
    AGE_UNKNOWN = "age_unknown", Concern.OTHER, BY_CHANGE
    # It could warn a suspect, and only unproven contacts are left.
    EARLY_NEWS = "early_news", Concern.OTHER, BY_CHANGE
    # Only a contact that came since is used, and each is checked again.
    NO_SAFE_CONTACT = "no_safe_contact", Concern.UNREACHED, BY_CHANGE, Release.TOGETHER
    # A provider's bad day: only a contact not tried yet is used.
    NO_CHANNEL_LEFT = "no_channel_left", Concern.UNREACHED, BY_CHANGE, Release.TOGETHER
    BAD_ADDRESS = "bad_address", Concern.UNREACHED, BY_CHANGE
    # After a release another letter may go to that home, where somebody else lives.
    LETTER_RETURNED = "letter_returned", Concern.UNREACHED, BY_CHANGE, Release.LISTED
    KEEPS_FAILING = "keeps_failing", Concern.UNREACHED, BY_PERSON
    # The records system said it, took it back and says it again.
    KEEPS_CHANGING = "keeps_changing", Concern.OTHER, BY_PERSON
    # It was told, perhaps, before its row was lost and restored. Only its victim knows.
    PERHAPS_TOLD = "perhaps_told", Concern.OTHER, BY_PERSON
    OLD = "old", Concern.OTHER, BY_PERSON  # it may alarm the victim
    DESK = "desk", Concern.OTHER, BY_PERSON  # a member holds it, and only the notes say why
    # The agency's own switch held it; each task stays when trial mode ends.
    TRIAL_MODE = "trial_mode", Concern.OTHER, BY_PERSON, Release.TOGETHER


def _of(*concerns: Concern) -> frozenset[HoldReason]:
    return frozenset(reason for reason in HoldReason if reason.concern in concerns)


# Why notices are held for a supervisor alone.
SUPERVISORS = frozenset({HoldReason.CHANGE_UNHEARD, HoldReason.VICTIM_IN_DOUBT})
IN_DANGER, WHO_IS_TOLD = _of(Concern.DANGER), _of(Concern.WHO)
UNSAFE, UNREACHED = _of(Concern.DANGER, Concern.UNSAFE), _of(Concern.UNREACHED)
SOLVED_BY_CHANGE = frozenset(reason for reason in HoldReason if reason.solved_by_change)
TOGETHER = frozenset(reason for reason in HoldReason if reason.release is Release.TOGETHER)


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
    OUTSIDE_PLAN = "outside_plan"  # the victim chose the hours: it is nobody's task, and not late


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


def worst_restriction(reasons: Iterable[Restriction]) -> Restriction | None:
    """Return the restriction whose hold is the worst; None of none."""
    return min(reasons, key=lambda why: _GRAVITY[why.hold], default=None)


def restrictions(words: str) -> frozenset[Restriction]:
    """Return the restrictions of a stored text."""
    return frozenset(map(Restriction, words.split()))


def words_of(reasons: Iterable[Restriction]) -> str:
    """Return the text that stores restrictions."""
    return " ".join(sorted(reasons))


def restricts(reason: str | None) -> bool:
    """Whether a notice is held because its case is restricted."""
    return reason is not None and reason.startswith(RESTRICTED)


def hold_reasons(words: str) -> tuple[HoldReason, ...]:
    """Return the hold reasons among stored words; a word of another release overrules nothing."""
    return tuple(HoldReason(word) for word in words.split() if word in HoldReason)
