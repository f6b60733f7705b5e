"""Permissions of the desk: every route and the roles that may use it. A test tries every pair.

Two other places narrow it. Which cases a member may open, such as restricted ones, is decided by
`Actor.may_see` in `staff/actor.py`. A notice about a change is a supervisor's to hold or to record
as told: `notice_decisions.is_theirs` in `staff/`.
"""

from collections.abc import Mapping

from aviso.domain.staff import ALONE, STAFF, TRUSTED, Role
from aviso.domain.value import Frozen

R, A, S, ADMIN = Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR, Role.ADMINISTRATOR
CASE_WORK = frozenset({R, A, S})
EVERYONE = STAFF
RECEIVERS = frozenset({Role.RECEIVER})  # people of other agencies
OFFICERS = frozenset({Role.OFFICER})
ANYBODY = frozenset(Role)
NOBODY_YET: frozenset[Role] = frozenset()  # for visitors who are not signed in


class Route(Frozen, frozen=True):
    """A view, as `module.function` of this package, and the roles that may use it.

    `page` is the page that shows its form, if the form may name no case: one that does is on the
    case's page.
    """

    view: str
    roles: frozenset[Role]
    page: str = ""

    @property
    def public(self) -> bool:
        """Whether it answers without a sign-in."""
        return self.roles == NOBODY_YET


