"""Which phones a person may call about a case."""

from datetime import date, timedelta

import pytest

from aviso.domain.contacts import CODE, DESK, GUARDIAN, KNOWLEDGE
from aviso.domain.model import Holder
from aviso.domain.phones_to_call import own_phones, phones_to_call, typed_only
from infra.harness.builders import NOW, a_case, a_contact, case_at

HERS, LEFT, OTHER = "+15205550111", "+15205550122", "+15205550133"


@pytest.fixture
def to_call(settings):
    def found(builder):
        at = case_at(builder.case, settings, NOW + timedelta(days=1))
        return phones_to_call(at, builder.case.victims[0])

    return found


class TestOwnPhone:
    def test_of_the_report_may_be_called(self, to_call):
        assert to_call(a_case().with_victim(phone=HERS)) == {HERS}

    @pytest.mark.parametrize(
        ("level", "found"), [(KNOWLEDGE, set()), (GUARDIAN, set()), (CODE, {LEFT}), (DESK, {LEFT})]
    )
    def test_left_later_needs_a_code_or_a_clerk(self, to_call, level, found):
        case = a_case().with_victim(phone="").with_enrollment("v1", a_contact(LEFT, level=level))
        assert to_call(case) == found
        assert typed_only(case.case, case.case.victims[0]) == {LEFT} - found

    def test_that_an_export_brought_back_stays_unproved(self, to_call):
        case = a_case().with_victim(phone=LEFT).with_enrollment("v1", a_contact(LEFT))
        assert to_call(case) == set()

    def test_of_the_report_may_be_typed_again(self, to_call):
        again = a_contact(HERS, new_to_agency=False)
        assert to_call(a_case().with_victim(phone=HERS).with_enrollment("v1", again)) == {HERS}

    def test_of_a_suspect_is_never_called(self, to_call):
        assert to_call(a_case().with_victim(phone=HERS).with_suspect(phone=HERS)) == set()

    @pytest.mark.parametrize("why", [{"safe": False}, {"removed_at": NOW}])
    def test_taken_back_is_not_called(self, to_call, why):
        given = a_contact(HERS, level=CODE, **why)
        assert to_call(a_case().with_victim(phone=HERS).with_enrollment("v1", given)) == set()


class TestSpeaker:
    @pytest.mark.parametrize(
        ("relation", "found"), [("representative", {HERS, OTHER}), ("guardian", {HERS})]
    )
    def test_of_an_adult_is_a_representative(self, to_call, relation, found):
        case = a_case().with_victim(phone=HERS)
        assert to_call(case.with_speaker(phone=OTHER, relation=relation)) == found

    def test_of_a_minor_is_the_guardian(self, to_call):
        case = a_case().with_victim(phone="", birth_date=date(2015, 1, 1))
        assert to_call(case.with_speaker(phone=OTHER)) == {OTHER}

    @pytest.mark.parametrize(
        ("victim", "relation"),
        [
            ({"birth_date": date(2015, 1, 1)}, "guardian"),
            ({"deceased": True}, "next_of_kin"),
            ({"incapacitated": True, "judged_at": NOW}, "next_of_kin"),
        ],
    )
    def test_is_called_in_the_place_of_who_cannot_act(self, to_call, victim, relation):
        case = a_case().with_victim(phone=HERS, **victim)
        assert to_call(case) == set()
        assert to_call(case.with_speaker(phone=OTHER, relation=relation)) == {OTHER}

    def test_with_the_phone_of_a_child_is_called_on_it(self, to_call):
        case = a_case().with_victim(phone=HERS, birth_date=date(2015, 1, 1))
        assert to_call(case.with_speaker(phone=HERS)) == {HERS}

    @pytest.mark.parametrize(
        "cannot", [{"deceased": True}, {"incapacitated": True, "judged_at": NOW}]
    )
    @pytest.mark.parametrize(("level", "found"), [(CODE, set()), (DESK, {LEFT})])
    def test_of_who_cannot_act_is_left_at_the_desk_only(self, to_call, level, found, cannot):
        case = a_case().with_victim(phone=HERS, **cannot)
        assert to_call(case.with_enrollment("v1", a_contact(LEFT, level=level))) == found

    def test_who_is_a_suspect_is_never_called(self, to_call):
        case = a_case().with_victim(phone="", birth_date=date(2015, 1, 1))
        case = case.with_speaker(phone=OTHER, first_name="Sam", last_name="Poole-s1")
        friend = Holder(first_name="Eva", last_name="Ruiz", agreed_at=NOW)
        named = a_contact(HERS, level=CODE, holder=friend)  # by the suspect, perhaps
        case = case.with_enrollment("v1", named, a_contact(LEFT, level=CODE))
        assert to_call(case) == {OTHER, HERS, LEFT}
        assert to_call(case.with_suspect(birth_date=None)) == set()

    @pytest.mark.parametrize(
        ("agreed", "level", "found"),
        [(NOW, CODE, {OTHER}), (None, CODE, set()), (NOW, KNOWLEDGE, set())],
    )
    def test_whom_the_victim_named_must_have_agreed(self, to_call, settings, agreed, level, found):
        holder = Holder(first_name="Eva", last_name="Ruiz", agreed_at=agreed)
        named = a_contact(OTHER, level=level, holder=holder)
        case = a_case().with_victim(phone="").with_enrollment("v1", named)
        assert to_call(case) == found
        assert own_phones(case_at(case.case, settings), case.case.victims[0]) == set()
