"""A run that read a case before a change, and its notices after it (docs/rules.md#10)."""

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.notices import planning
from aviso.storage import cases, notices
from infra.harness.builders import NOW, NUMBER, a_case
from tests.support.sending import PHONE, World, arrested

NEWS = {
    Kind.ARREST: arrested().case,
    Kind.SENT_TO_PROSECUTOR: replace(
        arrested().case, report=replace(arrested().case.report, prosecutor_at=NOW)
    ),
}


class TestStaleRead:
    @pytest.mark.parametrize("kind", NEWS)
    def test_takes_back_no_news_that_it_missed(self, aws, settings, provider, kind):
        world = World(settings, provider)
        world.store(a_case().with_victim(phone=PHONE).with_suspect().case)
        stale = cases.read_case(NUMBER)
        world.store(NEWS[kind])
        world.plan()
        planning.plan_case(stale, notices.of(stale), settings, world.now)
        assert [n.state for n in world.all(kind)] == [State.PLANNED]
        assert world.all(Kind.CORRECTION) == []
