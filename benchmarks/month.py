"""`python -m benchmarks.month`: a month's dollars with the template's memory, and as it was before.

Prints JSON from a process of its own: counting changes the process that it runs in.
"""

import json
from typing import Any

import yaml

from infra.cost.__main__ import HERE, priced
from infra.cost.journey import imitation, run
from infra.harness import cloudformation
from infra.repository import ROOT

BEFORE = {"portal": 1024}  # MB that functions had before `make bench ONLY=memory` changed them


def dollars() -> dict[str, Any]:
    """Count once and price twice: `now` with the template's memory, and `before`."""
    from infra.compiler.kept import folder_of

    prices = yaml.safe_load((HERE / "prices.yaml").read_text(encoding="utf-8"))
    assumed = yaml.safe_load((HERE / "volumes.yaml").read_text(encoding="utf-8"))
    with imitation(str(folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates"))):
        counted = run()
    given = cloudformation.memory_of_functions()
    return {
        name: priced(counted, prices, assumed, memory=memory)
        for name, memory in (("now", given), ("before", given | BEFORE))
    }


if __name__ == "__main__":
    print(json.dumps(dollars()))
