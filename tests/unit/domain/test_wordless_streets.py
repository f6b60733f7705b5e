"""A street without a letter or a digit, such as a dash, is neither a place nor an error."""

import pytest
from hypothesis import given, strategies

from aviso.domain.address_matching import perhaps_same_place, same_place

STREET = "12 E Pima St"


class TestWordlessStreet:
    @pytest.mark.parametrize("street", ["-", "--", ".", ",", "'", "/", "🙂", "\u202e", " "])
    def test_it_is_nobodys_home(self, street):
        for one, other in ((street, STREET), (STREET, street), (street, street)):
            assert not same_place(one, "", other, "")
            assert not perhaps_same_place(one, "", other, "")

    @given(strategies.text(), strategies.text())
    def test_no_text_is_an_error(self, one, other):
        assert same_place(one, "", other, "") in (True, False)
        assert perhaps_same_place(one, "", other, "") in (True, False)
