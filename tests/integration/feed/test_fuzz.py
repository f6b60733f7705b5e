"""Some of the broken files of `make fuzz`: none is met wrongly, and a fault is found."""

import json
import subprocess
import sys

from infra.repository import ROOT
from tests.rig.sabotages import OF_A_FILE

FILES = 250  # of one group, which one process imports
FOUND_BY = {
    "crash": "KeyError at ",
    "reject": "rows are in the file and",
    "write": "rows are new and",
    "leak": "personal data in a log",
}


def fuzz(out, files, *options):
    """Import broken files as `make fuzz` does; return the exit status and the result."""
    command = [sys.executable, "-m", "tests.fuzz", "--jobs", "1", "--out", str(out)]
    command += ["--files", str(files), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (out / "fuzz.json").is_file(), done.stderr
    return done.returncode, json.loads((out / "fuzz.json").read_text())


class TestFuzz:
    def test_no_file_is_met_wrongly(self, tmp_path):
        code, result = fuzz(tmp_path, FILES)
        assert (code, result["what"]) == (0, [])
        counts = result["counts"]
        assert counts["files"] == counts["imported"] + counts["refused"] == FILES
        assert min(counts[way] for way in ("csv", "ndjson", "push")) > 30
        assert counts["log lines"] > FILES
        reasons = {name: n for name, n in counts.items() if name.startswith("reject: ")}
        assert len(reasons) >= 11
        assert sum(reasons.values()) > 100

    def test_every_fault_is_found(self, tmp_path):
        """All are made at once, and each is told in words of its own."""
        assert [*FOUND_BY] == [*OF_A_FILE]
        code, result = fuzz(tmp_path, 60, "--sabotage", *OF_A_FILE)
        assert code == 1
        found = {name for name, said in FOUND_BY.items() if said in "\n".join(result["what"])}
        assert found == {*OF_A_FILE}
