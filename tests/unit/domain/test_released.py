"""A notice that a person released is not held again for the reason that the person overruled.

Each rule of `route` that holds must ask `notice.overruled`. If it does not, a release does nothing.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.announcement import Announcement
from aviso.domain.model import Case, Channel, Holder, Kind
from aviso.domain.notice import Attempt, Notice, State
from aviso.domain.notice_states import RETURNED
from aviso.domain.reasons import HoldReason
from aviso.domain.routing import Hold
from infra.harness.builders import NOW, STALKING, a_contact, a_notice
from tests.support.routing import HOME, PHONE, arrest_case, decide

R = HoldReason
LATER = NOW + timedelta(hours=2)  # an incomplete case waits for an hour
LONG_AGO = NOW - timedelta(days=40)
NOTHING = {"phone": "", "email": ""}
UNREPORTED = arrest_case().but(report=None)
UNKNOWN = arrest_case(report={"offense": "13-9999"}).case
ORGANIZATION = {"victim_type": "organization", "last_name": "Corner Shop", "birth_date": None}
NO_AGE = {"birth_date": None}
SILENCED = {"incapacitated": True, "judged_at": NOW} | NOTHING
SENT = a_notice(Kind.SENT_TO_PROSECUTOR, "prosecutor:undated", fact_at=NOW)
UNDATED = {"undated": ("prosecutor_at",), "first_seen": {"prosecutor:undated": NOW}}
OLD = {"arrested_at": LONG_AGO, "first_seen": {"arrest:a1": LONG_AGO}}
MARKED = f"incapacitated:@{NOW:%Y-%m-%dT%H:%M:%SZ}"
UNHEARD = Announcement(key=MARKED, at=NOW, hears=(), asks=True)
WARNED = a_contact(PHONE, safe=False)
BACK = Attempt(
    n=1, channel=Channel.LETTER, address_key="", state=State.FAILED, at=NOW, reason=RETURNED
)
NAMED = a_contact(
    "+15205550133",
    id="named",
    level="code",
    holder=Holder(first_name="Luz", last_name="Rey", lives_with_suspect=True),
)

# Each reason, with a case and a notice that is held for it.
HELD: Mapping[HoldReason, tuple[Case, Notice]] = {
    R.RESTRICTED_NO_REPORT: (UNREPORTED, a_notice(overruled="unsettled_no_report")),
    R.RESTRICTED_DESK: (arrest_case(report={"desk_restriction": "restricted"}).case, a_notice()),
    R.RESTRICTED_FEED: (arrest_case(report={"restricted": True}).case, a_notice()),
    R.RESTRICTED_NEW_NUMBER: (arrest_case(report={"former_number": "1"}).case, a_notice()),
    R.RESTRICTED_OFFENSE: (arrest_case(report={"offense": STALKING}).case, a_notice()),
    R.RESTRICTED_RELATIONSHIP: (arrest_case({"relationship": "SPOUSE"}).case, a_notice()),
    R.RESTRICTED_SHARED_HOME: (arrest_case(HOME, HOME).case, a_notice()),
    R.RESTRICTED_UNKNOWN_OFFENSE: (UNKNOWN, a_notice(overruled="unsettled_unknown_offense")),
    R.RESTRICTED_RECORDED: (arrest_case(report={"restriction": "forgotten"}).case, a_notice()),
    R.UNSETTLED_NO_REPORT: (UNREPORTED, a_notice()),
    R.UNSETTLED_UNKNOWN_OFFENSE: (UNKNOWN, a_notice()),
    R.UNSETTLED_SUSPECT_MISSING: (arrest_case(arrest={"suspect": "s9"}).case, a_notice()),
    R.UNSETTLED_DATE_UNREADABLE: (arrest_case(report=UNDATED).case, SENT),
    R.VICTIM_IS_SUSPECT: (
        arrest_case(suspect={"last_name": "Muñoz-v1", "birth_date": date(1985, 4, 12)}).case,
        a_notice(),
    ),
    R.MINOR_WITHOUT_GUARDIAN: (arrest_case({"minor": True}).case, a_notice()),
    R.DECEASED_WITHOUT_KIN: (arrest_case({"deceased": True}).case, a_notice()),
    R.INCAPACITATED_WITHOUT_SPEAKER: (
        arrest_case({"incapacitated": True, "judged_at": NOW}).case,
        a_notice(),
    ),
    R.NOT_SAFE_TO_CONTACT: (arrest_case({"safe_to_contact": False}).case, a_notice()),
    R.CONTACT_SHARED_WITH_SUSPECT: (arrest_case(suspect={"phone": PHONE}).case, a_notice()),
    R.SUSPECT_CONTACT_UNREADABLE: (
        arrest_case(suspect={"unreadable_contact": True}).case,
        a_notice(),
    ),
    R.UNSAFE_FOR_ANOTHER: (
        arrest_case(NOTHING | HOME).with_victim("v2", safe_to_contact=False, **HOME).case,
        a_notice(),
    ),
    R.REPRESENTATIVE_IN_DOUBT: (
        arrest_case().with_enrollment("v1", NAMED).case,
        a_notice(Kind.ENROLLMENT_CONFIRMED, "contact:named", fact_at=NOW),
    ),
    R.BIRTH_DATE_UNREADABLE: (
        arrest_case(NO_AGE | {"birth_date_unreadable": True}).case,
        a_notice(),
    ),
    R.AGE_UNKNOWN: (arrest_case(NO_AGE).case, a_notice()),
    R.NO_CONTACT_PERSON: (arrest_case(ORGANIZATION).case, a_notice()),
    R.VICTIM_IN_DOUBT: (arrest_case({"victim_type": "unknown"}).case, a_notice()),
    R.OLD: (arrest_case(arrest=OLD).case, a_notice(first_seen=LONG_AGO, fact_at=LONG_AGO)),
    R.LETTER_RETURNED: (arrest_case(NOTHING | HOME).case, a_notice(attempts=(BACK,))),
    R.CONTACT_DOUBTED: (arrest_case().with_enrollment("v1", WARNED).case, a_notice()),
    R.PERHAPS_TOLD: (arrest_case().case, a_notice()),
    R.CHANGE_UNHEARD: (
        arrest_case(SILENCED).with_enrollment("v1", changes=(UNHEARD,)).case,
        a_notice(Kind.CONTACT_CHANGED, MARKED, fact_at=NOW),
    ),
}
GUARDS = {R.PERHAPS_TOLD: {"perhaps_told": True}}  # without which a reason does not hold
# Reasons that this test leaves out, and why.
LEFT_OUT: Mapping[HoldReason, str] = {
    R.RESTRICTED_REMOVED: "a removed case tells nobody: its notice is suppressed, not held again",
    R.NOBODY_TO_TELL: "the case still has no victim",
    R.CONTACT_OF_SUSPECT: "its only contact is a suspect's, which is never used",
    R.TRIAL_MODE: "trial mode still allows guests alone",
    R.NO_SAFE_CONTACT: "there is still no contact",
    R.EARLY_NEWS: "there is still no proven contact",
    R.NO_CHANNEL_LEFT: "there is still no contact that was not tried",
    R.BAD_ADDRESS: "the print run finds it, and the address still cannot be printed",
    R.KEEPS_FAILING: "`overdue` counts the crashes: `route` does not know this reason",
    R.KEEPS_CHANGING: "test_repeated_facts.py has the earlier notice, and this test",
    R.PLAN_TO_LOOK_AT: "no release: a look at the plan ends it",
    R.OUTSIDE_PLAN: "test_contact_plans.py has the plan, and this test",
    R.DESK: "only a person holds for it",
}


class TestRelease:
    @pytest.mark.parametrize("reason", HELD)
    def test_ends_the_hold_that_it_overruled(self, settings, reason):
        case, notice = HELD[reason]
        held = Hold(reason=reason)
        guards = GUARDS.get(reason, {})
        assert decide(case, settings, notice, LATER, [notice], **guards) == held
        released = replace(notice, overruled=(*notice.overruled, reason))
        assert decide(case, settings, released, LATER, [released], **guards) != held

    def test_is_tried_for_each_reason(self):
        assert HELD.keys() | LEFT_OUT.keys() == set(HoldReason), (
            "a rule that holds must ask whether its reason is in `notice.overruled`: show it by a "
            "case in HELD, or say in LEFT_OUT why a release does not end this reason"
        )
        assert not HELD.keys() & LEFT_OUT.keys(), "these are in both tables: leave one"
