"""What each route of the desk leaves in the audit trail, and what it is asked for."""

from tests.integration.staff.conftest import PHONE

C = "C"  # replaces the case's reference in these forms
YES = {"confirmed": "yes"}
TOLD = {"pick-HELD": "yes", "how": "phone", "why": "Her mother."} | YES
VICTIM = {"c": C, "victim": "v1"}


# What each route leaves in the trail, and what it is asked for. The others show nothing of a
# person: forms, counts, and the state of the system.
TRAIL = {
    ("GET", "/tasks"): ("tasks_viewed", {}),
    ("POST", "/tasks-csv"): ("tasks_listed", {}),
    ("POST", "/call-list"): ("call_listed", {}),
    ("POST", "/view"): ("view_changed", {"do": "save", "name": "Mine", "whose": "mine"}),
    ("POST", "/untell"): ("notice_untold", {"pick-HELD": "yes"}),
    ("POST", "/call"): ("call_not_reached", {"outcome": "no_answer"} | VICTIM),
    ("POST", "/hand-over"): ("note_added", {"pick-HELD": "yes", "text": "so"} | VICTIM),
    ("POST", "/take"): ("task_taken", {"pick-HELD": "yes", "do": "take"}),
    ("POST", "/assign"): ("task_assigned", {"pick-HELD": "yes", "to": "ana"}),
    ("POST", "/telephoned"): ("notice_told", TOLD),
    ("POST", "/release"): ("notice_released", {"pick-HELD": "WHY_HELD", "why": "so"} | YES),
    ("GET", "/inbox"): ("inbox_viewed", {}),
    ("GET", "/seen"): ("inbox_seen_viewed", {}),
    ("POST", "/seen"): ("reply_read", {"pick-REPLY#r1": "yes"}),
    ("POST", "/open-again"): ("inbox_opened_again", {"pick-REPLY#seen": "yes"}),
    ("POST", "/stop-texts"): ("reply_stopped", {"reply": "REPLY#r1"} | YES),
    ("POST", "/asked"): ("asked_given", {"reply": "REPLY#asked", "said": "asked_given"}),
    ("POST", "/early"): (
        "early_sign_up_tied",
        {"sign_up": "EARLY", "do": "early_tie", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/feed-file"): ("file_viewed", {"task": "REFUSED#arrests"}),
    ("POST", "/find"): ("case_listed", {"what": PHONE}),
    ("GET", "/case"): ("case_viewed", {"c": C}),
    ("GET", "/answers"): ("answer_viewed", {}),
    ("POST", "/hold"): ("notice_held", {"c": C, "pick-PLANNED": "yes"}),
    ("POST", "/resend"): ("notice_resent", {"c": C, "pick-DELIVERED": "first"} | YES),
    ("POST", "/returned"): ("letter_returned", {"c": C, "notice": "MAILED", "letter": "1"} | YES),
    ("POST", "/unsafe"): ("contact_marked_unsafe", {"line": "PHONE", "why": "so"} | VICTIM | YES),
    ("POST", "/safe"): ("contact_unsafe_undone", {"line": "PHONE", "why": "so"} | VICTIM | YES),
    ("POST", "/restore"): ("not_me_undone", {"line": "PHONE", "why": "so"} | VICTIM | YES),
    ("POST", "/resume"): ("opt_out_undone", {"line": "EMAIL", "why": "so"} | VICTIM | YES),
    ("POST", "/correct"): (
        "contact_corrected",
        {"typed": "new@example.org", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/representative"): (
        "representative_recorded",
        {"first_name": "Luz", "last_name": "Rey", "typed": "luz@example.org", "why": "so"}
        | VICTIM
        | YES,
    ),
    ("POST", "/capacity"): (
        "standing_decided",
        {"incapacitated": "yes", "why": "so", "read": "-"} | VICTIM | YES,
    ),
    ("POST", "/answer"): ("waiver_recorded", {"answer": "waived", "why": "so"} | VICTIM | YES),
    ("POST", "/consent"): (
        "hand_off_agreed_recorded",
        {"release": "yes", "contact": "c9", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/phone"): ("phone_revealed", {"line": "PHONE", "why": "Eva"} | VICTIM),
    ("POST", "/reveal"): ("home_revealed", {"why": "so"} | VICTIM | YES),
    ("POST", "/note"): ("note_added", {"c": C, "text": "Called."}),
    ("POST", "/suspect"): (
        "suspect_cleared",
        {"c": C, "suspect": "s1", "do": "suspect_cleared", "why": "so"} | YES,
    ),
    ("POST", "/restrict"): ("case_restricted", {"c": C} | YES),
    ("POST", "/lift"): (
        "restriction_lifted",
        {"c": C, "restriction": "desk", "why": "so"} | YES,
    ),
    ("POST", "/print"): ("letters_asked_for", {}),
    ("POST", "/letters-pdf"): ("letter_viewed", {"run": "run-1"}),
    ("POST", "/mailed"): ("letter_mailed", {"run": "run-1"} | YES),
    ("POST", "/contacts-csv"): ("contact_exported", {}),
    ("POST", "/contacts-done"): ("contact_handed_over", YES),
    ("POST", "/switch"): ("switch_kill_on", {"do": "kill_on"} | YES),
    ("GET", "/trail"): ("trail_viewed", {"c": C}),
    ("POST", "/trail"): ("trail_viewed", {"number": "half"}),
    ("GET", "/accounts"): ("accounts_viewed", {}),
    ("POST", "/account"): ("account_locked", {"account": "ana", "do": "disable"}),
    ("POST", "/invite"): (
        "account_invited",
        {"name": "luz", "email": "luz@example.org", "role-records": "yes"},
    ),
    ("POST", "/welcome"): ("guide_read", {}),
    ("POST", "/sign-out"): ("signed_out", {}),
}
# These need a hand-off, or an account of another agency: `test_agency_page` reads their trail.
TESTED_ELSEWHERE = {
    ("GET", "/hand-offs"),
    ("POST", "/hand-offs"),
    ("POST", "/hand-offs-csv"),
    ("GET", "/agencies"),
    ("POST", "/agencies"),
}
