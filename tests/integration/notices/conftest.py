"""The flow of a case's notices, and the flow of a survey."""

import pytest

from tests.support.sending import World, only_arrests
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
