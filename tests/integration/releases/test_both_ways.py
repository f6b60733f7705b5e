"""The last release and this one work on the same rows, as they do while a release takes over.

Each plays a part of `tests/support/release_story.py` through its own handlers, on the rows, visits,
codes and links that the other one left (docs/decisions/row-formats.md).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aviso.runtime import secrets
from aviso.storage import name_key
from tests.support import former_release, release_story
from tests.support.release_story import INES, LEFT, LUZ, OMAR, PEOPLE, ROSA, World

WORKS = {
    "visit": 200,
    "form": 303,
    "code": 303,
    "by code": 200,
    "asks stop": 200,
    "stop": 200,
    "asks not_me": 200,
    "not_me": 200,
    "settled": 200,
}
AT_WORK = {"planned", "claimed", "waiting"}
ROSAS_PHONE = "+1" + PEOPLE[ROSA][2].replace("-", "")
SILENT = {ROSAS_PHONE, PEOPLE[ROSA][3], PEOPLE[OMAR][3], LEFT}  # waived, stopped, not the victim's


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """Read keys again: the story has its own, and `worlds` begins before any test's fixture."""
    for forget in (secrets.forget, name_key.forget):
        forget()
    yield
    for forget in (secrets.forget, name_key.forget):
        forget()


def by_former(act: str, world: World, folder: Path) -> World:
    """Let the last release's own code play an act."""
    given, made = folder / f"before_{act}.json", folder / f"after_{act}.json"
    given.write_text(release_story.text_of(world), "utf-8")
    former_release.run(former_release.STORY, act, given, made)
    return read(made)


def read(path: Path) -> World:
    world: World = json.loads(path.read_text("utf-8"))
    return world


def plain(row: dict[str, Any]) -> dict[str, str]:
    return {name: value["S"] for name, value in row.items() if "S" in value}


def notices(world: World) -> dict[str, dict[str, str]]:
    rows = map(plain, world["tables"]["Notices"])
    return {row["pk"]: row for row in rows if row["sk"] == "NOTICE"}


def sent_since(world: World, before: World) -> list[tuple[str, str]]:
    """Return the address and first words of each message sent meanwhile."""
    sent = world["sent"][len(before["sent"]) :]
    return [(one["address"], one["words"].partition("\n")[0]) for one in sent]


def is_complete(world: World, before: World) -> bool:
    """Whether every notice is there still, and each ended or waits for a person."""
    found = notices(world)
    assert notices(before).keys() <= found.keys()
    assert {n["kind"] for n in found.values() if n["state"] in AT_WORK} == set()
    told = {n["case"]: n["state"] for n in found.values() if n["kind"] == "arrest"}
    assert told.keys() == PEOPLE.keys() - {ROSA}
    assert told[INES] in ("sent", "delivered")
    return True


def choices(world: World, number: str) -> dict[str, Any]:
    """Return what a victim asked for, whom they named, and what is handed on, as stored."""
    rows = [row for row in world["tables"]["Cases"] if row["pk"]["S"] == f"CASE#{number}"]
    (found,) = [row for row in rows if row["sk"]["S"].startswith("CHOICES#")]
    return {name: found[name] for name in ("requests", "named", "hand_off") if name in found}


@pytest.fixture(scope="module")
def worlds(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, World, World]:
    """Return the worlds that this release begins, the last one goes on with, this one ends."""
    former_release.needed()
    ours = str(compiled.parent)
    begun = release_story.play("begin", {}, ours)
    taken_back = by_former("go_on", begun, tmp_path_factory.mktemp("former"))
    return begun, taken_back, release_story.play("settle", taken_back, ours)


class TestUpgradeTakenBack:
    def test_works_for_visitors_and_loses_nothing(self, worlds: tuple[World, ...]) -> None:
        begun, taken_back, again = worlds
        assert taken_back["statuses"] == WORKS
        assert is_complete(taken_back, begun)
        assert is_complete(again, taken_back)

    def test_tells_nobody_whom_this_release_would_not(self, worlds: tuple[World, ...]) -> None:
        begun, _, again = worlds
        assert LUZ in {one["address"] for one in begun["sent"]}  # asked, and has not answered
        assert not {address for address, _ in sent_since(again, begun)} & {LUZ, *SILENT}

    def test_tells_nobody_twice(self, worlds: tuple[World, ...]) -> None:
        arrests = [one for one in sent_since(worlds[-1], worlds[0]) if "arrest" in one[1]]
        assert len(arrests) == len(set(arrests)) == 4

    @pytest.mark.parametrize("number", [INES, ROSA, OMAR])
    def test_keeps_what_the_last_release_does_not_know(
        self, worlds: tuple[World, ...], number: str
    ) -> None:
        begun, taken_back, again = worlds
        assert choices(taken_back, number) == choices(begun, number)
        assert choices(again, number) == choices(begun, number)
