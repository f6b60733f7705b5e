"""Which files of tests begin first, and which of xdist's workers takes them: `make test`.

Each worker that runs a test on local AWS deploys a stack of its own, starts its functions, imports
its cases and starts a browser: about 25 s of processor time. So two workers do, and the others take
files that need none. The two take those as well once no system test is left.
See docs/decisions/order-of-tests.md.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Each waits much, or takes long, and a worker that began it last would end alone. The first two
# deploy stacks of their own, which nobody else needs.
LONG = (
    *("test_chaos.py", "test_stack_lifecycle.py", "test_four_paths.py", "test_processes.py"),
    *("test_fuzz.py", "test_simulation.py"),
)
SYSTEM = ("tests/e2e/", "tests/browser/")
STACKS = 2  # workers that deploy one


def needs_a_stack(node_id: str) -> bool:
    """Whether a test, or a file of tests, runs on the stack that a worker deploys once."""
    file = node_id.partition("::")[0]
    return file.startswith(SYSTEM) and PurePosixPath(file).name not in LONG


def turn(node_id: str) -> int:
    """Return when a test's file has its turn; within a turn, files keep their order."""
    if needs_a_stack(node_id):
        return 0
    name = PurePosixPath(node_id.partition("::")[0]).name
    return 1 + LONG.index(name) if name in LONG else 1 + len(LONG)


class TwoStacks(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives out files in order; all but two workers get no system test while there are others."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        if int(node.gateway.id.removeprefix("gw")) >= STACKS:
            other = next((file for file in self.workqueue if not needs_a_stack(file)), None)
            if other:
                self.workqueue.move_to_end(other, last=False)
        super()._assign_work_unit(node)
