"""Counts how often the reader of one `send` changes files: `python -m benchmarks.visits [--files]`.

Traced is `send` of an arrest's notice to one victim, by text and by email, on the imitation of AWS
in memory. A visit is each time that control comes to another of our files, by a call or back.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from inspect import CO_GENERATOR
from pathlib import Path
from types import FrameType
from typing import Any

from infra.cost.journey import NOW


def traced(do: Callable[[], Any]) -> tuple[list[str], int, int]:
    """Return the files that control came to, one after the other, the calls and the functions."""
    import aviso

    ours = os.path.realpath(next(iter(aviso.__path__))) + os.sep
    walk: list[str] = []
    functions: Counter[tuple[str, str]] = Counter()

    def each(frame: FrameType, event: str, _: Any) -> None:
        at = frame if event == "call" else frame.f_back
        resumed = frame.f_code.co_flags & CO_GENERATOR  # not a step of the reader
        if event not in ("call", "return") or at is None or resumed:
            return
        file = os.path.realpath(at.f_code.co_filename)
        if not file.startswith(ours):
            return
        file = file.removeprefix(ours)
        if event == "call":
            functions[file, at.f_code.co_qualname] += 1
        if not walk or walk[-1] != file:
            walk.append(file)

    sys.setprofile(each)
    try:
        do()
    finally:
        sys.setprofile(None)
    return walk, functions.total(), len(functions)


def main() -> int:
    """Trace one `send` and print its visits."""
    import time_machine

    from benchmarks.instructions import planned, send
    from infra.compiler.compile import compile_agency
    from infra.cost.journey import imitation
    from infra.repository import ROOT

    with tempfile.TemporaryDirectory() as folder:
        compile_agency(ROOT / "infra/agency/sample.yaml", ROOT / "templates", Path(folder))
        with imitation(folder), time_machine.travel(NOW, tick=False):
            first, second = (
                planned(n, email="ana@example.com") for n in ("2611240301", "2611240302")
            )
            send(first)
            walk, calls, functions = traced(lambda: send(second))
    files = Counter(walk)
    print(f"{len(walk)} visits, {len(files)} files, {calls} calls, {functions} functions")
    if "--files" in sys.argv:
        for file, visits in files.most_common():
            print(f"{visits:5} {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
