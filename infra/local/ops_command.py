"""The commands of an operator, run against local AWS as they are typed."""

import os
import subprocess
import sys

from infra.local.stack import STACK, LocalAws, StackError
from infra.repository import ROOT


def run(aws: LocalAws, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `aviso` with these words; it may fail."""
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *words],
        cwd=ROOT,
        env=os.environ | aws.credentials | {"STACK": STACK},  # not another that `make run` started
        capture_output=True,
        text=True,
        check=False,
    )


def go_live(aws: LocalAws) -> None:
    """Turn trial mode off, so that everybody gets messages.

    Raises:
        StackError: when the command fails.
    """
    done = run(aws, "switch", "--trial", "off", "--by", "the rig")
    if done.returncode:
        raise StackError(f"Trial mode could not be turned off: {done.stderr.strip()}")
