"""Which tests run a line: by one run of all of them, with the name of the test beside each line."""

import os
import random
import subprocess
import sys
from pathlib import Path

from coverage import CoverageData

from tests.mutants.points import SEED, TEMPLATE, Point

MOST = 300  # tests of one fault
# Tests of rules, and of what people meet; not those of tools, deployments and of the rig.
OF_RULES = (
    *("tests/unit", "--ignore=tests/unit/tools", "--ignore=tests/unit/mapping"),
    *(f"tests/integration/{name}" for name in ("notices", "victims", "feed", "portal", "staff")),
    *(f"tests/integration/{name}" for name in ("storage", "letters", "reporting", "compliance")),
)
OF_TEMPLATE = ("tests/contracts/template", "tests/contracts/code", "tests/contracts/docs")


def environment(tree: Path) -> dict[str, str]:
    """Return an environment in which programs that tests start import from the copy too."""
    folders = (tree, tree / "layers/aviso", tree / "layers/letters", tree / "infra/agent")
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join(map(str, folders))}


def recorded(tree: Path, kept: Path) -> CoverageData:
    """Return what each test of a tree runs; the first call runs them all (some 15 minutes).

    Args:
        kept: the file in which this stays for the next run.
    """
    if not kept.exists():
        under_way = kept.with_name("under_way")
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-n2", "--dist=loadfile", "--cov"),
                *("--cov-context=test", "--cov-report=", "--cov-fail-under=0"),
                *OF_RULES,
            ],
            cwd=tree,
            env=environment(tree)
            | {"COVERAGE_FILE": str(under_way)}
            | {"COVERAGE_CORE": "ctrace"},  # the only one with contexts
            check=True,
        )
        under_way.rename(kept)
    data = CoverageData(str(kept))
    data.read()
    return data


def tests_of(point: Point, data: CoverageData, tree: Path) -> list[str]:
    """Return the tests of a fault: files that import its module, then at most MOST by the seed.

    What a module says when it is imported (a default, a table) runs in no test of its own.
    """
    if point.file == TEMPLATE:
        return list(OF_TEMPLATE)
    by_line = data.contexts_by_lineno(str(tree / point.file))
    ran = set(by_line.get(point.line, ())) - {""} or {c for of in by_line.values() for c in of}
    tests = sorted({context.partition("|")[0] for context in ran if context})
    if len(tests) > MOST:
        tests = random.Random(SEED).sample(tests, MOST)
    tests.sort(key=lambda test: (not test.startswith("tests/unit"), test))
    direct = _importing(".".join(point.file.with_suffix("").parts[2:]), tree)
    return direct + [test for test in tests if test.partition("::")[0] not in direct]


def _importing(module: str, tree: Path) -> list[str]:
    """Return the test files that import a module, those of rules first."""
    folders = (tree / name for name in OF_RULES if not name.startswith("--"))
    files = (file for folder in folders for file in sorted(folder.rglob("test_*.py")))
    said = f"from {module} import"
    return [str(f.relative_to(tree)) for f in files if said in f.read_text("utf-8")]
