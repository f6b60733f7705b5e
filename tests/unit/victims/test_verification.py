"""Who may see a case, by what they know."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import DECLINED, ENDED, NOT_ME, TAKEN_OFF
from aviso.domain.model import Holder
from aviso.domain.text import normal_number, plain_name
from aviso.victims.verification import begins_again, may_see, verify
from infra.harness.builders import NOW, a_case, a_contact

BORN = date(1985, 4, 12)
TODAY = date(2026, 11, 24)
CHILD = date(2015, 3, 1)


class TestName:
    @pytest.mark.parametrize(
        ("typed", "on_file"),
        [
            ("muñoz", "Muñoz"),
            ("MUNOZ", "Muñoz"),
            ("Garcia Lopez", "García-López"),
            ("garcialopez", "García-López"),
            ("O'Neil", "ONeil"),
            ("o’neil", "O'NEIL"),
            ("Smith Jr.", "Smith"),
            ("smith", "Smith III"),
            ("De la Cruz", "DELACRUZ"),
            ("  Nguyễn ", "Nguyen"),
        ],
    )
    def test_matches_without_case_accents_and_suffixes(self, typed, on_file):
        assert plain_name(typed) == plain_name(on_file)

    @pytest.mark.parametrize(
        ("typed", "on_file"), [("Garcia", "García-López"), ("", "Muñoz"), ("Jr", "Smith Jr")]
    )
    def test_is_not_matched_by_a_part_or_none(self, typed, on_file):
        assert plain_name(typed) != plain_name(on_file)


class TestNumber:
    def test_is_read_with_spaces_and_dashes(self):
        assert normal_number(" 26-1124 0001 ") == "2611240001"


class TestVictim:
    def test_is_found_by_name_and_birth_date(self):
        case = a_case().with_victim("v1").with_victim("v2", last_name="Poe").case
        found = verify(case, "poe", [date(1985, 12, 4), BORN], TODAY)
        assert found == (case.victims[1], "knowledge", "")

    @pytest.mark.parametrize(
        ("name", "days"),
        [("Muñoz v1", [date(1985, 4, 13)]), ("Other", [BORN]), ("", [BORN]), ("Muñoz v1", [])],
    )
    def test_is_not_found_by_a_wrong_answer(self, name, days):
        assert verify(a_case().with_victim("v1").case, name, days, TODAY) is None

    def test_who_is_a_suspect_never_verifies(self):
        case = a_case().with_victim("v1", last_name="Poole")
        by_person = case.with_suspect("s1", last_name="POOLE", birth_date=BORN).case
        by_id = case.with_suspect("v1", last_name="Another", birth_date=None).case
        assert verify(case.case, "Poole", [BORN], TODAY) is not None
        assert verify(by_person, "Poole", [BORN], TODAY) is None
        assert verify(by_id, "Poole", [BORN], TODAY) is None

    @pytest.mark.parametrize(
        "cannot", [{"deceased": True}, {"incapacitated": True, "judged_at": NOW}]
    )
    def test_who_cannot_act_never_verifies(self, cannot):
        assert verify(a_case().with_victim("v1", **cannot).case, "Muñoz v1", [BORN], TODAY) is None

    @pytest.mark.parametrize("cannot", [{"incapacitated": True, "judged_at": NOW}])
    @pytest.mark.parametrize("relation", ["guardian", "next_of_kin", "representative"])
    def test_who_cannot_act_is_opened_to_no_relative(self, cannot, relation):
        kin: dict[str, Any] = {"relation": relation, "last_name": "Rey", "birth_date": BORN}
        built = a_case().with_victim("v1", **cannot).with_speaker(**kin)
        assert verify(built.case, "Rey", [BORN], TODAY) is None

    @pytest.mark.parametrize("word", ["minor", "deceased", "organization", "waived"])
    def test_in_doubt_is_opened_by_a_code_alone(self, settings, word):
        case = a_case().with_victim("v1", differs=(word,)).case
        (victim,) = case.victims
        assert verify(case, "Muñoz v1", [BORN], TODAY) is None
        assert not may_see(case, victim, "knowledge", settings)
        assert may_see(case, victim, "code", settings)

    def test_without_a_birth_date_cannot_be_guessed(self):
        assert (
            verify(a_case().with_victim("v1", birth_date=None).case, "Muñoz v1", [BORN], TODAY)
            is None
        )

    def test_of_an_unknown_case_is_nobody(self):
        assert verify(a_case().but(victims=()), "nobody", [date(1, 1, 1)], TODAY) is None

    def test_who_answers_like_another_needs_a_code(self):
        """Twins have one last name and one birth date; neither may see the other's view."""
        ana = a_case().with_victim("v1", last_name="Poe", first_name="Ana")
        twins = ana.with_victim("v2", last_name="Poe", first_name="Eva").case
        assert verify(twins, "Poe", [BORN], TODAY) is None
        same = a_case().with_victim("v1", last_name="Poe").with_victim("v2", last_name="Poe").case
        assert verify(same, "Poe", [BORN], TODAY) is None


class TestMinor:
    @pytest.mark.parametrize("minor", [{"birth_date": CHILD}, {"minor": True}])
    def test_opens_nothing_with_their_own_data(self, minor):
        child = a_case().with_victim("v1", last_name="Poe", **minor)
        day = [minor.get("birth_date", BORN)]
        assert verify(child.case, "Poe", day, TODAY) is None
        guarded = child.with_speaker("r1", last_name="Roe", birth_date=date(1980, 5, 5))
        assert verify(guarded.case, "Poe", day, TODAY) is None

    def test_has_a_guardian_who_opens_the_case(self):
        case = a_case().with_victim("v1", birth_date=CHILD).with_victim("v2", birth_date=CHILD)
        parent: dict[str, Any] = {
            "first_name": "Rosa",
            "last_name": "Roe",
            "birth_date": date(1980, 5, 5),
        }
        case = case.with_speaker("r1", "v1", **parent).with_speaker("r2", "v2", **parent)
        found = verify(case.case, "roe", [date(1980, 5, 5)], TODAY)
        assert found == (case.case.victims[0], "guardian", "r1")

    def test_has_no_guardian_who_is_a_suspect(self):
        parent: dict[str, Any] = {"last_name": "Roe", "birth_date": date(1980, 5, 5)}
        case = a_case().with_victim("v1", birth_date=CHILD).with_speaker("r1", **parent)
        assert verify(case.case, "Roe", [parent["birth_date"]], TODAY) is not None
        assert (
            verify(case.with_suspect("s1", **parent).case, "Roe", [parent["birth_date"]], TODAY)
            is None
        )
        grown = a_case().with_victim("v1").with_speaker("r1", **parent).case
        assert verify(grown, "Roe", [parent["birth_date"]], TODAY) is None


class TestRepresentativesContact:
    @pytest.mark.parametrize(
        ("why", "ends"), [(DECLINED, False), (NOT_ME, False), (ENDED, True), (TAKEN_OFF, True)]
    )
    def test_ends_visits_by_the_victims_word_alone(self, why, ends):
        ines = Holder(first_name="Ines", last_name="Vega")
        left = a_contact("+15205550133", holder=ines, level="code")
        contact = replace(left, removed_at=NOW, removed_why=why)
        said = {"key": NOW} if why == NOT_ME else {}
        case = a_case().with_victim().with_enrollment("v1", contact, disowned=said).case
        never = datetime.min.replace(tzinfo=UTC)
        assert begins_again(case, case.victims[0]) == (NOW if ends else never)
