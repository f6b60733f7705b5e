"""`make adopt`: a new stack has what people decided in the former one."""

from datetime import UTC, datetime

import pytest

from aviso.domain import restriction
from aviso.domain.reasons import Restriction
from aviso.staff import case_decisions
from aviso.storage import cases, sending_controls
from infra.deploy import adopt
from infra.harness.builders import NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.ops import restore
from infra.ops.connection import operator

MOMENT = restore.Moment(datetime(2126, 11, 26, 12, 0, tzinfo=UTC))
TABLES = "aws"


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
