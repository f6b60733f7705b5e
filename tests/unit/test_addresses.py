"""Addresses in one form, and the key that stands for them."""

import pytest

from aviso import addresses, phones, secrets


@pytest.fixture(autouse=True)
def opt_out_key(monkeypatch):
    monkeypatch.setattr(secrets, "opt_out_key", lambda: b"forever")


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
def test_a_phone_is_written_one_way_or_not_at_all(typed, expected):
    assert addresses.phone(typed) == expected


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
def test_an_email_is_written_one_way_or_not_at_all(typed, expected):
    assert addresses.email(typed) == expected


def test_a_key_is_the_same_for_an_address_however_it_is_written():
    assert addresses.key("Ana@Example.com ") == addresses.key("ana@example.com")


def test_a_key_does_not_show_the_address_and_differs_from_every_other():
    keys = {addresses.key(f"+1520555010{n}") for n in range(10)}
    assert len(keys) == 10
    assert all(len(key) == 32 and "555" not in key for key in keys)


def test_a_key_depends_on_the_secret(monkeypatch):
    before = addresses.key("+15205550101")
    monkeypatch.setattr(secrets, "opt_out_key", lambda: b"another")
    assert addresses.key("+15205550101") != before


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("+15205550150", "520-555-0150"),
        ("+526441234567", "+526441234567"),
        ("520-555-0150", "520-555-0150"),
        ("", ""),
    ],
)
def test_a_phone_is_shown_as_people_here_write_it(stored, read):
    assert phones.shown(stored) == read
