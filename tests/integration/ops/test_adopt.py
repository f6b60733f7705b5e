"""`make adopt`: a new stack has what people decided in the former one."""

from datetime import UTC, datetime

import pytest

from aviso.domain import restriction
from aviso.domain.name_search import keys_of
from aviso.domain.reasons import Restriction
from aviso.staff import case_decisions
from aviso.storage import cases, name_index, name_key, sending_controls
from infra.deploy import adopt
from infra.harness.builders import NUMBER, a_case, an_arrest_case
from infra.harness.portal_browser import store
from infra.ops import restore
from infra.ops.connection import operator

MOMENT = restore.Moment(datetime(2126, 11, 26, 12, 0, tzinfo=UTC))

pytestmark = pytest.mark.in_memory_tables


@pytest.fixture
def destroyed(keep, lose):
    """Leave the tables to a deleted stack, and make empty ones."""

    def go() -> None:
        keep()
        lose(*restore.ALL)

    return go


@pytest.fixture
def adopted(database):
    def go() -> None:
        old = {name: MOMENT.copy_of(name) for name in restore.ALL}
        adopt.copy_all(database, old, {name: name for name in restore.ALL})

    return go


class TestCase:
    def test_of_an_earlier_file_is_restricted(self, destroyed, adopted, settings):
        store(an_arrest_case().case)
        case_decisions.restrict(cases.read_case(NUMBER), operator("ana"))
        destroyed()
        store(an_arrest_case().case)  # the nightly file came before the command was typed
        adopted()
        found = restriction.restriction_of(cases.read_case(NUMBER), settings)
        assert found is Restriction.DESK


class TestSwitches:
    def test_leave_off_what_was_off(self, destroyed, adopted):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        destroyed()
        sending_controls.turn(trial=True, kill=True)
        adopted()
        now = sending_controls.switches()
        assert (sorted(now.kinds_off), now.brake) == (["arrest"], "notices")
        assert (now.trial, now.kill) == (True, True)

    def test_were_on_or_off_as_it_says(self, destroyed, adopted, capsys):
        sending_controls.turn(trial=False, kill=True)
        destroyed()
        adopted()
        said = capsys.readouterr().out
        assert "adopt: trial mode was off before" in said
        assert "adopt: the kill switch was on before" in said

    def test_are_left_trial_mode_first(self):
        assert adopt.NEXT.index("switch TRIAL=off") < adopt.NEXT.index("switch KILL=off")


class TestPerson:
    def test_of_before_is_found_by_name(self, destroyed, adopted):
        store(a_case().with_report().with_victim(last_name="Muñoz").case)
        assert found() == [NUMBER]
        destroyed()
        name_key.forget()
        name_key.made()  # `make deploy` ends with a smoke test, which imports people
        assert found() == []
        adopted()
        assert found() == [NUMBER]


def found():
    return name_index.cases_named(keys_of("Ana Muñoz"), ())[0]
