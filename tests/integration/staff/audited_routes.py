"""Each route of the desk: who may use it, what it leaves in the trail, and what it is asked for.

Roles and words are written down once more, so that a change of the product's is a change of two.
"""

from aviso.domain.staff import Role

ANYBODY, RECEIVERS = set(Role), {Role.RECEIVER}
OFFICERS = {Role.OFFICER}
EVERYONE, CASE_WORK = ANYBODY - RECEIVERS - OFFICERS, {Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR}
SUPERVISORS, ADMINISTRATORS = {Role.SUPERVISOR}, {Role.ADMINISTRATOR}
EXPORTERS, TRUSTED = {Role.RECORDS, Role.SUPERVISOR}, {Role.ADVOCATE, Role.SUPERVISOR}
SWITCHERS = SUPERVISORS | ADMINISTRATORS
C = "C"  # replaces the case's reference in these forms
YES = {"confirmed": "yes"}
TOLD = {"pick-HELD": "yes", "how": "phone", "why": "Her mother."} | YES
VICTIM = {"c": C, "victim": "v1"}
NOTHING = ""  # it shows nothing of a person: forms, counts, and the state of the system
ELSEWHERE = "?"  # see `test_agency_page`, `test_officer`, `test_plan_form`


TABLE: dict[tuple[str, str], tuple[set[Role], str, dict[str, str]]] = {
    ("GET", "/"): (ANYBODY, NOTHING, {}),
    ("GET", "/help"): (EVERYONE, NOTHING, {}),
    ("GET", "/welcome"): (EVERYONE, NOTHING, {}),
    ("POST", "/welcome"): (EVERYONE, "guide_read", {}),
    ("POST", "/sign-out"): (ANYBODY, "signed_out", {}),
    ("GET", "/hand-offs"): (RECEIVERS, ELSEWHERE, {}),
    ("POST", "/hand-offs"): (RECEIVERS, ELSEWHERE, {}),
    ("POST", "/hand-offs-csv"): (RECEIVERS, ELSEWHERE, {}),
    ("GET", "/officer"): (OFFICERS, ELSEWHERE, {}),
    ("POST", "/officer"): (OFFICERS, ELSEWHERE, {}),
    ("GET", "/agencies"): (CASE_WORK, ELSEWHERE, {}),
    ("POST", "/agencies"): (CASE_WORK, ELSEWHERE, {}),
    ("GET", "/tasks"): (CASE_WORK, "tasks_viewed", {}),
    ("POST", "/tasks-csv"): (CASE_WORK, "tasks_listed", {}),
    ("POST", "/call-list"): (CASE_WORK, "call_listed", {}),
    ("POST", "/view"): (CASE_WORK, "view_changed", {"do": "save", "name": "Mine", "whose": "mine"}),
    ("POST", "/untell"): (CASE_WORK, "notice_untold", {"pick-HELD": "yes"}),
    ("POST", "/call"): (CASE_WORK, "call_not_reached", {"outcome": "no_answer"} | VICTIM),
    ("POST", "/hand-over"): (CASE_WORK, "note_added", {"pick-HELD": "yes", "text": "so"} | VICTIM),
    ("POST", "/take"): (CASE_WORK, "task_taken", {"pick-HELD": "yes", "do": "take"}),
    ("POST", "/assign"): (SUPERVISORS, "task_assigned", {"pick-HELD": "yes", "to": "ana"}),
    ("POST", "/release"): (
        CASE_WORK,
        "notice_released",
        {"pick-HELD": "WHY_HELD", "why": "so"} | YES,
    ),
    ("POST", "/telephoned"): (CASE_WORK, "notice_told", TOLD),
    ("GET", "/inbox"): (CASE_WORK, "inbox_viewed", {}),
    ("GET", "/seen"): (CASE_WORK, "inbox_seen_viewed", {}),
    ("POST", "/seen"): (CASE_WORK, "reply_read", {"pick-REPLY#r1": "yes"}),
    ("POST", "/open-again"): (CASE_WORK, "inbox_opened_again", {"pick-REPLY#seen": "yes"}),
    ("POST", "/stop-texts"): (CASE_WORK, "reply_stopped", {"reply": "REPLY#r1"} | YES),
    ("POST", "/asked"): (CASE_WORK, "asked_given", {"reply": "REPLY#asked", "said": "asked_given"}),
    ("POST", "/early"): (
        CASE_WORK,
        "early_sign_up_tied",
        {"sign_up": "EARLY", "do": "early_tie", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/feed-file"): (SUPERVISORS, "file_viewed", {"task": "REFUSED#arrests"}),
    ("GET", "/find"): (CASE_WORK, NOTHING, {}),
    ("POST", "/find"): (CASE_WORK, "case_listed", {"what": "+15205550118"}),
    ("GET", "/case"): (CASE_WORK, "case_viewed", {"c": C}),
    ("POST", "/hold"): (CASE_WORK, "notice_held", {"c": C, "pick-PLANNED": "yes"}),
    ("POST", "/resend"): (CASE_WORK, "notice_resent", {"c": C, "pick-DELIVERED": "first"} | YES),
    ("POST", "/returned"): (
        CASE_WORK,
        "letter_returned",
        {"c": C, "notice": "MAILED", "letter": "1"} | YES,
    ),
    ("POST", "/unsafe"): (
        CASE_WORK,
        "contact_marked_unsafe",
        {"line": "PHONE", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/safe"): (
        CASE_WORK,
        "contact_unsafe_undone",
        {"line": "PHONE", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/restore"): (
        CASE_WORK,
        "not_me_undone",
        {"line": "PHONE", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/resume"): (
        CASE_WORK,
        "opt_out_undone",
        {"line": "EMAIL", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/suspect"): (
        SUPERVISORS,
        "suspect_cleared",
        {"c": C, "suspect": "s1", "do": "suspect_cleared", "why": "so"} | YES,
    ),
    ("POST", "/correct"): (
        CASE_WORK,
        "contact_corrected",
        {"typed": "new@example.org", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/answer"): (
        CASE_WORK,
        "waiver_recorded",
        {"answer": "waived", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/consent"): (
        CASE_WORK,
        "hand_off_agreed_recorded",
        {"release": "yes", "contact": "c9", "why": "so"} | VICTIM | YES,
    ),
    ("POST", "/representative"): (
        CASE_WORK,
        "representative_recorded",
        {"first_name": "Luz", "last_name": "Rey", "typed": "luz@example.org", "why": "so"}
        | VICTIM
        | YES,
    ),
    ("POST", "/plan"): (TRUSTED, ELSEWHERE, {}),
    ("POST", "/phone"): (CASE_WORK, "phone_revealed", {"line": "PHONE", "why": "Eva"} | VICTIM),
    ("POST", "/reveal"): (SUPERVISORS, "home_revealed", {"why": "so"} | VICTIM | YES),
    ("POST", "/capacity"): (
        SUPERVISORS,
        "standing_decided",
        {"incapacitated": "yes", "why": "so", "read": "-"} | VICTIM | YES,
    ),
    ("POST", "/note"): (CASE_WORK, "note_added", {"c": C, "text": "Called."}),
    ("POST", "/restrict"): (CASE_WORK, "case_restricted", {"c": C} | YES),
    ("POST", "/lift"): (
        SUPERVISORS,
        "restriction_lifted",
        {"c": C, "restriction": "desk", "why": "so"} | YES,
    ),
    ("GET", "/letters"): (CASE_WORK, NOTHING, {}),
    ("POST", "/cards-pdf"): (CASE_WORK | OFFICERS, "scene_cards_made", {}),
    ("POST", "/print"): (CASE_WORK, "letters_asked_for", {}),
    ("POST", "/letters-pdf"): (CASE_WORK, "letter_viewed", {"run": "run-1"}),
    ("POST", "/mailed"): (CASE_WORK, "letter_mailed", {"run": "run-1"} | YES),
    ("GET", "/contacts"): (EXPORTERS, NOTHING, {}),
    ("POST", "/contacts-csv"): (EXPORTERS, "contact_exported", {}),
    ("POST", "/contacts-done"): (EXPORTERS, "contact_handed_over", YES),
    ("GET", "/me"): (EVERYONE, NOTHING, {}),
    ("POST", "/me"): (EVERYONE, NOTHING, {}),
    ("GET", "/report"): (EVERYONE, NOTHING, {}),
    ("GET", "/report-pdf"): (EVERYONE, NOTHING, {}),
    ("GET", "/health"): (EVERYONE, NOTHING, {}),
    ("GET", "/figures"): (TRUSTED, NOTHING, {}),
    ("GET", "/figures-csv"): (TRUSTED, NOTHING, {}),
    ("GET", "/answers"): (TRUSTED, "answer_viewed", {}),
    ("GET", "/switches"): (SWITCHERS, NOTHING, {}),
    ("POST", "/switch"): (SWITCHERS, "switch_kill_on", {"do": "kill_on"} | YES),
    ("GET", "/trail"): (SUPERVISORS, "trail_viewed", {"c": C}),
    ("POST", "/trail"): (SUPERVISORS, "trail_viewed", {"number": "half"}),
    ("GET", "/accounts"): (ADMINISTRATORS, "accounts_viewed", {}),
    ("POST", "/account"): (ADMINISTRATORS, "account_locked", {"account": "ana", "do": "disable"}),
    ("POST", "/invite"): (
        ADMINISTRATORS,
        "account_invited",
        {"name": "luz", "email": "luz@example.org", "role-records": "yes"},
    ),
}
TRAIL = {
    key: (did, form) for key, (_, did, form) in TABLE.items() if did not in (NOTHING, ELSEWHERE)
}
