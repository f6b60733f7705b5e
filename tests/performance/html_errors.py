"""What html-validate finds in pages, by the rules of the HTML standard: no page may break one."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from infra.local import nodejs

VALIDATOR = nodejs.PACKAGES / "node_modules/html-validate/bin/html-validate.mjs"


def errors(pages: Mapping[str, str]) -> list[str]:
    """Return a sentence for each error in pages: name -> HTML."""
    with TemporaryDirectory() as folder:
        files = {name: Path(folder, f"{quote(name, safe='')}.html") for name in pages}
        for name, file in files.items():
            file.write_text(pages[name], encoding="utf-8")
        out = Path(folder, "found.json")  # the program ends before a pipe has taken it all
        command = [
            str(nodejs.node()), str(VALIDATOR), "--preset", "standard", "--formatter",
            f"json={out}", *map(str, files.values()),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not out.exists():
            raise RuntimeError(done.stderr[-2000:])
        found = {report["filePath"]: report["messages"] for report in json.loads(out.read_text())}
    return [
        f"{name}:{error['line']}: {error['message']} ({error['ruleId']})"
        for name, file in files.items()
        for error in found.get(str(file), ())
    ]
