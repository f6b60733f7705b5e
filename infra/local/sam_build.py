"""`sam build`, when any of its inputs has changed."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from infra.repository import ROOT

BUILDS = ROOT / "build" / "sam"
KEPT = 4  # builds
INPUTS = ("template.yaml", "samconfig.toml", "functions", "layers", "templates", "infra")
IGNORED = {"__pycache__", "local"}  # the laptop stack is in no function
CODE = re.compile(r"^( +(?:Code|Content)Uri: )(\w+)$", re.MULTILINE)  # a folder of the build


class BuildError(Exception):
    """`sam build` failed; the message has the end of its log."""


def build() -> Path:
    """Build functions and layers for this machine unless that is done; return the template.

    Each state of the inputs has its own folder, so that a run is not disturbed by another one that
    builds something newer meanwhile.
    """
    BUILDS.mkdir(parents=True, exist_ok=True)
    built = BUILDS / inputs_hash()[:16]
    with (BUILDS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if built.exists():
            os.utime(built)  # the most recently used are kept
        else:
            _drop_old_builds()
            _sam_build(built)
    return built / "template.yaml"


def _drop_old_builds() -> None:
    for failed in BUILDS.glob("*.half"):
        shutil.rmtree(failed)
    builds = [path for path in BUILDS.iterdir() if path.is_dir()]
    for old in sorted(builds, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old)


def inputs_hash() -> str:
    """Return a hash of every input file of the build."""
    agency = os.environ.get("AGENCY", "")
    digest = hashlib.sha256(agency.encode())
    if agency and (path := ROOT / agency).is_file():  # it may be outside the inputs' folders
        digest.update(path.read_bytes())
    for path in _input_files():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _input_files() -> Iterator[Path]:
    for name in INPUTS:
        top = ROOT / name
        if top.is_file():
            yield top
        for path in sorted(top.rglob("*")):
            if path.is_file() and not IGNORED.intersection(path.relative_to(ROOT).parts):
                yield path


def _sam_build(built: Path) -> None:
    log = ROOT / "build" / "sam-build.log"
    half_done = built.with_suffix(".half")  # renamed when it is complete
    scratch = ROOT / "build" / "scratch"
    scratch.mkdir(exist_ok=True)
    env = {
        **os.environ,
        "TMPDIR": str(scratch),
        "LAYER_PLATFORM": "",  # this machine's own, since functions run on it
        "SAM_CLI_TELEMETRY": "0",
        "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
    }
    with log.open("wb") as log_file:
        done = subprocess.run(
            [
                ROOT / ".tools/sam/bin/sam",
                "build",
                "--build-dir",
                half_done,
                "--region",
                "us-west-2",
            ],
            env=env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode:
        tail = log.read_text(errors="replace").strip().splitlines()[-15:]
        raise BuildError("'sam build' failed; build/sam-build.log ends:\n" + "\n".join(tail))
    _make_light(half_done / "template.yaml")
    for nested in half_done.glob("*/template.yaml"):
        _make_light(nested)
    half_done.rename(built)


def _make_light(template: Path) -> None:
    """Zip a template's folders of code, name the archives in it, and write it as JSON.

    `sam deploy` zips folders at each deployment, and uploads an archive as it is. JSON is YAML too,
    and SAM reads it in a moment: YAML takes it more than a second for each deployment.
    """
    built = template.read_text(encoding="utf-8")
    for _, folder in CODE.findall(built):
        zip_folder(template.with_name(folder))
    light = yaml.load(CODE.sub(r"\1\2.zip", built), yaml.CSafeLoader)
    template.write_text(json.dumps(light), encoding="utf-8")


def zip_folder(folder: Path) -> None:
    """Write a folder's files into an archive beside it; fast, since it stays on this machine."""
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as whole:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                whole.write(path, path.relative_to(folder))
