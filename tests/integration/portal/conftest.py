"""What the tests of the portal share: tables that are there and empty, and a visitor."""

import pytest
import time_machine

from aviso.providers import sender
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, store
from tests.support.sending import Provider, World, only_arrests
from tests.support.visitor import BORN, NAME


@pytest.fixture
def clock(aws):
    """Stop the clock at the builders' now."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock, settings, monkeypatch):
    """Give the flow of a case whose agency tells of arrests alone."""
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    return World(only_arrests(settings), provider)


@pytest.fixture
def inside(clock):
    """Give a visitor who verified to an ordinary case."""
    store(a_case().with_report(status="ACTIVE", assigned="Det. Reed").with_victim("v1").case)
    visitor = Visitor()
    assert visitor.verify(NUMBER, NAME, BORN).status == 303
    return visitor
