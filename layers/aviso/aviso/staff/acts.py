"""The acts of the desk, each declared once: its name, its word in the audit trail, what it asks.

The pages that ask for a yes or a reason, their help, and a case's timeline read this table. The
routes and who may use them are in `web/staff/permissions.py`.

A new act needs a line here, its route there, a view that calls `act.settle`, a form on the case's
page, its words in both `desk.yaml`, and a row in `test_acts.py` and `audited_routes.py`. A field
that it sets on a victim begins with `desk_`; the class and its item in storage have it.
"""

from collections.abc import Mapping
from enum import Enum

from aviso.domain.value import Frozen


class Asks(Enum):
    """What a page asks for before an act is done."""

    NOTHING = "nothing"  # or its own page asks
    YES = "yes"
    WHY = "why"  # the reason is kept as a note on the case


NOTHING, YES, WHY = Asks.NOTHING, Asks.YES, Asks.WHY


class Act(Frozen, frozen=True):
    """One thing that a member does; its words are `desk_confirm_<name>` and `desk_did_<audit>`.

    `help` is the section of the help page that explains it; by default what cannot be undone.
    """

    name: str
    audit: str
    asks: Asks = NOTHING
    help: str = "final"


# A victim's contacts and home.
UNSAFE = Act("unsafe", "contact_marked_unsafe", WHY, "unsafe")
SAFE = Act("safe", "contact_unsafe_undone", WHY, "unsafe")
NEVER_THEIRS = Act("never_theirs", "told_elsewhere")
RESTORE = Act("restore", "not_me_undone", WHY, "corrections")
RESUME = Act("resume", "opt_out_undone", WHY, "corrections")
CORRECT = Act("correct", "contact_corrected")
CORRECT_HOME = Act("correct_home", "address_corrected")
SHOW_PHONE = Act("phone", "phone_revealed")
REVEAL = Act("reveal", "home_revealed", WHY, "requests")
PRINT_CARD = Act("card", "card_made")
PRINT_SCENE_CARDS = Act("scene_cards", "scene_cards_made")

# What a caller says, and who speaks for a victim.
REQUEST = Act("answer_requested", "request_recorded", WHY, "requests")
WAIVE = Act("answer_waived", "waiver_recorded", WHY, "requests")
HIDE_HOME = Act("answer_hidden", "home_hidden_recorded", WHY, "requests")
SHOW_HOME = Act("answer_not_hidden", "home_hidden_ended", WHY, "requests")
NAME_SPEAKER = Act("representative_name", "representative_recorded", WHY, "requests")
END_SPEAKER = Act("representative_end", "representative_dropped", WHY, "requests")
JUDGE_STANDING = Act("standing", "standing_decided", WHY, "requests")
GIVE_CONSENT = Act("consent_give", "hand_off_agreed_recorded", WHY, "agencies")
MAKE_PLAN = Act("plan_make", "plan_made", WHY, "restricted")
LOOK_AT_PLAN = Act("plan_look", "plan_looked_at", YES, "restricted")
END_PLAN = Act("plan_end", "plan_ended", WHY, "restricted")
END_CONSENT = Act("consent_end", "hand_off_ended_recorded", WHY, "agencies")

# A case.
RESTRICT = Act("restrict", "case_restricted", YES, "restricted")
LIFT = Act("lift", "restriction_lifted", WHY, "restricted")
CLEAR_SUSPECT = Act("suspect_cleared", "suspect_cleared", WHY, "corrections")
SUSPECT_AGAIN = Act("suspect_again", "suspect_restored", WHY, "corrections")

# Notices, letters, tasks.
HOLD = Act("hold", "notice_held")
RELEASE = Act("release", "notice_released")
TELL = Act("telephoned", "notice_told")
UNTELL = Act("untell", "notice_untold")
RESEND = Act("resend", "notice_resent", YES)
MAIL = Act("mailed", "letter_mailed", YES, "letters")
RETURN = Act("returned", "letter_returned", YES, "letters")
ASSIGN = Act("assign", "task_assigned")

# The inbox, new contacts, other agencies.
GIVE = Act("asked_given", "asked_given")
REFUSE = Act("asked_refused", "asked_refused")
STOP_TEXTS = Act("reply_stop", "reply_stopped", YES, "inbox")
STOP_BY_LINK = Act("link_stop", "reply_stopped", YES, "inbox")
TIE_SIGN_UP = Act("early_tie", "early_sign_up_tied", WHY, "inbox")
DROP_SIGN_UP = Act("early_drop", "early_sign_up_dropped", YES, "inbox")
ACCEPT_FILE = Act("file_accept", "file_accepted", YES, "inbox")
REJECT_FILE = Act("file_reject", "file_rejected", YES)
EXPORT = Act("contacts", "contact_handed_over", YES)
RELEASE_HAND_OFF = Act("hand_off_release", "hand_off_released", YES)
CALL_AGENCY = Act("hand_off_telephoned", "hand_off_telephoned", YES)
CONFIRM_HAND_OFF = Act("hand_off_confirm", "hand_off_confirmed")

# Accounts and switches.
START_AGAIN = Act("again", "account_started_again", YES)

ACTS: Mapping[str, Act] = {act.name: act for act in vars().copy().values() if isinstance(act, Act)}
