"""Who hears of a change that somebody makes, and whether a supervisor looks (docs/rules.md#27)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import (
    DECLINED,
    DESK,
    ENDED,
    NOT_ME,
    NOT_MINE,
    PAPER,
    REPLACED,
    TAKEN_OFF,
)
from aviso.domain.duties import owed
from aviso.domain.model import Channel, Enrollment, Holder, Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.requests import AnsweredAt, Right, Rights
from aviso.domain.routing import Hold, QueueLetter, Suppress
from infra.harness.builders import NOW, a_consent, a_contact, a_notice, an_answer, case_at
from tests.support.changes import changed, hears, key_of, said
from tests.support.routing import EMAIL, HOME, PHONE, addresses, arrest_case, decide

HERS, HIS, LUZ, KIN = "+15205550123", "+15205550199", "luz@example.org", "+15205550177"
BOTH, NOTHING = {PHONE, EMAIL}, {"phone": "", "email": ""}
BY_PHONE, BY_EMAIL = key_of(PHONE), key_of(EMAIL)
UNHEARD = Hold(reason=HoldReason.CHANGE_UNHEARD)


def left(address, level="code", **changes):
    return a_contact(address, id=address[-4:], level=level, **changes)


def luz(agreed=True, **changes):
    holder = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW if agreed else None)
    values = {"id": "luz", "holder": holder, "level": "code", "new_to_agency": False} | changes
    return a_contact(LUZ, Channel.EMAIL, **values)


def gone(contact, why, **changes):
    return replace(contact, removed_at=NOW, removed_why=why, **changes)


def of(*contacts, **changes):
    return Enrollment(victim="v1", contacts=contacts, **changes)


HERE, TYPED = left(HERS, root=BY_PHONE), left(HIS, DESK, root=DESK)
LOCKED = of(HERE, lock_at=NOW)
ASKED = {
    right: of(HERE, requests=(an_answer(answer, right=right),))
    for right, answer in (
        (Right.NEWS, Rights.WAIVED),
        (Right.HAND_OFF, Rights.REQUESTED),
        (Right.ADDRESS, Rights.REQUESTED),
    )
}
REPORTED, SHARES = left(PHONE, new_to_agency=False), ASKED[Right.HAND_OFF].requests
# What was there, what is there now, whose code it was, the change; who hears, and who looks if none
CHANGES = {
    "added by knowledge": (of(), of(left(HIS, "knowledge")), "", "contact", BOTH, False),
    "added with a code": (of(), of(HERE), BY_PHONE, "contact", BOTH, False),
    "added beside one left by knowledge": (
        *(of(left(HIS, "knowledge")), of(left(HIS, "knowledge"), HERE)),
        *(BY_PHONE, "contact", BOTH, False),
    ),
    "added beside one left with a code": (
        *(of(HERE), of(HERE, left(HIS))),
        *(BY_EMAIL, "contact", {*BOTH, HERS}, False),
    ),
    "two in one form": (of(), of(HERE, left(HIS)), BY_PHONE, "contact:0123", BOTH, False),
    "the report's, given again": (
        *(of(), of(left(PHONE, new_to_agency=False))),
        *(BY_PHONE, "contact", {EMAIL}, False),
    ),
    "typed at the desk": (of(), of(left(HIS, DESK, root=DESK)), DESK, "contact", BOTH, True),
    "typed beside another of the desk's": (
        *(of(TYPED), of(TYPED, left(HERS, DESK))),
        *(DESK, "contact:0123", BOTH, True),
    ),
    "called unsafe with a code": (
        *(of(), of(left(EMAIL, channel=Channel.EMAIL, safe=False))),
        *(BY_PHONE, "unsafe", set(), True),
    ),
    "called unsafe, with what it let in": (
        *(of(left(HIS, root=BY_PHONE)), of(left(HIS, root=BY_PHONE), left(PHONE, safe=False))),
        *(BY_EMAIL, "unsafe", set(), True),
    ),
    "taken off": (of(HERE), of(gone(HERE, TAKEN_OFF)), BY_EMAIL, "removed", {PHONE, HERS}, True),
    "taken off by its own root": (
        *(of(HERE), of(gone(HERE, TAKEN_OFF))),
        *(BY_PHONE, "removed", {PHONE, HERS, EMAIL}, False),
    ),
    "not hers": (of(HERE), of(gone(HERE, NOT_MINE)), BY_EMAIL, "removed", {PHONE}, True),
    "left by knowledge, not hers": (
        *(of(left(HIS, "knowledge")), of(gone(left(HIS, "knowledge"), NOT_MINE))),
        *(BY_PHONE, "removed", BOTH, False),
    ),
    "not me": (
        *(of(HERE), of(gone(HERE, NOT_ME), disowned={key_of(HERS): NOW})),
        *("", "disowned", BOTH, False),
    ),
    "given back at the desk": (
        *(of(), of(given_back={BY_PHONE: NOW})),
        *(DESK, "given_back", {EMAIL}, True),
    ),
    "given back, when the desk typed another": (
        *(of(TYPED), of(TYPED, given_back={BY_PHONE: NOW})),
        *(DESK, "given_back", {EMAIL}, True),
    ),
    "locked": (of(HERE), LOCKED, BY_PHONE, "lock", {EMAIL}, True),
    "locked by a code on paper": (of(HERE), LOCKED, PAPER, "lock", {*BOTH, HERS}, True),
    "waived": (of(HERE), ASKED[Right.NEWS], BY_PHONE, "waived", {EMAIL}, True),
    "a first consent, for the report's phone": (
        *(of(REPORTED), of(REPORTED, requests=SHARES, hand_off=a_consent("0118"))),
        *(BY_PHONE, "shared", BOTH, False),
    ),
    "another consent, for the report's phone": (
        of(REPORTED, HERE, hand_off=a_consent("0123")),
        of(REPORTED, HERE, requests=SHARES, hand_off=a_consent("0118")),
        *(BY_PHONE, "shared", {EMAIL}, True),
    ),
    "a first consent, for another phone": (
        *(of(HERE), of(HERE, requests=SHARES, hand_off=a_consent("0123"))),
        *(BY_PHONE, "shared", {EMAIL}, True),
    ),
    "the home hidden": (of(HERE), ASKED[Right.ADDRESS], BY_EMAIL, "hidden", {PHONE, HERS}, True),
    "a representative named": (of(), of(luz(agreed=False)), BY_PHONE, "contact", {EMAIL}, True),
    "the report's representative ended": (
        *(of(), of(requests=(an_answer(Rights.WAIVED, right=Right.REPRESENTATIVE, about="r1"),))),
        *(BY_PHONE, "speaker:r1", {EMAIL}, True),
    ),
    "a representative's yes": (of(luz(agreed=False)), of(luz()), "", "agreed", BOTH, False),
    "a representative's no": (
        *(of(luz(agreed=False)), of(gone(luz(agreed=False), DECLINED))),
        *("", "removed", BOTH, False),
    ),
    "a representative ended": (
        of(luz()),
        of(gone(luz(), ENDED)),
        BY_EMAIL,
        "removed",
        {PHONE},
        True,
    ),
}
NO_CHANGE = {
    "asked for news": (of(), of(requests=(an_answer(),))),
    "an early wish": (of(), of(requests=(an_answer(Rights.WAIVED, place=AnsweredAt.EARLY),))),
    "warned by knowledge": (of(), of(left(PHONE, "knowledge", safe=False))),
    "given again with a code": (of(HERE), of(gone(HERE, REPLACED))),
    "a warning's line removed": (
        of(left(PHONE, safe=False)),
        of(gone(left(PHONE, safe=False), TAKEN_OFF)),
    ),
}


class TestChange:
    @pytest.mark.parametrize("row", CHANGES.values(), ids=list(CHANGES))
    def test_is_told_to_other_roots(self, settings, row):
        before, after, root, word, told, asks = row
        case = changed(arrest_case().but(enrollments=(before,)), after, settings, root=root)
        assert hears(case, word) == (told, asks)

    @pytest.mark.parametrize("row", NO_CHANGE.values(), ids=list(NO_CHANGE))
    def test_is_none(self, settings, row):
        before, after = row
        case = changed(arrest_case().but(enrollments=(before,)), after, settings, root=BY_PHONE)
        assert case.enrollments[0].changes == ()


CHILD = {"minor": True} | NOTHING
GUARDIAN = {"phone": KIN}
# Words of the desk or a file: of whom, the word, what it bars; who hears.
WORDS = {
    "the home corrected": (arrest_case(), "home", (), BOTH),
    "hers marked unsafe": (arrest_case(), "unsafe", (PHONE,), {EMAIL}),
    "hers unsafe beside what it let in": (
        arrest_case({"email": ""}).with_enrollment("v1", left(HIS, root=BY_PHONE)),
        *("unsafe", (PHONE,), set()),
    ),
    "one whom the report names beside her": (
        arrest_case().with_speaker(relation="representative"),
        *("speaker", (), BOTH),
    ),
    "a child's home": (arrest_case(CHILD).with_speaker(**GUARDIAN), "home", (), {KIN}),
    "a waiver for a child": (
        arrest_case(CHILD)
        .with_speaker(**GUARDIAN)
        .with_enrollment("v1", luz(level=DESK, root=DESK)),
        *("waived", (), {KIN}),
    ),
}


class TestWord:
    @pytest.mark.parametrize("row", WORDS.values(), ids=list(WORDS))
    def test_is_told_to_other_roots(self, settings, row):
        built, word, barred, told = row
        case = said(built.case, settings, word, root=DESK, barred=barred)
        assert hears(case, word) == (told, True)

    @pytest.mark.parametrize("heard", [set(), {"+15205550178"}])
    def test_is_not_told_to_the_same_guardian(self, settings, heard):
        """Phone and email of one row are one person's: the other guardian hears."""
        built = arrest_case(CHILD).with_speaker("g1", phone=KIN, email=LUZ)
        for phone in heard:
            built = built.with_speaker("g2", phone=phone, email="")
        case = changed(built.case, of(lock_at=NOW), settings, root=key_of(KIN))
        assert hears(case, "lock") == (heard, True)


