"""Write build/sbom.json: the packages in the layers of a release, as CycloneDX 1.6.

python -m infra.documents.components

The release workflow publishes it. It has no time and no random number: one commit, one file.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.repository import ROOT

OUT = ROOT / "build/sbom.json"
PIN = re.compile(
    r"^([\w.-]+)==(\S+)(?: ;[^\\\n]+)? \\\n((?: +--hash=sha256:\w+(?: \\)?\n?)+)", re.MULTILINE
)
HASH = re.compile(r"sha256:(\w+)")


def components(requirements: str) -> Iterator[dict[str, Any]]:
    """Yield each pinned package of a requirements file, with the hashes of its files."""
    for name, version, hashes in PIN.findall(requirements):
        purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "hashes": [{"alg": "SHA-256", "content": one} for one in HASH.findall(hashes)],
        }


def bill_of_materials(root: Path) -> dict[str, Any]:
    """Return the software bill of materials of all layers."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    files = sorted(root.glob("layers/*/requirements.txt"))
    found = {one["purl"]: one for file in files for one in components(file.read_text("utf-8"))}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "aviso", "version": version}},
        "components": [found[purl] for purl in sorted(found)],
    }


def main() -> int:
    """Write the file; return the exit status."""
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(bill_of_materials(ROOT), indent=2) + "\n", "utf-8")
    print(OUT.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
