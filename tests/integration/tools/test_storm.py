"""A small storm in every test run: the same seed gives the same run, and a mistake is noticed."""

import json
import os
import subprocess
import sys

from infra.repository import ROOT

NOTHING = ("lost", "wrong_recipient", "unsettled", "unexplained_duplicates", "unequal_to_model")


def storm(out, *options, hash_seed="random"):
    """Run a storm in a process of its own, as `make storm` does; return its code and figures."""
    command = [sys.executable, "-m", "tests.storm", "--jobs", "1", "--out", out, *options]
    env = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, check=False, env=env)
    return done.returncode, json.loads(out.read_text())


class TestStorm:
    def test_same_seed_gives_the_same_run(self, tmp_path):
        """In another process, and after another seed; a visitor of seed 15 types a code."""
        code, one = storm(tmp_path / "1.json", "--seeds", "14-15", "--cases", "2", hash_seed="0")
        again, other = storm(tmp_path / "2.json", "--seeds", "15", "--cases", "2", hash_seed="2")
        assert (code, again) == (0, 0), one["problems"]
        assert one["digests"]["15"] == other["digests"]["15"]
        assert one["duties"] > 6
        assert sum(one["faults"].values()) > 2
        assert [one[name] for name in NOTHING] == [0] * len(NOTHING)

    def test_owes_nothing_at_its_end(self, tmp_path):
        """A few cases of each kind; what a seed once found has plain tests."""
        code, played = storm(tmp_path / "1.json", "--cases", "20", "--seeds", "1", hash_seed="0")
        assert code == 0, played["problems"]
        assert played["duties"] > 60


class TestSabotage:
    def test_is_noticed_and_its_seed_made_small(self):
        """One of two cases is left, and no fault."""
        asked = ["--jobs", "1", "--cases", "2", "--sabotage", "forget_withdrawal"]
        command = [sys.executable, "-m", "tests.storm", *asked]
        env = os.environ | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(
            command, cwd=ROOT, check=True, env=env, capture_output=True, text=True
        )
        assert "keep=(" in done.stdout
        assert "lost: " in done.stdout
