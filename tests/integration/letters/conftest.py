"""A print room for letters about arrests."""

import pytest

from tests.support.post import BUCKET, Post


@pytest.fixture
def post(aws, settings, monkeypatch):
    monkeypatch.setenv("LETTERS_BUCKET", BUCKET)
    return Post(settings)
