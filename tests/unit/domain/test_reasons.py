"""Reasons as the ledger stores them, and words that another release wrote."""

from aviso.domain.reasons import HoldReason, Restriction, hold_reasons
from aviso.domain.restriction import restriction_of
from infra.harness.builders import BURGLARY, a_case


class TestHoldReasons:
    def test_stored_words_keep_their_order(self):
        found = hold_reasons("trial_mode old restricted_offense")
        assert found == (
            *(HoldReason.TRIAL_MODE, HoldReason.OLD),
            HoldReason.RESTRICTED_OFFENSE,
        )

    def test_word_of_another_release_overrules_nothing(self):
        assert hold_reasons("old of_long_ago") == (HoldReason.OLD,)

    def test_nothing_stored_is_nothing_overruled(self):
        assert hold_reasons("") == ()


class TestRestriction:
    def test_each_word_is_its_own_reason(self):
        assert [Restriction(word.value) for word in Restriction] == list(Restriction)

    def test_word_of_another_release_still_restricts(self, settings):
        case = a_case().with_report(offense=BURGLARY, restriction="of_long_ago").case
        assert restriction_of(case, settings) is Restriction.RECORDED

    def test_lifted_case_is_not_restricted(self, settings):
        report = {"restriction": "offense", "desk_restriction": "lifted"}
        assert restriction_of(a_case().with_report(**report).case, settings) is None
