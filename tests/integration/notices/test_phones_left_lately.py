"""Who hears of a change at the desk when somebody left a phone with a code just before."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import TAKEN_OFF
from aviso.domain.duties import owed
from aviso.domain.model import Holder, Kind
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.routing import Hold, QueueLetter, Suppress
from infra.harness.builders import NOW, STALKING, a_contact, a_notice
from tests.support.routing import EMAIL, PHONE, addresses, arrest_case, attempt, decide

HIS, GUARDIANS, NEW = "+15205550199", "+15205550144", "+15205550101"
UNHEARD = Hold(reason=HoldReason.CHANGE_UNHEARD)
HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}


def given(address, at, **changes):
    """Return a contact that somebody left with a code at a time."""
    contact = a_contact(address, id="given", level="code", **changes)
    return replace(contact, consent=replace(contact.consent, at=at))


def a_change(fact, at):
    return a_notice(Kind.CONTACT_CHANGED, fact, first_seen=at, fact_at=at)


def change_of(word, case, settings):
    """Return the notice of the case's one change of a kind."""
    changes = [d for d in owed(case, [], settings, NOW) if d.kind is Kind.CONTACT_CHANGED]
    (duty,) = [d for d in changes if d.fact.change == word and d.fact.subject != "new"]
    return a_change(duty.fact, duty.fact_at)


