"""The template limits who may write what gives power over people."""

import re

import pytest

from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS
from tests.permissions import powers

GRANTED = powers.read()
NAME = re.compile(r"""f?"([A-Z]+(?:_[A-Z]+)*#)""")


# Names like those of Guards that are written in other tables, or are parts of a counter's name.
ELSEWHERE = {
    *("CASE#", "VICTIM#", "SUSPECT#", "REPRESENTATIVE#", "ENROLLMENT#", "ATTEMPT#"),
    *(
        "CHOICES#",
        "CONTACT#",
        "REMARK#",
        "CALL#",
        "DUE#",
        "DAYS#",
        "ALL#",
        "SENT#",
        "ACCOUNT#",
        "SIGNIN#",
        "STAFF#",
        "RESET#",
        "UNLOCK#",
        "DIGEST#",
        "HANDOFF#",
        "TOUCHED#",
    ),
    "VIEWS#",
}


def widened(function: str, action: str, names: str) -> list[powers.Power]:
    return [*GRANTED, powers.Power(function, action, "Guards", tuple(names.split()))]


class TestWrite:
    @pytest.mark.parametrize(
        ("power", "owners"),
        powers.OWNERS.items(),
        ids=lambda value: " ".join((value[1], *value[2])) if isinstance(value, tuple) else "",
    )
    def test_that_gives_power_belongs_to_its_owners(self, power, owners) -> None:
        table, key, actions = power
        for action in actions:
            able = {f for f in FUNCTIONS if powers.may(GRANTED, powers.Call(f, action, table, key))}
            assert able == owners, action

    @pytest.mark.parametrize(
        "name", ["IMPORTED#*", "FEED#*", "CHECKPOINT#*", "HOUR#*", "ORPHAN#*", "REPLY#*"]
    )
    def test_given_to_the_portal_as_well_is_found(self, name: str) -> None:
        granted = widened("Portal", "PutItem", name)
        assert [c for c in powers.never(FUNCTIONS) if powers.may(granted, c)]
        assert not [c for c in powers.never(FUNCTIONS) if powers.may(GRANTED, c)]

    def test_into_guards_is_bound_to_explained_names(self) -> None:
        writes = [p for p in GRANTED if p.table == "Guards" and p.action in powers.WRITES]
        assert writes
        for power in writes:
            assert power.keys, power
            assert set(power.keys) <= powers.GUARDS.keys(), power


class TestGuards:
    def test_names_each_have_an_owner(self) -> None:
        assert powers.GUARD_OWNERS.keys() == powers.GUARDS.keys()

    def test_names_in_the_code_are_in_the_list(self) -> None:
        known = {name.partition("#")[0] + "#" for name in powers.GUARDS}
        for path in (ROOT / "layers/aviso/aviso").rglob("*.py"):
            for name in NAME.findall(path.read_text(encoding="utf-8")):
                assert name in known | ELSEWHERE, f"{path.name}: {name}"


class TestMembers:
    def test_are_touched_by_the_desk_and_its_guard_only(self) -> None:
        assert {power.function for power in GRANTED if power.table == "Members"} == {
            *("Staff", "SignInGuard"),
        }
        environment = {
            name for name, f in FUNCTIONS.items() if "MembersTable" in str(f.get("Environment"))
        }
        assert environment == {"Staff", "SignInGuard"}


class TestDocument:
    def test_has_each_grant(self) -> None:
        rows = [line.split(" | ") for line in powers.document(GRANTED).splitlines()]
        for power in GRANTED:
            found = [row for row in rows if row[:2] == [f"| {power.function}", power.table]]
            assert any(
                power.action in row[2] and all(k in row[3] for k in power.keys) for row in found
            )
