"""Names as the desk finds people by them."""

from datetime import date

import pytest

from aviso.domain import name_search
from aviso.domain.model import Victim
from aviso.domain.name_search import NameKey

BORN = date(1985, 4, 12)


def someone(first: str, last: str, born: date | None = BORN) -> Victim:
    return Victim(id="v", origin="v", first_name=first, last_name=last, birth_date=born)


class TestKey:
    @pytest.mark.parametrize(
        ("first", "last", "surname", "given"),
        [
            ("Ana", "Muñoz", "munoz", "ana"),
            ("ANA MARÍA", "MUNOZ GARCIA", "munoz", "ana"),
            ("José", "Muñoz-García", "munoz", "jose"),
            ("Sean", "O'Brien", "obrien", "sean"),
            ("Ana", "de la Cruz", "cruz", "ana"),
            ("Robert", "King Jr.", "king", "robert"),
            ("", "Corner Shop", "corner", ""),
            ("Ana", "De La", "de", "ana"),
        ],
    )
    def test_is_the_first_word_of_each_part(self, first, last, surname, given):
        assert name_search.key_of(someone(first, last)) == NameKey(surname=surname, first=given)

    @pytest.mark.parametrize("last", ["", "-", "."])
    def test_is_none_without_a_last_name(self, last):
        assert name_search.key_of(someone("Ana", last)) is None


class TestTypedName:
    @pytest.mark.parametrize(
        ("typed", "first", "last"),
        [
            ("Ana Muñoz", "Ana", "Muñoz"),
            ("ana munoz", "Ana", "Muñoz"),
            ("Muñoz, Ana", "Ana", "Muñoz"),
            ("Munoz Ana", "Ana", "Muñoz"),
            ("Ana María Muñoz García", "Ana María", "Muñoz García"),
            ("Muñoz García, Ana María", "Ana María", "Muñoz García"),
            ("Ana Muñoz", "Ana María", "Muñoz García"),
            ("Ana M Muñoz", "Ana María", "Muñoz"),
            ("Ana M. Muñoz", "Ana María", "Muñoz"),
            ("Ana Cruz", "Ana", "de la Cruz"),
            ("Ana de la Cruz", "Ana", "Cruz"),
            ("Sean OBrien", "Sean", "O’Brien"),
            ("Muñoz", "Ana", "Muñoz-García"),
            ("Corner Shop", "", "Corner Shop"),
            ("king jr", "Robert", "King"),
        ],
    )
    def test_finds_the_person(self, typed, first, last):
        person = someone(first, last)
        key = name_search.key_of(person)
        keys = name_search.keys_of(typed)
        assert key in keys or NameKey(surname=key.surname) in keys
        assert name_search.has_name(person, typed)

    @pytest.mark.parametrize(
        "typed", ["Ana", "Ana Garza", "Mu", "Muñoz, Eva", "Eva Muñoz", "Ana Muñoz García", ""]
    )
    def test_does_not_find_somebody_else(self, typed):
        person = someone("Ana", "Muñoz")
        key, keys = name_search.key_of(person), name_search.keys_of(typed)
        reached = key in keys or NameKey(surname=key.surname) in keys
        assert not (reached and name_search.has_name(person, typed))

    @pytest.mark.parametrize("typed", ["", "  ", "-", ", ", "?!"])
    def test_without_a_word_has_no_key(self, typed):
        assert name_search.keys_of(typed) == []

    def test_has_a_bounded_number_of_keys(self):
        assert len(name_search.keys_of("a b c d e f g h i j k l")) == 11


class TestBirthDate:
    def test_rules_out_another_one(self):
        born = (date(1985, 4, 12), date(1985, 12, 4))
        assert name_search.has_name(someone("Ana", "Muñoz"), "Ana Muñoz", born)
        assert not name_search.has_name(someone("Ana", "Muñoz", date(1990, 1, 1)), "Muñoz", born)

    def test_does_not_rule_out_an_unknown_one(self):
        assert name_search.has_name(someone("Ana", "Muñoz", None), "Ana Muñoz", (BORN,))


class TestInitials:
    @pytest.mark.parametrize(
        ("first", "last", "shown"),
        [("Ana", "Muñoz", "A. M."), ("Ana María", "Muñoz-García", "A. M. M. G."), ("", "Ñ", "Ñ.")],
    )
    def test_are_all_that_is_shown(self, first, last, shown):
        assert name_search.initials(someone(first, last)) == shown
