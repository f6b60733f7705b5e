"""What is changed: places of the product by cosmic-ray, lines of the template by `template_points`.

Cosmic-ray is in an environment of its own, fetched at the first use from pinned hashes.
"""

import ast
import json
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.local import bootstrap
from infra.local.downloads import TOOLS
from infra.repository import ROOT

SEED = 300
PACKAGES = (  # how many of which packages
    (140, ("domain", "notices", "victims")),
    (130, ("web", "staff", "storage", "feed")),
)
OF_TEMPLATE = 30
LAYER, TEMPLATE = Path("layers/aviso/aviso"), Path("template.yaml")
COSMIC_RAY, PINS = TOOLS / "cosmic-ray", ROOT / "infra/local/requirements-cosmic-ray.txt"
CONFIG = """[cosmic-ray]
module-path = {modules}
timeout = 60.0
excluded-modules = []
test-command = "true"
[cosmic-ray.distributor]
name = "local"
"""
# In the template: what to find in a line, and what to write instead.
SWAPS = (
    (r": true(?=[,}]|$)", ": false"),
    (r": false(?=[,}]|$)", ": true"),
    (r": (\d{2,})(?=[,}]|$)", ": 1"),
    (r"Effect: Deny", "Effect: Allow"),
    (r"StringEquals", "StringNotEquals"),
    (r'(?<=\[)"[a-z0-9-]+:[A-Z]\w+", ', ""),  # an action of a permission
    (r"^ +(<<|ReservedConcurrentExecutions|Timeout): [^&]*$", ""),  # what several share
    (r"^ +(FunctionResponseTypes|MaximumRetryAttempts|BisectBatchOnFunctionError): .*$", ""),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One fault: what is changed where.

    Attributes:
        operator: cosmic-ray's, or `template` for a line that is written again.
        occurrence: cosmic-ray's count of such places in the file, or the place in SWAPS.
    """

    file: Path
    line: int
    operator: str
    occurrence: int
    within: str = ""

    def put_in(self, tree: Path) -> None:
        """Change the file in a copy of the repository."""
        if self.operator != "template":
            _cosmic_ray("apply", str(tree / self.file), self.operator, str(self.occurrence))
            return
        path, (found, instead) = tree / self.file, SWAPS[self.occurrence]
        lines = path.read_text("utf-8").splitlines(keepends=True)
        lines[self.line - 1] = re.sub(found, instead, lines[self.line - 1].rstrip("\n")) + "\n"
        path.write_text("".join(lines), "utf-8")


def points() -> list[Point]:
    """Return all faults, the same for the same source; those that a run plays first are any."""
    chance = random.Random(SEED)
    chosen = []
    for number, packages in PACKAGES:
        places: dict[tuple[Path, int, int], list[Point]] = {}
        for column, point in _of_packages(packages):
            places.setdefault((point.file, point.line, column), []).append(point)
        chosen += [chance.choice(places[at]) for at in chance.sample(sorted(places), number)]
    chosen += chance.sample(sorted(_of_template(), key=str), OF_TEMPLATE)
    chance.shuffle(chosen)
    return chosen


def _of_packages(packages: tuple[str, ...]) -> Iterator[tuple[int, Point]]:
    """Yield each place's column and fault, without annotations, which nothing evaluates."""
    with TemporaryDirectory() as folder:
        config, session = Path(folder, "config.toml"), Path(folder, "session.sqlite")
        modules = [str(ROOT / LAYER / package) for package in packages]
        config.write_text(CONFIG.format(modules=json.dumps(modules)), "utf-8")
        _cosmic_ray("init", str(config), str(session))
        found = [json.loads(line)[0] for line in _cosmic_ray("dump", str(session)).splitlines()]
    for item in sorted(found, key=lambda item: json.dumps(item["mutations"])):
        (one,) = item["mutations"]
        file = Path(one["module_path"]).relative_to(ROOT)
        line, column = one["start_pos"]
        if not any(start <= (line, column) < end for start, end in _annotations(file)):
            within = one["definition_name"] or ""
            yield column, Point(file, line, one["operator_name"], one["occurrence"], within)


@cache
def _annotations(file: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where the annotations of a file begin and end."""
    found = []
    for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))):
        for name in ("annotation", "returns"):
            if isinstance(said := getattr(node, name, None), ast.expr):
                end = said.end_lineno or said.lineno, said.end_col_offset or 0
                found.append(((said.lineno, said.col_offset), end))
    return found


def _of_template() -> Iterator[Point]:
    """Yield each line of the template that one of SWAPS can change."""
    lines = (ROOT / TEMPLATE).read_text("utf-8").splitlines()
    begins = lines.index("Resources:")
    for number, line in enumerate(lines[begins:], begins + 1):
        for place, (found, _) in enumerate(SWAPS):
            if re.search(found, line):
                yield Point(TEMPLATE, number, "template", place, line.strip())


def _cosmic_ray(*arguments: str) -> str:
    if not bootstrap.is_done(COSMIC_RAY, PINS):
        print("mutants: fetching cosmic-ray into .tools/cosmic-ray", flush=True)
        bootstrap.make_environment(bootstrap.fetch_uv(), COSMIC_RAY, PINS)
    command = [str(COSMIC_RAY / "bin/cosmic-ray"), *arguments]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return run.stdout
