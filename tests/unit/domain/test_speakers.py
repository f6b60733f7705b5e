"""Who speaks for a victim and is near the suspect, or is the suspect (docs/rules.md#11)."""

import pytest

from aviso.domain.contacts import CODE, DESK, RESTRICTED_CODE, CaseContext, reach
from aviso.domain.reasons import HoldReason
from aviso.domain.routing import Hold
from aviso.domain.send_guards import Guards
from infra.harness.builders import NOW, a_case, a_contact
from tests.support.routing import addresses, arrest_case, decide

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
OF = {"shop": (SHOP, "representative"), "child": (CHILD, "guardian")}
BOB = {"first_name": "Bob", "last_name": "Fox", "birth_date": None}
NAME_OF_ANN = {"first_name": "Ann", "last_name": "Ray", "phone": ANN}


def case_of_bob(whose, *contacts, ann=True):
    """Return a case whose suspect Bob speaks for the victim, perhaps beside Ann."""
    victim, relation = OF[whose]
    case = arrest_case(victim, suspect=BOB).with_representative(relation=relation, phone="", **BOB)
    if ann:
        case = case.with_representative("r2", relation=relation, **NAME_OF_ANN)
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

    def test_leaves_what_an_adult_gave_with_a_code(self, settings):
        case = (
            a_case()
            .with_victim(phone="", email="")
            .with_suspect(**BOB)
            .with_representative(relation="representative", **BOB)
            .with_enrollment("v1", a_contact(LEFT, level=CODE))
            .case
        )
        found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0])
        assert [c.address for c in found.contacts] == [LEFT]
