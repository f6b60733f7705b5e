"""The parts of a run in a few processes, so that what one remembers does not reach another."""

import multiprocessing
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from infra.local.run import end_on_signals, end_with_parent


def outcomes[P, R](
    work: Callable[[P], R],
    parts: Iterable[P],
    jobs: int,
    *,
    of_one: int = 1,
    in_order: bool = True,
) -> Generator[R]:
    """Yield what comes of each part; a few more than `jobs` are under way."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_begin, max_tasks_per_child=of_one) as pool:
        waiting: list[Future[R]] = []
        try:
            for part in parts:
                waiting.append(pool.submit(work, part))
                if len(waiting) > 2 * jobs:
                    yield _next(waiting, in_order=in_order)
            while waiting:
                yield _next(waiting, in_order=in_order)
        except (Exception, KeyboardInterrupt):
            for child in multiprocessing.active_children():
                child.terminate()  # each leaves its world in order
            raise
        finally:
            for future in waiting:
                future.cancel()


def _next[R](waiting: list[Future[R]], *, in_order: bool) -> R:
    """Take away what comes next, and return what came of it."""
    ended = wait(waiting, return_when=FIRST_COMPLETED).done if not in_order else {waiting[0]}
    future = next(one for one in waiting if one in ended)
    waiting.remove(future)
    return future.result()


def _begin() -> None:
    end_on_signals()
    end_with_parent()
