"""The one change of Python's search path: where this process finds its compiled settings."""

import sys
from pathlib import Path


def importable(folder: Path) -> None:
    """Let this process import the `aviso_compiled` in a folder.

    A tool learns only at run time which agency's folder it needs, so no installed path can name it.
    """
    sys.path.insert(0, str(folder))
