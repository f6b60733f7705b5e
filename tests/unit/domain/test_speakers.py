"""Who speaks for a victim and is near the suspect, or is the suspect (docs/rules.md#11)."""

from datetime import timedelta

import pytest

from aviso.domain.contacts import CODE, DESK, RESTRICTED_CODE
from aviso.domain.reasons import HoldReason
from aviso.domain.restriction import restriction_of
from aviso.domain.roster import reach
from aviso.domain.routing import Hold
from infra.harness.builders import LIFTED, NOW, a_case, a_contact, case_at
from tests.support.routing import HOME, addresses, arrest_case, decide

ANN, LEFT = "+15205550166", "+15205550199"
SHOP = {
    "victim_type": "organization",
    "birth_date": None,
    "first_name": "",
    "last_name": "Corner Shop",
    "phone": "",
    "email": "",
}
CHILD = {"minor": True, "birth_date": None, "phone": "", "email": ""}
ADULT = {"phone": "", "email": ""}
OF = {"shop": (SHOP, "representative"), "child": (CHILD, "guardian")}
EVERY = {**OF, "adult": (ADULT, "representative")}
BOB = {"first_name": "Bob", "last_name": "Fox", "birth_date": None}
NAME_OF_ANN = {"first_name": "Ann", "last_name": "Ray", "phone": ANN}


def case_of_bob(whose, *contacts, ann=True, speaks_since=None, suspect_since=None):
    """Return a case whose suspect Bob speaks for the victim, perhaps beside Ann."""
    victim, relation = OF[whose]
    case = arrest_case(victim, suspect=BOB | {"first_seen": suspect_since})
    bob = BOB | {"first_seen": speaks_since}
    case = case.with_speaker(relation=relation, phone="", **bob)
    if ann:
        case = case.with_speaker("r2", relation=relation, **NAME_OF_ANN)
    return case.with_enrollment("v1", *contacts).case


class TestSpeakerWhoIsASuspect:
    @pytest.mark.parametrize("level", [CODE, RESTRICTED_CODE])
    @pytest.mark.parametrize("whose", OF)
    def test_leaves_no_phone_behind_a_code(self, settings, whose, level):
        case = case_of_bob(whose, a_contact(LEFT, level=level))
        assert addresses(decide(case, settings)) == {ANN}

    def test_leaves_a_task_without_another(self, settings):
        case = case_of_bob("shop", a_contact(LEFT, level=CODE), ann=False)
        assert decide(case, settings) == Hold(reason=HoldReason.NO_CONTACT_PERSON)

    def test_leaves_what_a_guardian_gave_by_name(self, settings):
        case = case_of_bob("child", a_contact(LEFT, level="guardian", giver="r2"))
        assert addresses(decide(case, settings)) == {ANN, LEFT}

    def test_leaves_what_the_desk_typed(self, settings):
        case = case_of_bob("child", a_contact(LEFT, level=DESK))
        assert addresses(decide(case, settings)) == {ANN, LEFT}

    @pytest.mark.parametrize(
        ("speaks", "suspect", "told"),
        [
            (-2, 1, {ANN}),  # suspected after the call: perhaps Bob called
            (1, -2, {ANN}),  # the feed named him as a guardian after the call
            (-2, -1, {ANN, LEFT}),  # the member who typed it knew
        ],
    )
    def test_spoils_what_the_desk_typed_before(self, settings, speaks, suspect, told):
        since = {
            "speaks_since": NOW + timedelta(days=speaks),
            "suspect_since": NOW + timedelta(days=suspect),
        }
        case = case_of_bob("child", a_contact(LEFT, level=DESK, tied_at=NOW), **since)
        assert addresses(decide(case, settings)) == told

    def test_leaves_what_an_adult_gave_with_a_code(self, settings):
        case = (
            a_case()
            .with_victim(phone="", email="")
            .with_suspect(**BOB)
            .with_speaker(relation="representative", **BOB)
            .with_enrollment("v1", a_contact(LEFT, level=CODE))
            .case
        )
        found = reach(case_at(case, settings), case.victims[0])
        assert [c.address for c in found.contacts] == [LEFT]


def case_of_ann(whose, ann, suspect, **report):
    """Return a case whose victim is told through Ann."""
    victim, relation = EVERY[whose]
    case = arrest_case(victim, suspect=suspect, report=report)
    return case.with_speaker(relation=relation, **NAME_OF_ANN, **ann).case


class TestHomeOfASpeaker:
    @pytest.mark.parametrize("whose", EVERY)
    def test_that_a_suspect_shares_restricts(self, settings, whose):
        case = case_of_ann(whose, HOME, HOME)
        assert decide(case, settings) == Hold(reason=HoldReason.RESTRICTED_SHARED_HOME)

    @pytest.mark.parametrize("whose", EVERY)
    def test_elsewhere_restricts_nothing(self, settings, whose):
        case = case_of_ann(whose, HOME, HOME | {"street": "9 Oak Ave"})
        assert addresses(decide(case, settings)) == {ANN}

    def test_restricts_until_a_person_lifts_it(self, settings):
        case = case_of_ann("child", HOME, HOME, desk_restriction=LIFTED)
        assert addresses(decide(case, settings)) == {ANN}

    def test_is_not_the_home_of_the_suspects_own_row(self, settings):
        case = arrest_case(SHOP, suspect=BOB | HOME)
        case = case.with_speaker(relation="representative", **BOB, **HOME).case
        assert restriction_of(case, settings) is None


class TestRowOfASpeakerWhoIsASuspect:
    """The suspect's own row has neither phone nor home."""

    def case_of_both(self, whose, bob, ann):
        """Return a case on which Bob, the suspect, and Ann speak for the victim."""
        victim, relation = EVERY[whose]
        case = arrest_case(victim, suspect=BOB)
        case = case.with_speaker("r1", relation=relation, **BOB | {"phone": ""} | bob)
        return case.with_speaker("r2", relation=relation, **NAME_OF_ANN | ann).case

    @pytest.mark.parametrize(
        ("whose", "reason"),
        [
            ("shop", HoldReason.CONTACT_SHARED_WITH_SUSPECT),
            ("child", HoldReason.CONTACT_SHARED_WITH_SUSPECT),
            ("adult", HoldReason.NO_SAFE_CONTACT),  # a representative is told beside the victim
        ],
    )
    def test_has_a_phone_that_is_nobody_elses(self, settings, whose, reason):
        case = self.case_of_both(whose, {"phone": ANN}, {})
        assert decide(case, settings) == Hold(reason=reason)
        case = self.case_of_both(whose, {"phone": LEFT}, {})
        assert addresses(decide(case, settings)) == {ANN}

    @pytest.mark.parametrize("whose", EVERY)
    def test_has_a_home_that_restricts(self, settings, whose):
        case = self.case_of_both(whose, HOME, HOME)
        assert decide(case, settings) == Hold(reason=HoldReason.RESTRICTED_SHARED_HOME)
        case = self.case_of_both(whose, HOME | {"street": "9 Oak Ave"}, HOME)
        assert addresses(decide(case, settings)) == {ANN}
