"""The deployed template on local AWS, nothing patched: one stack for all system tests."""

from collections.abc import Iterator

import pytest

from infra.local.stack import LocalAws


@pytest.fixture(scope="session")
def deployed() -> Iterator[LocalAws]:
    """Give the template as deployed to local AWS, and stop everything afterwards."""
    with LocalAws() as aws:
        aws.deploy()
        yield aws
