"""Reasons as the ledger stores them, and words that another release wrote."""

import pytest

from aviso.domain.reasons import HoldReason, Restriction, hold_reasons, worst_first
from aviso.domain.restriction import restriction_of
from aviso.domain.victim_holds import dangers
from infra.harness.builders import BURGLARY, LIFTED, STALKING, a_case, case_at

PHONE = "+15205550118"


class TestHoldReasons:
    def test_stored_words_keep_their_order(self):
        found = hold_reasons("trial_mode old restricted_offense")
        assert found == (*(HoldReason.TRIAL_MODE, HoldReason.OLD), HoldReason.RESTRICTED_OFFENSE)

    def test_word_of_another_release_overrules_nothing(self):
        assert hold_reasons("old of_long_ago") == (HoldReason.OLD,)


SHARED = {"street": "12 E Pima St", "city": "Sonora Wells", "postal_code": "85701"}
R = HoldReason


class TestDangers:
    """They hold whatever else restricts the case, and the worst one leads."""

    @pytest.mark.parametrize(
        ("victim", "suspect", "found"),
        [
            ({}, {}, ()),
            ({"safe_to_contact": False}, {}, (R.NOT_SAFE_TO_CONTACT,)),
            (
                {"safe_to_contact": False, "birth_date": None, "phone": PHONE} | SHARED,
                {"phone": PHONE} | SHARED,
                (R.NOT_SAFE_TO_CONTACT, R.CONTACT_SHARED_WITH_SUSPECT, R.RESTRICTED_SHARED_HOME),
            ),
            (SHARED, SHARED, (R.RESTRICTED_SHARED_HOME,)),
            ({}, {"unreadable_contact": True}, (R.SUSPECT_CONTACT_UNREADABLE,)),
            ({"minor": True, "safe_to_contact": False}, {}, (R.NOT_SAFE_TO_CONTACT,)),
        ],
    )
    @pytest.mark.parametrize("offense", [BURGLARY, STALKING])
    def test_are_found_whatever_restricts_the_case(self, settings, victim, suspect, found, offense):
        made = a_case().with_report(offense=offense).with_victim(**victim)
        case = made.with_suspect(**suspect).case
        assert dangers(case_at(case, settings), case.victims[0]) == found

    def test_of_a_shared_home_end_when_a_person_lifts_it(self, settings):
        made = a_case().with_report(desk_restriction=LIFTED).with_victim(**SHARED)
        case = made.with_suspect(**SHARED).case
        assert dangers(case_at(case, settings), case.victims[0]) == ()


class TestWorstFirst:
    def test_puts_danger_before_a_restriction_and_unknown_words_last(self):
        found = worst_first(["later", "old", "restricted_offense", "not_safe_to_contact", "old"])
        assert found == ("not_safe_to_contact", "restricted_offense", "old", "later")


class TestRestriction:
    def test_word_of_another_release_still_restricts(self, settings):
        case = a_case().with_report(offense=BURGLARY, restriction="of_long_ago").case
        assert restriction_of(case, settings) is Restriction.RECORDED
