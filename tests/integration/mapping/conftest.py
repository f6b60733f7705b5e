"""The layouts of made-up records systems, each written to a folder once a session."""

import pytest

from tests.layouts import files
from tests.layouts.files import Layout


@pytest.fixture(scope="session")
def layouts(tmp_path_factory) -> dict[str, Layout]:
    """Every layout by its name."""
    return files.every(tmp_path_factory.mktemp("layouts"))
