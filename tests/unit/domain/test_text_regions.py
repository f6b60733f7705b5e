"""The region of a phone: +1 alone says neither the country nor the price of a text."""

import pytest

from aviso.domain.text_regions import can_text, region

PHONES = [
    ("+15205550123", "US"),
    ("+17875550123", "PR"),
    ("+16715550123", "GU"),
    ("+14165550123", "CA"),
    ("+18765550123", "JM"),
    ("+525512345678", "MX"),
]
NO_PHONES = ["", "+", "911", "5205550123", "+1", "+999123456789", "ana@example.com", "+1520555012x"]


class TestRegion:
    @pytest.mark.parametrize(("phone", "expected"), PHONES)
    def test_is_that_of_the_number_not_of_the_prefix(self, phone: str, expected: str) -> None:
        assert region(phone) == expected

    @pytest.mark.parametrize("phone", NO_PHONES)
    def test_of_what_is_no_phone_is_empty(self, phone: str) -> None:
        assert region(phone) == ""


class TestTexts:
    @pytest.mark.parametrize(("phone", "where"), PHONES)
    def test_go_to_the_agencys_regions_alone(self, phone: str, where: str) -> None:
        assert can_text(phone, {where})
        assert not can_text(phone, {r for _, r in PHONES if r != where})

    @pytest.mark.parametrize("phone", NO_PHONES)
    def test_never_go_to_what_is_no_phone(self, phone: str) -> None:
        assert not can_text(phone, {r for _, r in PHONES})
