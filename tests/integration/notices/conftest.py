"""The flow of a case's notices, and the flow of a survey."""

import pytest
from msgspec.structs import replace

from aviso.domain.settings import Settings
from tests.support.interruptions import STOPS, addresses, after_the_text
from tests.support.sending import HOME, PHONE, World, arrested, only_arrests
from tests.support.survey import ASKED_ON, Survey, only_surveys


@pytest.fixture
def world(aws, settings, provider):
    return World(only_arrests(settings), provider)


@pytest.fixture
def quiet(settings):
    return only_surveys(settings)


@pytest.fixture
def surveys(aws, quiet, provider):
    surveys = Survey(quiet, provider)
    surveys.now = ASKED_ON
    return surveys


@pytest.fixture
def planned(world):
    world.begin(arrested(**HOME).case)
    return world


@pytest.fixture(params=STOPS)
def stopped(request, planned, provider):
    """Return the flow stopped after the text, and what ends that."""
    begin, end = STOPS[request.param]
    after_the_text(provider, lambda: begin(planned))
    planned.send()
    assert addresses(provider) == [PHONE]
    return planned, lambda: end(planned)


@pytest.fixture
def by_code(settings, monkeypatch):
    """Let a code on paper open a restricted case."""
    policy = replace(settings.verification, restricted_by_code=True)
    chosen = replace(settings, verification=policy)
    monkeypatch.setattr(Settings, "current", staticmethod(lambda: chosen))
    return chosen
