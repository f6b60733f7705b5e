"""What is measured: our functions as built, the floor, and the same page on what people use.

Each program is a search path and a handler, arranged as Lambda arranges them: the function's own
folder, the layers, then what the runtime brings. Each runs in a process of its own that sees
nothing else and writes no bytecode, as below a read-only `/opt`.
"""

import compileall
import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from infra.harness import cloudformation
from infra.local.bootstrap import fetch_uv
from infra.local.sam_build import build
from infra.repository import ROOT

HERE = Path(__file__).resolve().parent
FETCHED = ROOT / ".tools" / "bench"
WORK = ROOT / "build" / "bench"
PEERS = ("fastapi", "flask", "chalice", "plain")
TITLES = {
    "floor": "bare botocore",
    "given": "bare botocore, our packages loaded",
    "bound": "our calls and our page alone",
    "portal": "Aviso",
    "staff": "Aviso",
    "send_notice": "Aviso",
    "fastapi": "FastAPI + Mangum + boto3",
    "flask": "Flask + serverless-wsgi + boto3",
    "chalice": "Chalice + boto3",
    "plain": "boto3 + Jinja2, no framework",
}


@dataclass(frozen=True, slots=True)
class Program:
    """Something that answers an event: where Python looks, and the module of its `handler`."""

    name: str
    paths: tuple[Path, ...]
    module: str

    @property
    def package_bytes(self) -> int:
        """Size of what is deployed: all but the runtime's own."""
        return sum(
            file.stat().st_size
            for path in self.paths
            if path != FETCHED / "runtime"
            for file in path.rglob("*")
            if file.is_file()
        )


def programs(*, bytecode: bool = True) -> dict[str, Program]:
    """Return every program by name, built and fetched if need be.

    Args:
        bytecode: packages as they ship, the peers' compiled; False takes all bytecode out of
            functions and layers, theirs and ours, as a plain upload has none. The runtime's own
            boto3 keeps its bytecode.
    """
    runtime = _fetch("runtime")
    built = build().parent
    layers = [built / "AvisoLayer/python", built / "DependenciesLayer/python"]

    def theirs(name: str, *more: Path) -> tuple[Path, ...]:
        return _arranged(name, [HERE / "peers" / name, *more], bytecode, compiled=True)

    found = {"floor": Program("floor", (*theirs("floor"), runtime), "floor")}
    ours = {"portal": "Portal", "staff": "Staff", "send_notice": "SendNotice"}
    for name, folder in ours.items():
        more = [built / "StaffLayer/python"] if name == "staff" else []
        paths = [built / folder, *layers, *more]
        found[name] = Program(name, (*_arranged(name, paths, bytecode), runtime), "handler")
    packages = found["portal"].paths[2]
    given = theirs("given", HERE / "peers/floor")
    found["given"] = Program("given", (*given, packages, runtime), "handler")
    found["bound"] = Program("bound", (HERE / "peers/bound", *found["portal"].paths), "bound")
    for name in PEERS:
        beside = theirs(name, HERE / "peers" / "page", _fetch(name))
        found[name] = Program(name, (*beside, runtime), "handler")
    return found


def functions() -> dict[str, Program]:
    """Return each function of the template as it is built, by the name of its folder."""
    runtime, built = _fetch("runtime"), build().parent
    template = cloudformation.read(ROOT / "template.yaml")
    usual, found = template["Globals"]["Function"]["Layers"], {}
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            layers = [one["Ref"] for one in usual + resource["Properties"].get("Layers", [])]
            paths = [built / logical_id, *(built / layer / "python" for layer in layers), runtime]
            name = Path(resource["Properties"]["CodeUri"]).name
            found[name] = Program(name, tuple(paths), "handler")
    return found


def _arranged(
    name: str, paths: list[Path], bytecode: bool, compiled: bool = False
) -> tuple[Path, ...]:
    """Copy a package to where it is measured, with or without bytecode."""
    top = WORK / "programs" / (name if bytecode else f"{name}-without-bytecode")
    shutil.rmtree(top, ignore_errors=True)
    arranged = []
    for n, path in enumerate(paths):
        copy = top / f"{n}-{path.name}"
        keep = bytecode and not compiled
        ignored = None if keep else shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(path, copy, ignore=ignored)
        if bytecode and compiled:
            _compile(copy)
        arranged.append(copy)
    return tuple(arranged)


def _compile(folder: Path) -> None:
    compileall.compile_dir(
        folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, workers=1
    )


def _fetch(name: str) -> Path:
    """Install pinned packages into a folder of `.tools/bench` unless they are there."""
    folder, wanted = FETCHED / name, HERE / f"requirements-{name}.txt"
    stamp = hashlib.sha256(wanted.read_bytes()).hexdigest()
    marker = FETCHED / f"{name}.stamp"
    if marker.is_file() and marker.read_text() == stamp:
        return folder
    print(f"bench: fetching what {name} runs on into .tools/bench", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    FETCHED.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [fetch_uv(), "pip", "install", "--quiet", "--target", folder, "--python", sys.executable,
         "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", wanted],
        check=True,
    )  # fmt: skip
    _compile(folder)
    marker.write_text(stamp)
    return folder


def agency_file(settings_folder: Path) -> Path:
    """Write what the peers' page knows of the agency as one JSON file, as their authors would."""
    made = WORK / "agency.json"
    code = (
        "import json, sys; from aviso_compiled import assets, dates, settings, strings;"
        "json.dump({'settings': settings.RAW, 'strings': strings.STRINGS, 'dates': dates.DATES,"
        "'assets': {k: v[0] for k, v in assets.ASSETS.items()}}, open(sys.argv[1], 'w'))"
    )
    subprocess.run(
        [sys.executable, "-c", code, made], check=True, env={"PYTHONPATH": str(settings_folder)}
    )
    return made
