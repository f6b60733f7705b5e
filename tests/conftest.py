"""What every test may use: the compiled settings and templates of the sample agency."""

import sys
from pathlib import Path

import pytest

from aviso.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "infra" / "agency")]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the sample agency once a session, make it importable, and return its folder.

    Each session has a folder of its own, so that runs at the same time never share one.
    """
    from compile import compile_agency

    out = tmp_path_factory.mktemp("compiled")
    package = compile_agency(ROOT / "infra/agency/sample.yaml", ROOT / "templates", out)
    sys.path.insert(0, str(out))
    return package


@pytest.fixture(scope="session")
def settings(compiled: Path) -> Settings:
    """Return the sample agency's settings."""
    from aviso import settings as module

    return module.current()
