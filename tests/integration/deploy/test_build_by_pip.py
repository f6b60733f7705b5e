"""A layer built where there is no `.tools`: by the SAM CLI, Python 3.13 and pip alone.

pip itself is not run, because tests use no registry. What it would install is copied from this
environment, and nothing else can be imported.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.repository import ROOT

NEEDED = ("layers", "infra", "templates")
PIP = f"""#!{sys.executable}
import os, re, shutil, sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

said = sys.argv[1:]
if said[:3] != ["-m", "pip", "install"]:
    os.execv({os.path.realpath(sys.executable)!r}, ["python3.13", "-S", *said])
assert {{"--require-hashes", "--no-deps"}} <= set(said), said
target = Path(said[said.index("--target") + 1])
target.mkdir(parents=True)
for file in (said[n + 1] for n, word in enumerate(said) if word == "--requirement"):
    for name in re.findall(r"^([a-zA-Z0-9_.-]+)==", Path(file).read_text(), re.MULTILINE):
        try:
            files = distribution(name).files
        except PackageNotFoundError:  # make setup keeps it elsewhere
            assert name == "uv", name
            continue
        for part in (f for f in files if ".." not in f.parts):
            (target / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(part.locate(), target / part)
"""


class TestLayer:
    def test_is_built_by_pip_with_the_pinned_packages_alone(self, tmp_path: Path) -> None:
        tree, out, path = tmp_path / "tree", tmp_path / "out", tmp_path / "bin"
        for name in NEEDED:
            shutil.copytree(ROOT / name, tree / name, symlinks=True)
        path.mkdir()
        (path / "python3.13").write_text(PIP)
        (path / "python3.13").chmod(0o755)
        subprocess.run(
            ["make", "--silent", "build-AvisoLayer", f"ARTIFACTS_DIR={out}"],
            cwd=tree / "layers/aviso",
            env={"PATH": f"{path}:/usr/bin:/bin"},
            check=True,
        )
        built = {p.relative_to(out / "python").parts[0] for p in (out / "python").iterdir()}
        assert built == {"aviso", "aviso_compiled"}
        assert list((out / "python/aviso/domain/__pycache__").glob("routing.*.pyc"))