ROUTES: Mapping[str, Mapping[str, Route]] = {
    "/": {"GET": Route("sign_in.show", ANYBODY)},
    "/sign-in": {
        "GET": Route("sign_in.banner", NOBODY_YET),
        "POST": Route("sign_in.begin", NOBODY_YET),
    },
    "/callback": {"GET": Route("sign_in.callback", NOBODY_YET)},
    "/help": {"GET": Route("help.show", EVERYONE)},
    "/welcome": {
        "GET": Route("help.guide", EVERYONE),
        "POST": Route("help.close_guide", EVERYONE),
    },
    "/sign-out": {"POST": Route("sign_in.sign_out", ANYBODY)},
    "/hand-offs": {
        "GET": Route("agency_page.show", RECEIVERS),
        "POST": Route("agency_page.confirm", RECEIVERS),
    },
    "/hand-offs-csv": {"POST": Route("agency_page.download", RECEIVERS, "hand-offs")},
    "/officer": {
        "GET": Route("officer.show", OFFICERS),
        "POST": Route("officer.tell", OFFICERS),
    },
    "/agencies": {
        "GET": Route("agencies.show", CASE_WORK),
        "POST": Route("agencies.decide", CASE_WORK),
    },
    "/tasks": {"GET": Route("tasks.show", CASE_WORK)},
    "/tasks-csv": {"POST": Route("call_list.download", CASE_WORK, "tasks")},
    "/call-list": {"POST": Route("call_list.show", CASE_WORK, "tasks")},
    "/view": {"POST": Route("views.change", CASE_WORK, "tasks")},
    "/untell": {"POST": Route("task_endings.untell", CASE_WORK, "tasks")},
    "/call": {"POST": Route("call_attempts.not_reached", CASE_WORK, "tasks")},
    "/hand-over": {"POST": Route("call_attempts.hand_over", CASE_WORK, "tasks")},
    "/take": {"POST": Route("tasks.take", CASE_WORK, "tasks")},
    "/assign": {"POST": Route("tasks.assign", frozenset({S}), "tasks")},
    "/release": {"POST": Route("task_endings.release", CASE_WORK, "tasks")},
    "/telephoned": {"POST": Route("task_endings.telephoned", CASE_WORK, "tasks")},
    "/inbox": {"GET": Route("inbox.show", CASE_WORK)},
    "/seen": {
        "GET": Route("inbox_done.show", CASE_WORK),
        "POST": Route("inbox_done.mark", CASE_WORK),
    },
    "/open-again": {"POST": Route("inbox_done.open_again", CASE_WORK, "seen")},
    "/asked": {"POST": Route("inbox_done.answer", CASE_WORK, "inbox")},
    "/stop-texts": {"POST": Route("inbox.stop", CASE_WORK, "inbox")},
    "/early": {"POST": Route("inbox.sign_up", CASE_WORK, "inbox")},
    "/feed-file": {"POST": Route("feed_files.decide", frozenset({S}), "inbox")},
    "/find": {"GET": Route("find.show", CASE_WORK), "POST": Route("find.submit", CASE_WORK)},
    "/case": {"GET": Route("case.show", CASE_WORK)},
    "/hold": {"POST": Route("case_actions.hold", CASE_WORK)},
    "/resend": {"POST": Route("case_actions.resend", CASE_WORK)},
    "/returned": {"POST": Route("case_actions.returned", CASE_WORK)},
    "/unsafe": {"POST": Route("case_actions.contact", CASE_WORK)},
    "/safe": {"POST": Route("case_actions.contact", CASE_WORK)},
    "/restore": {"POST": Route("case_actions.contact", CASE_WORK)},
    "/resume": {"POST": Route("case_actions.contact", CASE_WORK)},
    "/correct": {"POST": Route("contact_correction.correct", CASE_WORK)},
    "/representative": {"POST": Route("representative.change", CASE_WORK)},
    "/capacity": {"POST": Route("capacity.judge", frozenset({S}))},
    "/answer": {"POST": Route("rights_answer.answer", CASE_WORK)},
    "/consent": {"POST": Route("consent_form.change", CASE_WORK)},
    "/plan": {"POST": Route("plan_form.change", TRUSTED)},
    "/phone": {"POST": Route("call_attempts.show_phone", CASE_WORK)},
    "/reveal": {"POST": Route("case_actions.reveal", frozenset({S}))},
    "/note": {"POST": Route("case_actions.note", CASE_WORK)},
    "/restrict": {"POST": Route("case_actions.restrict", CASE_WORK)},
    "/lift": {"POST": Route("case_actions.lift", frozenset({S}))},
    "/suspect": {"POST": Route("case_actions.suspect", frozenset({S}))},
    "/letters": {"GET": Route("letters.show", CASE_WORK)},
    "/cards-pdf": {"POST": Route("letters.cards", CASE_WORK | OFFICERS, "letters")},
    "/print": {"POST": Route("letters.print_now", CASE_WORK, "letters")},
    "/letters-pdf": {"POST": Route("letters.pdf", CASE_WORK, "letters")},
    "/mailed": {"POST": Route("letters.mailed", CASE_WORK, "letters")},
    "/contacts": {"GET": Route("contact_export.show", frozenset({R, S}))},
    "/contacts-csv": {"POST": Route("contact_export.download", frozenset({R, S}), "contacts")},
    "/contacts-done": {"POST": Route("contact_export.done", frozenset({R, S}), "contacts")},
    "/me": {
        "GET": Route("own_account.show", EVERYONE),
        "POST": Route("own_account.save", EVERYONE),
    },
    "/report": {"GET": Route("report_page.show", EVERYONE)},
    "/report-pdf": {"GET": Route("report_page.pdf", EVERYONE)},
    "/health": {"GET": Route("system_health.show", EVERYONE)},
    "/figures": {"GET": Route("dashboard.show", TRUSTED)},
    "/figures-csv": {"GET": Route("dashboard.download", TRUSTED)},
    "/answers": {"GET": Route("survey_answers.show", TRUSTED)},
    "/switches": {"GET": Route("sending_controls.show", frozenset({S, ADMIN}))},
    "/switch": {"POST": Route("sending_controls.turn", frozenset({S, ADMIN}), "switches")},
    "/trail": {
        "GET": Route("audit_trail.show", frozenset({S})),
        "POST": Route("audit_trail.submit", frozenset({S})),
    },
    "/accounts": {"GET": Route("accounts.show", frozenset({ADMIN}))},
    "/account": {"POST": Route("accounts.change", frozenset({ADMIN}), "accounts")},
    "/invite": {"POST": Route("accounts.invite", frozenset({ADMIN}), "accounts")},
}


def may(roles: frozenset[Role], method: str, path: str) -> bool:
    """Whether a member with these roles may use a route.

    An account of another agency, or an officer's, has that role alone.
    """
    route = ROUTES.get(path, {}).get(method)
    roles = (roles & ALONE) or roles
    return route is not None and not route.public and bool(roles & route.roles)