class TestDeskChange:
    @pytest.mark.parametrize("home", [{}, HOME])
    @pytest.mark.parametrize("report", [{}, {"offense": STALKING}])
    def test_tells_no_phone_of_the_last_days(self, settings, report, home):
        """Somebody leaves his phone with her code, and calls ten minutes later as her."""
        marked = {"desk_unsafe": (PHONE,), "desk_unsafe_at": NOW, "email": ""} | home
        his = given(HIS, NOW - timedelta(minutes=10))
        case = arrest_case(victim=marked, report=report).with_enrollment("v1", his).case
        (duty,) = [d for d in owed(case, [], settings, NOW) if d.fact.change == "unsafe"]
        over = (HoldReason.RESTRICTED_OFFENSE,) if report else ()
        told = decide(case, settings, replace(a_change(duty.fact, NOW), overruled=over))
        assert told == UNHEARD

    def test_tells_hers_of_the_last_days_beside_the_reports(self, settings):
        """She left a new phone, and he, who has her old one, calls as her."""
        hers = given(HIS, NOW - timedelta(hours=20))
        marked = {"desk_unsafe": (EMAIL,), "desk_unsafe_at": NOW} | HOME
        case = arrest_case(victim=marked).with_enrollment("v1", hers).case
        (duty,) = [d for d in owed(case, [], settings, NOW) if d.fact.change == "unsafe"]
        assert addresses(decide(case, settings, a_change(duty.fact, NOW))) == {PHONE, HIS}

    def test_tells_a_phone_of_the_report_anyway(self, settings):
        again = given(PHONE, NOW - timedelta(minutes=10), new_to_agency=False)
        brought = replace(again, new_to_agency=True)
        marked = {"desk_unsafe": (EMAIL,), "desk_unsafe_at": NOW}
        for contact in (again, brought):  # the export brought this one to the report
            case = arrest_case(victim=marked).with_enrollment("v1", contact).case
            (duty,) = [d for d in owed(case, [], settings, NOW) if d.fact.change == "unsafe"]
            told = decide(case, settings, a_change(duty.fact, NOW))
            if contact is again:
                assert addresses(told) == {PHONE}
            else:
                assert told == UNHEARD

    @pytest.mark.parametrize("ago", [timedelta(minutes=20), timedelta(days=9)])
    @pytest.mark.parametrize("on_file", [False, True])
    def test_tells_no_childs_representative_of_the_last_days(self, settings, ago, on_file):
        """He is named on the portal, and the same caller says that her mother's phone is unsafe."""
        who = Holder(first_name="E", last_name="P", agreed_at=NOW - ago)
        his = given(HIS, NOW - ago, holder=who, new_to_agency=False)
        marked = {"desk_unsafe": (GUARDIANS,), "desk_unsafe_at": NOW, "minor": True}
        built = arrest_case(victim=marked | {"phone": "", "email": ""})
        built = built.with_speaker(phone=GUARDIANS)
        if on_file:
            built = built.with_speaker("r2", phone=HIS)
        case = built.with_enrollment("v1", his).case
        told = decide(case, settings, change_of("unsafe", case, settings))
        if on_file or ago > timedelta(days=2):
            assert addresses(told) == {HIS}
        else:
            assert told == UNHEARD

    @pytest.mark.parametrize(
        "mark",
        [{"desk_unsafe": (PHONE,), "desk_unsafe_at": NOW}, {"desk_incapacitated_at": NOW}],
        ids=["unsafe", "incapacitated"],
    )
    def test_sends_the_letter_that_a_release_promises(self, settings, mark, request):
        built = arrest_case(victim={"phone": "", "email": ""} | mark | HOME)
        case = built.with_enrollment("v1", given(HIS, NOW - timedelta(hours=20))).case
        notice = change_of(request.node.callspec.id, case, settings)
        assert decide(case, settings, notice) == UNHEARD
        released = replace(notice, overruled=(HoldReason.CHANGE_UNHEARD,))
        assert isinstance(decide(case, settings, released), QueueLetter)

    @pytest.mark.parametrize("home", [{}, HOME])
    @pytest.mark.parametrize("child", [False, True])
    def test_tells_the_phone_that_was_taken_off(self, settings, child, home):
        """Somebody with her code leaves his phone, or is named for a child, and takes hers off."""
        who = Holder(first_name="E", last_name="P", agreed_at=NOW - timedelta(hours=1))
        named = {"holder": who, "new_to_agency": False} if child else {}
        off = {"removed_at": NOW, "removed_why": TAKEN_OFF}
        hers = replace(given(NEW, NOW - timedelta(days=9), **off), id="hers", level="desk")
        his = given(HIS, NOW - timedelta(hours=1), **named)
        built = arrest_case(victim={"phone": "", "email": "", "minor": child} | home)
        built = built.with_speaker(phone="", **home) if child else built
        case = built.with_enrollment("v1", hers, his).case
        notice = a_change("removed:hers", NOW)
        for over in ((), (HoldReason.CHANGE_UNHEARD,)):
            assert NEW in addresses(decide(case, settings, replace(notice, overruled=over)))

    def test_has_no_task_for_a_confirmation_that_failed(self, settings):
        """She mistyped her phone, and a clerk typed the right one."""
        wrong = given(HIS, NOW - timedelta(hours=3))
        right = replace(given(NEW, NOW - timedelta(hours=1)), id="right", level="desk")
        built = arrest_case(victim={"phone": "", "email": ""})
        case = built.with_enrollment("v1", wrong, right).case
        at = wrong.consent.at
        notice = a_notice(
            Kind.ENROLLMENT_CONFIRMED,
            "contact:given",
            first_seen=at,
            fact_at=at,
            attempts=(attempt(HIS),),
        )
        told = decide(case, settings, notice)
        assert told == Suppress(reason=StopReason.NO_OTHER_CONTACT)

    @pytest.mark.parametrize("word", ["contact", "agreed"])
    @pytest.mark.parametrize(
        ("marked_at", "corrected", "task"),
        [
            (NOW, False, True),
            (NOW - timedelta(hours=2), False, False),
            (None, True, True),
            (None, False, False),
        ],
        ids=["unsafe since", "unsafe before", "corrected since", "no longer used"],
    )
    def test_has_a_task_if_the_desk_took_hers_since(
        self, settings, word, marked_at, corrected, task
    ):
        """Held for the offense, released when nobody was left who could hear of it."""
        named = Holder(first_name="E", last_name="P", agreed_at=NOW - timedelta(hours=1))
        holder = {"holder": named} if word == "agreed" else {}
        his = given(HIS, NOW - timedelta(hours=1), **holder)
        new = [replace(given(NEW, NOW), id="new", level="desk")] if corrected else []
        marked = {"desk_unsafe": (PHONE,), "desk_unsafe_at": marked_at, "email": ""}
        built = arrest_case(victim=marked, report={"offense": STALKING})
        case = built.with_enrollment("v1", his, *new).case
        notice = change_of(word, case, settings)
        released = replace(notice, overruled=(HoldReason.RESTRICTED_OFFENSE,))
        ended = Suppress(reason=StopReason.NO_OTHER_CONTACT)
        assert decide(case, settings, released) == (UNHEARD if task else ended)
