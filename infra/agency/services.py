"""Keeps what botocore must know of the services Aviso calls, without their documentation.

A client made the usual way lists 450 services and parses the endpoints of all of them, which is
a fifth of what a bare client costs a cold start (docs/performance.md). So the build takes over
botocore's own descriptions of these few, every operation of them, from the pinned version; where
AWS's runtime brings another, a client still speaks to the service as described here.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import botocore

SERVICES = ("cognito-idp", "dynamodb", "lambda", "s3", "secretsmanager", "sesv2", "sns")
SHARED = ("_retry.json", "partitions.json", "sdk-default-configuration.json")
NEEDED = ("service-2", "paginators-1", "service-2.sdk-extras")
# Only S3's address depends on what is asked for. Without rules botocore takes the address that
# `endpoints.json` names for the region, instead of deriving the same one anew at every call.
BY_RULES = {"s3": "endpoint-rule-set-1"}


def write(out: Path, source: Path = Path(botocore.__file__).parent / "data") -> None:
    """Write the descriptions into a folder that botocore's loader can search."""
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
            if name in NEEDED or name == BY_RULES.get(service):
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
    """Return a description whose operations and shapes lack their words for people."""
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
