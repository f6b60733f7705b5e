"""One plan, played in this process: the clock, the dice and every call are the rig's."""

import gc
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import time_machine
from botocore.client import BaseClient

from infra.compiler.kept import folder_of
from infra.compiler.search_path import importable
from infra.harness.client_calls import Ask, every_call
from infra.harness.in_process import ENVIRONMENT
from infra.repository import ROOT
from tests.rig import figures
from tests.rig.cloud import Cloud
from tests.rig.growth import ROOM
from tests.rig.model import heard, incapacity
from tests.rig.verdict import Verdict
from tests.storm import verdict
from tests.storm.days import FIRST_DAY, ON_PAGE, Days, Plan

PLACE = "STORM_SETTINGS"  # the environment variable that tells other processes of a campaign
COLLECTED = 5_000_000  # new objects until Python looks for cycles: a small run never does


@dataclass
class Outcome:
    """What became of a plan."""

    plan: Plan
    verdict: Verdict
    digest: str
    journal: list[str] = field(default_factory=list)


def prepare() -> None:
    """Have the sample agency's settings compiled, for every process of this campaign.

    Its files say who is incapacitated, too.
    """
    settings = heard.mapped((ROOT / "infra/agency/sample.yaml").read_text(encoding="utf-8"))
    settings = incapacity.mapped(settings)
    settings = settings.replace("deadline: 2 days", "deadline: 4 hours")  # the prosecutor's
    settings = settings.replace("restricted_by_code: false", "restricted_by_code: true")
    settings = settings.replace("only_on_page: []", f"only_on_page: [{', '.join(sorted(ON_PAGE))}]")
    agency = ROOT / "build" / "storm" / "agency.yaml"
    agency.parent.mkdir(parents=True, exist_ok=True)
    agency.write_text(settings, encoding="utf-8")
    folder = folder_of(agency, ROOT / "templates")
    os.environ[PLACE] = str(folder)


def enter() -> None:
    """Let this process find its tables' names and its settings, before the product is imported."""
    os.environ.update(ENVIRONMENT, POWERTOOLS_LOG_LEVEL="CRITICAL")
    importable(Path(os.environ[PLACE]))


def play(plan: Plan, *, journal: bool = False) -> Outcome:
    """Play a plan and judge it."""
    from aviso.runtime import secrets
    from aviso.storage import name_key

    secrets.forget()  # a process begins without them
    name_key.forget()
    with on_a_clock(FIRST_DAY) as clock:
        run = Days.of(plan, clock.move_to, journal=journal)
        with in_the_rig(run.cloud, plan.seed):
            run.play()
            recounted = figures.recounted()
    found = verdict.judge(run, recounted)
    return Outcome(plan, found, run.cloud.digest.hexdigest()[:16], run.cloud.journal or [])


@contextmanager
def on_a_clock(start: datetime) -> Iterator[Any]:
    """Give the clock of a run; nothing that is there by now is looked through as garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED)
    with time_machine.travel(start, tick=False) as clock:
        yield clock


def again_with_fixed_hashes(module: str) -> None:
    """Start a program again if the order of a set is not fixed: it is part of a run."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        command = [sys.executable, "-m", module, *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {"PYTHONHASHSEED": "0"})


@contextmanager
def in_the_rig(cloud: Cloud, seed: int) -> Iterator[None]:
    """Answer every call, and give the product the seed's random numbers and the rig's patience."""
    from aviso.domain import row_size
    from aviso.runtime import environment

    dice = Random(f"product {seed}")
    random.seed(seed)

    def call(client: BaseClient, operation: str, params: dict[str, Any], _: Ask) -> Any:
        return cloud.call(client, operation, params)

    randbytes: Callable[[int], bytes] = dice.randbytes
    with ExitStack() as stack:
        stack.enter_context(every_call(call))
        stack.enter_context(patch("os.urandom", randbytes))
        stack.enter_context(patch("secrets.token_bytes", lambda size=None: randbytes(size or 32)))
        stack.enter_context(patch("secrets.randbelow", dice.randrange))
        stack.enter_context(patch("aviso.victims.access_codes.randbits", dice.getrandbits))
        stack.enter_context(patch("time.sleep", cloud.time.sleep))
        stack.enter_context(patch("aviso.web.constant_time.STEP", 0))
        stack.enter_context(patch("aviso.runtime.environment.name", cache(environment.name)))
        room = row_size.ROOM * cloud.tables.growth.room // ROOM
        stack.enter_context(patch.object(row_size, "ROOM", room))
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        stack.enter_context(redirect_stdout(nowhere))  # the functions' log lines
        yield