def notice_of(case, word, **changes):
    """Return the notice of a case's one change of a kind."""
    (change,) = [c for e in case.enrollments for c in e.changes if c.key.startswith(word)]
    return a_notice(
        Kind.CONTACT_CHANGED, change.key, fact_at=change.at, first_seen=change.at, **changes
    )


class TestHandOver:
    """A code that came to the phone locked the case: the email should hear."""

    @pytest.fixture
    def locked(self, settings):
        there = (left(HERS, root=BY_EMAIL), left(HIS, root=BY_PHONE))
        built = arrest_case(HOME | {"email": ""}).with_enrollment("v1", *there)
        return changed(built.case, of(*there, lock_at=NOW), settings, root=BY_PHONE)

    def test_reaches_who_was_there(self, settings, locked):
        assert addresses(decide(locked, settings, notice_of(locked, "lock"))) == {HERS}

    @pytest.mark.parametrize("why", [TAKEN_OFF, REPLACED])
    def test_reaches_one_removed_since(self, settings, locked, why):
        (given,) = locked.enrollments
        first, *others = given.contacts
        after = replace(given, contacts=(gone(first, why), *others))
        case = replace(locked, enrollments=(after,))
        assert addresses(decide(case, settings, notice_of(case, "lock"))) == {HERS}

    @pytest.mark.parametrize(
        "since", ["opted_out", "bounced", "not_me", "suspect", "desk", "code", "not hers"]
    )
    def test_is_a_supervisors_when_nobody_may_hear(self, settings, locked, since):
        (given,), (victim,) = locked.enrollments, locked.victims
        case, guards = locked, {}
        match since:
            case "opted_out" | "bounced" | "not_me":
                guards = {since: frozenset({HERS})}
            case "suspect":
                his = replace(locked.suspects[0], past_contacts=(HERS,))
                case = replace(locked, suspects=(his,))
            case "desk":
                case = replace(locked, victims=(replace(victim, desk_unsafe=(HERS,)),))
            case "code":
                old = gone(given.contacts[0], REPLACED)
                warned = left(HERS, safe=False)
                after = replace(given, contacts=(old, given.contacts[1], warned))
                case = replace(locked, enrollments=(after,))
            case "not hers":
                after = replace(
                    given, contacts=(gone(given.contacts[0], NOT_MINE), given.contacts[1])
                )
                case = replace(locked, enrollments=(after,))
        assert decide(case, settings, notice_of(case, "lock"), **guards) == UNHEARD

    @pytest.mark.parametrize("days", [3, 300])
    def test_is_a_persons_task_however_late_it_is_planned(self, settings, locked, days):
        case, late = locked, NOW + timedelta(days=days)
        (duty,) = [d for d in owed(case_at(case, settings, late)) if d.kind is Kind.CONTACT_CHANGED]
        word = a_notice(duty.kind, duty.fact, fact_at=NOW, first_seen=NOW)
        assert decide(case, settings, word, late, [word]) == Hold(reason=HoldReason.OLD)

    def test_is_a_letter_once_released(self, settings, locked):
        released = notice_of(locked, "lock", overruled=HoldReason.CHANGE_UNHEARD)
        assert isinstance(decide(locked, settings, released), QueueLetter)
        moved = replace(locked, victims=(replace(locked.victims[0], desk_home_at=NOW),))
        ended = Suppress(reason=StopReason.NO_OTHER_CONTACT)
        assert decide(moved, settings, released) == ended

    def test_of_an_addition_ends_where_nobody_is(self, settings):
        case = changed(arrest_case(NOTHING).case, of(left(HIS)), settings)
        kinds = {d.kind for d in owed(case_at(case, settings))}
        assert Kind.CONTACT_CHANGED not in kinds
        assert Kind.ENROLLMENT_CONFIRMED in kinds


LATER = an_answer(at=NOW + timedelta(minutes=1))


class TestWaiver:
    def test_ends_no_notice_before_somebody_heard(self, settings):
        case = changed(arrest_case().case, ASKED[Right.NEWS], settings, root=BY_PHONE)
        word = notice_of(case, "waived")
        for state, told_at, ended in (
            ("planned", None, False),
            ("held", None, False),
            ("delivered", NOW, True),
            ("suppressed", None, True),
        ):
            known = replace(word, state=State(state), told_at=told_at)
            kinds = {d.kind for d in owed(case_at(case, settings, told=[known]))}
            assert (Kind.ARREST not in kinds) is ended

    def test_taken_back_is_news_no_more(self, settings):
        case = changed(arrest_case().case, ASKED[Right.NEWS], settings, root=BY_PHONE)
        (given,) = case.enrollments
        for answers, tells in ((given.requests, True), ((*given.requests, LATER), False)):
            now = replace(case, enrollments=(replace(given, requests=answers),))
            changes = {d.fact.change for d in owed(case_at(now, settings))}
            assert ("waived" in changes) is tells
