"""Addresses in one form, and the key that replaces them."""

import pytest

from aviso.domain import addresses, text
from aviso.runtime import hashing, secrets


@pytest.fixture(autouse=True)
def opt_out_key(monkeypatch):
    monkeypatch.setattr(secrets, "opt_out_key", lambda: b"forever")


class TestPhone:
    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("(520) 555-0101", "+15205550101"),
            ("520.555.0101", "+15205550101"),
            ("1 520 555 0101", "+15205550101"),
            ("+1 520-555-0101", "+15205550101"),
            ("555-0101", ""),
            ("520 555 0101 x12", ""),
            ("900-555-0100", ""),
            ("000-000-0000", ""),
            ("911", ""),
            ("none", ""),
            ("", ""),
        ],
    )
    def test_is_written_one_way_or_not_at_all(self, typed, expected):
        assert addresses.phone(typed) == expected

    @pytest.mark.parametrize(
        ("written", "kept_from", "used"),
        [
            ("520-555-0118 x12", ["+15205550118"], []),
            ("520-555-0118 (cell)", ["+15205550118"], ["+15205550118"]),
            ("C:520-555-0118", ["+15205550118"], ["+15205550118"]),
            ("H5205550118", ["+15205550118"], ["+15205550118"]),
            ("520-555-0118 / 520-555-0119", ["+15205550118", "+15205550119"], None),
            ("5205550118;5205550118", ["+15205550118"], ["+15205550118"]),
            ("555-0118 home", ["+15205550118"], []),
            ("555-01", [], []),
            ("none", [], []),
        ],
    )
    def test_is_found_wherever_it_is_in_a_field(self, written, kept_from, used):
        found = addresses.phones(written, area_code="520", switchboards=True)
        assert list(found) == kept_from
        assert list(addresses.phones(written)) == (kept_from if used is None else used)

    @pytest.mark.parametrize(
        ("stored", "read"),
        [
            ("+15205550150", "520-555-0150"),
            ("+526441234567", "+526441234567"),
            ("520-555-0150", "520-555-0150"),
            ("", ""),
        ],
    )
    def test_is_shown_as_people_here_write_it(self, stored, read):
        assert text.shown(stored) == read


class TestEmail:
    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            (" Ana.Lopez@Example.COM ", "ana.lopez@example.com"),
            ("ana@example", ""),
            ("ana @example.com", ""),
            ("N/A", ""),
            ("", ""),
        ],
    )
    def test_is_written_one_way_or_not_at_all(self, typed, expected):
        assert addresses.email(typed) == expected

    def test_is_found_wherever_it_is_in_a_field(self):
        text = "Sam@Example.com; sam (work) sam.poole@example.org / none"
        assert addresses.emails(text) == ("sam@example.com", "sam.poole@example.org")


class TestKey:
    def test_is_the_same_however_an_address_is_written(self):
        assert hashing.address_key("Ana@Example.com ") == hashing.address_key("ana@example.com")

    def test_hides_the_address_and_differs_from_others(self):
        keys = {hashing.address_key(f"+1520555010{n}") for n in range(10)}
        assert len(keys) == 10
        assert all(len(key) == 32 and "555" not in key for key in keys)

    def test_depends_on_the_secret(self, monkeypatch):
        before = hashing.address_key("+15205550101")
        monkeypatch.setattr(secrets, "opt_out_key", lambda: b"another")
        assert hashing.address_key("+15205550101") != before
