"""A case without news: who hears so at night, and that a late feed keeps it back."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.notices import reconciliation
from aviso.storage import markers, notices
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact, an_invocation
from tests.support.sending import PHONE, World

NIGHT = datetime(2026, 12, 22, 10, 30, tzinfo=UTC) + timedelta(days=3)  # half past three at home
DAY = NIGHT + timedelta(hours=6)


@pytest.fixture
def world(aws, settings, provider):
    kinds = {k: replace(v, on=k is Kind.STILL_OPEN) for k, v in settings.kinds.items()}
    world = World(replace(settings, kinds=kinds), provider)
    world.store(
        a_case()
        .with_report(status="ASSIGNED")
        .with_victim()
        .with_enrollment("v1", a_contact(PHONE))
        .case
    )
    return world


def look(feeds_silent):
    markers.put_marker(markers.GAUGES, {"FeedsSilent": feeds_silent}, NOW, markers.LOOKS_KEPT)


def pass_a_night(world):
    world.now = NIGHT
    return reconciliation.reconcile_all(an_invocation(world.settings, lambda: NIGHT))


class TestSilence:
    def test_is_told_once_in_the_morning(self, world, provider):
        look(feeds_silent=0)
        assert [pass_a_night(world).missing for _ in range(2)] == [0, 0]
        world.now = DAY
        world.send()
        told = sorted(m.address for m in provider.sent if "No hay cambios" in m.text)
        assert told == [PHONE, "+15205550167"]  # the one that signed up, and the report's

    @pytest.mark.parametrize("silent", [1, None])
    def test_is_kept_back_while_files_are_late(self, world, silent):
        if silent is not None:
            look(silent)
        pass_a_night(world)
        assert notices.of_case(NUMBER) == []

    def test_is_not_entered_by_a_change_of_the_case(self, world):
        look(feeds_silent=0)
        world.now = NIGHT
        world.plan()
        assert notices.of_case(NUMBER) == []

    def test_of_a_restricted_case_waits_for_a_person(self, world, provider):
        look(feeds_silent=0)
        world.store(a_case().with_report(status="ASSIGNED", offense=STALKING).case)
        pass_a_night(world)
        world.now = DAY
        world.send()
        assert provider.sent == []
        (notice,) = world.all()
        assert notice.state == "held"

    def test_ends_with_news(self, world, provider):
        look(feeds_silent=0)
        pass_a_night(world)
        world.begin(a_case().with_report(status="CLOSED").case)
        world.now = DAY
        world.send()
        assert provider.sent == []
