"""A child's guardian who becomes a suspect: his contacts and home stay a suspect's."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel
from aviso.domain.reasons import Restriction
from aviso.domain.restriction import restriction_of
from aviso.storage import enrollments
from infra.harness.builders import NUMBER, a_contact
from infra.harness.feed_drop import a_person_row, a_suspect_row, an_arrest_row, stored
from infra.harness.feed_files import local
from tests.support.incidents import incidents

HOUR = timedelta(hours=1)
HERS, HIS, HIS_OTHER = "mother@example.org", "father@example.org", "father2@example.org"
PHONE = "520-555-0150"
HOME = {"street": "12 Elm St", "city": "Tucson", "region": "AZ", "postal_code": "85701"}
CHILD = {"minor": "Y", "birth_date": "04/12/2015", "phone": "", "email": ""}
FATHER = {"id": "P8", "first_name": "Tom", "last_name": "Rey", "birth_date": "05/06/1980"}
MOTHER = {"id": "P9", "first_name": "Eva", "last_name": "Sol", "birth_date": "07/08/1982"}
OF_CHILD = {"role": "GRD", "for_person": "P1"}


@pytest.fixture
def world(aws: Any, settings: Any, monkeypatch: Any) -> Any:
    return incidents(settings, monkeypatch)


def guardian(world: Any, row: dict[str, str], **changes: str) -> dict[str, str]:
    return a_person_row(**row | OF_CHILD | {"row_time": local(world.now)} | changes)


def become_suspect(world: Any, how: str, **father: str) -> str:
    """Make the father a suspect; return the id under which he is one."""
    if how == "taken off first":
        world.drop("people", guardian(world, FATHER, **father, removed="Y"))
        world.go(HOUR)
    id = "P8" if how == "under the same id" else "S8"
    his = FATHER | {"id": id, "phone": "", "email": "", "row_time": local(world.now)}
    world.drop("people", a_suspect_row(**his))
    world.go(HOUR)
    return id


@pytest.mark.parametrize("how", ["beside it", "taken off first", "under the same id"])
class TestFormerGuardian:
    def test_is_not_told_of_his_arrest(self, world: Any, how: str) -> None:
        """His phone is on the mother's row too, and he left another email with a code."""
        father = {"phone": PHONE, "email": HIS}
        mother = guardian(world, MOTHER, phone=PHONE, email="")
        world.incident(a_person_row(**CHILD), mother, guardian(world, FATHER, **father))
        world.go(2 * HOUR)
        before = stored().enrollment_of("P1")
        left = a_contact(HIS_OTHER, Channel.EMAIL, level="code", root="k", new_to_agency=True)
        enrollments.write_enrollment(NUMBER, replace(before, contacts=(left,)), before)
        suspect, sent = become_suspect(world, how, **father), len(world.sent)
        times = {"arrested_at": local(world.now - HOUR / 2), "row_time": local(world.now)}
        world.drop("arrests", an_arrest_row(suspect=suspect, **times))
        for _ in range(2):
            world.go(HOUR)
        assert {message.address for message in world.sent[sent:]} == set()

    def test_restricts_a_case_by_his_home(self, world: Any, how: str) -> None:
        father = {"phone": "", "email": HIS, **HOME}
        mother = guardian(world, MOTHER, phone="", email=HERS, **HOME)
        world.incident(a_person_row(**CHILD), mother, guardian(world, FATHER, **father))
        world.go(2 * HOUR)
        become_suspect(world, how, **father)
        assert restriction_of(stored(), world.feed.settings) is Restriction.SHARED_HOME
