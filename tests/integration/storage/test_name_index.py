"""The index of names: what a person's row has in it, and who is found by it."""

import time
from datetime import date
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from aviso.domain.name_search import NameKey, keys_of
from aviso.storage import cases, name_index, name_key
from aviso.storage.guard_items import GuardItem, save_new
from infra.harness.builders import NUMBER, a_case
from infra.harness.portal_browser import store

ANA = keys_of("Ana Muñoz")
BORN = date(1985, 4, 12)  # the builder's

pytestmark = pytest.mark.usefixtures("aws")


def found(typed: str, *born: date) -> list[str]:
    return name_index.cases_named(keys_of(typed), born)[0]


def stored(sort_key: str) -> dict[str, str]:
    table: Any = boto3.resource("dynamodb").Table("Cases")
    item = table.get_item(Key={"pk": f"CASE#{NUMBER}", "sk": sort_key})["Item"]
    return {name: item[name] for name in ("surname_key", "name_key") if name in item}


def change(sort_key: str, expression: str, **values: Any) -> None:
    """Change a stored row behind the product's back."""
    key = {"pk": f"CASE#{NUMBER}", "sk": sort_key}
    table: Any = boto3.resource("dynamodb").Table("Cases")
    table.update_item(Key=key, UpdateExpression=expression, **values)


def without_hashes(*sort_keys: str) -> None:
    """Store rows as a release before the index wrote them."""
    for sort_key in sort_keys:
        change(sort_key, "REMOVE surname_key, name_key")


class TestRow:
    def test_of_a_victim_or_speaker_is_found_by_name(self):
        store(a_case().with_report().with_victim().with_speaker(first_name="Eva").case)
        assert found("Ana Muñoz") == [NUMBER]
        assert found("Muñoz") == [NUMBER]
        assert found("Eva Muñoz") == [NUMBER]
        assert found("Eva Poole") == []

    def test_of_a_suspect_is_not(self):
        store(a_case().with_report().with_suspect().case)
        assert stored("SUSPECT#s1") == {}
        assert found("Sam Poole") == []

    def test_holds_no_name_in_its_hashes(self):
        store(a_case().with_report().with_victim().case)
        hashes = " ".join(stored("VICTIM#v1").values())
        assert len(hashes) == 49
        assert "munoz" not in hashes
        assert "ana" not in hashes

    def test_follows_a_changed_name(self):
        store(a_case().with_report().with_victim().case)
        before = cases.read_case(NUMBER).victims[0]
        cases.write_row(NUMBER, replace(before, last_name="Garza", digest="2"), before)
        assert found("Ana Muñoz") == []
        assert found("Ana Garza") == [NUMBER]

    @pytest.mark.parametrize("change", [{"removed": True}, {"last_name": ""}])
    def test_leaves_the_index_without_person_or_name(self, change):
        store(a_case().with_report().with_victim().case)
        before = cases.read_case(NUMBER).victims[0]
        cases.write_row(NUMBER, replace(before, digest="2", **change), before)
        assert stored("VICTIM#v1") == {}
        assert found("Ana Muñoz") == []


class TestBirthDate:
    def test_narrows_a_whole_name(self):
        store(a_case().with_report().with_victim().case)
        assert found("Ana Muñoz", BORN) == [NUMBER]
        assert found("Ana Muñoz", date(1985, 12, 4), BORN) == [NUMBER]
        assert found("Ana Muñoz", date(1990, 1, 1)) == []

    def test_unknown_is_found_with_any(self):
        store(a_case().with_report().with_victim(birth_date=None).case)
        assert found("Ana Muñoz", BORN) == [NUMBER]


class TestKey:
    def test_is_made_once_by_the_first_import(self):
        assert name_key.current() is None
        assert name_index.cases_named(ANA, ()) == ([], False)
        made = name_key.made()
        name_key.forget()  # another process
        assert name_key.current() == name_key.made() == made

    def test_made_by_two_at_once_is_one(self, monkeypatch):
        save = save_new

        def second(item):
            save(GuardItem(name_key.ROW, data={"key": "ab" * name_key.BYTES}))
            return save(item)

        monkeypatch.setattr(name_key, "save_new", second)
        assert name_key.made() == b"\xab" * name_key.BYTES

    def test_is_read_again_after_an_hour(self, monkeypatch):
        first = name_key.made()
        GuardItem(name_key.ROW, data={"key": "ab" * name_key.BYTES}).save()
        assert name_key.current() == first
        later = time.monotonic() + 3_600
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert name_key.current() == b"\xab" * name_key.BYTES


class TestLimit:
    def test_bounds_the_cases_and_says_so(self, monkeypatch):
        monkeypatch.setattr(name_index, "MOST_CASES", 2)
        for last in "123":
            number = NUMBER[:-1] + last
            case = a_case().with_report(number=number, origin=number).with_victim().case
            store(replace(case, number=number))
            _, more = name_index.cases_named(ANA, ())
            assert more is (last == "3")
        assert len(name_index.cases_named(ANA, ())[0]) == 2
        assert not name_index.cases_named([NameKey(surname="garza")], ())[1]
