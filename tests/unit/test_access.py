"""Who may see a case, by what they know."""

from datetime import date

import pytest

from aviso.access import normal_name, normal_number, verify
from tests.builders import a_case

BORN = date(1985, 4, 12)


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
def test_names_match_without_case_accents_hyphens_and_suffixes(typed, on_file):
    assert normal_name(typed) == normal_name(on_file)


@pytest.mark.parametrize(
    ("typed", "on_file"), [("Garcia", "García-López"), ("", "Muñoz"), ("Jr", "Smith Jr")]
)
def test_a_part_of_a_name_or_none_is_not_the_name(typed, on_file):
    assert normal_name(typed) != normal_name(on_file)


def test_a_number_is_read_with_spaces_and_dashes():
    assert normal_number(" 26-1124 0001 ") == "2611240001"


def test_a_victim_is_found_by_name_and_birth_date():
    case = a_case().with_victim("v1").with_victim("v2", last_name="Poe").case
    found = verify(case, "poe", [date(1985, 12, 4), BORN])
    assert found is not None
    assert found.origin == "v2"


@pytest.mark.parametrize(
    ("name", "days"),
    [("Muñoz v1", [date(1985, 4, 13)]), ("Other", [BORN]), ("", [BORN]), ("Muñoz v1", [])],
)
def test_a_wrong_answer_finds_nobody(name, days):
    assert verify(a_case().with_victim("v1").case, name, days) is None


def test_a_suspect_never_verifies_even_when_also_a_victim():
    case = a_case().with_victim("v1", last_name="Poole")
    by_person = case.with_suspect("s1", last_name="POOLE", birth_date=BORN).case
    by_id = case.with_suspect("v1", last_name="Another", birth_date=None).case
    assert verify(by_person, "Poole", [BORN]) is None
    assert verify(by_id, "Poole", [BORN]) is None


def test_nobody_signs_in_as_the_dead():
    assert verify(a_case().with_victim("v1", deceased=True).case, "Muñoz v1", [BORN]) is None


def test_a_victim_without_a_birth_date_on_file_cannot_be_guessed():
    assert verify(a_case().with_victim("v1", birth_date=None).case, "Muñoz v1", [BORN]) is None


def test_a_case_nobody_knows_admits_nobody():
    assert verify(a_case().but(victims=()), "nobody", [date(1, 1, 1)]) is None
