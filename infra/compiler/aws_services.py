"""Keeps the parts of botocore's data that Aviso calls; the layer's build runs this on botocore.

    python infra/compiler/aws_services.py <folder>/botocore/data

botocore describes some 450 services in 30 MB. A client made the usual way lists them all and parses
the endpoints of all of them. What stays is the services below, every operation of them with its
rules for the address, as in the pinned version, without the documentation texts.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

SERVICES = ("cognito-idp", "dynamodb", "lambda", "s3", "secretsmanager", "sesv2", "sns")
SHARED = ("_retry.json", "partitions.json", "sdk-default-configuration.json")
NEEDED = ("service-2", "paginators-1", "endpoint-rule-set-1")  # and what botocore adds to each


def keep(data: Path) -> None:
    """Reduce botocore's data folder to what is needed."""
    less = data.with_name("data.part")
    write(less, data)
    shutil.rmtree(data)
    less.rename(data)


def write(out: Path, source: Path) -> None:
    """Write the needed part of a botocore data folder into another folder."""
    out.mkdir(parents=True)
    for name in SHARED:
        shutil.copyfile(source / name, out / name)
    _dump(out / "endpoints.json", _endpoints(json.loads((source / "endpoints.json").read_text())))
    for service in SERVICES:
        newest = max(path for path in (source / service).iterdir() if path.is_dir())
        folder = out / service / newest.name
        folder.mkdir(parents=True)
        for path in sorted(newest.iterdir()):
            name = path.name.removesuffix(".gz").removesuffix(".json")
            if name.removesuffix(".sdk-extras") in NEEDED:
                raw = path.read_bytes()
                text = gzip.decompress(raw) if path.suffix == ".gz" else raw
                _dump(folder / f"{name}.json", _short(json.loads(text)))


def _endpoints(whole: dict[str, Any]) -> dict[str, Any]:
    partitions = [
        part | {"services": {k: v for k, v in part["services"].items() if k in SERVICES}}
        for part in whole["partitions"]
    ]
    return whole | {"partitions": partitions}


def _short(description: dict[str, Any]) -> dict[str, Any]:
    """Return a description without the documentation of its operations and shapes."""
    wordy = {k: _undocumented(v) for k, v in description.items() if k in ("operations", "shapes")}
    return description | wordy


def _undocumented(value: Any) -> Any:
    """Return a part of a description without the texts under `documentation`."""
    if isinstance(value, dict):
        return {
            key: _undocumented(inner)
            for key, inner in value.items()
            if not (key == "documentation" and isinstance(inner, str))
        }
    return [_undocumented(inner) for inner in value] if isinstance(value, list) else value


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
