"""What the tests of what visitors do share: tables that are there and empty, and a visitor."""

import pytest
import time_machine

from infra.harness.builders import NOW, a_case
from tests.support.visitor import put, with_code


@pytest.fixture
def clock(aws):
    """Stop the clock at the builders' now."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def inside(clock, settings):
    """Give a visitor who came in with a code."""
    put(a_case().with_victim("v1").case)
    return with_code(settings)
