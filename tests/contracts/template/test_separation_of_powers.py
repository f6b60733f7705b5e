"""The template limits who may write what gives power over people."""

import re

import pytest

from tests.contracts.template.test_resources import FUNCTIONS, ROOT
from tests.permissions import powers

GRANTED = powers.read()
NAME = re.compile(r"""f?"([A-Z]+(?:_[A-Z]+)*#)""")
# Names like those of Guards that are written in other tables, or are parts of a counter's name.
ELSEWHERE = {
    *("CASE#", "VICTIM#", "SUSPECT#", "REPRESENTATIVE#", "ENROLLMENT#", "ATTEMPT#"),
    *("CONTACT#", "REMARK#", "DUE#", "DAYS#", "ALL#", "SENT#", "RESET#", "UNLOCK#"),
}


@pytest.mark.parametrize(
    ("power", "owners"),
    powers.OWNERS.items(),
    ids=lambda value: " ".join((value[1], *value[2])) if isinstance(value, tuple) else "",
)
def test_only_its_owners_may_make_a_write_that_gives_power_over_people(power, owners) -> None:
    table, key, actions = power
    for action in actions:
        able = {f for f in FUNCTIONS if powers.may(GRANTED, powers.Call(f, action, table, key))}
        assert able == owners, action


def test_somebody_decided_who_owns_every_name_of_guards() -> None:
    assert powers.GUARD_OWNERS.keys() == powers.GUARDS.keys()


def widened(function: str, action: str, names: str) -> list[powers.Power]:
    return [*GRANTED, powers.Power(function, action, "Guards", tuple(names.split()))]


@pytest.mark.parametrize(
    "name", ["IMPORTED#*", "FEED#*", "CHECKPOINT#*", "HOUR#*", "ORPHAN#*", "REPLY#*"]
)
def test_a_name_that_the_portal_is_given_as_well_is_found_out(name: str) -> None:
    granted = widened("Portal", "PutItem", name)
    assert [c for c in powers.never(FUNCTIONS) if powers.may(granted, c)]
    assert not [c for c in powers.never(FUNCTIONS) if powers.may(GRANTED, c)]


def test_no_function_but_the_desk_and_its_guard_touches_the_desks_people() -> None:
    assert {power.function for power in GRANTED if power.table == "Members"} == {
        *("Staff", "SignInGuard"),
    }
    environment = {name for name, f in FUNCTIONS.items() if "MembersTable" in str(f["Environment"])}
    assert environment == {"Staff", "SignInGuard"}


def test_every_write_into_guards_is_bound_to_names_that_are_explained() -> None:
    writes = [p for p in GRANTED if p.table == "Guards" and p.action in powers.WRITES]
    assert writes
    for power in writes:
        assert power.keys, power
        assert set(power.keys) <= powers.GUARDS.keys(), power


def test_every_name_that_the_code_gives_a_guard_is_in_the_list() -> None:
    known = {name.partition("#")[0] + "#" for name in powers.GUARDS}
    for path in (ROOT / "layers/aviso/aviso").rglob("*.py"):
        for name in NAME.findall(path.read_text(encoding="utf-8")):
            assert name in known | ELSEWHERE, f"{path.name}: {name}"


def test_the_document_of_permissions_says_what_the_template_grants() -> None:
    assert powers.DOCUMENT.read_text(encoding="utf-8") == powers.document(GRANTED), (
        "write it again: python -m tests.permissions.powers"
    )
