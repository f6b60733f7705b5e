"""The commands of an operator, run against the deployed stack as the Makefile runs them."""

import os
import subprocess
import sys

from infra.local.stack import LocalAws
from infra.repository import ROOT


def run(aws: LocalAws, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `infra.ops`; it may fail."""
    return subprocess.run(
        [sys.executable, "-m", "infra.ops", command, *arguments],
        cwd=ROOT,
        env=os.environ | aws.credentials,
        capture_output=True,
        text=True,
        check=False,
    )
