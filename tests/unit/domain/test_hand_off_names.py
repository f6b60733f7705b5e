"""Whose name an agency has, and which hand-off fulfills a duty once that person speaks no more."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.hand_off_names import duties_by_id, duty_of, outdated, speaking
from aviso.domain.hand_offs import HandOff, HandOffState, next_id, owed_hand_offs
from aviso.domain.model import Holder
from infra.harness.builders import NOW, a_consenting_case, a_contact

DAY = timedelta(days=1)
KIM = Holder(first_name="Kim", last_name="Rey", agreed_at=NOW)


def with_kim(case, **changes):
    kim = replace(a_contact("+15205550133", id="r9", level="code", holder=KIM), **changes)
    (enrollment,) = case.enrollments
    given = replace(enrollment, contacts=(*enrollment.contacts, kim))
    return replace(case, enrollments=(given,))


ARRESTED = a_consenting_case().with_arrest()
NAMING = with_kim(ARRESTED.case)


def handed(case, settings, *named, **changes):
    """Return the hand-off of a case, as an agency has it that was given these names."""
    (duty,) = owed_hand_offs(case, settings, NOW)
    one = HandOff(
        id=duty.id,
        case=duty.case,
        victim=duty.victim,
        receiver=duty.receiver,
        purpose=duty.purpose,
        fact=duty.fact,
        consent=duty.consent,
        deadline=duty.deadline,
        first_deadline=duty.deadline,
        created_at=NOW,
        state=HandOffState.CONFIRMED,
        named=frozenset(named),
    )
    return replace(one, **changes)


class TestOutdated:
    @pytest.mark.parametrize(
        "changes",
        [
            {"removed_at": NOW, "removed_why": "ended"},
            {"removed_at": NOW, "removed_why": "not_me"},
            {"safe": False},
            {"holder": replace(KIM, first_name="Sam", last_name="Poole-s1")},
        ],
    )
    def test_is_a_name_of_who_speaks_no_more(self, settings, changes):
        one = handed(NAMING, settings, "r9")
        assert not outdated(one, NAMING, settings, NOW)
        assert outdated(one, with_kim(ARRESTED.case, **changes), settings, NOW)

    def test_is_nothing_without_a_name(self, settings):
        assert not outdated(handed(NAMING, settings), ARRESTED.case, settings, NOW)

    def test_is_a_person_whom_the_report_no_longer_names(self, settings):
        built = ARRESTED.with_speaker("r1", relation="representative", last_name="Vega")
        one = handed(built.case, settings, "r1")
        assert not outdated(one, built.case, settings, NOW)
        assert outdated(one, ARRESTED.case, settings, NOW)


class TestSpeaking:
    def test_begins_with_whose_contact_is_handed_on(self):
        built = ARRESTED.with_speaker("r1", relation="representative", last_name="Vega")
        case = with_kim(built.case)
        (victim,) = case.victims
        (enrollment,) = case.enrollments
        own, kim = enrollment.contacts
        assert [s.id for s in speaking(case, victim, own, NOW.date())] == ["r9", "r1"]
        assert speaking(case, victim, kim, NOW.date())[0].name == "Kim Rey"


class TestDuties:
    def after(self, settings, one, case=ARRESTED.case, at=NOW + DAY):
        return duties_by_id(case, {one.id: one}, settings, at)

    def test_are_given_to_another_hand_off_without_the_name(self, settings):
        one = handed(NAMING, settings, "r9")
        ((id, duty),) = self.after(settings, one).items()
        assert (id, duty.first) == (next_id(one.id), one.id)
        assert duty.deadline == one.deadline + DAY  # the whole time, from now on
        assert duty_of(one, ARRESTED.case, settings, NOW) is None

    def test_stay_where_no_name_was_given(self, settings):
        one = handed(NAMING, settings)
        assert set(self.after(settings, one)) == {one.id}
        assert duty_of(one, ARRESTED.case, settings, NOW) is not None

    @pytest.mark.parametrize("case", [ARRESTED.case, NAMING])
    def test_stay_with_the_latest_hand_off(self, settings, case):
        one = handed(NAMING, settings, "r9")
        two = replace(one, id=next_id(one.id), named=frozenset(), first=one.id)
        known = {two.id: two, one.id: one}
        ((id, duty),) = duties_by_id(case, known, settings, NOW).items()
        assert id == two.id
        assert duty_of(two, case, settings, NOW).id == duty.first
