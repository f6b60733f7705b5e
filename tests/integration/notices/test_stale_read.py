"""A run that read a case before a change, and its notices after it (docs/rules.md#10)."""

import pytest
from msgspec.structs import replace

from aviso.domain import hand_offs
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.notices import planning
from aviso.storage import cases, enrollments, hand_off_rows, notices
from infra.harness.builders import NOW, NUMBER, a_case, a_consenting_case, case_at
from tests.support.hand_offs import act
from tests.support.sending import PHONE, World, arrested, only_arrests

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
        world.begin(NEWS[kind])
        planning.plan_case(case_at(stale, settings, world.now, told=notices.list_notices(stale)))
        assert [n.state for n in world.all(kind)] == [State.PLANNED]
        assert world.all(Kind.CORRECTION) == []


class TestStaleReadOfAConsent:
    @pytest.fixture
    def told(self, aws, settings, provider):
        """Store a case whose jail got an email about a request."""
        world = World(only_arrests(settings), provider)
        world.begin(a_consenting_case().with_arrest().case)
        act(hand_offs.told, at=NOW)
        return world

    def after(self, world, **changes):
        """Change the consent and plan; then let a run plan that read the case before."""
        stale = cases.read_case(NUMBER)
        before = stale.enrollment_of("v1")
        consent = replace(before.hand_off, **changes)
        enrollments.write_enrollment(NUMBER, replace(before, hand_off=consent), before)
        world.plan()
        planning.plan_case(
            case_at(stale, world.settings, world.now, told=notices.list_notices(stale))
        )
        found = hand_off_rows.of_case(cases.read_case(NUMBER))
        return [(one.state, one.unsaid) for one in sorted(found, key=lambda o: o.over_at is None)]

    def test_takes_back_no_request_that_it_missed(self, told):
        assert self.after(told, id="consent2") == [("over", True), ("owed", True)]

    def test_gives_no_request_that_was_taken_back(self, told):
        assert self.after(told, ended_at=NOW) == [("over", True)]
