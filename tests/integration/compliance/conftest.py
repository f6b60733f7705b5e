"""A closed case with two victims, one of them enrolled and told."""

import pytest

from aviso.domain.model import Channel, Kind
from aviso.notices import planning
from infra.harness.builders import NOW, NUMBER, a_contact
from tests.support.closed_case import CLOSED_AT, LONG_AGO, a_told_notice, closed
from tests.support.sending import World


@pytest.fixture
def stored(aws, settings):
    """Store a case with two victims, one of them enrolled, and tell what it owes."""

    def store(status="CLEARED_ARREST", status_at=CLOSED_AT):
        case = (
            closed(status=status, status_at=status_at, reported_at=status_at or CLOSED_AT)
            .with_victim("v1")
            .with_victim("v2")
            .with_suspect()
            .with_enrollment("v1", a_contact("own@example.org", Channel.EMAIL, consent=LONG_AGO))
            .case
        )
        World(settings, None).store(case)
        a_told_notice(NUMBER, "report", Kind.FIRST_CONTACT, "v1")
        planning.plan(NUMBER, settings, NOW)

    return store
