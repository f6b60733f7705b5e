"""The flow whose streams are counted."""

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from tests.support.counted import Counted


@pytest.fixture
def world(aws, settings, provider):
    on = {Kind.ARREST, Kind.SURVEY}
    kinds = {k: replace(v, on=k in on) for k, v in settings.kinds.items()}
    return Counted(replace(settings, kinds=kinds), provider)
