"""What becomes of a hand-off: one table of where it is and what happens."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.hand_off_duties import HandOffHold, owed_hand_offs
from aviso.domain.hand_offs import (
    LATE,
    SHOWN,
    called_off,
    confirmed,
    entered,
    expired,
    followed,
    held,
    released,
    told,
    untold,
)
from aviso.domain.reasons import HoldReason
from infra.harness.builders import NOW, a_consenting_case, case_at

HOUR = timedelta(hours=1)
LATER, TOO_LATE = NOW + HOUR, NOW + 5 * HOUR
RESTRICTED = HoldReason.RESTRICTED_OFFENSE
# Where a hand-off may be: each is one that the functions below have made.
PLACES = ("new", "told", "confirmed", "called", "barred", "failed", "taken back", "gone", "to call")


def ended(one):
    return followed(one, None, "", known=True, now=NOW)


@pytest.fixture
def duty(settings):
    (duty,) = owed_hand_offs(case_at(a_consenting_case().with_arrest().case, settings))
    return duty


@pytest.fixture
def places(duty):
    """Return a hand-off at each place."""
    new = entered(duty, "", NOW)
    given, unread = told(new, duty, NOW), untold(new, NOW)
    called = confirmed(unread, duty, "staff:ada", NOW)
    return {
        "new": new,
        "told": given,
        "confirmed": confirmed(given, duty, "receiver:jail", NOW),
        "called": called,
        "barred": held(given, RESTRICTED, duty, NOW),
        "failed": unread,
        "taken back": ended(given),
        "gone": ended(new),
        "to call": ended(called),
    }


def words(one):
    """Return where a hand-off is, in short."""
    return " ".join(filter(None, (one.state, "unsaid" if one.unsaid else "", one.reason)))


# What happens, and what a hand-off at each of the `PLACES` is then.
HAPPENS = {
    "nothing": (
        *("owed unsaid", "owed", "confirmed", "confirmed", "owed unsaid", "owed not_told"),
        *("owed unsaid", "owed unsaid", "confirmed"),
    ),
    "deadline": (
        *("owed unsaid", "owed not_confirmed", "confirmed", "confirmed", "owed unsaid"),
        *("owed not_told", "owed unsaid", "owed unsaid", "confirmed"),
    ),
    "restricted": (
        *(f"owed {RESTRICTED}", f"owed {RESTRICTED}", "confirmed", "confirmed"),
        *(f"owed {RESTRICTED}", "owed not_told"),
        *(f"owed {RESTRICTED}", f"owed {RESTRICTED}", "confirmed"),
    ),
    "owed no more": (
        *("over", "over unsaid", "over unsaid", "over taken_back", "over unsaid", "over"),
        *("over unsaid", "over", "over taken_back"),
    ),
    "agency left": (
        *("over", "over taken_back", "over taken_back", "over taken_back", "over taken_back"),
        *("over", "over taken_back", "over", "over taken_back"),
    ),
}


@pytest.mark.parametrize("happens", HAPPENS)
class TestFollowed:
    def after(self, one, duty, happens):
        gone = happens in ("owed no more", "agency left")
        return followed(
            one,
            None if gone else duty,
            RESTRICTED if happens == "restricted" else "",
            known=happens != "agency left",
            now=TOO_LATE if happens == "deadline" else LATER,
        )

    def test_is_what_the_case_wants(self, places, duty, happens):
        after = {place: self.after(places[place], duty, happens) for place in PLACES}
        assert {p: words(one) for p, one in after.items()} == dict(
            zip(PLACES, HAPPENS[happens], strict=True)
        )

    def test_twice_changes_nothing(self, places, duty, happens):
        for one in places.values():
            once = self.after(one, duty, happens)
            assert self.after(once, duty, happens) == once

    def test_loses_nobody_who_must_hear(self, places, duty, happens):
        """An agency that has a request hears that it is over, or a person has a task."""
        for place, one in places.items():
            after = self.after(one, duty, happens)
            if after.sent and after.state == "over" and place != "gone":
                assert after.unsaid or after.reason
            assert after.due_at or not after.is_open


class TestTelling:
    @pytest.mark.parametrize(
        ("act", "then"),
        [
            (lambda one, duty: told(one, duty, NOW), "owed"),
            (lambda one, duty: untold(one, NOW), "owed not_told"),
            (lambda one, duty: expired(one, duty, TOO_LATE), "owed not_confirmed"),
            (lambda one, duty: confirmed(one, duty, "staff:ada", NOW), "confirmed"),
        ],
    )
    def test_of_a_new_one(self, places, duty, act, then):
        assert words(act(places["new"], duty)) == then

    @pytest.mark.parametrize(
        ("act", "then"),
        [
            (lambda one: told(one, None, NOW), "over"),
            (lambda one: untold(one, NOW), "over taken_back"),
            (lambda one: called_off(untold(one, NOW), NOW), "over"),
        ],
    )
    def test_of_one_taken_back(self, places, act, then):
        after = act(places["taken back"])
        assert words(after) == then
        assert after.due_at == NOW + SHOWN  # until then its agency reads the reference

    def test_bounce_leaves_what_the_agency_confirmed(self, places):
        assert untold(places["confirmed"], NOW) == places["confirmed"]

    def test_is_late_for_a_person(self, places):
        assert {p for p, one in places.items() if one.late(NOW)} == set()
        assert {p for p, one in places.items() if one.late(NOW + LATE)} == {"taken back"}
        assert {p for p, one in places.items() if one.late(TOO_LATE)} == {
            *("new", "told", "taken back")
        }

    def test_taken_back_once_and_owed_again_loses_no_word(self, places, duty):
        """The agency heard of the first giving: it must hear of the second end too."""
        again = followed(places["taken back"], duty, "", known=True, now=NOW)
        assert words(ended(again)) == "over unsaid"


class TestShown:
    def test_is_what_its_agency_may_read(self, places, duty):
        assert {p for p, one in places.items() if one.shown} == {"new", "told", "failed"}
        assert expired(places["told"], duty, TOO_LATE).shown  # it may still be confirmed

    def test_is_called_this(self, places):
        assert [places[p].status for p in PLACES] == [
            *("soon", "given", "confirmed", "confirmed", "person", "person"),
            *("taken_back", "taken_back", "person"),
        ]


class TestReleased:
    def test_is_told_in_its_whole_time(self, places, duty):
        after = released(places["barred"], duty, LATER)
        assert (words(after), after.deadline) == ("owed unsaid", LATER + duty.within)
        assert after.overruled == (RESTRICTED,)

    def test_waits_for_a_person_where_the_agency_is_unknown(self, duty):
        nobody = replace(duty, receiver="nobody", hold=HandOffHold.NO_RECEIVER)
        one = entered(nobody, "", NOW)
        assert (words(one), one.due_at) == ("owed no_receiver", duty.ends_at)


class TestFigures:
    def test_count_what_was_told_and_what_was_in_time(self, places, duty):
        assert {p for p, one in places.items() if one.sent} == {
            *("told", "confirmed", "called", "barred", "taken back", "to call")
        }
        late = confirmed(places["told"], duty, "receiver:jail", TOO_LATE)
        assert (places["confirmed"].in_time, late.in_time) == (True, False)
